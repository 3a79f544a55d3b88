"""Owns sizes that keep the limits: a picture cut, scaled and padded to what a place takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from ..checks import check_choice
from ..errors import ArgumentError
from .formats import FORMATS
from .platforms import Platform, Size, over, under

FITS = ("crop", "pad", "blur")
_MOST_SIDE = 16_384  # pixels: far beyond what any place demands


@dataclass(frozen=True)
class Fitted:
    """How a video's picture gets to the size that a target takes. All in pixels."""

    crop: tuple[int, int, int, int]  # x, y, width, height: the part of the picture that is shown
    scaled: Size  # to which that part is scaled
    at: tuple[int, int]  # x, y: where it then lies on the canvas; around it is padding
    size: Size  # of the canvas
    blur: bool = False  # whether the padding is the picture itself, blurred, and not black
    step: int = 1  # the canvas's sides are multiples of this

    @classmethod
    def whole(cls, size: Size) -> Fitted:
        """The picture as it is."""
        return cls((0, 0, *size), size, (0, 0), size)

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """The canvas as it lies on the picture: x, y, width, height in the picture's pixels."""
        x, y, width, height = self.crop
        across, down = width / self.scaled[0], height / self.scaled[1]
        left, top = x - self.at[0] * across, y - self.at[1] * down
        return left, top, self.size[0] * across, self.size[1] * down

    def narrowed(self, width: float) -> Fitted:
        """The same with a canvas about `width` pixels wide, the height in proportion."""
        factor = width / self.size[0]
        scaled = _times(self.scaled, factor)
        size = _times(self.size, factor, self.step)
        if self.scaled == self.size:
            scaled = size
        scaled = (min(scaled[0], size[0]), min(scaled[1], size[1]))
        return replace(self, scaled=scaled, at=_centred(scaled, size), size=size)


def fitted_size(size: Size, platform: Platform, fit: str = "crop", *, n_frames: int = 1) -> Fitted:
    """How a picture of `size` is cut or padded, both centred, and scaled to what the target takes.

    fit: where the picture's shape will not do, "crop" cuts off what is too much, "pad" keeps all of
    it and adds bars, "blur" fills these with the picture itself, out of focus. n_frames: how many
    there will be, for the limits on frames and on the pixels of them all.
    The result is the largest that keeps the limits, and never larger than the picture, unless an
    exact size, the exact length of one side or a least size demands it. A video's sides are even.
    Raises ArgumentError for another fit, or where no size keeps the limits.
    """
    check_choice("fit", fit, FITS)
    step = 2 if FORMATS[platform.format].even else 1
    shape = _shape_for(size, platform)
    box = _of_aspect(shape or size, size, around=fit != "crop")
    if not platform.exact and (fit == "crop" or shape is None):  # so that nothing is scaled for it
        box = _down(box, step)
    canvas = next(_sizes(box, shape, platform, n_frames, step), None)
    if canvas is None:
        raise ArgumentError(
            f"{platform.name} takes no size of picture with {n_frames} frames: give a lower fps, or"
            " a shorter part"
        )
    crop, scaled = (*_centred(box, size), *box), canvas
    padded = fit != "crop" and shape is not None
    if padded:
        crop, scaled = (0, 0, *size), _of_aspect(size, canvas)
    return Fitted(crop, scaled, _centred(scaled, canvas), canvas, padded and fit == "blur", step)


def has_shape(platform: Platform, size: Size) -> bool:
    """Whether a picture of that size has a shape that the target takes, give or take a pixel."""
    if platform.shapes is None:
        return True
    (width, height), (narrowest, widest) = size, platform.shapes
    if narrowest == widest == 1:
        return width == height
    return width + 1 >= narrowest * (height - 1) and width - 1 <= widest * (height + 1)


def _shape_for(size: Size, platform: Platform) -> Size | None:
    """Two numbers in the proportion that the picture must be brought to; None: its own will do."""
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
    """The sizes that keep the limits, the largest first, for a picture in the shape of `box`."""
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
    """The longer side at most: the picture's own, or more where a least size demands it."""
    demanded = (
        step * math.ceil((least or 0) / step) * max(aspect) / side
        for least, side in zip((platform.min_width, platform.min_height), aspect, strict=True)
    )
    return max(*box, min(math.ceil(max(demanded)), _MOST_SIDE))


def _of_aspect(aspect: Size, room: Size, *, around: bool = False) -> Size:
    """The largest rectangle of that aspect within `room`, or the smallest around it."""
    (across, down), (width, height) = aspect, room
    room_is_wider = width * down > height * across
    if room_is_wider != around:
        return max(1, round(height * across / down)), height
    return width, max(1, round(width * down / across))


def _times(size: Size, factor: float, step: int = 1) -> Size:
    """The sides times the factor, to the nearest multiples of `step`."""
    return _rounded((size[0] * factor, size[1] * factor), step)


def _rounded(size: tuple[float, float], step: int) -> Size:
    width, height = (max(step, step * round(side / step)) for side in size)
    return width, height


def _down(size: Size, step: int) -> Size:
    width, height = (max(step, side - side % step) if side >= step else side for side in size)
    return width, height


def _centred(inner: Size, outer: Size) -> tuple[int, int]:
    return (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
