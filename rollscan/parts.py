"""Owns the choice of the part of a video that each target shows.

A target shows a part where its platform limits how long it plays, or where its loop chooses its
part by itself. The part is chosen first and then looped, so that a shortened file loops as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from .counting import TOLERANCE, whole_floor
from .deliver.limits import longest_loop
from .deliver.targets import Take, Target
from .frames import Span
from .look import Look, effect_of, loop_of
from .survey import Survey

_SHORTEST = 0.5  # of the longest loop that fits: the search passes over shorter ones


def takes_of(
    targets: Iterable[Target], look: Look, survey: Survey, fps: float | None
) -> list[Take]:
    """The parts of the video to compose, each with the targets that show it.

    Targets that show the same part share one take. The take of the whole video, if there is one,
    comes first. Without targets there is one take, for a poster.

    survey: of the video. fps: the frame rate that the job sets, or None.
    Raises ArgumentError if a loop that chooses its part finds none.
    """
    targets_by_limit: dict[float, list[Target]] = {}  # by the longest loop allowed, in seconds
    full_length = loop_of(look).longest(len(survey), survey.rate)
    for target in targets:
        longest = math.inf
        if target.platform:
            shown_fps = fps or target.usual_fps(survey.rate)
            longest = longest_loop(target.platform, full_length, shown_fps)
        limit = math.inf if longest >= full_length - TOLERANCE else longest
        targets_by_limit.setdefault(limit, []).append(target)
    targets_by_part: dict[Span | None, list[Target]] = {}
    for limit in sorted(targets_by_limit, reverse=True):
        part = None if limit == math.inf else best_part(look, survey, limit)
        targets_by_part.setdefault(part, []).extend(targets_by_limit[limit])
    takes = [
        Take(part, tuple(sharing), part is not None) for part, sharing in targets_by_part.items()
    ]
    takes = takes or [Take(None, ())]  # for a poster alone
    bounds = loop_of(look).bounds
    if not bounds:
        return takes
    return [take if take.part else replace(take, part=survey.match(*bounds)) for take in takes]


def best_part(look: Look, survey: Survey, longest: float) -> Span:
    """The part of the video that makes the best loop of at most `longest` seconds.

    For a loop that plays its part again and again, that is the part whose end leads best into its
    beginning. For any other loop, it is the part with the most motion at the slit.
    """
    loop, rate = loop_of(look), survey.rate
    frames = whole_floor(longest * rate)
    if loop.meets:
        shortest = _SHORTEST * longest
        if loop.bounds:
            shortest = min(loop.bounds[0], shortest)
        return survey.match(shortest, frames / rate)
    count = min(len(survey), loop.frames_for(max(1, frames), rate))
    return survey.liveliest(count, effect_of(look).band())
