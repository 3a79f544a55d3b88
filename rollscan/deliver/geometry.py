"""Owns the sizes that platforms take: how a picture is cropped, scaled and padded to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ..checks import check_choice
from ..errors import ArgumentError
from .formats import FITS, FORMATS
from .platforms import Platform, Size, over, under

if TYPE_CHECKING:
    from ..frames import Point

CENTRE: Point = (0.5, 0.5)  # fractions of a picture's width and height

_MOST_SIDE = 16_384  # pixels: far more than any platform demands


@dataclass(frozen=True)
class Fitted:
    """How a picture is cropped, scaled and padded to a canvas. All numbers are pixels."""

    crop: tuple[int, int, int, int]  # x, y, width, height: the part of the picture that is shown
    scaled: Size  # the size to which that part is scaled
    at: tuple[int, int]  # x, y: its place on the canvas; what is around it is padding
    size: Size  # of the canvas
    blur: bool = False  # whether the padding is the picture itself, blurred, instead of black
    step: int = 1  # the sides of the canvas are multiples of this

    @classmethod
    def whole(cls, size: Size) -> Fitted:
        """The whole picture, at its own size."""
        return cls((0, 0, *size), size, (0, 0), size)

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """The canvas in the coordinates of the picture: x, y, width, height."""
        x, y, width, height = self.crop
        across, down = width / self.scaled[0], height / self.scaled[1]
        left, top = x - self.at[0] * across, y - self.at[1] * down
        return left, top, self.size[0] * across, self.size[1] * down

    def narrowed(self, width: float) -> Fitted:
        """The same with a canvas about `width` pixels wide, the height in proportion."""
        factor = width / self.size[0]
        scaled = _scaled_by(self.scaled, factor)
        size = _scaled_by(self.size, factor, self.step)
        if self.scaled == self.size:
            scaled = size
        scaled = (min(scaled[0], size[0]), min(scaled[1], size[1]))
        return replace(self, scaled=scaled, at=_centred(scaled, size), size=size)


def fitted_size(
    size: Size,
    platform: Platform,
    fit: str = "crop",
    *,
    n_frames: int = 1,
    focus: Point = CENTRE,
) -> Fitted:
    """How a picture of `size` is cropped or padded, and scaled for a platform.

    fit: what happens to a picture whose shape the platform does not take: "crop", the default, cuts
    off its edges, "pad" adds black bars, "blur" fills these with the picture itself, blurred.
    n_frames: how many frames there will be, for the limits on frames and on the pixels of all
    frames; default 1.
    focus: the point in the middle of what a crop keeps, or as near as the edges let it be.
    The result is the largest that keeps the limits, and is not larger than the picture, unless an
    exact size, the exact length of one side or a least size demands it. A video's sides are even.
    Raises ArgumentError for another fit, and where no size keeps the limits.
    """
    check_choice("fit", fit, FITS)
    step = 2 if FORMATS[platform.format].even else 1
    shape = _shape_for(size, platform)
    box = _of_aspect(shape or size, size, around=fit != "crop")
    if not platform.exact and (fit == "crop" or shape is None):  # by cropping, without scaling
        box = _rounded_down(box, step)
    canvas = next(_sizes(box, shape, platform, n_frames, step), None)
    if canvas is None:
        raise ArgumentError(
            f"{platform.name} takes no size of picture with {n_frames} frames: give a lower fps, or"
            " a shorter part"
        )
    crop, scaled = (*_about(focus, box, size), *box), canvas
    padded = fit != "crop" and shape is not None
    if padded:
        crop, scaled = (0, 0, *size), _of_aspect(size, canvas)
    return Fitted(crop, scaled, _centred(scaled, canvas), canvas, padded and fit == "blur", step)


def has_shape(platform: Platform, size: Size) -> bool:
    """Whether the platform takes the shape of a picture of that size, give or take a pixel."""
    if platform.shapes is None:
        return True
    (width, height), (narrowest, widest) = size, platform.shapes
    if narrowest == widest == 1:
        return width == height
    return width + 1 >= narrowest * (height - 1) and width - 1 <= widest * (height + 1)


def _shape_for(size: Size, platform: Platform) -> Size | None:
    """The aspect ratio, as two numbers, that a picture must get; None if it can keep its own."""
    if platform.shapes is None:
        return None
    narrowest, widest = platform.shapes
    own = Fraction(*size)
    shape = min(max(own, narrowest), widest)
    if shape == own and narrowest != widest:
        return None
    return shape.numerator, shape.denominator


def _sizes(
    box: Size, shape: Size | None, platform: Platform, n_frames: int, step: int
) -> Iterator[Size]:
    """The sizes that keep the limits, the largest first.

    box: the part of the picture to show. shape: see _shape_for. step: sides are multiples of it.
    """
    if platform.exact:
        sizes = iter([platform.exact])
    elif platform.one_side:
        sizes = iter([_of_aspect(box, (platform.one_side, platform.one_side))])
    else:
        aspect = shape or box
        sides = range(_longest(box, aspect, platform, step), 0, -1)
        sizes = (_rounded(_of_aspect(aspect, (side, side)), step) for side in sides)
    for size in sizes:
        if not (over(platform, size, n_frames) or under(platform, size)) and (
            has_shape(platform, size)
        ):
            yield size


def _longest(box: Size, aspect: Size, platform: Platform, step: int) -> int:
    """The most pixels on the longer side: those of `box`, or more if a least size demands it."""
    demanded = (
        step * math.ceil((least or 0) / step) * max(aspect) / side
        for least, side in zip((platform.min_width, platform.min_height), aspect, strict=True)
    )
    return max(*box, min(math.ceil(max(demanded)), _MOST_SIDE))


def _of_aspect(aspect: Size, room: Size, *, around: bool = False) -> Size:
    """The largest rectangle with an aspect ratio in `room`, or the smallest one around it."""
    (across, down), (width, height) = aspect, room
    room_is_wider = width * down > height * across
    if room_is_wider != around:
        return max(1, round(height * across / down)), height
    return width, max(1, round(width * down / across))


def _scaled_by(size: Size, factor: float, step: int = 1) -> Size:
    """The size times a factor, rounded to multiples of `step`."""
    return _rounded((size[0] * factor, size[1] * factor), step)


def _rounded(size: tuple[float, float], step: int) -> Size:
    """The size with its sides rounded to multiples of `step`, at least one step."""
    width, height = (max(step, step * round(side / step)) for side in size)
    return width, height


def _rounded_down(size: Size, step: int) -> Size:
    """The size with its sides rounded down to multiples of `step`; shorter ones stay."""
    width, height = (max(step, side - side % step) if side >= step else side for side in size)
    return width, height


def _centred(inner: Size, outer: Size) -> tuple[int, int]:
    """The top left corner (x, y) of a rectangle that is centred in another one."""
    return (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2


def _about(focus: Point, inner: Size, outer: Size) -> tuple[int, int]:
    """The top left corner (x, y) of a rectangle that lies about a point within another one."""
    x, y = (
        min(max(0, math.floor(share * whole - side / 2)), whole - side)
        for share, side, whole in zip(focus, inner, outer, strict=True)
    )
    return x, y
