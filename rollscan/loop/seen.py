"""Owns small pictures of what a survey saw in each source frame, as those of a loop's frames."""

from __future__ import annotations

import numpy as np

from ..frames import Frame
from .loops import NONE, Table
from .spool import Spool

_HALF = 0.5


class Seen:
    """The masks of a loop's frames: seen(k) is (H, W) uint8, small, of frame k.

    Where a frame dissolves into another, each of their masks lasts as long as its frame is more
    than half there, and then fades with it. Without a loop, the masks of frames that do not exist
    are 0; in a loop, frame k + period is frame k.

    masks: of the source frames, (H, W) uint8. first: the number of the one with which the table
    begins. table: of the loop. cyclic: whether it is one.
    """

    def __init__(self, masks: Spool, first: int, table: Table, *, cyclic: bool) -> None:
        self._masks, self._first, self._table, self._cyclic = masks, first, table, cyclic

    def __call__(self, k: int) -> Frame:
        """The mask of frame k."""
        period = len(self._table)
        if not self._cyclic and not 0 <= k < period:
            return np.zeros_like(self._masks[0])
        k %= period
        under, over = self._table.under[k], self._table.over[k]
        shares = self._table.shares[k]
        mask = self._mask(under, shares[0])
        return mask if over == NONE else np.maximum(mask, self._mask(over, shares[1]))

    def _mask(self, number: int, share: float) -> Frame:
        """The mask of a source frame that has this share in a picture."""
        mask = self._masks[self._first + number]
        if share >= _HALF:
            return mask
        return (mask * np.float32(share / _HALF)).astype(np.uint8)
