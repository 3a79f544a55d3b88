"""Owns look-ups whose delays move: the latest frames are kept, whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..counting import TOLERANCE
from ..errors import ArgumentError
from ..frames import Frame, rounded_as, strips
from .field import Floats, Layer, Whole, delays, looked_up, nearest
from .ring import LookUp, Moments, Ring, part_of, size_of
from .sites import still_means

_FEW = 3  # times fewer late pixels than pixels: then only the late ones are looked up


class RecentFrames(LookUp):
    """Delays that move: the latest frames are kept, and with smooth the moments between them.

    Where each pixel shows the mean of several, whose places stand still, the frames are kept with
    these means in place of their own pixels.

    beside: another one, which takes in the same frames before this one does, and keeps them for
        both, unless one of the two keeps means.
    """

    def __init__(
        self,
        layer: Layer,
        like: Frame,
        reach: int,
        shows_live: bool,
        *,
        smooth: bool,
        beside: RecentFrames | None = None,
    ) -> None:
        self._reach, self._shows_live = reach, shows_live
        self._size, self._smooth = size_of(like), smooth
        self._means = still_means(layer, self._size)
        self._layer = Layer(delay=layer.delay) if self._means else layer
        if beside and (self._means or beside._means):
            beside = None
        self._keeps = beside is None
        self._moments: Moments = beside._moments if beside else Moments(smooth, reach)
        places = reach * self._moments.fineness + 1
        self._ring: Ring = beside._ring if beside else Ring(places, like, smooth=smooth)

    def restart(self) -> None:
        """Discard all frames."""
        self._moments.restart()

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        kept = self._means(frame) if self._means else frame
        for moment, picture in self._moments.take(kept) if self._keeps else ():
            self._ring.write(moment % len(self._ring), picture)
        self._frame, self._number = frame, number

    def picture(self) -> Frame:
        """The layer as of the latest frame. Raises ArgumentError for a delay beyond the reach."""
        late = delays(self._layer, self._number, self._size)
        most = int(nearest(late.max()))
        if most > self._reach:
            raise ArgumentError(
                f"the field is {most} frames late in frame {self._number}, and its reach is"
                f" {self._reach}: give the greatest delay"
            )
        picture = self._between(late) if self._smooth else self._nearest(late)
        if self._shows_live and most >= self._moments.count:
            is_before = nearest(late) >= self._moments.count
            picture[is_before] = self._frame[is_before]
        return picture

    def close(self) -> None:
        """Close the ring."""
        self._ring.close()

    def _nearest(self, late: Floats) -> Frame:
        """The nearest pixels of the frames so late. Rows are taken one after the other, as whole
        numbers for all pixels would take much memory.
        """
        if self._layer.y is None and self._layer.x is None:
            (few,) = np.nonzero(late.ravel() >= 0.5 - TOLERANCE)
            if _FEW * len(few) < late.size:
                return self._in_place(few, nearest(late.ravel()[few]))
        y, x = self._places(late)
        picture = np.empty_like(self._frame)
        for rows in strips(len(picture)):
            there = nearest(part_of(y, rows)), nearest(part_of(x, rows))
            picture[rows] = self._taken(nearest(late[rows]), *there)
        return picture

    def _in_place(self, which: Whole, lags: Whole) -> Frame:
        """The picture of now, in which some pixels are of frames so late."""
        picture = self._frame.copy()
        pixels = picture.reshape(-1, *picture.shape[2:])
        moments = np.maximum(self._moments.last - lags, 0) % len(self._ring)
        pixels[which] = self._ring.take(moments * len(pixels) + which)
        return picture

    def _between(self, late: Floats) -> Frame:
        """What lies between the nearest pixels, and between the nearest moments."""
        fineness = self._moments.fineness
        lags = np.floor(late * fineness + TOLERANCE).astype(np.intp)
        shares = self._moments.shares(late * fineness, lags)
        # The place is that in the later one of the two frames, unless it is told of each moment.
        y, x = self._places(late if self._layer.follows == "moment" else lags // fineness)
        picture = np.empty_like(self._frame)
        channels = (1,) * (picture.ndim - 2)
        for rows in strips(len(picture)):
            here, share = lags[rows], shares[rows].reshape(*shares[rows].shape, *channels)
            taps = list(_taps(part_of(y, rows), part_of(x, rows), self._size))
            mixed = self._mixed(here, taps, channels)
            if share.any():
                before = np.minimum(here + 1, len(self._ring) - 1)
                mixed = mixed + (self._mixed(before, taps, channels) - mixed) * share
            picture[rows] = rounded_as(mixed, picture)
        return picture

    def _mixed(self, lags: Whole, taps: list[_Tap], channels: tuple[int, ...]) -> Floats:
        """The weighted sum of pixels of the moments so late."""
        mixed: Floats = sum(  # type: ignore[assignment]
            self._taken(lags, y, x) * weight.reshape(*weight.shape, *channels)
            for y, x, weight in taps
        )
        return mixed

    def _taken(self, lags: Whole, y: Whole, x: Whole) -> Frame:
        """Pixels of the moments so late."""
        width, height = self._size
        moments = np.maximum(self._moments.last - lags, 0) % len(self._ring)
        return self._ring.take((moments * height + y) * width + x)

    def _places(self, late: Floats | Whole) -> tuple[Floats, Floats]:
        """The row and the column that each pixel shows: two arrays that broadcast to (H, W)."""
        first = self._number - self._moments.count + 1
        y, x = (
            looked_up(self._layer, axis, late, self._number, self._size, first) for axis in (0, 1)
        )
        return y, x


_Tap = tuple[Whole, Whole, npt.NDArray[np.float32]]  # rows and columns, and the weight of each


def _taps(y: Floats, x: Floats, size: tuple[int, int]) -> Iterator[_Tap]:
    """The pixels around each place, with their weights in the linear interpolation there."""
    for row, down in _neighbours(y, size[1]):
        for column, across in _neighbours(x, size[0]):
            yield row, column, (down * across).astype(np.float32)


def _neighbours(place: Floats, length: int) -> Iterator[tuple[Whole, Floats]]:
    """The row before a place and that after it, with their weights; one if all places are rows."""
    before = np.floor(place).astype(np.intp)
    share = place - before
    yield before, 1 - share
    if share.any():
        yield np.minimum(before + 1, length - 1), share
