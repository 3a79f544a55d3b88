"""Owns the ffmpeg filters that turn decoded frames into frames of one size and colour space.

They run after those that ffmpeg itself adds to rotate the picture. ffmpeg builds the filter graph
again wherever the size, the colours or the rotation of a video change, so no filter may keep count
of frames.
"""

from __future__ import annotations

import re

from .colours import Pixels
from .facts import Facts

_SCALING = "flags=bicubic+accurate_rnd+full_chroma_int"
PACKED, PLANAR = "rgb24", "gbrp"  # ffmpeg's formats of frames: by pixel, and by colour
PLANES = (1, 2, 0)  # the index, in a pixel (red, green, blue), of what each plane holds


def upright(facts: Facts, pixels: Pixels, size: tuple[int, int]) -> list[str]:
    """The filters that make RGB frames of a size (width, height) with square pixels.

    pixels: of the frames. Interlaced frames are deinterlaced to one frame each, transparency is
    composited over black, and colours are converted to the screen's. A frame whose shape differs
    from the first frame's is padded with black bars.
    """
    width, height = size
    return [
        *fields(facts),
        *plain(pixels, _contained(size, facts.size)),
        f"format={frame_format(pixels)}",
        f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2",
    ]


def frame_format(pixels: Pixels) -> str:
    """ffmpeg's format of the frames to read, either PACKED or PLANAR.

    swscale makes planar frames of YUV in two thirds of the time of packed ones, and with the same
    values. Other pixels, and what tone mapping makes, it rounds differently in planar frames.
    """
    return PLANAR if pixels.is_yuv and not pixels.colours.hdr else PACKED


def fields(facts: Facts) -> list[str]:
    """The filter that deinterlaces interlaced frames, each to one frame, and leaves the others."""
    return ["bwdif=mode=send_frame:deint=interlaced"] if facts.interlaced else []


def plain(pixels: Pixels, scale: str) -> list[str]:
    """The filters that composite transparency over black, scale, and convert the colours.

    pixels: of the frames. scale: the filter that scales, after which pixels are square.
    """
    over_black = ["format=gbrap", "premultiply=inplace=1"] if pixels.alpha else []
    return [
        *pixels.colours.filters_before_scaling,
        *over_black,
        scale,
        "setsar=1",
        *pixels.colours.filters_after_scaling,
    ]


def scaled(size: tuple[int, int]) -> str:
    """The filter that scales frames to a size (width, height)."""
    return f"scale={size[0]}:{size[1]}:{_SCALING}"


def in_filter(text: str) -> str:
    """Escape a text for use as the value of a filter's option, within a chain of filters.

    ffmpeg unescapes it twice: when it splits the chain into filters, and when it splits the filter
    into options.
    """
    return re.sub(r"[\\'\[\],;]", r"\\\g<0>", re.sub(r"[\\':]", r"\\\g<0>", text))


def _contained(size: tuple[int, int], usual: tuple[int, int]) -> str:
    """The filter that scales frames to a size, or to fit inside it if their shape is another.

    usual: width and height of the first frame. Videos joined of several have frames of others.
    """
    width, height = size
    same = f"eq(iw,{usual[0]})*eq(ih,{usual[1]})+lt(abs({height}/{width}*dar-1),0.02)"
    return (
        f"scale=w='if({same},{width},round(min({width},{height}*dar)))'"
        f":h='if({same},{height},round(min({height},{width}/dar)))':{_SCALING}"
    )
