"""Owns the step from seconds to whole numbers of frames and back, with the one tolerance for it."""

from __future__ import annotations

import math

from .gif import FASTEST_FPS

TOLERANCE = 1e-6  # of a frame: a product or quotient of floats misses a whole number by less


def whole_floor(value: float) -> int:
    """The greatest whole number up to a value that has a rounding error."""
    return math.floor(value + TOLERANCE)


def whole_ceil(value: float) -> int:
    """The least whole number from a value on that has a rounding error."""
    return math.ceil(value - TOLERANCE)


def duration_of(n_frames: int, fps: float) -> float:
    """The playing time of some frames in seconds, rounded up to the next float.

    MoviePy takes int(duration * fps) frames, which would drop the last frame for n = 29, 57, 58 and
    others if the quotient were rounded down.
    """
    return math.nextafter(n_frames / fps, math.inf)


def frames_shown(duration: float, fps: float, *, cyclic: bool) -> tuple[int, float]:
    """How many frames are shown in `duration` seconds at about `fps`, and at which exact rate.

    cyclic: whether the frames must fill the duration exactly, as those of a loop do, so that the
    rate is adapted.
    """
    n_frames = max(1, round(duration * fps))
    if not cyclic:
        return n_frames, fps
    if n_frames > duration * FASTEST_FPS:
        n_frames -= 1
    return n_frames, n_frames / duration
