"""Owns look-ups of whole columns or rows in all frames of a loop: cuts through space and time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..counting import TOLERANCE
from ..errors import ArgumentError
from ..frames import Frame, rounded_as
from .dissolving import live_shares
from .field import Floats, Layer, Whole, delays, nearest, places
from .ring import LookUp, Moments, Ring, size_of


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
        lined_up = self._lined_up(like)
        self._ring = Ring(period * self._moments.fineness, lined_up, smooth=smooth)
        self._like = lined_up
        self._live_ring: Ring | None = None  # of frames whose live form is another one
        self._is_live = np.zeros(period, bool)  # whether such a frame is in its place there
        self.restart()

    def restart(self) -> None:
        """Discard all frames."""
        self._moments.restart()
        self._now = -1  # frames taken, less one
        self._is_live[:] = False

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame. After a period and one more, frames are only counted."""
        self._now, self._number = self._now + 1, number
        if self._now <= self._period:
            for moment, picture in self._moments.take(frame):
                self._ring.write(moment % len(self._ring), self._lined_up(picture))

    def take_live(self, frame: Frame) -> None:
        """Take in the live form of the latest frame, if it has another one than history."""
        if self._now < self._period:
            if self._live_ring is None:
                self._live_ring = Ring(self._period, self._like, smooth=False)
            self._live_ring.write(self._now, self._lined_up(frame))
            self._is_live[self._now] = True

    def live(self) -> Frame:
        """The latest frame in its live form. It may be one that was read a period ago."""
        place = self._now % self._period
        if self._live_ring and self._is_live[place]:
            return self._lined_up(self._live_ring.picture(place))
        return self._lined_up(self._ring.picture(place * self._moments.fineness))

    def picture(self) -> Frame:
        """The layer as of the latest frame.

        Raises ArgumentError if pixels of a column are of different frames or columns.
        """
        late, line = self._lines()
        lines = self._smooth_lines(late, line) if self._smooth else self._nearest(late, line)
        if self._is_live.any():
            self._mix_live(lines, late, line)
        return self._lined_up(lines)

    def close(self) -> None:
        """Close the rings."""
        for ring in filter(None, (self._ring, self._live_ring)):
            ring.close()

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

    def _nearest(self, late: Floats, line: Floats) -> Frame:
        """The nearest columns of the moments so late."""
        moments = self._moment(nearest(self._stored(late)))
        return self._columns(self._ring, moments, nearest(line))

    def _smooth_lines(self, late: Floats, line: Floats) -> Frame:
        """What lies between the nearest columns, and between the nearest moments."""
        late = self._stored(late) * self._moments.fineness
        lags = np.floor(late + TOLERANCE).astype(np.intp)
        shares = self._moments.shares(late, lags)
        later, earlier = (
            self._between(self._ring, self._moment(lags + step), line) for step in (0, 1)
        )
        return rounded_as(_mixed(later, earlier, shares), self._like)

    def _mix_live(self, lines: Frame, late: Floats, line: Floats) -> None:
        """Mix columns, which are changed, with their live form where they are near to now."""
        assert self._live_ring
        whole = np.floor(late + TOLERANCE).astype(np.intp) if self._smooth else nearest(late)
        away = late if self._smooth else whole
        shares = live_shares(np.minimum(away, self._period - away))
        steps = (0, 1) if self._smooth else (0,)
        frames = [np.mod(self._now - whole - step, self._period) for step in steps]
        for each in frames:
            shares = np.where(self._is_live[each], shares, 0)
        here = np.flatnonzero(shares)
        if not len(here):
            return
        place = line[here] if self._smooth else nearest(line[here])
        live, *before = (self._between(self._live_ring, each[here], place) for each in frames)
        if before:
            live = _mixed(live, before[0], (late - whole)[here])
        lines[here] = rounded_as(_mixed(lines[here], live, shares[here]), lines)

    def _stored(self, late: Floats) -> Floats:
        """How late columns are from the latest frame that is stored."""
        if self._now < self._period:
            return late
        return np.mod(late - self._now, self._period)  # every moment is there

    def _moment(self, lags: Whole) -> Whole:
        """The places in the ring of the moments so late."""
        return np.maximum(self._moments.last - lags, 0) % len(self._ring)

    def _between(self, ring: Ring, pictures: Whole, line: Floats | Whole) -> Frame:
        """The columns of these pictures of a ring, at places that may be fractions."""
        before = np.floor(line).astype(np.intp)
        after = np.minimum(before + 1, len(self._like) - 1)
        shares = (line - before).astype(np.float32)
        one = self._columns(ring, pictures, before)
        return _mixed(one, self._columns(ring, pictures, after), shares) if shares.any() else one

    def _columns(self, ring: Ring, pictures: Whole, line: Whole) -> Frame:
        """These columns of these pictures of a ring."""
        return ring.read(pictures * len(self._like) + line)

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


def _mixed(one: Frame, other: Frame, shares: npt.NDArray[Any]) -> Frame:
    """The weighted sum of columns. shares: those of the other ones, (n,)."""
    if not shares.any():
        return one
    weights = shares.astype(np.float32).reshape(-1, *[1] * (one.ndim - 1))
    mixed: Frame = one * (1 - weights) + other * weights
    return mixed
