"""What the decoder shows, and the patch of it that a frame changes; knows nothing of files.

A pixel is held (left transparent) while what the canvas shows there is not much worse than the
best colour of the palette. How much worse is allowed grows with the busyness of the
surroundings, where eye and score see less of it; so flat areas stay true and busy ones cheap.

Half of what a pixel misses, painted or held, is carried on to the next of the four pixels of its
square, which is to make up for it: so the mean colour of a neighbourhood is nearer to the truth
than any entry. A square knows nothing of others, so one that stays as it is is shown as it was.

The canvas remembers colours and not indices, so a new palette repaints only what it betters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt

from .busyness import busyness
from .colour import F32, U8, perceived_frame
from .matching import Matcher

_ORDINARY = 24  # the busyness of surroundings in which the tolerance is what it says
_CARRIED = 0.5  # more is truer from afar, but coarser seen close, and more bytes
_COARSE = 78.0  # the tolerance, that of quality 60, from which on less is carried, for fewer bytes
_SQUARE = ((0, 0), (0, 1), (1, 1), (1, 0))  # row and column of its pixels in carrying order

_Array = TypeVar("_Array", U8, F32)


@dataclass(frozen=True)
class Patch:
    """A part of the canvas: indices (h, w) into the palette, and its left top pixel (x, y)."""

    indices: U8
    corner: tuple[int, int]


class Canvas:
    """The colours shown now, as perceived: (3, n) for each of the four pixels of squares.

    tolerance: the squared perceived error that holding a pixel may add in ordinary surroundings.
    """

    def __init__(self, tolerance: float) -> None:
        self._tolerance = np.float32(tolerance / _ORDINARY)
        self._carried = np.float32(_CARRIED * _COARSE / max(tolerance, _COARSE))
        self._shown: list[F32] = []
        self._frame: U8 | None = None

    def paint(self, frame: U8, matcher: Matcher) -> Patch | None:
        """Take a frame (H, W, 3) onto the canvas; returns the patch that does it, if any."""
        if self._frame is not None and np.array_equal(frame, self._frame):
            return None
        self._frame = frame
        indices, painted = self._painted(frame, matcher)
        rows, columns = _extent(painted.max(axis=1)), _extent(painted.max(axis=0))
        if rows is None or columns is None:
            return None
        part = np.s_[rows[0] : rows[1], columns[0] : columns[1]]
        patch = indices[part]
        if matcher.table.transparent is not None:
            patch = _masked(painted[part], patch, np.full_like(patch, matcher.table.transparent))
        return Patch(patch, (columns[0], rows[0]))

    def _painted(self, frame: U8, matcher: Matcher) -> tuple[U8, npt.NDArray[np.bool_]]:
        """The nearest index (H, W) of every pixel of a frame, and whether it is painted."""
        height, width, _ = frame.shape
        squares = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        allowed = (busyness(squares).astype(np.float32) + 1) * self._tolerance
        if matcher.table.transparent is None:
            allowed[:] = 0  # a pixel that cannot be left out must show its nearest colour
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
            asked = _lengths(wanted - self._shown[k]) - _lengths(wanted - best)
            paint = asked > allowed[row::2, column::2].reshape(-1)
            self._shown[k] = _masked(paint, best, self._shown[k])
            carried = (wanted - self._shown[k]) * self._carried
            indices[row::2, column::2] = nearest.reshape(pixels.shape[:2])
            painted[row::2, column::2] = paint.reshape(pixels.shape[:2])
        return indices[:height, :width], painted[:height, :width]


def _lengths(gaps: F32) -> F32:
    """The squared lengths (n,) of gaps (3, n), which are spent."""
    np.square(gaps, out=gaps)
    return np.asarray(np.add.reduce(gaps, axis=0))


def _masked(mask: npt.NDArray[np.bool_], this: _Array, other: _Array) -> _Array:
    """np.where, several times as fast."""
    bits = np.dtype(f"i{this.itemsize}")
    chosen = this.view(bits) ^ other.view(bits)
    chosen &= -mask.astype(bits)  # every bit where True
    chosen ^= other.view(bits)
    return cast(_Array, chosen.view(this.dtype))


def _extent(used: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
    """First and one past the last True, or None."""
    first = int(used.argmax())
    if not used[first]:
        return None
    return first, len(used) - int(used[::-1].argmax())
