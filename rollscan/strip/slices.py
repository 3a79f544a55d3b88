"""Owns slices: of each frame so much as things moved at the slit since the frame before."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from ..counting import whole_ceil
from ..frames import Picture, rounded_as
from .motion import Motion, band_of, reach_of

_AROUND = 2  # measurements before and after each, of whose median it is replaced: one may be wrong
_BESIDE = 2  # columns beside a slice that are decoded with it, as it may begin between two


class Slices:
    """What the frames of a video add to a strip photograph: slices that fit each other.

    Each column is a mixture of two frames, in which it shows the same, so that one slice passes
    into the next one.

    middle: the column of the slit. length: how many columns the picture has. step: how far things
    are taken to move from frame to frame, in columns, over 0 to the right; None measures it.

    band: the columns of the picture that `take` needs. moved: the sum of all motion so far.
    """

    def __init__(self, middle: int, length: int, step: float | None = None) -> None:
        self.band = band_of(middle, length)
        if step is not None:
            reach = math.ceil(abs(step)) + _BESIDE
            self.band = slice(max(0, middle - reach), min(length, middle + reach + 1))
        self.moved = 0.0
        self._middle, self._step = middle - self.band.start, step
        self._motion = Motion(reach_of(length))
        self._measured: list[float] = []  # how far things moved from each frame to the next
        self._bands: deque[Picture] = deque()  # the latest ones, of which the first adds next
        self._settled = 0  # frames that have added their slice
        self._place = 0.0  # in the strip, of the slit of the first of these, in columns

    def take(self, band: Picture) -> Picture:
        """What is settled by the next frame, in the order of time: (n, H, 3) uint8.

        band: the columns `self.band` of the frame, (columns, H, 3) uint8.
        """
        is_first = not self._bands
        self._bands.append(band)
        moved = self._motion.take(band) if self._step is None else self._step
        if not is_first:
            self._measured.append(moved)
        return self._added(_AROUND if self._step is None else 0)

    def finish(self) -> Picture:
        """What is left when there are no more frames: (n, H, 3) uint8."""
        rest = self._added(0)
        if self._step is None or not self._bands:
            return rest
        (last,) = self._bands
        return np.concatenate([rest, self._slice(last, last, self._step, passes=False)])

    def _added(self, following: int) -> Picture:
        """The slices of the frames after which so many motions are known, side by side."""
        slices = [np.empty((0, *self._bands[0].shape[1:]), np.uint8)]
        while self._settled + following < len(self._measured):
            around = self._measured[max(0, self._settled - _AROUND) : self._settled + _AROUND + 1]
            before, moved = self._bands.popleft(), float(np.median(around))
            slices.append(self._slice(before, self._bands[0], moved))
            self._settled += 1
        return np.concatenate(slices)

    def _slice(self, before: Picture, after: Picture, moved: float, passes: bool = True) -> Picture:
        """The columns between what is at the slit in one frame, and in the frame after it.

        passes: whether the one frame passes into the other.
        """
        begin, width = self._place, abs(moved)
        self._place += width
        self.moved += moved
        offsets = np.arange(whole_ceil(begin), whole_ceil(self._place)) - begin
        places = self._middle - math.copysign(1, moved) * offsets
        columns = _at(before, places)
        if passes:
            shares = (offsets / max(width, 1e-9)).astype(np.float32)[:, None, None]
            columns += (_at(after, places + moved) - columns) * shares
        return rounded_as(columns, before)


def _at(band: Picture, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The columns of a band at places that may lie between two of them, or at its edge."""
    places = np.clip(places, 0, len(band) - 1)
    first = np.minimum(places.astype(np.intp), max(0, len(band) - 2))
    share = (places - first).astype(np.float32)[:, None, None]
    left, right = band[first].astype(np.float32), band[np.minimum(first + 1, len(band) - 1)]
    return np.asarray(left + (right - left) * share)
