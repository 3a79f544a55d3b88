"""Owns the means of boxes of pixels, which keep what is made smaller from sparkling."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..frames import Frame

Whole = npt.NDArray[np.intp]


class Boxes:
    """Boxes of pixels in frames.

    tall, wide: the height and the width of each box in pixels: (n,).
    """

    def __init__(self, tall: Whole, wide: Whole) -> None:
        self.tall, self.wide = tall, wide
        sizes = np.unique(np.stack([tall, wide]), axis=1).T.tolist()
        self.are_single = sizes == [[1, 1]]  # whether each is a single pixel
        self._by_size: list[tuple[int, int, Any]] = [
            (*size, _run(np.flatnonzero((tall == size[0]) & (wide == size[1])))) for size in sizes
        ]

    def of(self, which: Whole) -> Boxes:
        """Some of these boxes, in this order."""
        return Boxes(self.tall[which], self.wide[which])

    def means(self, frame: Frame, first: Whole) -> Frame:
        """The mean of each box in a frame, rounded if frames have whole numbers: (n, ...).

        first: the index of the box's first pixel, among the pixels row by row: (n,).
        """
        pixels, width = frame.reshape(-1, *frame.shape[2:]), frame.shape[1]
        if self.are_single:
            taken: Frame = np.take(pixels, first, axis=0)
            return taken
        means = np.empty((len(first), *frame.shape[2:]), frame.dtype)
        for tall, wide, where in self._by_size:
            means[where] = _mean(pixels, first[where], width, tall, wide)
        return means


def _run(indices: Whole) -> Whole | slice:
    """The indices, as a slice, which is quicker, if they follow one another."""
    first, stop = int(indices[0]), int(indices[-1]) + 1
    return slice(first, stop) if stop - first == len(indices) else indices


def _mean(pixels: Frame, first: Whole, width: int, tall: int, wide: int) -> Frame:
    """The mean of boxes of one size, rounded if pixels are whole numbers, halves up."""
    is_whole, count = pixels.dtype.kind in "iu", tall * wide
    wider = np.uint32 if pixels.dtype == np.uint8 else np.int64 if is_whole else np.float64
    total = np.zeros((len(first), *pixels.shape[1:]), wider)
    across = np.arange(wide)[:, None]
    for row in range(tall):
        taken = np.take(pixels, first + row * width + across, axis=0)  # (wide, n, ...)
        total += taken[0] if wide == 1 else taken.sum(axis=0, dtype=wider)
    return (2 * total + count) // (2 * count) if is_whole else total / count
