"""Owns sizes that keep the limits: a picture cut, scaled and padded to what a place takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..checks import check_choice
from ..errors import ArgumentError
from .platforms import Platform, Size, over

FITS = ("crop", "pad")


@dataclass(frozen=True)
class Fitted:
    """How a video's picture gets to the size that a target takes. All in pixels."""

    crop: tuple[int, int, int, int]  # x, y, width, height: the part of the picture that is shown
    scaled: Size  # to which that part is scaled
    at: tuple[int, int]  # x, y: where it then lies on the canvas; around it is padding
    size: Size  # of the canvas

    @classmethod
    def whole(cls, size: Size) -> Fitted:
        """The picture as it is."""
        return cls((0, 0, *size), size, (0, 0), size)

    def narrowed(self, width: float) -> Fitted:
        """The same with a canvas `width` pixels wide, the height in proportion."""
        factor = width / self.size[0]
        scaled, size = (_times(side, factor) for side in (self.scaled, self.size))
        return replace(self, scaled=scaled, at=_centred(scaled, size), size=size)


def fitted_size(size: Size, platform: Platform, fit: str = "crop", *, n_frames: int = 1) -> Fitted:
    """How a picture of `size` is cut or padded, both centred, and scaled to what the target takes.

    fit: where the shape is given, "crop" cuts off what is too much, "pad" keeps all of it and adds
    bars. n_frames: how many there will be, for the limits on frames and on the pixels of them all.
    The result is the largest that keeps the limits, and never larger than the picture, unless an
    exact size or the exact length of one side demands it.
    Raises ArgumentError for another fit, or where no size keeps the limits.
    """
    check_choice("fit", fit, FITS)
    box = _of_aspect(platform.aspect or size, size, around=fit == "pad")
    fitting = (one for one in _sizes(box, platform) if not over(platform, one, n_frames))
    canvas = next(fitting, None)
    if canvas is None:
        raise ArgumentError(
            f"{platform.name} takes no size of picture with {n_frames} frames: give a lower fps, or"
            " a shorter part"
        )
    crop, scaled = (*_centred(box, size), *box), canvas
    if fit == "pad" and platform.aspect:
        crop, scaled = (0, 0, *size), _of_aspect(size, canvas)
    return Fitted(crop, scaled, _centred(scaled, canvas), canvas)


def _sizes(box: Size, platform: Platform) -> Iterator[Size]:
    """The sizes that may be, the largest first, for a picture in the proportions of `box`."""
    if platform.exact:
        yield platform.exact
    elif platform.one_side:
        yield _of_aspect(box, (platform.one_side, platform.one_side))
    else:
        for side in range(max(box), 0, -1):
            yield _of_aspect(box, (side, side))


def _of_aspect(aspect: Size, room: Size, *, around: bool = False) -> Size:
    """The largest rectangle of that aspect within `room`, or the smallest around it."""
    (across, down), (width, height) = aspect, room
    room_is_wider = width * down > height * across
    if room_is_wider != around:
        return max(1, round(height * across / down)), height
    return width, max(1, round(width * down / across))


def _times(size: Size, factor: float) -> Size:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _centred(inner: Size, outer: Size) -> tuple[int, int]:
    return (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
