"""Owns the means of boxes of pixels, which keep what is made smaller from sparkling."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .field import Whole

Places = npt.NDArray[Any]  # rows or columns in a frame, in pixels


class Boxes:
    """Boxes of places in a frame.

    tall, wide: the height and the width of each box in pixels: (n,).
    """

    def __init__(self, tall: Whole, wide: Whole) -> None:
        self.tall, self.wide = tall, wide
        self.are_single = bool((tall == 1).all() and (wide == 1).all())  # whether each is one pixel
        if self.are_single:
            return  # what follows sorts all of them
        sizes = np.unique(np.stack([tall, wide]), axis=1).T.tolist()
        self._by_size: list[tuple[int, int, Any]] = [
            (*size, _run(np.flatnonzero((tall == size[0]) & (wide == size[1])))) for size in sizes
        ]

    def some(self, which: Any) -> Boxes:
        """Some of these boxes, in this order."""
        return Boxes(self.tall[which], self.wide[which])

    def samples(self, y: Places, x: Places, size: tuple[int, int]) -> tuple[Places, Places]:
        """The rows and the columns of all places in the boxes, limited to the picture: two (m,).

        y, x: the row and the column of the first place of each box: (n,). size: the width and the
        height of the picture.
        """
        if self.are_single:
            rows, columns = y, x
        else:
            rows, columns = self._spread(y, down=True), self._spread(x, down=False)
        return np.clip(rows, 0, size[1] - 1), np.clip(columns, 0, size[0] - 1)

    def repeated(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A value for each box, (n,), as one for each of its places, (m,)."""
        if self.are_single:
            return values
        return np.concatenate(
            [np.tile(values[where], tall * wide) for tall, wide, where in self._by_size]
        )

    def means(self, pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The mean of each box; whole numbers are rounded, halves up: (..., n, C).

        pixels: at the places that `samples` returned: (m, ...).
        """
        if self.are_single:
            return pixels
        means = np.empty((len(self.tall), *pixels.shape[1:]), pixels.dtype)
        start = 0
        for tall, wide, where in self._by_size:
            count = tall * wide
            here = means[where]
            stop = start + count * len(here)
            means[where] = _mean(pixels[start:stop].reshape(count, *here.shape))
            start = stop
        return means

    def _spread(self, first: Places, *, down: bool) -> Places:
        spread = []
        for tall, wide, where in self._by_size:
            offsets = np.indices((tall, wide))[0 if down else 1].ravel()
            spread.append((first[where] + offsets[:, None]).ravel())
        return np.concatenate(spread)


def _run(indices: Whole) -> Whole | slice:
    """The indices, as a slice, which is quicker, if they follow one another."""
    first, stop = int(indices[0]), int(indices[-1]) + 1
    return slice(first, stop) if stop - first == len(indices) else indices


def _mean(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The mean over the first axis."""
    count = len(samples)
    if samples.dtype.kind not in "iu":
        return np.asarray(samples.mean(axis=0))
    wider = np.uint32 if samples.dtype == np.uint8 else np.int64
    return np.asarray((2 * samples.sum(axis=0, dtype=wider) + count) // (2 * count))
