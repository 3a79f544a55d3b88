"""Owns the choice of a palette for each window of frames."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .busyness import busyness
from .colour import EVERY_COLOUR, U8, Grid, Ints
from .matching import Matcher
from .palette import Weights, learn_palette, squared_errors

_SAMPLE = 60_000  # pixels: no more of a window are counted
_CALM = 4.0  # added to the busyness of each pixel, so that the calmest do not outweigh all others
_FEW = 1024  # colours: a window with no more has each counted and matched exactly
_LEARNING = Grid(5, 6, 5)
_ALMOST_EVERY = Grid(5, 8, 8)  # tells greys apart, with an eighth of the cells of EVERY_COLOUR

# A palette may have the larger of two mean squared errors, which saves colours.
_ENOUGH = 0.7  # times the square root of the tolerance
_COARSE = 0.075  # times the tolerance: the larger one below quality 60, where bytes matter most
_WORSE = 1.3  # times the error that it was learned with: a palette with more may be replaced
_BETTER = 0.7  # times the error of the current palette: a new one must have no more than that
_GLARING = 200.0  # squared perceived error that is visible anywhere: a red jersey turned brown
_NOTICED = 0.0007  # of the weight: an object this large is missed, though the mean error is small


def matcher_for(
    window: list[U8], current: Matcher | None, colors: int, tolerance: float
) -> Matcher:
    """The matcher for frames (H, W, 3) uint8: the current one while its palette is good enough.

    colors: the most that a palette may have, 2 to 256. tolerance: as for a Canvas.
    """
    colours, weights, exact = _colours_of(window)
    error = max(_ENOUGH * tolerance**0.5, _COARSE * tolerance)
    if current is not None:
        current_error, glaring = _errors(colours, weights, current.palette)
        fits = current.exact == (_exact_grid(colours) if exact else None)
        if fits and current_error <= max(error, _WORSE * current.error) and glaring < _NOTICED:
            return current
    # A palette of 256 colours leaves no index for transparency.
    limit = colors if len(colours) <= colors else min(colors, 255)
    palette = learn_palette(colours, weights, limit, error)
    new_error, still_glaring = _errors(colours, weights, palette)
    fixes_glaring = current is not None and glaring >= _NOTICED and still_glaring < glaring / 2
    if current is not None and new_error > _BETTER * current_error and not fixes_glaring:
        return current
    if not exact:
        return Matcher(palette, new_error)
    matcher = Matcher(palette, new_error, _exact_grid(colours))
    matcher.add_colours(colours)
    return matcher


def _errors(colours: U8, weights: Weights, palette: U8) -> tuple[float, float]:
    """The mean squared error of colours (n, 3) in a palette, and the share of glaring errors."""
    errors = squared_errors(colours, palette)
    total = weights.sum()
    return float(weights @ errors / total), float(weights[errors > _GLARING].sum() / total)


def _colours_of(window: list[U8]) -> tuple[U8, Weights, bool]:
    """Colours (n, 3) of the frames, their weights (n,), and whether these are all the colours.

    Where there are too many, they are the mean colours of the cells that a sample of the pixels
    falls into, and pixels in calm surroundings weigh more.
    """
    sampled = window[::2]
    step = 1 + sum(frame.size // 3 for frame in sampled) // _SAMPLE
    sample = np.concatenate([f.reshape(-1, 3)[i % step :: step] for i, f in enumerate(sampled)])
    cell, counts = _counted(_LEARNING.packed(_LEARNING.numbers(sample)))
    exact_cell = EVERY_COLOUR.numbers(sample)
    are_few = len(counts) <= _FEW and len(np.unique(exact_cell)) <= _FEW  # in the sample
    numbers = _numbers_if_few(window) if are_few else None
    if numbers is not None:
        at = np.searchsorted(numbers, exact_cell)
        seen: Weights = np.bincount(at, minlength=len(numbers)) + np.ones(len(numbers))
        return EVERY_COLOUR.centres(numbers), seen, True
    means = [np.bincount(cell, channel) / counts for channel in sample.T]
    busy = [busyness(f).reshape(-1)[i % step :: step] for i, f in enumerate(sampled)]
    weights = np.bincount(cell, 1 / np.sqrt(np.concatenate(busy) + _CALM)).astype(np.float64)
    return np.rint(np.stack(means, axis=1)).astype(np.uint8), weights, False


def _counted(numbers: Ints) -> tuple[Ints, Ints]:
    """The rank (n,) of each number among those that there are, and how often each (m,) is there."""
    counts = np.bincount(numbers)
    present = np.flatnonzero(counts)
    ranks = np.zeros(len(counts), np.intp)
    ranks[present] = np.arange(len(present))
    return ranks[numbers], counts[present]


def _numbers_if_few(window: list[U8]) -> npt.NDArray[np.intp] | None:
    """The cell numbers of all colours of the frames, ascending; None if there are too many."""
    seen = np.zeros(EVERY_COLOUR.cells, np.bool_)
    for frame in window:
        seen[EVERY_COLOUR.numbers(frame)] = True
        if frame is window[0] and np.count_nonzero(seen) > _FEW:
            return None
    numbers = np.flatnonzero(seen)
    return numbers if len(numbers) <= _FEW else None


def _exact_grid(colours: U8) -> Grid:
    """The smaller of two grids, if it has a separate cell for each of the colours (n, 3)."""
    cells = _ALMOST_EVERY.numbers(colours)
    return _ALMOST_EVERY if len(set(cells.tolist())) == len(colours) else EVERY_COLOUR
