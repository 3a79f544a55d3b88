"""Owns the search for the part of a video where most happens; knows nothing of slits."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ..frames import Frame

Band = tuple[float, float, float, float]  # left, top, right, bottom: fractions of the picture

_CUT = 4.0  # times the usual step: more is another shot, and no more motion than that


def liveliest(frames: Iterable[Frame], count: int, band: Band = (0, 0, 1, 1)) -> int:
    """The first of the `count` frames in a row between which most moves within the band.

    frames: the video's, small, (H, W, 3) uint8, which pass once; at least `count` of them.
    A step as large as a change of scene counts for no more than a strong movement. Of several that
    are as good the first wins.
    """
    steps: list[float] = []
    before = None
    for frame in frames:
        seen = _within(frame, band).astype(np.int16)
        if before is not None:
            steps.append(float(np.abs(seen - before).mean()))
        before = seen
    if len(steps) < count:
        return 0
    counted = np.minimum(steps, _CUT * float(np.median(steps)))
    if not counted.any():  # most of it stands still, so that any step is more than usual
        counted = np.asarray(steps)
    sums = np.concatenate([[0.0], np.cumsum(counted)])
    moved = sums[count - 1 :] - sums[: len(sums) - count + 1]
    most = moved.max()
    return int(np.flatnonzero(moved >= most - 1e-9 * max(1.0, most))[0])


def _within(frame: Frame, band: Band) -> Frame:
    """The pixels of the frame that the band touches, at least one row and column."""
    height, width = frame.shape[:2]
    left, top, right, bottom = band
    x, y = min(int(left * width), width - 1), min(int(top * height), height - 1)
    return frame[
        y : max(y + 1, math.ceil(bottom * height)), x : max(x + 1, math.ceil(right * width))
    ]
