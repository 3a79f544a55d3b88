"""Owns the search for the part of a video that makes the best loop; knows nothing of slits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ..errors import ArgumentError
from ..frames import Frame

MATCH_WIDTH = 32  # pixels: as small as people and their movements still tell apart
_AS_GOOD = 1.1  # times the least unlikeness: no eye tells the difference
_MOTION = (1, 2, 1)  # weights of the frame before, the frame, and the frame after


def best_loop(
    frames: Iterable[Frame], rate: float, min_loop: float, max_loop: float
) -> tuple[int, int]:
    """The first frame of the best loop, and the one after its last.

    frames: the video's, small, (H, W, 3) uint8; about 7 kB of memory each at 32x18 pixels.
    rate: frames per second. min_loop, max_loop: bounds on the loop's length, in seconds.
    A loop from i to j is good if frame j looks like frame i and their neighbours do too: then
    picture and motion both go on where it starts over (the transitions of Schoedl, Szeliski,
    Salesin and Essa, Video Textures, 2000). Among those as good as the best the longest wins.
    Raises ArgumentError if no loop of that length fits in the video.
    """
    rows = np.stack([frame.reshape(-1) for frame in frames]).astype(np.float32)
    reach = len(_MOTION) // 2
    shortest, longest = max(2.0, min_loop * rate), min(max_loop * rate, len(rows) - 1 - 2 * reach)
    if not (0 < min_loop <= max_loop and shortest <= longest):
        raise ArgumentError(
            f"min_loop is {min_loop} s and max_loop {max_loop} s: give 0 < min_loop <= max_loop,"
            f" and a video longer than min_loop by 3 frames; this one has {len(rows) / rate:.2f} s"
        )
    costs = []  # of the best beginning at each length, with that beginning
    for length in range(round(shortest), round(longest) + 1):
        around = np.convolve(_unlikeness(rows, length), _MOTION, mode="valid")
        begin = int(np.argmin(around))
        costs.append((float(around[begin]), begin + reach, begin + reach + length))
    good = _AS_GOOD * min(costs)[0]
    return next((first, stop) for cost, first, stop in reversed(costs) if cost <= good)


def _unlikeness(rows: npt.NDArray[np.float32], lag: int) -> npt.NDArray[np.float32]:
    """The squared difference of each frame and the one `lag` frames after it."""
    difference = rows[lag:] - rows[:-lag]
    unlike: npt.NDArray[np.float32] = np.einsum("ij,ij->i", difference, difference)
    return unlike
