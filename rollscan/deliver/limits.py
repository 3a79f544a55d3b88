"""Owns how the limits of a platform are kept: on a loop's time, its frames and its size.

Before a loop is composed, it gets its length (longest_loop). Once it is composed, all other limits
but that on bytes are applied to its frames (within_limits).
"""

from __future__ import annotations

import math

from ..counting import TOLERANCE, whole_floor
from ..frames import Point
from .composition import Composition
from .formats import FORMATS
from .geometry import CENTRE, fitted_size
from .platforms import Platform

SLOWEST = 5.0  # frames per second: with fewer, a loop looks like a slideshow and is shortened
_EASY = 10.0  # frames per second of a loop that was shortened for this reason


def longest_loop(platform: Platform, seconds: float, fps: float) -> float:
    """How many seconds a loop for the platform may last; infinity if there is no limit.

    seconds: the length of a loop of the whole video. fps: its frames per second, if the platform
    takes as many.
    """
    ticks = FORMATS[platform.format].ticks
    longest = math.inf
    if platform.max_seconds is not None:
        longest = whole_floor(platform.max_seconds * ticks) / ticks
    if platform.max_frames is not None:
        fps = min(fps, _fastest(platform))
        if platform.max_frames < min(SLOWEST, fps) * min(seconds, longest) - TOLERANCE:
            shorter = platform.max_frames / min(_EASY, fps)
            longest = min(longest, max(1, whole_floor(shorter * ticks)) / ticks)
    return longest


def within_limits(
    composition: Composition, platform: Platform, fit: str, focus: Point = CENTRE
) -> Composition:
    """The composition within all limits of the platform but that on bytes.

    A composition that plays too long is cut at its end, and one with too many or too fast frames is
    thinned; then its picture is cropped or padded, and scaled. fit, focus: see
    geometry.fitted_size. Times are compared as the format rounds them.
    """
    ticks = FORMATS[platform.format].ticks
    if platform.max_seconds is not None:
        composition = composition.up_to(whole_floor(platform.max_seconds * ticks) / ticks)
    played = composition.seconds
    if not FORMATS[platform.format].exact_time:
        played = whole_floor(played * ticks) / ticks
    most = played * _fastest(platform) + TOLERANCE
    count = min(len(composition), platform.max_frames or math.inf, most)
    thinned = composition.thinned(max(1, int(count)))
    fitted = fitted_size(composition.size, platform, fit, n_frames=len(thinned), focus=focus)
    return thinned.fitted_to(fitted)


def _fastest(platform: Platform) -> float:
    """The most frames per second that the platform takes, as its format rounds delays."""
    fastest = platform.max_fps or math.inf
    if platform.min_delay is not None:
        ticks = FORMATS[platform.format].ticks
        fastest = min(fastest, ticks / -whole_floor(-platform.min_delay * ticks))
    return fastest
