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
from .box_mean import Boxes
from .delay_line import MOST_IN_MEMORY, DelayLine, NamelessFile
from .field import (
    LIVE,
    Few,
    Floats,
    Layer,
    Whole,
    at,
    boxes,
    delays,
    first_pixel,
    nearest,
    pixel,
    places,
)
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
        self._moves = callable(layer.y) or callable(layer.x)
        self._index: Any = None  # see _whole
        self._boxes = _boxes(layer, self._size)
        self._is_rearranged = not (layer.y is None and layer.x is None and self._boxes.are_single)
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
            y, x = places(self._layer, number, self._size)
            width, height = self._size
            if not self._boxes.are_single:
                self._index = _first_of_boxes(y, x, self._boxes, self._size)
            elif self._layer.x is None and y.shape[1] == 1:  # whole rows
                self._index = (np.broadcast_to(pixel(y[:, 0]), height),)
            elif self._layer.y is None and x.shape[0] == 1:  # whole columns
                self._index = slice(None), np.broadcast_to(pixel(x[0]), width)
            else:
                self._index = _first_of_boxes(y, x, self._boxes, self._size)
        if not isinstance(self._index, tuple):
            return self._boxes.means(frame, self._index).reshape(frame.shape)
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
    composed frame shows, (H, W). boxes: of which each site is the mean, from the pixel of that
    index on.
    """

    count: int
    of: Callable[[int], Whole]
    which: Whole
    boxes: Boxes


def _sites(layer: Layer, size: tuple[int, int]) -> _Sites | None:
    """The sites of a layer; None if every pixel shows its own place, or if they cannot be known."""
    width, height = size
    if layer.y is None and layer.x is None:
        return None
    around, (y, x) = _boxes(layer, size), places(layer, 0, size)
    kind = around.tall * (width + 1) + around.wide  # of the box, (H * W,)
    if not (callable(layer.y) or callable(layer.x)):
        index = _first_of_boxes(y, x, around, size)
        found, which = _different(kind, index)
        still = index[found]
        return _Sites(len(found), lambda _: still, which.reshape(height, width), around.of(found))
    if callable(layer.y) and callable(layer.x):
        return None
    # One coordinate moves. If it has few values, few pixels of each frame are looked up.
    in_row = callable(layer.x)
    value, moved, fixed = (layer.x, x, y) if in_row else (layer.y, y, x)
    moving = value if isinstance(value, Few) else _single(value, moved)
    if moving is None:
        return None
    fixed = np.broadcast_to(fixed, (height, width)).ravel()
    chosen = np.broadcast_to(moving.which, (height, width)).ravel()
    sides = (around.tall, around.wide) if in_row else (around.wide, around.tall)
    fixed = first_pixel(fixed, sides[0], height if in_row else width)
    found, which = _different(kind, chosen, fixed)
    here, chosen, side = fixed[found], chosen[found], sides[1][found]

    is_even = bool((side == side[0]).all())

    def of(number: int) -> Whole:
        there, length = np.asarray(moving.values(number)), width if in_row else height
        if is_even:
            there = first_pixel(there, side[0], length)[chosen]
        else:
            there = first_pixel(there[chosen], side, length)
        return here * width + there if in_row else there * width + here

    return _Sites(len(found), of, which.reshape(height, width), around.of(found))


def _boxes(layer: Layer, size: tuple[int, int]) -> Boxes:
    """The boxes of which the pixels of a layer show the mean, row by row."""
    return Boxes(*(side.ravel() for side in boxes(layer, size)))


def _first_of_boxes(y: Floats, x: Floats, around: Boxes, size: tuple[int, int]) -> Whole:
    """The index of the first pixel of the box around each place, row by row: (H * W,)."""
    width, height = size
    y, x = (np.broadcast_to(place, (height, width)).ravel() for place in (y, x))
    return first_pixel(y, around.tall, height) * width + first_pixel(x, around.wide, width)


def _different(*values: Whole) -> tuple[Whole, Whole]:
    """Where the different ones of several values together are found first, and which each is."""
    key = np.zeros(1, np.intp)
    for each in values:
        key = key * (int(each.max()) + 1) + each
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return first, which


def _single(value: Any, first: Floats) -> Few | None:
    """A function of a frame number as one of a few values; None unless it is a single number."""
    if first.size > 1:
        return None
    return Few(lambda number: np.ravel(at(value, number)), np.zeros((1, 1), int))


class _Slit(LookUp):
    """Delays that stand still, where few different pixels of a frame are looked up: only they are
    kept, in a ring.
    """

    def __init__(self, sites: _Sites, lags: Whole, like: Frame, shows_live: bool) -> None:
        self._sites, self._lags, self._shows_live = sites, lags, shows_live
        self._deepest = int(lags.max())
        self._before = sites.which - lags * sites.count  # the index, counted from the newest frame
        self._ring = np.empty((self._deepest + 1, sites.count, *like.shape[2:]), like.dtype)
        self._count = 0

    def restart(self) -> None:
        """Discard all frames."""
        self._count = 0

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        taken = self._sites.boxes.means(frame, self._sites.of(number))
        self._ring[self._count % len(self._ring)] = taken
        self._frame = frame
        self._count += 1

    def picture(self) -> Frame:
        """The layer as of the latest frame."""
        last = self._count - 1
        flat, count = self._ring.reshape(-1, *self._ring.shape[2:]), self._sites.count
        before = self._before
        if last < self._deepest:
            before = self._sites.which - np.minimum(self._lags, last) * count
        index = before + last % len(self._ring) * count
        picture: Frame = np.take(flat, index, axis=0, mode="wrap")  # as the ring goes round
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


def size_of(frame: Frame) -> tuple[int, int]:
    """The width and the height of a frame in pixels."""
    return frame.shape[1], frame.shape[0]
