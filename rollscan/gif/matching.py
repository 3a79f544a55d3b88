"""Owns a palette and the search for its entry nearest to a colour."""

from __future__ import annotations

import numpy as np

from .colour import (
    F32,
    PERCEIVED_CELLS,
    U8,
    Grid,
    Ints,
    perceived,
    perceived_cells,
    perceived_centres,
)
from .container import ColourTable
from .palette import by_lightness, nearest_colours


class Matcher:
    """A palette, and a table of the nearest entry for each cell of colours.

    palette: (k, 3) uint8, k <= 255, or 256 if `exact`. error: the mean squared perceived error of
    the palette in the frames that it was learned from. exact: for frames of few colours, a grid
    with a separate cell for each of them; `add_colours` enters them before they are looked up.
    Default None: cells are those of perceived colours, and are filled in as they are looked up.
    entries: the perceived colours (k, 3) float32 of the palette. by_y: their indices (k,) int32,
    ascending in y. by_cell: the index of the nearest entry of each cell, uint8; if not `exact`,
    the index plus 1, or 0 where the cell is not filled in yet.
    """

    def __init__(self, palette: U8, error: float, exact: Grid | None = None) -> None:
        self.palette = palette
        self.error = error
        self.exact = exact
        self.table = ColourTable(palette)
        self.entries = perceived(palette)
        self.by_y = by_lightness(self.entries)
        self._channels = np.ascontiguousarray(self.entries.T)
        self.by_cell = np.zeros(exact.cells if exact else PERCEIVED_CELLS, np.uint8)

    def add_colours(self, colours: U8) -> None:
        """Find the nearest entries for these colours (n, 3) of an exact grid."""
        assert self.exact is not None
        nearest = nearest_colours(perceived(colours), self.entries)
        self.by_cell[self.exact.numbers(colours)] = nearest

    def fill(self, cells: Ints) -> None:
        """Fill in the cells (n,) of perceived colours."""
        self.by_cell[cells] = nearest_colours(perceived_centres(cells), self.entries) + 1

    def nearest(self, pixels: U8, wanted: F32) -> U8:
        """The index (h * w,) uint8 of the nearest entry for each pixel.

        pixels: (h, w, 3) uint8, which are looked up if the grid is exact. wanted: the perceived
        colours (3, h * w) that the pixels should show, whose cells are looked up otherwise.
        """
        if self.exact is not None:
            return self.by_cell.take(self.exact.numbers(pixels))
        cells = perceived_cells(wanted)
        nearest = self.by_cell.take(cells)
        if not nearest.all():
            self.fill(np.unique(cells[nearest == 0]))
            nearest = self.by_cell.take(cells)
        nearest -= 1
        return nearest

    def shown(self, indices: U8) -> F32:
        """The perceived colours (3, n) float32 of indices (n,)."""
        colours = np.empty((3, len(indices)), np.float32)
        rows = indices.astype(np.intp)
        for channel, out in zip(self._channels, colours, strict=True):
            channel.take(rows, out=out, mode="clip")
        return colours
