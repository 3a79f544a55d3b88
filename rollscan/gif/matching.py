"""Owns a palette and the search for its entry nearest to a colour."""

from __future__ import annotations

import numpy as np

from .colour import F32, PERCEIVED_CELLS, U8, Grid, perceived, perceived_cells, perceived_centres
from .container import ColourTable
from .palette import nearest_colours


class Matcher:
    """A palette, and a table of the nearest entry for each cell of colours.

    palette: (k, 3) uint8, k <= 255, or 256 if `exact`. error: the mean squared perceived error of
    the palette in the frames that it was learned from. exact: for frames of few colours, a grid
    with a separate cell for each of them; `add_colours` enters them before they are looked up.
    Default None: cells are those of perceived colours, and are filled in as they are looked up.
    """

    def __init__(self, palette: U8, error: float, exact: Grid | None = None) -> None:
        self.palette = palette
        self.error = error
        self.exact = exact
        self.table = ColourTable(palette)
        self._entries = perceived(palette)
        self._channels = np.ascontiguousarray(self._entries.T)
        self._nearest = np.zeros(exact.cells if exact else PERCEIVED_CELLS, np.uint8)

    def add_colours(self, colours: U8) -> None:
        """Find the nearest entries for these colours (n, 3) of an exact grid."""
        assert self.exact is not None
        nearest = nearest_colours(perceived(colours), self._entries)
        self._nearest[self.exact.numbers(colours)] = nearest

    def nearest(self, pixels: U8, wanted: F32) -> U8:
        """The index (h * w,) uint8 of the nearest entry for each pixel.

        pixels: (h, w, 3) uint8, which are looked up if the grid is exact. wanted: the perceived
        colours (3, h * w) that the pixels should show, whose cells are looked up otherwise.
        """
        if self.exact is not None:
            return self._nearest.take(self.exact.numbers(pixels))
        cells = perceived_cells(wanted)
        nearest = self._nearest.take(cells)  # plus 1: 0 marks a cell that is not filled in yet
        if not nearest.all():
            new = np.unique(cells[nearest == 0])
            self._nearest[new] = nearest_colours(perceived_centres(new), self._entries) + 1
            nearest = self._nearest.take(cells)
        nearest -= 1
        return nearest

    def shown(self, indices: U8) -> F32:
        """The perceived colours (3, n) float32 of indices (n,)."""
        colours = np.empty((3, len(indices)), np.float32)
        rows = indices.astype(np.intp)
        for channel, out in zip(self._channels, colours, strict=True):
            channel.take(rows, out=out, mode="clip")
        return colours
