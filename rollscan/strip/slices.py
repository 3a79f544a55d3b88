"""Owns slices: of each frame so much as things moved at the slit since the frame before."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from ..counting import whole_ceil
from ..frames import Picture, rounded_as
from .motion import Motion, band_of, reach_of

_AROUND = 2  # measurements before and after each, whose median takes its place if it is odd
_ODD, _ODD_SHARE = 1.0, 0.25  # columns, and of the median: from which difference on it is odd
_NEAR = 150  # of the rows: one part of them at either side, of which it is told whether they move
_COMPARED = 12  # columns, about, by which that is told
_BESIDE = 2  # columns beside a slice that are decoded with it, as it may begin between two


class Slices:
    """What the frames of a video add to a strip photograph: slices that fit each other.

    Each column is a mixture of two frames, in which it shows the same, so that one slice passes
    into the next one.

    middle: the column of the slit. length: how many columns the picture has. step: how far things
    are taken to move from frame to frame, in columns, over 0 to the right; None measures it.

    band: the columns of the picture that `take` needs. moved: the sum of all motion so far. runs:
    of columns that were added while things moved in one way: the first, the one after the last, and
    a motion that is over 0 to the right.
    """

    def __init__(self, middle: int, length: int, step: float | None = None) -> None:
        self.band = band_of(middle, length)
        if step is not None:
            reach = math.ceil(abs(step)) + _BESIDE
            self.band = slice(max(0, middle - reach), min(length, middle + reach + 1))
        self.moved = 0.0
        self.runs: list[tuple[int, int, float]] = []
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
            before = self._bands.popleft()
            slices.append(self._slice(before, self._bands[0], self._likely(self._settled)))
            self._settled += 1
        return np.concatenate(slices)

    def _likely(self, number: int) -> float:
        """The motion from this frame to the next, or the median of those around it if it is odd."""
        around = self._measured[max(0, number - _AROUND) : number + _AROUND + 1]
        measured, usual = self._measured[number], float(np.median(around))
        is_odd = abs(measured - usual) > max(_ODD, _ODD_SHARE * abs(usual))
        return usual if is_odd else measured

    def _slice(self, before: Picture, after: Picture, moved: float, passes: bool = True) -> Picture:
        """The columns between what is at the slit in one frame, and in the frame after it.

        passes: whether the one frame passes into the other.
        """
        begin, width = self._place, abs(moved)
        self._place += width
        self.moved += moved
        first, stop = whole_ceil(begin), whole_ceil(self._place)
        if first == stop:
            return before[:0]
        self._note_run(first, stop, moved)
        offsets = np.arange(first, stop) - begin
        places = self._middle - math.copysign(1, moved) * offsets
        columns = _at(before, places)
        if passes:
            shares = (offsets / max(width, 1e-9)).astype(np.float32)[:, None, None]
            columns += (_at(after, places + moved) - columns) * shares
            if self._step is None:
                slit = slice(self._middle, self._middle + 1)
                still = before[slit] + (after[slit] - before[slit].astype(np.float32)) * shares
                columns = still + (columns - still) * self._motion_at_slit(before, after, moved)
        return rounded_as(columns, before)

    def _note_run(self, first: int, stop: int, moved: float) -> None:
        """Note that things moved in the same way while these columns were added, or in another."""
        if self.runs and (self.runs[-1][2] > 0) == (moved > 0):
            first = self.runs.pop()[0]
        self.runs.append((first, stop, moved))

    def _motion_at_slit(
        self, before: Picture, after: Picture, moved: float
    ) -> npt.NDArray[np.float32]:
        """Which of the rows move at the slit, from 0 for what is at rest to 1: (H, 1).

        What stands behind, or above, would be repeated with every slice.
        """
        ends = self._middle, self._middle - moved
        first, stop = math.floor(min(ends)) - _BESIDE, math.ceil(max(ends)) + _BESIDE + 1
        near = np.arange(first, stop, max(1, (stop - first) // _COMPARED), dtype=np.float64)
        here = _at(before, near)
        at_rest, moving = (_row_errors(here - _at(after, near + far)) for far in (0.0, moved))
        return at_rest**2 / (at_rest**2 + moving**2 + 1e-6)


def _row_errors(differences: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean square of each row of columns and of those near it: (H, 1)."""
    squares = (differences * differences).mean((0, 2))
    near = max(1, len(squares) // _NEAR)
    kernel = np.ones(2 * near + 1, np.float32) / (2 * near + 1)
    return np.convolve(np.pad(squares, near, mode="edge"), kernel, mode="valid")[:, None]


def _at(band: Picture, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The columns of a band at places that may lie between two of them, or at its edge."""
    places = np.clip(places, 0, len(band) - 1)
    first = np.minimum(places.astype(np.intp), max(0, len(band) - 2))
    share = (places - first).astype(np.float32)[:, None, None]
    left, right = band[first].astype(np.float32), band[np.minimum(first + 1, len(band) - 1)]
    return np.asarray(left + (right - left) * share)
