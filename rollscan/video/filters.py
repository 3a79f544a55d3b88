"""Owns the ffmpeg filters that turn decoded frames into frames of one size and colour space.

They run after those that ffmpeg itself adds to rotate the picture. ffmpeg builds the filter graph
again wherever the size, the colours or the rotation of a video change, so no filter may keep count
of frames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .colours import Pixels
from .facts import Facts

_SCALING = "flags=bicubic+accurate_rnd+full_chroma_int"
_AROUND = 16  # pixels: how far the conversion of colours looks, and to what a cut is aligned
_CUT = 97  # the aspect of a pixel, as no video has it, that marks frames of which a part is cut out
_IS_CUT = f"eq(sar,{_CUT})"
PACKED, PLANAR = "rgb24", "gbrp"  # ffmpeg's formats of frames: by pixel, and by colour
PLANES = (1, 2, 0)  # the index, in a pixel (red, green, blue), of what each plane holds


def upright(
    facts: Facts, pixels: Pixels, size: tuple[int, int], cut: Cut | None = None
) -> list[str]:
    """The filters that make RGB frames of a size (width, height) with square pixels.

    pixels: of the frames. Interlaced frames are deinterlaced to one frame each, transparency is
    composited over black, and colours are converted to the screen's. A frame whose shape differs
    from the first frame's is padded with black bars. cut: what is cut out before the colours are
    converted, of frames whose size is that one already.
    """
    width, height = size
    scale, padded = _contained(size, facts.size), f"{width}:{height}"
    if cut:
        scale = _contained(size, facts.size, but=(_IS_CUT, cut.width, cut.height))
        padded = f"'if({_IS_CUT},iw,{width})':'if({_IS_CUT},ih,{height})'"
    return [
        *fields(facts),
        *(cut.filters(facts.size) if cut else []),
        *plain(pixels, scale, aspect=f"'if({_IS_CUT},sar,1)'" if cut else "1"),
        f"format={frame_format(pixels)}",
        f"pad={padded}:(ow-iw)/2:(oh-ih)/2",
    ]


@dataclass(frozen=True)
class Cut:
    """A part of the picture, in pixels, with what around it the conversion of colours looks at."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def around(cls, part: tuple[int, int, int, int], size: tuple[int, int]) -> Cut | None:
        """The cut for a part, x, y, width and height, of a picture; None if that is all of it.

        size: of the picture, width and height.
        """
        starts = [max(0, (at - 1) // _AROUND * _AROUND - _AROUND) for at in part[:2]]
        stops = [
            min(side, -(-(at + length + 1) // _AROUND) * _AROUND + _AROUND)
            for at, length, side in zip(part[:2], part[2:], size, strict=True)
        ]
        width, height = (stop - start for start, stop in zip(starts, stops, strict=True))
        return None if (width, height) == size else cls(starts[0], starts[1], width, height)

    def filters(self, usual: tuple[int, int]) -> list[str]:
        """The filters that mark frames of the usual size by their aspect, and cut it out there."""
        mark = f"setsar='if(eq(w,{usual[0]})*eq(h,{usual[1]}),{_CUT},sar)'"
        places = (
            f"'if({_IS_CUT},{number},{other})'"
            for number, other in (
                *((self.width, "iw"), (self.height, "ih")),
                *((self.x, "0"), (self.y, "0")),
            )
        )
        return [mark, f"crop={':'.join(places)}:exact=1"]

    def place(self, part: tuple[int, int, int, int]) -> str:
        """The filter that takes a part out of what `upright` makes, whether it is cut or not."""
        x, y, width, height = part
        return f"crop={width}:{height}:'{x}-{self.x}*{_IS_CUT}':'{y}-{self.y}*{_IS_CUT}'"


def frame_format(pixels: Pixels) -> str:
    """ffmpeg's format of the frames to read, either PACKED or PLANAR.

    swscale makes planar frames of YUV in two thirds of the time of packed ones, and with the same
    values. Other pixels, and what tone mapping makes, it rounds differently in planar frames.
    """
    return PLANAR if pixels.is_yuv and not pixels.colours.hdr else PACKED


def fields(facts: Facts) -> list[str]:
    """The filter that deinterlaces interlaced frames, each to one frame, and leaves the others."""
    return ["bwdif=mode=send_frame:deint=interlaced"] if facts.interlaced else []


def plain(pixels: Pixels, scale: str, *, aspect: str = "1") -> list[str]:
    """The filters that composite transparency over black, scale, and convert the colours.

    pixels: of the frames. scale: the filter that scales, after which pixels are square. aspect:
    what is set as theirs.
    """
    over_black = ["format=gbrap", "premultiply=inplace=1"] if pixels.alpha else []
    return [
        *pixels.colours.filters_before_scaling,
        *over_black,
        scale,
        f"setsar={aspect}",
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


def _contained(
    size: tuple[int, int], usual: tuple[int, int], but: tuple[str, int, int] = ("0", 0, 0)
) -> str:
    """The filter that scales frames to a size, or to fit inside it if their shape is another.

    usual: width and height of the first frame. Videos joined of several have frames of others. but:
    a condition, and the width and the height of frames that meet it.
    """
    is_other, *other = but
    width, height = size
    same = f"eq(iw,{usual[0]})*eq(ih,{usual[1]})+lt(abs({height}/{width}*dar-1),0.02)"
    return (
        f"scale=w='if({is_other},{other[0]},if({same},{width},round(min({width},{height}*dar))))'"
        f":h='if({is_other},{other[1]},if({same},{height},round(min({height},{width}/dar))))'"
        f":{_SCALING}"
    )
