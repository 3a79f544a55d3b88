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
from .field import LIVE, Floats, Layer, Whole, delays, nearest, pixel, places, taken
from .interpolate import Interpolation

_STRIP = 64  # rows that are interpolated at a time, as intermediate results take memory
_BETWEEN_BYTES = 64  # about the memory per pixel that an interpolation takes


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
    sites = None if smooth else _sites(layer, size_of(like))
    if sites and (int(lags.max()) + 1) * sites.count < lags.sum():
        return _Slit(sites, lags, like, shows_live)
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
        self._moves = callable(layer.y) or callable(layer.x)
        self._index: Any = None  # see _whole
        self._share: npt.NDArray[np.float32] | None = None  # (H, W), see _between
        lags = nearest(late)
        if smooth:
            # A delay of n + f frames is a delay of n, in the picture at 1 - f between two frames.
            lags = np.floor(late + TOLERANCE).astype(np.intp)
            self._share = np.clip(1 - (late - lags), 0, 1).astype(np.float32)
        self._lags = lags if shows_live else None
        self._deepest = int(lags.max())
        beside = _BETWEEN_BYTES * lags.size if smooth else 0
        self._line = DelayLine(lags, like, beside=beside)
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
            self._line.take(self._whole(frame, number) if self._is_rearranged else frame)
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

    def _whole(self, frame: Frame, number: int) -> Frame:
        """The frame, rearranged by the nearest pixels."""
        if self._index is None or self._moves:
            y, x = (pixel(place) for place in places(self._layer, number, self._size))
            width, height = self._size
            if self._layer.x is None and y.shape[1] == 1:  # whole rows
                self._index = (np.broadcast_to(y[:, 0], height),)
            elif self._layer.y is None and x.shape[0] == 1:  # whole columns
                self._index = slice(None), np.broadcast_to(x[0], width)
            else:
                self._index = tuple(np.broadcast_arrays(y, x))
        rearranged: Frame = frame[self._index]
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
    """The different pixels of a source frame that are looked up, such as those of a slit.

    count: how many there are. of: takes the number of a source frame, and returns the index of each
    among the pixels of that frame, row by row: (count,). which: the one that each pixel of the
    composed frame shows, (H, W).
    """

    count: int
    of: Callable[[int], Whole]
    which: Whole


def _sites(layer: Layer, size: tuple[int, int]) -> _Sites | None:
    """The sites of a layer; None if every pixel shows its own place, or if they cannot be known."""
    width, height = size
    if layer.y is None and layer.x is None:
        return None
    y, x = (pixel(place) for place in places(layer, 0, size))
    if not (callable(layer.y) or callable(layer.x)):
        index = np.broadcast_to(y * width + x, (height, width))
        found, which = np.unique(index, return_inverse=True)
        return _Sites(len(found), lambda _: found, which.reshape(height, width))
    if callable(layer.y) and callable(layer.x):
        return None
    # One coordinate moves. If it is a single number, what is looked up is one column, or one row.
    moving, still, count = (x, y, height) if callable(layer.x) else (y, x, width)
    if moving.size > 1:
        return None

    def of(number: int) -> Whole:
        row, column = (pixel(place) for place in places(layer, number, size))
        if callable(layer.x):
            return np.arange(height) * width + column.item()
        return row.item() * width + np.arange(width)

    return _Sites(count, of, np.broadcast_to(still, (height, width)))


class _Slit(LookUp):
    """Delays that stand still, where few different pixels of a frame are looked up: only they are
    kept, in a ring.
    """

    def __init__(self, sites: _Sites, lags: Whole, like: Frame, shows_live: bool) -> None:
        self._sites, self._lags, self._shows_live = sites, lags, shows_live
        self._deepest = int(lags.max())
        self._ring = np.empty((self._deepest + 1, sites.count, *like.shape[2:]), like.dtype)
        self._count = 0

    def restart(self) -> None:
        """Discard all frames."""
        self._count = 0

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        pixels = frame.reshape(-1, *frame.shape[2:])
        self._ring[self._count % len(self._ring)] = pixels[self._sites.of(number)]
        self._frame = frame
        self._count += 1

    def picture(self) -> Frame:
        """The layer as of the latest frame."""
        last = self._count - 1
        moments = np.maximum(last - self._lags, 0) % len(self._ring)
        flat = self._ring.reshape(-1, *self._ring.shape[2:])
        picture: Frame = np.take(flat, moments * self._sites.count + self._sites.which, axis=0)
        if self._shows_live and last < self._deepest:
            is_before = self._lags > last
            picture[is_before] = self._frame[is_before]
        return picture


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
        earliest = self._number - self._count + 1
        rows, columns = (
            taken(self._layer, axis, lags, self._number, self._size, earliest) for axis in (0, 1)
        )
        return rows, columns


def size_of(frame: Frame) -> tuple[int, int]:
    """The width and the height of a frame in pixels."""
    return frame.shape[1], frame.shape[0]
