"""Owns the learning of a palette from weighted colours. It knows nothing of frames."""

from __future__ import annotations

import ctypes
import heapq
import itertools

import numpy as np
import numpy.typing as npt

from .colour import BLOCK, F32, U8, perceived
from .kernel import Box, Cut, kernel

_NEGLIGIBLE = 0.1  # error: where no more is allowed, no colour is dropped that has room
_RARITY = 0.85  # weights are raised to this power: rare colours count for more than their share
_FEWEST = 32  # boxes that are always cut, so that a small object keeps a colour of its own
_KEYS_PER_UNIT = 64  # of perceived colour, whose rounded values are sorted

Weights = npt.NDArray[np.float64]
Keys = npt.NDArray[np.int16]


def learn_palette(rgb: U8, weights: Weights, limit: int, error: float) -> U8:
    """Learn a palette (k, 3) uint8, k <= limit, from colours (n, 3) uint8 with weights (n,).

    Boxes of colours are cut where that lowers the squared error in perceived colour most
    (variance-based median cut, after Wan et al. 1990 and Wu 1992), until there are `limit` boxes
    or, from 32 boxes on, the mean squared error is at most `error`. Then a few rounds of k-means
    move the colours.
    """
    colours, weights = perceived(rgb), weights**_RARITY
    if len(rgb) <= limit and error < _NEGLIGIBLE:
        return rgb
    centres = _median_cut(colours, weights, limit, error)
    if len(centres) == len(rgb):
        return rgb
    chosen = rgb[:0]
    for _ in range(3):
        nearest = nearest_colours(colours, centres)
        weight = np.bincount(nearest, weights, len(centres))
        used = weight > 0
        means = [np.bincount(nearest, weights * channel, len(centres)) for channel in rgb.T]
        chosen = np.rint(np.stack(means, axis=1)[used] / weight[used, None]).astype(np.uint8)
        centres = perceived(chosen)
    return np.unique(chosen, axis=0)


def squared_errors(rgb: U8, palette: U8) -> Weights:
    """The squared perceived error (n,) of showing each colour (n, 3) with a palette (k, 3)."""
    colours, centres = perceived(rgb), perceived(palette)
    gaps = colours - centres[nearest_colours(colours, centres)]
    return np.asarray((gaps * gaps).sum(axis=1), np.float64)


def nearest_colours(colours: F32, centres: F32) -> npt.NDArray[np.intp]:
    """The index (n,) of the centre (k, 3) that is nearest to each perceived colour (n, 3).

    Where two are as near but for rounding, the result depends on a colour and the centres alone.
    """
    library = kernel()
    if library is None:
        return _nearest_by_numpy(colours, centres)
    nearest, unknown = _nearest_by_kernel(library, colours, centres)
    if unknown:
        rows = np.flatnonzero(nearest < 0)
        nearest[rows] = _nearest_by_numpy(colours[rows], centres)
    return nearest


def by_lightness(centres: F32) -> npt.NDArray[np.int32]:
    """The indices (k,) of perceived colours (k, 3), the darkest first."""
    return centres[:, 1].argsort(kind="stable").astype(np.int32)


def _nearest_by_kernel(
    library: ctypes.CDLL, colours: F32, centres: F32
) -> tuple[npt.NDArray[np.intp], int]:
    """What `nearest_colours` returns, or -1 where NumPy must decide; and how often that is."""
    colours, centres = np.ascontiguousarray(colours), np.ascontiguousarray(centres)
    nearest, by_y = np.empty(len(colours), np.int64), by_lightness(centres)
    unknown = library.nearest_entries(
        centres.ctypes.data,
        by_y.ctypes.data,
        len(centres),
        colours.ctypes.data,
        len(colours),
        nearest.ctypes.data,
    )
    return nearest.astype(np.intp, copy=False), unknown


def _nearest_by_numpy(colours: F32, centres: F32) -> npt.NDArray[np.intp]:
    """What `nearest_colours` returns.

    Each product of matrices has the same shape, as BLAS rounds differently for others.
    """
    lengths = (centres * centres).sum(axis=1) / 2
    nearest = np.empty(len(colours), np.intp)
    block = np.zeros((BLOCK, 3), np.float32)
    for start in range(0, len(colours), BLOCK):
        part = colours[start : start + BLOCK]
        block[: len(part)] = part
        gaps = lengths - (block @ centres.T)[: len(part)]
        np.argmin(gaps, axis=1, out=nearest[start : start + len(part)])
    return nearest


def _median_cut(colours: F32, weights: Weights, limit: int, error: float) -> F32:
    """The mean colours (k, 3) of the boxes that perceived colours (n, 3) are cut into."""
    points = np.asarray(colours, np.float64)
    weight = weights[:, None]
    moments = np.hstack([weight, weight * points, weight * points * points])
    keys = np.rint(_KEYS_PER_UNIT * points).astype(np.int16)  # integers are quicker to sort
    enough = error * float(weights.sum())
    library = kernel()
    if library is None:
        return _boxes_by_numpy(keys, moments, limit, enough)
    return _boxes_by_kernel(library, keys, moments, limit, enough)


def _boxes_by_kernel(
    library: ctypes.CDLL, keys: Keys, moments: Weights, limit: int, enough: float
) -> F32:
    rows, work = np.empty(len(keys), np.int32), np.empty((2, len(keys)), np.uint64)
    means = np.empty((limit, 3))
    cut = Cut(
        moments.ctypes.data,
        keys.ctypes.data,
        rows.ctypes.data,
        work[0].ctypes.data,
        work[1].ctypes.data,
        (Box * limit)(),
    )
    count = library.cut_boxes(
        ctypes.byref(cut), len(keys), limit, _FEWEST, enough, means.ctypes.data
    )
    return means[:count].astype(np.float32)


def _boxes_by_numpy(keys: Keys, moments: Weights, limit: int, enough: float) -> F32:
    serial = itertools.count()  # breaks ties, as boxes cannot be compared
    first = _Box(np.arange(len(keys)), moments)
    queue = [(-first.spread, next(serial), first)]  # a heap, the box of the largest spread first
    total = first.spread
    while len(queue) < limit and (len(queue) < _FEWEST or total > enough):
        widest = queue[0][2]
        if widest.spread <= 0:
            break
        heapq.heappop(queue)
        total -= widest.spread
        for half in widest.halves(keys, moments):
            total += half.spread
            heapq.heappush(queue, (-half.spread, next(serial), half))
    return np.array([box.mean for _, _, box in queue], np.float32)


class _Box:
    """A set of colours, with the squared error of showing them all as their mean (`spread`).

    rows: the indices (n,) of its colours. moments: the weight and the first and second moments of
    all colours, (all, 7).
    """

    def __init__(self, rows: npt.NDArray[np.intp], moments: Weights) -> None:
        self._rows = rows
        total = np.add.reduce(moments[rows])
        self._total = total
        self.mean = total[1:4] / total[0]
        spreads = total[4:] - total[1:4] * self.mean
        self._axis = int(spreads.argmax())
        self.spread = float(spreads.sum()) if len(rows) > 1 else 0.0

    def halves(self, keys: Keys, moments: Weights) -> tuple[_Box, _Box]:
        """Cut the box in two, across its widest axis, where that lowers the squared error most."""
        rows = self._rows[keys[self._rows, self._axis].argsort(kind="stable")]
        left = moments[rows[:-1], 0].cumsum()
        moment = moments[rows[:-1], 1 + self._axis].cumsum()
        right = self._total[0] - left
        rest = self._total[1 + self._axis] - moment
        at = 1 + int((moment * moment / left + rest * rest / right).argmax())
        return _Box(rows[:at], moments), _Box(rows[at:], moments)
