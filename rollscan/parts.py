"""Owns the choice of the part of a video that each target shows.

A target shows a part where its platform limits how long it plays, where its loop chooses its part
by itself, and where the job asks for a length. The part is chosen first and then looped, so that a
shortened file loops as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .checks import in_seconds
from .counting import TOLERANCE, whole_floor
from .deliver.geometry import fitted_size, has_shape
from .deliver.limits import longest_loop
from .deliver.platforms import Platform
from .deliver.targets import Take, Target
from .effect.moving import band_of
from .errors import ArgumentError
from .frames import Span
from .job import ALL, AUTO, LONG, USUAL_PART, Job
from .look import Look, effect_of, loop_of
from .loop.motion import Band
from .survey import Survey

_SHORTEST = 0.5  # of the longest loop that fits: the search passes over shorter ones


@dataclass(frozen=True)
class Length:
    """The seconds that a part has, at least and at most.

    is_usual: whether nobody asked for a length, and the part is one of a long video.
    """

    least: float
    most: float
    is_usual: bool = False

    def frames(self, look: Look, rate: float) -> int:
        """How many frames the part has, where the loop of the look does not search for it.

        It is as long as the loop plays within `most` seconds.
        """
        least, most = (max(1, round(seconds * rate)) for seconds in (self.least, self.most))
        return max(least, min(most, loop_of(look).frames_for(most, rate)))


def length_for(
    job: Job, count: int, rate: float, platform: Platform | None = None
) -> Length | None:
    """How long the part is that the job asks for; None for all that the loop and limits take.

    count, rate: the frames of the video from the start to the end of the job, and frames per second
    as it plays. platform: that the part is for. Raises ArgumentError for a length that the video
    does not have.
    """
    length = job.length
    if length in (None, ALL):
        return None
    if length == AUTO:
        return _usual(job, count / rate, platform)
    if round(length * rate) > count:
        raise ArgumentError(
            f"length is {length:g} s, and there are {count / rate:.2f} s of {job.input}: give less,"
            f" or {ALL}",
            "length",
        )
    return None if round(length * rate) == count else Length(length, length)


def is_long(job: Job, count: int, rate: float) -> bool:
    """Whether all of a long video is shown, and nobody asked for that."""
    return job.length is None and _usual(job, count / rate) is not None


def _usual(job: Job, seconds: float, platform: Platform | None = None) -> Length | None:
    """How long the part is where nobody asked for a length; None for all."""
    if seconds <= LONG or job.end is not None or in_seconds("start", job.start) > 0:
        return None
    least, most = USUAL_PART
    if platform and platform.part_seconds:
        least = most = platform.part_seconds
    elif loop_of(job.look).bounds:
        return None  # it chooses a part that is short enough
    return Length(least, most, is_usual=True)


def takes_of(targets: Iterable[Target], job: Job, survey: Survey) -> list[Take]:
    """The parts of the video to compose, each with the targets that show it.

    Targets that show the same part share one take. The take of the whole video, if there is one,
    comes first. Without targets there is one take, for a poster.

    survey: of the video. Raises ArgumentError if a loop that chooses its part finds none, and for
    a length that the video does not have.
    """
    targets_by_choice: dict[Length | float, list[Target]] = {}
    for target in targets:
        targets_by_choice.setdefault(_choice(job, survey, target), []).append(target)
    if not targets_by_choice:  # for a poster alone
        targets_by_choice[length_for(job, len(survey), survey.rate) or math.inf] = []
    takes: dict[Span | None, Take] = {}
    for choice in sorted(targets_by_choice, key=_most, reverse=True):
        part, is_usual = _part_for(choice, job, survey), False
        if isinstance(choice, Length):
            is_usual = choice.is_usual
        before = takes.get(part, Take(part, (), choice != math.inf, is_usual))
        focused = (_focused(target, part, job, survey) for target in targets_by_choice[choice])
        sharing = (*before.targets, *focused)
        takes[part] = Take(part, sharing, before.is_cut, before.is_usual)
    return list(takes.values())


def _choice(job: Job, survey: Survey, target: Target) -> Length | float:
    """The length of the part that a target shows, or else the seconds that its loop may play."""
    loop, rate = loop_of(job.look), survey.rate
    asked = length_for(job, len(survey), rate, target.platform)
    count = min(asked.frames(job.look, rate) if asked else len(survey), len(survey))
    longest, full_length = math.inf, loop.longest(count, rate)
    if asked and loop.bounds:  # the length takes the place of the loop's own bounds
        full_length = asked.most
    if target.platform:
        shown_fps = job.fps or target.usual_fps(rate)
        longest = longest_loop(target.platform, full_length, shown_fps)
    if longest >= full_length - TOLERANCE:
        return asked or math.inf
    return longest


def _focused(target: Target, part: Span | None, job: Job, survey: Survey) -> Target:
    """The target with the focus of its crop: that of the job, or else where most moves.

    It is one for the whole part, so that the picture does not wander.
    """
    if not target.platform or job.fit != "crop":
        return target
    if job.focus is not None:
        return replace(target, focus=job.focus)
    if has_shape(target.platform, survey.size):
        return target
    width, height = survey.size
    *_, across, down = fitted_size(survey.size, target.platform, job.fit).crop
    return replace(target, focus=survey.focus(part, across / width, down / height))


def _most(choice: Length | float) -> float:
    """The seconds that a choice comes to, at most."""
    return choice.most if isinstance(choice, Length) else choice


def _part_for(choice: Length | float, job: Job, survey: Survey) -> Span | None:
    """The part that a choice comes to; None for the whole video."""
    if isinstance(choice, Length):
        return part_of_length(job.look, survey, choice, _band(job))
    if choice != math.inf:
        return best_part(job.look, survey, choice, _band(job))
    bounds = loop_of(job.look).bounds
    return survey.match(*bounds) if bounds else None


def _band(job: Job) -> Band:
    """Where motion counts: at the slit, or anywhere if the slit goes where the motion is."""
    return (0, 0, 1, 1) if job.fits else band_of(effect_of(job.look))


def best_part(look: Look, survey: Survey, longest: float, band: Band | None = None) -> Span:
    """The part of the video that makes the best loop of at most `longest` seconds.

    For a loop that plays its part again and again, that is the part whose end leads best into its
    beginning. For any other loop, it is the part with the most motion within the band,
    which is by default that at the slit.
    """
    loop, rate = loop_of(look), survey.rate
    frames = whole_floor(longest * rate)
    if loop.meets:
        shortest = _SHORTEST * longest
        if loop.bounds:
            shortest = min(loop.bounds[0], shortest)
        return survey.match(shortest, frames / rate)
    count = min(len(survey), loop.frames_for(max(1, frames), rate))
    return survey.liveliest(count, band or band_of(effect_of(look)))


def part_of_length(look: Look, survey: Survey, length: Length, band: Band) -> Span:
    """The best part of this length, see best_part.

    It lies within one scene. If no scene is so long, a usual part is shorter, and any other spans
    cuts, as its length was asked for. Raises ArgumentError if a match of a length that was asked
    for lies in no scene.
    """
    loop, rate = loop_of(look), survey.rate
    if loop.meets:
        try:
            return survey.match(length.least, length.most)
        except ArgumentError:
            if loop.bounds and not length.is_usual:
                raise ArgumentError(
                    f"length is {length.most:g} s, and no scene of the video, from cut to cut, is"
                    " longer than that, so that nothing matches: give a shorter length",
                    "length",
                ) from None
    count = min(len(survey), length.frames(look, rate))
    return survey.liveliest(count, band, exactly=not length.is_usual)
