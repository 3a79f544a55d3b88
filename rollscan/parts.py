"""Owns which part of a video each target shows, where its place or its loop takes less than all.

The part is chosen before the loop is made, so that what arrives is closed by the loop asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from .deliver.limits import longest_loop
from .deliver.targets import Take, Target
from .frames import Span
from .look import Look, effect_of, loop_of
from .survey import Survey

_SHORTEST = 0.5  # of the longest loop that fits: what is not so long is not looked at
_HAIR = 1e-6  # of a frame: a product of fractions may miss the whole number it should be


def takes_of(
    targets: Iterable[Target], look: Look, survey: Survey, fps: float | None
) -> list[Take]:
    """What to compose for which targets, or for a poster: those that show the same share one take.

    survey: of the video. fps: those asked for, None if nobody asked. The take of all that is not
    cut down comes first. Raises ArgumentError where a loop that chooses its part finds none.
    """
    limits: dict[float, list[Target]] = {}  # by the seconds that the loop may have
    whole = loop_of(look).longest(len(survey), survey.rate)
    for target in targets:
        longest = math.inf
        if target.platform:
            longest = longest_loop(target.platform, whole, fps or target.usual_fps(survey.rate))
        limits.setdefault(math.inf if longest >= whole - _HAIR else longest, []).append(target)
    shown: dict[Span | None, list[Target]] = {}
    for longest in sorted(limits, reverse=True):
        part = None if longest == math.inf else best_part(look, survey, longest)
        shown.setdefault(part, []).extend(limits[longest])
    takes = [Take(part, tuple(takers), part is not None) for part, takers in shown.items()]
    takes = takes or [Take(None, ())]  # of which a poster is made
    bounds = loop_of(look).bounds
    if not bounds:
        return takes
    return [take if take.part else replace(take, part=survey.match(*bounds)) for take in takes]


def best_part(look: Look, survey: Survey, longest: float) -> Span:
    """The part of the video that makes the best loop of at most `longest` seconds.

    Where a loop goes on from the end to the beginning, that is the part whose end leads best into
    its beginning; with the others, the part in which most moves through the slit.
    """
    loop, rate = loop_of(look), survey.rate
    frames = math.floor(longest * rate + _HAIR)
    if loop.meets:
        shortest = _SHORTEST * longest
        if loop.bounds:
            shortest = min(loop.bounds[0], shortest)
        return survey.match(shortest, frames / rate)
    count = min(len(survey), loop.frames_for(max(1, frames), rate))
    return survey.liveliest(count, effect_of(look).band())
