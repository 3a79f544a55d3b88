"""Owns look-ups of whole columns or rows in all frames of a loop: cuts through space and time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..counting import TOLERANCE
from ..errors import ArgumentError
from ..frames import Frame
from .field import Floats, Layer, Whole, delays, nearest, places
from .ring import LookUp, Moments, Ring, rounded_as, size_of


class SpaceTime(LookUp):
    """Look-ups of whole columns, or rows, of a loop, each frame of which is kept once.

    Columns are stored one after the other, so that each of them is read at once, in memory or from
    the disk. The frames that come after a whole period are not looked at, as they are the same
    again. Before the first frame, it is shown.

    layer: its y is None if columns are looked up; otherwise rows are, and its x is None.
    period: the number of frames of the loop. smooth: whether moments between two frames, and
        places between two columns, are interpolated.
    """

    def __init__(self, layer: Layer, like: Frame, period: int, *, smooth: bool) -> None:
        self._layer, self._period, self._smooth = layer, period, smooth
        self._size = size_of(like)
        self._is_upright = layer.y is not None  # rows are looked up
        self._moments = Moments(smooth, period)
        self._ring = Ring(period * self._moments.fineness, self._lined_up(like), smooth=smooth)
        self.restart()

    def restart(self) -> None:
        """Discard all frames."""
        self._moments.restart()
        self._now = -1  # frames taken, less one

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame. After a period and one more, frames are only counted."""
        self._now, self._number = self._now + 1, number
        if self._now <= self._period:
            for moment, picture in self._moments.take(frame):
                self._ring.write(moment % len(self._ring), self._lined_up(picture))

    def picture(self) -> Frame:
        """The layer as of the latest frame.

        Raises ArgumentError if pixels of a column are of different frames or columns.
        """
        late, line = self._lines()
        if self._now >= self._period:  # every moment is there: count from the latest one stored
            late = np.mod(late - self._now, self._period)
        if not self._smooth:
            return self._lined_up(self._read(nearest(late), nearest(line)))
        late = late * self._moments.fineness
        lags = np.floor(late + TOLERANCE).astype(np.intp)
        shares = self._moments.shares(late, lags)
        lines = _mixed(self._between(lags, line), self._between(lags + 1, line), shares)
        return self._lined_up(rounded_as(lines, self._ring.pictures))

    def close(self) -> None:
        """Close the ring."""
        self._ring.close()

    def _lines(self) -> tuple[Floats, Floats]:
        """How late each column is, in frames, and which column of the source it shows: (W,)."""
        late = delays(self._layer, self._number, self._size)
        y, x = places(self._layer, self._number, self._size)
        if self._is_upright:
            late, x = late.T, y.T
        is_both = self._layer.y is not None and self._layer.x is not None
        is_even = late.strides[0] == 0 or bool((late == late[:1]).all())
        if is_both or len(x) > 1 or not is_even:
            raise ArgumentError(
                "the field has a period, and a column (a row) with pixels of different frames or"
                " places: let the delay and x (or y) depend on the column (the row) alone"
            )
        return late[0], np.broadcast_to(x[0], late.shape[1])

    def _between(self, lags: Whole, line: Floats) -> Frame:
        """The columns of the moments so late, at places that may be fractions."""
        before = np.floor(line).astype(np.intp)
        after = np.minimum(before + 1, self._ring.pictures.shape[1] - 1)
        shares = (line - before).astype(np.float32)
        return _mixed(self._read(lags, before), self._read(lags, after), shares)

    def _read(self, lags: Whole, line: Whole) -> Frame:
        """The columns of the moments so late."""
        moments = np.maximum(self._moments.last - lags, 0) % len(self._ring)
        return self._ring.read(moments * self._ring.pictures.shape[1] + line)

    def _lined_up(self, picture: Frame) -> Frame:
        """The picture as its columns one after the other, or the picture of these columns.

        A picture whose rows are looked up is as it should be.
        """
        if self._is_upright:
            return picture
        turned = np.empty((picture.shape[1], picture.shape[0], *picture.shape[2:]), picture.dtype)
        for channel in np.ndindex(picture.shape[2:]):  # several times quicker than all at once
            turned[(..., *channel)] = picture[(..., *channel)].T
        return turned


def _mixed(one: Frame, other: Frame, shares: npt.NDArray[np.float32]) -> Frame:
    """The weighted sum of columns. shares: those of the other ones, (n,)."""
    if not shares.any():
        return one
    weights = shares.reshape(-1, *[1] * (one.ndim - 1))
    mixed: Frame = one * (1 - weights) + other * weights
    return mixed
