"""Owns the painting of a frame over what is shown, by NumPy; compiled_painting.py does it in C."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt

from .busyness import busyness
from .colour import F32, U8, perceived_frame
from .matching import Matcher

_SQUARE = ((0, 0), (0, 1), (1, 1), (1, 0))  # row and column of its pixels in carrying order

_Array = TypeVar("_Array", U8, F32)


@dataclass(frozen=True)
class Patch:
    """A rectangle of the canvas to repaint.

    indices: (h, w) uint8, into the palette; rows may lie apart. corner: x, y of its top left pixel.
    """

    indices: U8
    corner: tuple[int, int]


class NumpyPainter:
    """The perceived colours that are shown, and what becomes of them.

    tolerance: the squared perceived error that holding a pixel may add, for each level of busyness
    and once more. carried: which share of a pixel's error goes to the next one.
    """

    def __init__(self, tolerance: float, carried: float) -> None:
        self._tolerance = np.float32(tolerance)
        self._carried = np.float32(carried)
        self._shown: list[F32] = []  # (3, n), for each pixel of the squares

    def same(self, frame: U8, other: U8) -> bool:
        """Whether two frames of one shape are equal."""
        return np.array_equal(frame, other)

    def patch(self, frame: U8, matcher: Matcher) -> Patch | None:
        """Show a frame (H, W, 3); return the patch to repaint, or None if nothing changes."""
        indices, painted = self._painted(frame, matcher)
        rows, columns = _extent(painted.max(axis=1)), _extent(painted.max(axis=0))
        if rows is None or columns is None:
            return None
        part = np.s_[rows[0] : rows[1], columns[0] : columns[1]]
        patch = indices[part]
        if matcher.table.transparent is not None:
            patch = _where(painted[part], patch, np.full_like(patch, matcher.table.transparent))
        return Patch(patch, (columns[0], rows[0]))

    def _painted(self, frame: U8, matcher: Matcher) -> tuple[U8, npt.NDArray[np.bool_]]:
        """The nearest palette index of every pixel (H, W), and whether the pixel is painted."""
        height, width, _ = frame.shape
        squares = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        allowed = (busyness(squares).astype(np.float32) + 1) * self._tolerance
        if matcher.table.transparent is None:
            allowed[:] = 0  # without a transparent index, every pixel must show its nearest colour
        indices = np.empty(allowed.shape, np.uint8)
        painted = np.empty(allowed.shape, np.bool_)
        carried: F32 | None = None
        for k, (row, column) in enumerate(_SQUARE):
            pixels = squares[row::2, column::2]
            wanted = perceived_frame(pixels).reshape(3, -1)
            if carried is not None and matcher.exact is None:
                wanted += carried
            nearest = matcher.nearest(pixels, wanted)
            best = matcher.shown(nearest)
            if len(self._shown) == k:
                self._shown.append(np.full_like(best, np.inf))  # nothing to hold yet
            added_error = _squared_lengths(wanted - self._shown[k]) - _squared_lengths(
                wanted - best
            )
            paint = added_error > allowed[row::2, column::2].reshape(-1)
            self._shown[k] = _where(paint, best, self._shown[k])
            carried = (wanted - self._shown[k]) * self._carried
            indices[row::2, column::2] = nearest.reshape(pixels.shape[:2])
            painted[row::2, column::2] = paint.reshape(pixels.shape[:2])
        return indices[:height, :width], painted[:height, :width]


def _squared_lengths(gaps: F32) -> F32:
    """The squared lengths (n,) of vectors (3, n), which are overwritten."""
    np.square(gaps, out=gaps)
    return np.asarray(np.add.reduce(gaps, axis=0))


def _where(mask: npt.NDArray[np.bool_], this: _Array, other: _Array) -> _Array:
    """Do what np.where does, several times as fast."""
    bits = np.dtype(f"i{this.itemsize}")
    chosen = this.view(bits) ^ other.view(bits)
    chosen &= -mask.astype(bits)  # every bit where True
    chosen ^= other.view(bits)
    return cast(_Array, chosen.view(this.dtype))


def _extent(used: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
    """The index of the first True, and one past that of the last; None if there is none."""
    first = int(used.argmax())
    if not used[first]:
        return None
    return first, len(used) - int(used[::-1].argmax())
