"""Owns the painting of a frame over what is shown, by the compiled kernel, in bands of rows.

It returns what the NumpyPainter of painting.py returns.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from ctypes import byref
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from . import colour
from .busyness import BUSIEST
from .colour import F32, U8
from .kernel import Cells, Extent, Painting, Palette, Perception
from .matching import Matcher
from .painting import Patch

Tasks = Sequence[Callable[[], None]]

_BAND_PIXELS = 50_000  # a band has no fewer: they take longer to paint than a thread to begin

_PERCEPTION = Perception(
    colour.RESPONSES.ctypes.data,
    colour.ROOTS.ctypes.data,
    colour.FIELD,
    colour.LONG_MEDIUM,
    colour.SHORT,
)
_CELLS = Cells(
    tuple(colour.LOWEST.flat), tuple(colour.HIGHEST.flat), colour.STEP, tuple(colour.BITS)
)


def one_after_the_other(tasks: Tasks) -> None:
    """Do the tasks in order."""
    for task in tasks:
        task()


@dataclass
class _State:
    """What a canvas of one size keeps from frame to frame, and where its squares are noted.

    shown: (4, 3, squares) perceived colours. busy: (squares, 4). left_out, unknown: (squares,).
    """

    shown: F32
    busy: U8
    left_out: npt.NDArray[np.int32]
    unknown: npt.NDArray[np.int32]

    @classmethod
    def of(cls, height: int, width: int) -> _State:
        squares = -(-height // 2) * -(-width // 2)
        return cls(
            np.full((4, 3, squares), np.inf, np.float32),  # nothing to hold yet
            np.empty((squares, 4), np.uint8),
            np.empty(squares, np.int32),
            np.empty(squares, np.int32),
        )


class CompiledPainter:
    """A NumpyPainter in C, which paints bands of rows side by side.

    bands: how many, at most. side_by_side: does tasks, in any order or at the same time, and
    returns when all are done.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        tolerance: float,
        carried: float,
        bands: int = 1,
        side_by_side: Callable[[Tasks], None] = one_after_the_other,
    ) -> None:
        self._library = library
        self._tolerance, self._carried = tolerance, carried
        self._bands, self._side_by_side = bands, side_by_side
        self._state: _State | None = None
        self._before: U8 | None = None  # the frame painted last
        self._matcher: Matcher | None = None  # with which it was painted
        self._palette = Palette()

    def same(self, frame: U8, other: U8) -> bool:
        """Whether two frames of one shape are equal."""
        return bool(self._library.same(frame.ctypes.data, other.ctypes.data, frame.nbytes))

    def patch(self, frame: U8, matcher: Matcher) -> Patch | None:
        """Show a frame (H, W, 3); return the patch to repaint, or None if nothing changes."""
        height, width, _ = frame.shape
        state = self._state = self._state or _State.of(height, width)
        is_steady = matcher is self._matcher and matcher.table.transparent is not None
        before = self._before.ctypes.data if self._before is not None and is_steady else None
        if matcher is not self._matcher:
            self._palette = _palette_of(matcher)
        indices = np.empty((height, width), np.uint8)
        painting = Painting(
            frame.ctypes.data,
            before,
            height,
            width,
            len(state.busy),
            BUSIEST,
            self._tolerance,
            self._carried,
            state.shown.ctypes.data,
            state.busy.ctypes.data,
            indices.ctypes.data,
        )
        bands = self._banded(painting, matcher)
        self._before, self._matcher = frame, matcher
        top, left = (min(getattr(band.extent, side) for band in bands) for side in ("top", "left"))
        bottom = max(band.extent.bottom for band in bands)
        right = max(band.extent.right for band in bands)
        return Patch(indices[top:bottom, left:right], (left, top)) if top < bottom else None

    def _banded(self, painting: Painting, matcher: Matcher) -> list[_Band]:
        """Paint all rows; return the bands that they were painted in."""
        rows = -(-painting.height // 2)
        count = max(1, min(self._bands, painting.height * painting.width // _BAND_PIXELS, rows))
        ends = [rows * k // count for k in range(count + 1)]
        bands = [_Band(self, painting, first, last) for first, last in pairwise(ends)]
        self._side_by_side([band.paint for band in bands])
        while any(band.left_out for band in bands):
            unknown = [band.unknown[: band.left_out] for band in bands]
            matcher.fill(np.unique(np.concatenate(unknown)))
            for band in bands:
                band.paint_left_out()
        return bands


class _Band:
    """Rows of squares of a painting, from `first` to before `last`.

    extent: of the pixels that were painted. left_out: how many squares wait for the nearest entries
    of the `unknown` cells.
    """

    def __init__(self, painter: CompiledPainter, painting: Painting, first: int, last: int) -> None:
        state = painter._state
        assert state
        squares_across = -(-painting.width // 2)
        self._squares = state.left_out[first * squares_across :]
        self.unknown = state.unknown[first * squares_across :]
        self._rows, self._scratch = (first, last), np.empty(9 * painting.width + 12, np.uint8)
        self._library, self._painting = painter._library, painting
        self._arguments = (
            byref(_PERCEPTION),
            byref(_CELLS),
            byref(painter._palette),
            byref(painting),
        )
        self.extent = Extent(painting.height, painting.width, 0, 0)
        self.left_out = 0

    def paint(self) -> None:
        """Paint the rows, but for squares that are left out."""
        self.left_out = self._library.paint_rows(
            *self._arguments, *self._rows, self._scratch.ctypes.data, *self._noted()
        )

    def paint_left_out(self) -> None:
        """Paint the squares that were left out; some may be left out again."""
        self.left_out = self._library.paint_left_out(
            *self._arguments, self.left_out, *self._noted()
        )

    def _noted(self) -> tuple[object, ...]:
        return self._squares.ctypes.data, self.unknown.ctypes.data, byref(self.extent)


def _palette_of(matcher: Matcher) -> Palette:
    """What the kernel is told of a matcher, whose arrays must outlive it."""
    table = matcher.by_cell.ctypes.data
    exact = matcher.exact
    transparent = matcher.table.transparent
    return Palette(
        matcher.entries.ctypes.data,
        matcher.by_y.ctypes.data,
        None if exact else table,
        table if exact else None,
        exact.mask if exact else 0,
        exact.shift if exact else 0,
        len(matcher.entries),
        -1 if transparent is None else transparent,
    )
