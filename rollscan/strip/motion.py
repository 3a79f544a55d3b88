"""Owns how far things move at a slit from one frame to the next, along the strip.

The two frames are laid over each other at every shift. A row of the picture in which nothing moves
fits best where it is, so it has no say: what counts is by how much the other rows fit better at a
shift than at none. So a train is measured, and not the houses above it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..frames import Picture

Floats = npt.NDArray[np.float32]

_FASTEST = 12  # frames in which what is measured may cross the picture, at least
_WINDOW = 8  # of the length of the picture, in which it is measured: one part
_ROWS = 96  # at most, that are compared
_FEW = 3  # rows, about, whose mean is compared
_COARSE = 4  # columns: the step in which the shift is searched first
_LEAST = 6.0  # levels squared: the difference of a row in which something moves
_FITTING = 0.5  # of its difference that a row loses at the shift of what moves in it
_FEWEST = 0.02  # of the rows: if something moves in fewer, nothing does
_LIKELY = 0.85  # of the best shift's gain, with which another is as likely
_WORTH = 0.3  # of the difference: if no shift gains more, it is less than a step
_REFINED = 4  # times is the shift refined, to a fraction of a column


def reach_of(length: int) -> int:
    """The greatest motion that is measured, in columns a frame. length: of the picture's side."""
    return max(2, length // _FASTEST)


def band_of(middle: float, length: int) -> slice:
    """The columns of the picture that are needed to measure the motion at a slit.

    middle: the place of the slit, in columns. length: how many columns the picture has.
    """
    half = reach_of(length) + max(4, length // _WINDOW // 2) + _COARSE
    start = min(max(0, round(middle) - half), max(0, length - 2 * half))
    return slice(start, min(length, start + 2 * half))


class Motion:
    """Measures the motion in a band of columns from frame to frame.

    reach: the greatest motion, in columns a frame.
    """

    def __init__(self, reach: int) -> None:
        self._reach = reach
        self._before: Floats | None = None
        self._last = 0.0

    def take(self, band: Picture) -> float:
        """How far things moved since the band before this one, in columns: over 0 to the right.

        band: (columns, H, 3) uint8. 0 for the first one, and where nothing moves.
        """
        before, self._before = self._before, _gray(band)
        self._last = 0.0 if before is None else self._measured(before, self._before)
        return self._last

    def _measured(self, before: Floats, now: Floats) -> float:
        step = _COARSE if self._reach >= 2 * _COARSE else 1
        steps = np.arange(-(-self._reach // step) + 1)
        steps = np.union1d(-steps, steps)
        rough = _errors(_thinned(before, step), _thinned(now, step), steps)
        around = self._likeliest(steps * step, rough, rough[len(steps) // 2])
        near = np.arange(-step, step + 1)  # also near 0, which is found where things move slowly
        shifts = np.union1d(near, np.clip(around + near, -self._reach, self._reach))
        errors = _errors(before, now, shifts, margin=self._reach)
        at_rest = errors[list(shifts).index(0)]
        shift = self._likeliest(shifts, errors, at_rest)
        there = errors[list(shifts).index(shift)]
        moves = (at_rest > _LEAST) & ((there < _FITTING * at_rest) | (shift == 0))
        found = self._refined(before[moves], now[moves], float(shift))
        if shift == 0:  # less than a column: whether the rows fit better there than at rest
            moves &= self._error(before, now, found) < _FITTING * at_rest
            found = self._refined(before[moves], now[moves], found)
        return found if moves.mean() >= _FEWEST else 0.0

    def _likeliest(self, shifts: npt.NDArray[np.intp], errors: Floats, at_rest: Floats) -> int:
        """The shift at which the rows fit best that fit better than at rest; 0 if few do.

        Of several that are as good it is the one next to the last motion, as what repeats itself
        fits at many.
        """
        gains = np.maximum(at_rest - errors, 0).sum(1)
        if gains.max() < _WORTH * at_rest[at_rest > _LEAST].sum():
            return 0
        likely = shifts[gains >= _LIKELY * gains.max()]
        return int(likely[np.argmin(np.abs(likely - self._last))])

    def _refined(self, before: Floats, now: Floats, shift: float) -> float:
        """The shift near this one at which the rows fit best: by least squares (Lucas, Kanade)."""
        if not len(now):
            return shift
        columns, weights = self._columns(now)
        here = now[:, columns]
        for _ in range(_REFINED):
            shifted = _at(before, columns - shift)
            slope = (_at(before, columns - shift + 1) - _at(before, columns - shift - 1)) / 2
            steep = float((slope * slope).sum(0) @ weights)
            if steep <= 0:
                break
            change = float((slope * (shifted - here)).sum(0) @ weights) / steep
            shift = min(max(shift + change, -self._reach), self._reach)
        return shift

    def _error(self, before: Floats, now: Floats, shift: float) -> Floats:
        """The mean square by which each row differs at this shift."""
        columns, weights = self._columns(now)
        difference = _at(before, columns - shift) - now[:, columns]
        return np.asarray((difference * difference) @ weights, np.float32)

    def _columns(self, now: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
        """The columns around the slit that are compared, and their weights."""
        margin = self._reach + 1
        columns = np.arange(margin, now.shape[1] - margin)
        return columns, _window(len(columns))


def _gray(band: Picture) -> Floats:
    """The band as rows of brightness, each the mean of a few of those near it: (rows, columns)."""
    rows = band.swapaxes(0, 1)
    rows = rows[:: max(1, len(rows) // (_FEW * _ROWS))]
    count = min(_ROWS, len(rows))
    starts = np.arange(count) * len(rows) // count
    red, green, blue = np.moveaxis(rows, -1, 0)
    levels = np.add(red, green, dtype=np.uint16) + blue
    sums = np.add.reduceat(levels, starts, axis=0, dtype=np.uint32).astype(np.float32)
    return np.asarray(sums / (3 * np.diff([*starts, len(rows)])[:, None]), np.float32)


def _thinned(rows: Floats, step: int) -> Floats:
    """The means of `step` columns each."""
    count = rows.shape[1] // step
    return np.asarray(rows[:, : count * step].reshape(len(rows), count, step).mean(-1))


def _window(count: int) -> Floats:
    """The weights of columns around the slit, whose sum is 1."""
    weights = np.hanning(count + 2)[1:-1]
    return np.asarray(weights / weights.sum(), np.float32)


def _errors(before: Floats, now: Floats, shifts: npt.NDArray[np.intp], margin: int = 0) -> Floats:
    """The mean square by which each row differs at each of these shifts: (shifts, rows).

    margin: how many columns at either side are left out, at least the greatest shift.
    """
    margin = max(margin, int(np.abs(shifts).max()))
    columns = slice(margin, now.shape[1] - margin)
    weights = _window(columns.stop - columns.start)
    shifted = np.lib.stride_tricks.sliding_window_view(before, len(weights), axis=1)
    differences = shifted[:, margin - shifts] - now[:, None, columns]  # of x, and x - shift
    return np.asarray(np.einsum("rsx,rsx,x->sr", differences, differences, weights))


def _at(rows: Floats, columns: npt.NDArray[np.floating[Any]]) -> Floats:
    """The rows at columns that may lie between two of them."""
    first = np.clip(np.floor(columns).astype(np.intp), 0, rows.shape[1] - 2)
    share = np.clip(columns - first, 0, 1).astype(np.float32)
    return np.asarray(rows[:, first] * (1 - share) + rows[:, first + 1] * share)
