"""Owns what a place's limits come to: how long a loop may be, how many frames, of what size.

A loop is made as long as it may be before it is composed (longest_loop); what is composed keeps
the rest of the limits but bytes (keeping).
"""

from __future__ import annotations

import math

from .composition import Composition
from .formats import FORMATS
from .geometry import fitted_size
from .platforms import Platform

SLOWEST = 5.0  # frames per second: fewer are a slideshow, so the loop is made shorter instead
_EASY = 10.0  # frames per second that a loop made shorter for it then has


def longest_loop(platform: Platform, seconds: float, fps: float) -> float:
    """How many seconds a loop for the platform may have, if all of the video gives `seconds`.

    fps: frames per second at which it is shown where the platform takes that.
    """
    ticks = FORMATS[platform.format].ticks
    longest = math.inf
    if platform.max_seconds is not None:
        longest = _down(platform.max_seconds * ticks) / ticks
    if platform.max_frames is not None:
        fps = min(fps, _fastest(platform))
        if platform.max_frames < min(SLOWEST, fps) * min(seconds, longest) - 1e-6:
            shorter = platform.max_frames / min(_EASY, fps)
            longest = min(longest, max(1, _down(shorter * ticks)) / ticks)
    return longest


def keeping(composition: Composition, platform: Platform, fit: str) -> Composition:
    """The composition as the platform takes it, but for its bytes.

    What plays too long ends at the limit, frames that are too many or too fast are spread thinner,
    and then the picture is cropped or padded, and scaled. Times are kept as the format rounds them.
    """
    ticks = FORMATS[platform.format].ticks
    if platform.max_seconds is not None:
        composition = composition.up_to(_down(platform.max_seconds * ticks) / ticks)
    played = composition.seconds
    if not FORMATS[platform.format].exact_time:
        played = _down(played * ticks) / ticks
    most = played * _fastest(platform) + 1e-6
    count = min(len(composition), platform.max_frames or math.inf, most)
    thinned = composition.thinned(max(1, int(count)))
    return thinned.fitted_to(fitted_size(composition.size, platform, fit, n_frames=len(thinned)))


def _fastest(platform: Platform) -> float:
    """The frames per second that the platform takes at most, as its format keeps time."""
    fastest = platform.max_fps or math.inf
    if platform.min_delay is not None:
        ticks = FORMATS[platform.format].ticks
        fastest = min(fastest, ticks / -_down(-platform.min_delay * ticks))
    return fastest


def _down(ticks: float) -> int:
    """Whole ticks, where a hair less is whole too."""
    return math.floor(ticks + 1e-6)
