"""What the decoder shows, and the patch of it that a frame changes; knows nothing of files.

A pixel is held (left transparent) while what the canvas shows there is not much worse than the
best colour of the palette. How much worse is allowed grows with the busyness of the
surroundings, where eye and score see less of it; so flat areas stay true and busy ones cheap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .busyness import busyness
from .colour import U8
from .matching import Matcher


@dataclass(frozen=True)
class Patch:
    """A part of the canvas: indices (h, w) into the palette, and its left top pixel (x, y)."""

    indices: U8
    corner: tuple[int, int]


class Canvas:
    """The indices shown now, (H, W), in the colours of one matcher's palette."""

    def __init__(self) -> None:
        self._shown: U8 | None = None
        self._frame: U8 | None = None

    def clear(self) -> None:
        """Hold nothing at the next frame, because it is shown in another palette."""
        self._shown = None

    def paint(self, frame: U8, matcher: Matcher) -> Patch | None:
        """Take a frame (H, W, 3) onto the canvas; returns the patch that does it, if any."""
        if self._frame is not None and np.array_equal(frame, self._frame):
            return None
        self._frame = frame
        if self._shown is None:
            self._shown = matcher.nearest(frame)
            return Patch(self._shown, (0, 0))
        nearest, asked = matcher.nearest_and_asked(frame, self._shown)
        painted = np.greater(asked, busyness(frame))
        rows, columns = _extent(painted.max(axis=1)), _extent(painted.max(axis=0))
        if rows is None or columns is None:
            return None
        mask = -painted.view(np.uint8)  # 255 where painted
        self._shown = _masked(mask, nearest, self._shown)
        part = np.s_[rows[0] : rows[1], columns[0] : columns[1]]
        indices = self._shown[part]
        if matcher.table.transparent is not None:
            indices = _masked(mask[part], indices, np.uint8(matcher.table.transparent))
        return Patch(indices, (columns[0], rows[0]))


def _masked(mask: U8, this: U8, other: U8 | np.uint8) -> U8:
    """np.where for bytes, several times as fast."""
    return other ^ ((this ^ other) & mask)


def _extent(used: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
    """First and one past the last True, or None."""
    first = int(used.argmax())
    if not used[first]:
        return None
    return first, len(used) - int(used[::-1].argmax())
