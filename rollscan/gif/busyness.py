"""Owns the measure of how busy a pixel's surroundings are; busy ones hide errors."""

from __future__ import annotations

import ctypes

import numpy as np

from .colour import U8
from .kernel import kernel

BUSIEST = 150  # levels; a larger range counts as this


def busyness(frame: U8) -> U8:
    """The range of green levels in the 5 x 5 pixels around each pixel, at most 150.

    frame: (H, W, 3) uint8. Returns (H, W) uint8.
    """
    library = kernel()
    return _by_kernel(library, frame) if library else _by_numpy(frame)


def _by_kernel(library: ctypes.CDLL, frame: U8) -> U8:
    frame = np.ascontiguousarray(frame)
    height, width, _ = frame.shape
    busy = np.empty((height, width + width % 2), np.uint8)
    scratch = np.empty(7 * width + 10, np.uint8)
    library.busyness(
        frame.ctypes.data, height, width, BUSIEST, busy.ctypes.data, scratch.ctypes.data
    )
    return busy[:, :width]


def _by_numpy(frame: U8) -> U8:
    green = np.pad(frame[..., 1], 2, mode="edge")
    levels = _over_five_by_five(np.maximum, green) - _over_five_by_five(np.minimum, green)
    return levels.clip(max=BUSIEST)


def _over_five_by_five(extreme: np.ufunc, levels: U8) -> U8:
    """The extreme, np.maximum or np.minimum, of each 5 x 5 square of levels (H + 4, W + 4)."""
    two = extreme(levels[:-1], levels[1:])
    four = extreme(two[:-2], two[2:])
    columns = extreme(four[:-1], levels[4:])
    two = extreme(columns[:, :-1], columns[:, 1:])
    four = extreme(two[:, :-2], two[:, 2:])
    return np.asarray(extreme(four[:, :-1], columns[:, 4:]))
