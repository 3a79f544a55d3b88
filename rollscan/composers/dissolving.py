"""Owns the share of a frame's live form in what history shows of it, see frames.Dissolve."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

NEAR = 4  # frames: what is so late, or later, is history alone

Shares = npt.NDArray[Any]


def live_shares(late: npt.NDArray[Any]) -> Shares:
    """The share of a frame's live form in what is so many frames late, from 1 down to 0."""
    shares: Shares = np.clip(1 - late / NEAR, 0, 1)
    return shares
