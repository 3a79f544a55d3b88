"""A palette's nearest colour for every pixel, and how much worse any other would be; no canvas."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .colour import BLOCK, U8, Grid, perceived
from .container import ColourTable

_ORDINARY = 24  # the busyness of surroundings in which the tolerance is what it says
_MOST_ROWS = 1 << 17  # of the table: 32 MiB, of which footage without grain uses a third


class Matcher:
    """A palette and a table: for every cell of colours, the busyness that each entry asks for.

    An entry may stand for a colour, though the nearest does it better, where surroundings are so
    busy that tolerance * (busyness + 1) / 24 is more than what it adds to the squared perceived
    error. Rows of the table are filled in when a cell is first met.

    palette: (k, 3). grid: the cells. tolerance: 0 for no error added at all. error: the mean
    squared error that the palette makes in the frames it was learned from.
    """

    def __init__(self, palette: U8, grid: Grid, tolerance: float, error: float) -> None:
        self.palette = palette
        self.table = ColourTable(palette)
        self.grid = grid
        self.error = error
        scale = _ORDINARY / max(tolerance, 1e-5)
        centres = perceived(palette)
        squares = (centres * centres).sum(axis=1, keepdims=True)
        self._distance = scale * np.hstack([-2 * centres, squares]).T  # less the colour's square
        self._rows = 0
        self._forget()

    def nearest(self, frame: U8) -> U8:
        """The nearest index (H, W) of each pixel of a frame (H, W, 3)."""
        return self._rows_of(frame).astype(np.uint8).reshape(frame.shape[:2])

    def nearest_and_asked(self, frame: U8, shown: U8) -> tuple[U8, U8]:
        """For each pixel of a frame (H, W, 3) whose canvas shows the indices (H, W):
        the nearest index, and the busyness that what is shown asks for; 255 is never enough.
        """
        rows = self._rows_of(frame)
        nearest = rows.astype(np.uint8).reshape(shown.shape)
        rows &= ~0xFF
        rows |= shown.reshape(-1)
        return nearest, self._asked.take(rows).reshape(shown.shape)

    def meet(self, colours: U8) -> None:
        """Fill in the rows of cells that have but one colour each, these (n, 3)."""
        self._fill(self.grid.numbers(colours), colours)

    def _rows_of(self, frame: U8) -> npt.NDArray[np.int32]:
        """Of each pixel, where its row of the table starts, plus its nearest index."""
        cells = self.grid.numbers(frame)
        rows = self._row_of_cell.take(cells)
        if not rows.all():
            new = self._each_once(cells[rows == 0])
            if self._rows + len(new) > _MOST_ROWS:
                new = np.unique(cells)
                self._forget(len(new))
            self._fill(new, self.grid.centres(new))
            rows = self._row_of_cell.take(cells)
        return rows

    def _each_once(self, unmet: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        numbers = np.arange(len(unmet), dtype=np.int32)
        self._row_of_cell[unmet] = numbers  # the last one of equal cells stays
        return np.compress(self._row_of_cell[unmet] == numbers, unmet)

    def _fill(self, cells: npt.NDArray[np.intp], colours: U8) -> None:
        points = np.hstack([perceived(colours), np.ones((len(cells), 1), np.float32)])
        table = self._asked.reshape(-1, 256)[:, : len(self.palette)]
        for start in range(0, len(cells), BLOCK):
            excess = points[start : start + BLOCK] @ self._distance
            nearest = excess.argmin(axis=1)
            rows = np.arange(len(nearest))
            excess -= excess[rows, nearest, None]
            rows += self._rows
            table[rows[0] : rows[-1] + 1] = np.minimum(excess, 255, out=excess)
            self._row_of_cell[cells[start : start + BLOCK]] = (rows << 8) + nearest
            self._rows += len(rows)

    def _forget(self, needed: int = 0) -> None:
        rows = 1 + max(_MOST_ROWS, needed)
        self._row_of_cell = np.zeros(self.grid.cells, np.int32)  # 0: not met yet
        self._asked = np.empty(rows << 8, np.uint8)
        self._rows = 1  # row 0 would be that of cells not met
