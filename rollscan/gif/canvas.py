"""Owns the canvas that a GIF decoder shows, and finds the patch of it that each frame changes.

A pixel is held (left transparent) while the colour that the canvas shows there is not much worse
than the best colour of the palette. The allowed difference grows with the busyness of the
surroundings, which hides errors; so flat areas stay accurate, and busy ones take few bytes.

Half of each pixel's error, painted or held, is carried on to the next of the four pixels of its
2 x 2 square, which makes up for it: so the mean colour of a neighbourhood is nearer to the original
than any palette entry is. Squares are independent, so a square of the video that does not change
is shown unchanged.

The canvas remembers colours rather than indices, so that a new palette repaints only the pixels
that it improves.
"""

from __future__ import annotations

from collections.abc import Callable

from .colour import U8, Mask
from .compiled_painting import CompiledPainter, Tasks, one_after_the_other
from .kernel import kernel
from .matching import Matcher
from .painting import NumpyPainter, Patch

_ORDINARY = 24  # the busyness at which the tolerance applies as given
_CARRIED = 0.5  # of the error; more looks better from afar, worse close up, and takes more bytes
_COARSE = 78.0  # the tolerance of quality 60; above it less is carried, which saves bytes


class Canvas:
    """The colours that a decoder shows after all frames so far.

    tolerance: the squared perceived error that holding a pixel may add in surroundings of ordinary
    busyness. bands: into how many bands of rows a frame is cut at most, default 1. side_by_side:
    paints them, in any order or at the same time; default: one after the other. Only the compiled
    kernel paints in bands.
    """

    def __init__(
        self,
        tolerance: float,
        *,
        bands: int = 1,
        side_by_side: Callable[[Tasks], None] = one_after_the_other,
    ) -> None:
        self._allowed = tolerance / _ORDINARY, _CARRIED * _COARSE / max(tolerance, _COARSE)
        self._bands, self._side_by_side = bands, side_by_side
        self._painter = self._empty()
        self._frame: U8 | None = None

    def _empty(self) -> CompiledPainter | NumpyPainter:
        """What paints over a canvas that shows nothing."""
        if library := kernel():
            return CompiledPainter(library, *self._allowed, self._bands, self._side_by_side)
        return NumpyPainter(*self._allowed)

    def paint(self, frame: U8, matcher: Matcher, clear: Mask | None = None) -> Patch | None:
        """Show a frame (H, W, 3) uint8; return the patch to repaint, or None if nothing changes.

        clear: which pixels are transparent, (H, W). With it, nothing of earlier frames is shown.
        """
        if clear is not None:
            patch = self._empty().patch(frame, matcher)
            assert patch and matcher.table.transparent is not None
            indices = patch.indices.copy()
            indices[clear] = matcher.table.transparent
            return Patch(indices, patch.corner)
        if self._frame is not None and self._painter.same(frame, self._frame):
            return None
        self._frame = frame
        return self._painter.patch(frame, matcher)
