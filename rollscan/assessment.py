"""Owns the assessment of a composition: what may disappoint in it, told by small frames of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .checks import is_opencv_installed
from .effect import Extent
from .frames import Frame
from .kinds import Area, is_fixed
from .look import Look, built_in_looks, effect_of
from .loop.moving import Moving
from .result import Noticed
from .strength import HARDLY, strength

_STILL = 0.005  # of the picture: if less moves, nothing does
_DARK = 40.0  # levels of 255: the mean of a picture in which little is seen
_UNCROSSED = 0.3  # of what crosses the best slit: little crosses one
_JUMPS = 0.2  # of the change in the long run: history is torn if a frame changes more
_STEPS = 4  # frames that history reaches back, at least, to be torn
_PASSING = 0.28  # of the picture: what moves in less of it, passes before a still scene
_SEEN_WELL = 3.0  # times HARDLY
_BLACK = 16  # levels: nothing in a black bar is lighter, in any frame
_BAR = 0.03  # of the picture: the least width of a bar
_MOST_OF_IT = 0.5  # of the width and the height: what is between bars has at least as much


def noticed(look: Look, extent: Extent, frames: Sequence[Frame], rate: float) -> Noticed:
    """What may disappoint in a composition of a part of a video.

    look, extent: of the composition. frames: small frames of the part, (H, W, 3) uint8, at least
    one. rate: frames per second.
    """
    moving = Moving(frames, rate)
    is_dark, is_still = moving.light < _DARK, moving.share < _STILL
    is_torn = _is_torn(look, extent, moving)
    hardly, better = _is_hardly_seen(look, frames, rate), ""
    if look == Look():
        better = _suiting(moving)[0]
    elif hardly and not is_still:
        better = _better(look, frames, rate, moving)
    return Noticed(
        hardly_seen=hardly,
        better=better,
        is_dark=is_dark,
        is_still=is_still,
        slit=None if is_still else _better_slit(look, moving),
        inside_bars=None if look.crop else _inside_bars(frames),
        is_torn=is_torn,
        has_smooth=not is_torn or is_opencv_installed(),
    )


def _is_hardly_seen(look: Look, frames: Sequence[Frame], rate: float) -> bool:
    """Whether a look changes next to nothing. Another video is not read again for that."""
    if look == Look() or isinstance(effect_of(look).to_see(), Path):
        return False
    return strength(look, frames, rate) < HARDLY


def _better(look: Look, frames: Sequence[Frame], rate: float, moving: Moving) -> str:
    """The name of a look that is seen well; "" if none is found."""
    looks = ((name, built_in_looks()[name].look) for name in _suiting(moving))
    return next(
        (
            name
            for name, other in looks
            if other.effect != look.effect and strength(other, frames, rate) >= _SEEN_WELL
        ),
        "",
    )


def _suiting(moving: Moving) -> list[str]:
    """The names of looks, that which suits the clip best first."""
    return ["marey", "bloom"] if moving.share < _PASSING else ["bloom", "marey"]


def _better_slit(look: Look, moving: Moving) -> tuple[float, float] | None:
    """Where the slit is and where most crosses one, if little does there; None otherwise."""
    if look.effect != "roll" or not is_fixed(look.slit):
        return None
    across = effect_of(look).is_sideways
    if moving.crossed(look.slit, across=across) >= _UNCROSSED:
        return None
    return look.slit, round(moving.most_crossed(0.1, 0.9, look.slit, across=across), 2)


def _inside_bars(frames: Sequence[Frame]) -> Area | None:
    """The picture between two black bars at its sides, or above and below; None without any."""
    lightest = np.maximum.reduce(frames).max(axis=2)
    spans = [_between_bars(lightest.max(axis=axis)) for axis in (0, 1)]
    if spans == [(0.0, 1.0)] * 2 or min(stop - start for start, stop in spans) < _MOST_OF_IT:
        return None
    (left, right), (top, bottom) = spans
    return left, top, round(right - left, 2), round(bottom - top, 2)


def _between_bars(levels: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """From where to where, as fractions, there is more than black, if on either side there is none.

    levels: the lightest of each column, or of each row.
    """
    light, count = np.flatnonzero(levels > _BLACK), len(levels)
    if not len(light) or min(light[0], count - 1 - light[-1]) < _BAR * count:
        return 0.0, 1.0
    return math.ceil(100 * light[0] / count) / 100, math.floor(100 * light[-1] / count) / 100


def _is_torn(look: Look, extent: Extent, moving: Moving) -> bool:
    """Whether history shows torn edges, as much changes from frame to frame."""
    effect = effect_of(look)
    if not hasattr(effect, "smooth") or effect.is_smooth or moving.jump < _JUMPS:
        return False
    return effect.full(extent) >= _STEPS
