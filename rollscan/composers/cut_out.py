"""Owns subjects that are cut out by masks, and laid over each other."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..frames import Frame

Shares = npt.NDArray[np.float32]
Where = tuple[slice, slice]  # rows and columns of a picture
Mask = tuple[Where, npt.NDArray[np.uint8]]  # the part in which it is not 0, and its values there

_FAINT = 8  # of 255: a mask that is nowhere more has no subject


class CutOuts:
    """Cut-outs over a live picture: for each pixel the two that count most, and their shares.

    A cut-out counts as much at a pixel as its mask, of what those on top of it let through. The
    live picture counts as much as all of them let through.

    masks: from the topmost to the lowest, each with how late its subject is, in frames. One that
        is not late hides those under it, and is the live picture.
    size: width and height of the picture.

    under, over: how late the two are, (H, W) int32; 0 is the live picture. share: of the second
        one in their sum, (H, W), at most a half.
    """

    def __init__(self, masks: Iterable[tuple[Mask | None, int]], size: tuple[int, int]) -> None:
        shape = size[::-1]
        self.under, self.over = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        through, live = np.ones(shape, np.float32), np.zeros(shape, np.float32)
        counted = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for mask, late in masks:
            if mask is None:
                continue
            where, shares = mask
            counts = through[where] * (shares * np.float32(1 / 255))
            through[where] -= counts
            if late:
                self._count(counted, where, counts, late)
            else:
                live[where] += counts
        live += through
        self._count(counted, np.s_[:, :], live, 0)
        most, more = counted
        most += more
        self.share: Shares = np.divide(more, most, out=more, where=most > 0)

    def _count(
        self, counted: tuple[Shares, Shares], where: Where, counts: Shares, late: int
    ) -> None:
        """Compare one of the pictures with the two that count most so far."""
        most, more = counted[0][where], counted[1][where]
        is_most, is_more = counts > most, counts > more
        under, over = self.under[where], self.over[where]
        np.copyto(over, late, where=is_more)
        np.copyto(over, under, where=is_most)
        np.copyto(under, late, where=is_most)
        np.maximum(more, np.minimum(most, counts), out=more)
        np.maximum(most, counts, out=most)


def scaled_up(mask: Frame, size: tuple[int, int]) -> Mask | None:
    """A small mask, (h, w) uint8, in the size of the picture; None if it has no subject."""
    where = _where(mask, size)
    return where and (where, _scaled(mask, where, size))


def _where(mask: Frame, size: tuple[int, int]) -> Where | None:
    """The part of the picture in which a mask is not 0, as far as its scaling spreads it."""
    is_there = mask > _FAINT
    parts = []
    for axis, side in ((1, size[1]), (0, size[0])):
        found = np.flatnonzero(is_there.any(axis=axis))
        if not len(found):
            return None
        scale = side / mask.shape[1 - axis]
        first, stop = int((found[0] - 2) * scale), int((found[-1] + 3) * scale) + 1
        parts.append(slice(max(0, first), min(side, stop)))
    return parts[0], parts[1]


def _scaled(mask: Frame, where: Where, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A part of the mask, scaled up to the size of the picture."""
    rows, columns = where
    down, across = mask.shape[0] / size[1], mask.shape[1] / size[0]
    box = columns.start * across, rows.start * down, columns.stop * across, rows.stop * down
    part = (columns.stop - columns.start, rows.stop - rows.start)
    return np.asarray(Image.fromarray(mask).resize(part, Image.Resampling.BICUBIC, box=box))
