"""Owns ffmpeg's filters that make upright frames of the size asked for of what it decodes.

They come after ffmpeg's own, which turn the picture. A graph of them is made anew wherever the
size, the colours or the turn of a video change on the way, so none of them may count frames.
"""

from __future__ import annotations

import re

from .facts import Facts

_SCALING = "flags=bicubic+accurate_rnd+full_chroma_int"


def upright(facts: Facts, size: tuple[int, int]) -> list[str]:
    """From frames as they are decoded to ones of that width and height, with square pixels.

    Of a frame that is two fields one is made of each; transparency is laid over black; colours are
    the screen's. Frames of another shape than the first one have bars.
    """
    width, height = size
    return [
        *fields(facts),
        *plain(facts, _contained(size, facts.size)),
        "format=rgb24",
        f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2",
    ]


def fields(facts: Facts) -> list[str]:
    """Of the frames that are two fields, one is made of each; the others pass as they are."""
    return ["bwdif=mode=send_frame:deint=interlaced"] if facts.interlaced else []


def plain(facts: Facts, scale: str) -> list[str]:
    """Scaled, with square pixels; transparency laid over black, in the screen's colours."""
    over_black = ["format=gbrap", "premultiply=inplace=1"] if facts.alpha else []
    return [
        *facts.colours.filters_before_scaling,
        *over_black,
        scale,
        "setsar=1",
        *facts.colours.filters_after_scaling,
    ]


def scaled(size: tuple[int, int]) -> str:
    """The filter that scales frames to a width and a height."""
    return f"scale={size[0]}:{size[1]}:{_SCALING}"


def in_filter(text: str) -> str:
    """Any text as the value of an option of a filter, in a chain of filters.

    ffmpeg reads it twice, and takes away a level of backslashes each time: as it parts the filters
    of the chain, and as it parts the options of the filter.
    """
    return re.sub(r"[\\'\[\],;]", r"\\\g<0>", re.sub(r"[\\':]", r"\\\g<0>", text))


def _contained(size: tuple[int, int], usual: tuple[int, int]) -> str:
    """The filter that scales frames to a size; those of another shape than usual into it.

    usual: width and height of the first frame; where a video is joined of several, others follow.
    """
    width, height = size
    same = f"eq(iw,{usual[0]})*eq(ih,{usual[1]})+lt(abs({height}/{width}*dar-1),0.02)"
    return (
        f"scale=w='if({same},{width},round(min({width},{height}*dar)))'"
        f":h='if({same},{height},round(min({height},{width}/dar)))':{_SCALING}"
    )
