"""Owns which part of a video each target shows, where its place takes less than all of it.

The part is chosen before the loop is made, so that what arrives is closed by the loop asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from .deliver.limits import longest_loop
from .deliver.targets import Span, Take, Target
from .frames import SizedSource
from .look import Look, effect_of, loop_of
from .loop.match import best_loop, match_width
from .loop.motion import liveliest
from .progress import passing, stage
from .stages import MATCHING

_MOTION_WIDTH = 64  # pixels: of the small frames in which motion is looked for
_SHORTEST = 0.5  # of the longest loop that fits: what is not so long is not looked at
_HAIR = 1e-6  # of a frame: a product of fractions may miss the whole number it should be


def takes_of(
    targets: Iterable[Target], look: Look, video: SizedSource, rate: float, fps: float | None
) -> list[Take]:
    """What to compose for which targets: those that show the same share one take.

    rate: the video's frames per second, as they are played. fps: those asked for, None if nobody
    asked. The take of all that is not cut down comes first.
    """
    limits: dict[float, list[Target]] = {}  # by the seconds that the loop may have
    whole = loop_of(look).longest(len(video), rate)
    for target in targets:
        longest = math.inf
        if target.platform:
            longest = longest_loop(target.platform, whole, fps or target.usual_fps(rate))
        limits.setdefault(math.inf if longest >= whole - _HAIR else longest, []).append(target)
    shown: dict[Span | None, list[Target]] = {}
    for longest in sorted(limits, reverse=True):
        part = None if longest == math.inf else best_part(look, video, rate, longest)
        shown.setdefault(part, []).extend(limits[longest])
    return [Take(part, tuple(takers)) for part, takers in shown.items()]


def best_part(look: Look, video: SizedSource, rate: float, longest: float) -> Span:
    """The part of the video that makes the best loop of at most `longest` seconds.

    Where a loop goes on from the end to the beginning, that is the part whose end leads best into
    its beginning; with the others, the part in which most moves through the slit.
    """
    loop = loop_of(look)
    if loop.meets:
        shortest = _SHORTEST * longest
        if loop.bounds:
            shortest = min(loop.bounds[0], shortest)
        longest = math.floor(longest * rate + _HAIR) / rate  # which is rounded there
        small = video.small(match_width(video.size, len(video), rate, longest))
        with stage(MATCHING, amount=len(video)):
            return best_loop(passing(small), rate, shortest, longest)
    period = max(1, math.floor(longest * rate + _HAIR))
    count = min(len(video), loop.frames_for(period, rate))
    with stage(MATCHING, amount=len(video)):
        return liveliest(passing(video.small(_MOTION_WIDTH)), count, effect_of(look).band())
