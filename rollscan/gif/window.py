"""The palette that a window of frames is shown in; paints nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .busyness import busyness
from .colour import EVERY_COLOUR, U8, Grid
from .matching import Matcher
from .palette import Weights, learn_palette, squared_errors

_SAMPLE = 60_000  # pixels of a window that are counted
_CALM = 4.0  # busyness that the calmest surroundings are taken to have when pixels are weighed
_FEW = 1024  # colours that a window may have for each to be counted and matched exactly
_LEARNING = Grid(5, 6, 5)
_ALMOST_EVERY = Grid(5, 8, 8)  # tells greys apart, with an eighth of the cells

_ENOUGH = 0.7  # of the root of the tolerance: how much error a palette may make, to save on colours
_COARSE = 0.075  # of the tolerance, where that is more: under quality 60, where bytes count most
_WORSE = 1.3  # how much more error than it was learned with makes a palette worth replacing
_BETTER = 0.7  # how much of that error a new one must leave at most
_GLARING = 200.0  # squared perceived error that shows wherever it is: a red jersey turned brown
_NOTICED = 0.0007  # of the weight: a thing that large is missed, though the mean error is small


def matcher_for(
    window: list[U8], current: Matcher | None, colors: int, tolerance: float
) -> Matcher:
    """The matcher for frames (H, W, 3): the current one while its palette is good enough.

    colors: at most so many in a palette, 2 to 256. tolerance: as of a Matcher.
    """
    colours, weights, exact = _colours_of(window)
    error = max(_ENOUGH * tolerance**0.5, _COARSE * tolerance)
    if current is not None:
        have, glaring = _errors(colours, weights, current.palette)
        fits = current.exact == (_exact_grid(colours) if exact else None)
        if fits and have <= max(error, _WORSE * current.error) and glaring < _NOTICED:
            return current
    limit = colors if len(colours) <= colors else min(colors, 255)  # 256 leave no transparency
    palette = learn_palette(colours, weights, limit, error)
    least, unmended = _errors(colours, weights, palette)
    mends = current is not None and glaring >= _NOTICED and unmended < glaring / 2
    if current is not None and least > _BETTER * have and not mends:
        return current
    if not exact:
        return Matcher(palette, least)
    matcher = Matcher(palette, least, _exact_grid(colours))
    matcher.meet(colours)
    return matcher


def _errors(colours: U8, weights: Weights, palette: U8) -> tuple[float, float]:
    """The mean squared error of colours (n, 3) in a palette, and the share that is glaring."""
    errors = squared_errors(colours, palette)
    total = weights.sum()
    return float(weights @ errors / total), float(weights[errors > _GLARING].sum() / total)


def _colours_of(window: list[U8]) -> tuple[U8, Weights, bool]:
    """Colours (n, 3) of the frames, how much they weigh, and whether these are all there are.

    If there are too many, the mean colours of the cells that a sample of the pixels falls in;
    pixels of calm surroundings weigh more.
    """
    some = window[::2]
    step = 1 + sum(frame.size // 3 for frame in some) // _SAMPLE
    sample = np.concatenate([f.reshape(-1, 3)[i % step :: step] for i, f in enumerate(some)])
    _, cell, counts = np.unique(_LEARNING.numbers(sample), return_inverse=True, return_counts=True)
    numbers = _numbers_if_few(window) if len(counts) <= _FEW else None
    if numbers is not None:
        at = np.searchsorted(numbers, EVERY_COLOUR.numbers(sample))
        seen: Weights = np.bincount(at, minlength=len(numbers)) + np.ones(len(numbers))
        return EVERY_COLOUR.centres(numbers), seen, True
    means = [np.bincount(cell, channel) / counts for channel in sample.T]
    busy = [busyness(f).reshape(-1)[i % step :: step] for i, f in enumerate(some)]
    weights = np.bincount(cell, 1 / np.sqrt(np.concatenate(busy) + _CALM)).astype(np.float64)
    return np.rint(np.stack(means, axis=1)).astype(np.uint8), weights, False


def _numbers_if_few(window: list[U8]) -> npt.NDArray[np.intp] | None:
    """The numbers of all the colours of the frames, rising, or None if there are many."""
    seen = np.zeros(EVERY_COLOUR.cells, np.bool_)
    for frame in window:
        seen[EVERY_COLOUR.numbers(frame)] = True
        if frame is window[0] and np.count_nonzero(seen) > _FEW:
            return None
    numbers = np.flatnonzero(seen)
    return numbers if len(numbers) <= _FEW else None


def _exact_grid(colours: U8) -> Grid:
    """The smaller of two grids, if it has a cell of its own for each of the colours (n, 3)."""
    cells = _ALMOST_EVERY.numbers(colours)
    return _ALMOST_EVERY if len(set(cells.tolist())) == len(colours) else EVERY_COLOUR
