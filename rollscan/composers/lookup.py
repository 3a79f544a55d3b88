"""Owns the look-ups of a field: how frames are kept until the pixels looked up in them are due."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..counting import TOLERANCE
from ..errors import ArgumentError
from ..frames import Frame
from .delay_line import MOST_IN_MEMORY, DelayLine, NamelessFile
from .field import LIVE, Floats, Layer, Whole, delays, nearest, pixel, places
from .interpolate import Interpolation

_STRIP = 64  # rows that are interpolated at a time, as intermediate results take memory
_BETWEEN_BYTES = 64  # about the memory per pixel that an interpolation takes
_FEW = 4  # times less memory that a ring of places takes, where it is used for a delay line
_MOMENTS = 4  # of a slit for each frame, if it is smooth
_STEP = 0.5  # pixels between the places of a slit, if it is smooth
_MARGIN = 48  # pixels around a slit in which things may move from one frame to the next


class LookUp(ABC):
    """The look-ups of a layer, while frames arrive one after the other."""

    @abstractmethod
    def restart(self) -> None:
        """Discard all frames."""

    @abstractmethod
    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame, with its number as the field counts."""

    @abstractmethod
    def picture(self) -> Frame:
        """The layer as of the frame that was taken in last, as a new array."""

    def close(self) -> None:  # noqa: B027, as most hold nothing open
        """Release what is on disk."""


def look_up(layer: Layer, like: Frame, *, reach: int, shows_live: bool, smooth: bool) -> LookUp:
    """The look-up of a layer that needs the least memory.

    like: a frame, (H, W, ...) of any dtype, whose shape and dtype all frames have.
    reach: the greatest delay in frames. shows_live: whether what is before the first frame shows
    the live picture instead of that frame. smooth: whether moments between two frames are
    interpolated along the motion.
    """
    if layer is LIVE:
        return _Live()
    if not layer.is_captured():
        return _Frames(layer, like, reach, shows_live)
    late = delays(layer, 0, size_of(like))
    lags = nearest(late)
    sites = _sites(layer, size_of(like), _STEP if smooth else 1)
    moments = _MOMENTS if smooth else 1
    if sites and _FEW * (int(lags.max()) + 1) * moments * sites.count < lags.sum():
        return _Slit(sites, late, like, shows_live, smooth=smooth)
    return _Captures(layer, late, like, shows_live, smooth=smooth)


class _Live(LookUp):
    """The frame itself."""

    def restart(self) -> None:
        """Do nothing: no frames are kept."""

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        self._frame = frame

    def picture(self) -> Frame:
        """A copy of the frame."""
        return self._frame.copy()


class _Captures(LookUp):
    """Delays that stand still: a frame is rearranged when it arrives, and passes a delay line."""

    def __init__(
        self, layer: Layer, late: Floats, like: Frame, shows_live: bool, *, smooth: bool
    ) -> None:
        self._layer, self._size = layer, size_of(like)
        self._is_rearranged = layer.y is not None or layer.x is not None
        self._share: npt.NDArray[np.float32] | None = None  # (H, W), see _between
        lags = nearest(late)
        if smooth:
            # A delay of n + f frames is a delay of n, in the picture at 1 - f between two frames.
            lags = np.floor(late + TOLERANCE).astype(np.intp)
            self._share = np.clip(1 - (late - lags), 0, 1).astype(np.float32)
        self._lags = lags if shows_live else None
        self._deepest = int(lags.max())
        beside = _BETWEEN_BYTES * lags.size if smooth else 0
        where = self._still_places() if self._is_rearranged and not smooth else None
        self._is_rearranged &= where is None  # or else the delay line does that
        self._line = DelayLine(lags, like, beside=beside, where=where)
        self.restart()

    def restart(self) -> None:
        """Discard all frames."""
        self._line.restart()
        self._count = 0
        self._before: Frame | None = None  # a copy of the latest frame, if it is interpolated

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        if self._lags is not None:
            self._frame = frame
        self._count += 1
        if self._share is None:
            self._line.take(self._rearranged(frame, number) if self._is_rearranged else frame)
            return
        self._line.take(frame if self._before is None else self._between(frame, number))
        self._before = frame.copy()

    def picture(self) -> Frame:
        """The layer as of the latest frame."""
        picture = self._line.picture()
        if self._lags is not None and self._count <= self._deepest:
            is_before = self._lags >= self._count
            picture[is_before] = self._frame[is_before]
        return picture

    def close(self) -> None:
        """Close the delay line."""
        self._line.close()

    def _still_places(self) -> Whole | None:
        """The pixel that each pixel shows, see DelayLine; None if they move."""
        if callable(self._layer.y) or callable(self._layer.x):
            return None
        y, x = (pixel(place) for place in places(self._layer, 0, self._size))
        return np.broadcast_to(y * self._size[0] + x, self._size[::-1])

    def _rearranged(self, frame: Frame, number: int) -> Frame:
        """The frame with the nearest pixel in each place."""
        width, height = self._size
        y, x = (pixel(place) for place in places(self._layer, number, self._size))
        if y.shape[1] == x.shape[0] == 1:
            rows: Frame = frame[np.broadcast_to(y[:, 0], height)]
            return rows[:, np.broadcast_to(x[0], width)]
        pixels = frame.reshape(-1, *frame.shape[2:])
        index = np.broadcast_to(y * width + x, (height, width))
        rearranged: Frame = np.take(pixels, index, axis=0)
        return rearranged

    def _between(self, frame: Frame, number: int) -> Frame:
        """The picture with each pixel at its own share of the way from the frame before."""
        assert self._before is not None and self._share is not None
        still = np.array_equal(self._before, frame)
        if still and not self._is_rearranged:
            return frame
        between = Interpolation(self._before, frame)
        made = np.empty_like(frame)
        height = len(frame)
        y, x = places(self._layer, number, self._size)
        for top in range(0, height, _STRIP):
            rows = slice(top, min(top + _STRIP, height))
            here_y, here_x = (place[rows] if len(place) > 1 else place for place in (y, x))
            made[rows] = between.finished(between.pixels(here_y, here_x, self._share[rows]))
        return made


@dataclass(frozen=True)
class _Sites:
    """The different places of a source frame that are looked up, such as those of a slit.

    of: takes the number of a source frame, and returns the rows and the columns of the places, two
    arrays (n,), in pixels. which: the place that each pixel of the composed frame shows, (H, W).
    """

    of: Callable[[int], tuple[Floats, Floats]]
    which: Whole
    count: int


def _sites(layer: Layer, size: tuple[int, int], step: float) -> _Sites | None:
    """The sites of a layer; None if every pixel shows its own place, or if they cannot be known.

    step: the distance in pixels to whose multiples places are rounded.
    """
    if layer.y is None and layer.x is None:
        return None
    width, height = size
    y, x = places(layer, 0, size)
    if callable(layer.y) and callable(layer.x):
        return None
    if not (callable(layer.y) or callable(layer.x)):
        columns = round((width - 1) / step) + 1
        index = np.broadcast_to(pixel(y / step) * columns + pixel(x / step), (height, width))
        found, which = np.unique(index, return_inverse=True)
        still = found // columns * step, found % columns * step
        return _Sites(lambda _: still, which.reshape(height, width), len(found))
    # One coordinate moves. If it is a single number, what is looked up is one column, or one row.
    moving, along, length = (x, y, height) if callable(layer.x) else (y, x, width)
    if moving.size > 1:
        return None
    count = round((length - 1) / step) + 1
    line: Floats = step * np.arange(count, dtype=np.float64)

    def of(number: int) -> tuple[Floats, Floats]:
        row, column = places(layer, number, size)
        if callable(layer.x):
            return line, np.full(count, column.item())
        return np.full(count, row.item()), line

    return _Sites(of, np.broadcast_to(pixel(along / step), (height, width)), count)


class _Slit(LookUp):
    """Delays that stand still, where few different places of a frame are looked up: a ring of them.

    If it is smooth, as many moments are stored for each frame as _MOMENTS says. Those between two
    frames are interpolated along the motion; a delay between two moments mixes them.
    """

    def __init__(
        self, sites: _Sites, late: Floats, like: Frame, shows_live: bool, *, smooth: bool
    ) -> None:
        self._sites, self._smooth = sites, smooth
        self._moments = _MOMENTS if smooth else 1  # for each frame
        ago = late * self._moments
        self._ago = np.floor(ago + TOLERANCE).astype(np.intp) if smooth else nearest(ago)
        self._share = np.clip(ago - self._ago, 0, 1) if smooth else None  # of the moment before
        self._lags = nearest(late) if shows_live else None
        self._deepest = int(self._ago.max()) + smooth
        self._ring = np.empty((self._deepest + 1, sites.count, *like.shape[2:]), like.dtype)
        self.restart()

    def restart(self) -> None:
        """Discard all frames."""
        self._count = 0
        self._before: Frame | None = None  # a copy of the latest frame, if it is interpolated

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        if self._before is not None:
            self._take_between(self._before, frame, number)
        else:
            y, x = (pixel(place) for place in self._sites.of(number))
            pixels = frame.reshape(-1, *frame.shape[2:])
            self._store(self._count, np.take(pixels, y * frame.shape[1] + x, axis=0))
        self._before = frame.copy() if self._smooth else None
        self._frame = frame
        self._count += 1

    def picture(self) -> Frame:
        """The layer as of the latest frame."""
        last = (self._count - 1) * self._moments
        picture = self._at(last - self._ago)
        if self._share is not None:
            share = self._share.reshape(*self._share.shape, *[1] * (picture.ndim - 2))
            mixed = picture * (1 - share) + self._at(last - self._ago - 1) * share
            picture = rounded_as(mixed, picture)
        if self._lags is not None and last < self._deepest:
            is_before = self._lags >= self._count
            picture[is_before] = self._frame[is_before]
        return picture

    def _at(self, moments: Whole) -> Frame:
        """The picture whose pixels are of these moments; what is before the first one is of it."""
        index = np.maximum(moments, 0) % len(self._ring) * self._sites.count + self._sites.which
        flat = self._ring.reshape(-1, *self._ring.shape[2:])
        picture: Frame = np.take(flat, index, axis=0)
        return picture

    def _store(self, moment: int, pixels: Frame) -> None:
        self._ring[moment % len(self._ring)] = pixels

    def _take_between(self, before: Frame, frame: Frame, number: int) -> None:
        """Store the moments after the frame before, up to this frame."""
        (y0, x0), (y1, x1) = self._sites.of(number - 1), self._sites.of(number)
        window = tuple(
            slice(
                max(0, int(min(a.min(), b.min())) - _MARGIN), int(max(a.max(), b.max())) + _MARGIN
            )
            for a, b in ((y0, y1), (x0, x1))
        )
        shares = np.arange(1, _MOMENTS + 1)[:, None] / _MOMENTS
        y, x = ((1 - shares) * a + shares * b for a, b in ((y0, y1), (x0, x1)))
        between = Interpolation(before[window], frame[window])
        made = between.pixels(y - window[0].start, x - window[1].start, shares)
        first = (self._count - 1) * _MOMENTS + 1
        for moment, pixels in enumerate(between.finished(made), first):
            self._store(moment, pixels)


class _Frames(LookUp):
    """Delays that move: the latest frames are kept, in memory or on disk, see DelayLine."""

    def __init__(self, layer: Layer, like: Frame, reach: int, shows_live: bool) -> None:
        self._layer, self._reach, self._shows_live = layer, reach, shows_live
        self._size, self._count = size_of(like), 0
        shape = (reach + 1, *like.shape)
        self._file = NamelessFile() if (reach + 1) * like.nbytes > MOST_IN_MEMORY else None
        if self._file:
            self._ring = self._file.view(shape, like.dtype)
        else:
            self._ring = np.empty(shape, like.dtype)

    def restart(self) -> None:
        """Discard all frames."""
        self._count = 0

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        place = self._count % len(self._ring)
        if self._file:
            self._file.write(place * frame.nbytes, frame)
        else:
            self._ring[place] = frame
        self._frame, self._number = frame, number
        self._count += 1

    def picture(self) -> Frame:
        """The layer as of the latest frame. Raises ArgumentError for a delay beyond the reach."""
        lags = nearest(delays(self._layer, self._number, self._size))
        if lags.max() > self._reach:
            raise ArgumentError(
                f"the field is {lags.max()} frames late in frame {self._number}, and its reach is"
                f" {self._reach}: give the greatest delay"
            )
        last = self._count - 1
        moments = np.maximum(last - lags, 0) % len(self._ring)
        y, x = self._places(lags)
        width, height = self._size
        flat = self._ring.reshape(-1, *self._ring.shape[3:])
        picture: Frame = np.take(flat, (moments * height + y) * width + x, axis=0)
        if self._shows_live:
            is_before = lags > last
            picture[is_before] = self._frame[is_before]
        return picture

    def close(self) -> None:
        """Close the file on disk, if there is one."""
        if self._file:
            self._file.close()

    def _places(self, lags: Whole) -> tuple[Whole, Whole]:
        """The row and the column that each pixel shows: two arrays that broadcast to (H, W)."""
        layer = self._layer
        if layer.follows == "composed" or not (callable(layer.y) or callable(layer.x)):
            y, x = places(layer, self._number, self._size)
            return pixel(y), pixel(x)
        rows, columns = np.empty_like(lags), np.empty_like(lags)
        earliest = self._number - self._count + 1
        for lag in np.unique(lags):  # the frames that are looked up, each with places of its own
            y, x = places(layer, max(self._number - int(lag), earliest), self._size)
            here = lags == lag
            rows[here] = pixel(np.broadcast_to(y, lags.shape)[here])
            columns[here] = pixel(np.broadcast_to(x, lags.shape)[here])
        return rows, columns


def rounded_as(floats: npt.NDArray[Any], like: Frame) -> Frame:
    """The floats in the dtype of a frame, rounded if that is of whole numbers."""
    return (np.rint(floats) if like.dtype.kind in "iu" else floats).astype(like.dtype, copy=False)


def size_of(frame: Frame) -> tuple[int, int]:
    """The width and the height of a frame in pixels."""
    return frame.shape[1], frame.shape[0]
