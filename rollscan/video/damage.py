"""Owns where a video stops decoding: which of the frames that its file lists do not come."""

from __future__ import annotations

import math
import subprocess
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from ..errors import SourceError
from ..stages import CHECKING, READING
from ..tracker import SILENT, Tracker
from .containers import opening
from .decoding import CLOCK, TICKING, TIMES
from .facts import Facts
from .ffmpeg import start_ffmpeg
from .probe import Probe

MISSED = 2  # frames in a row that may fail: recordings joined or begun half way have such places
_MISSED_SECONDS = 0.25  # or as many as fit in here, where others follow
_TRIES = 4  # at an end that works


def first_lost(facts: Facts, tracker: Tracker = SILENT) -> float | None:
    """When the first frame is due that is lost for good, in seconds after facts.start.

    That is the first of more than two that do not decode, which last for over a quarter of a second
    or are the last; None where there is no such place. It takes one decoding of the whole part,
    which is a stage of a job.
    """
    decoded = _decoded(facts, tracker)
    if not decoded:
        return facts.times[0]
    lost: list[float] = []  # in a row
    for at, to in pairwise((*facts.times, facts.end)):
        if _has(decoded, at, 1 / (2 * float(facts.rate))):
            lost = []
            continue
        lost.append(at)
        if len(lost) > MISSED and to - lost[0] > _MISSED_SECONDS:
            return lost[0]
    return lost[0] if len(lost) > MISSED else None


def damaged(facts: Facts, lost: float, tracker: Tracker = SILENT) -> SourceError:
    """The error for a video whose frames are lost from `lost` on, with an end that leaves them out.

    lost: in seconds after facts.start. tracker: of the job that they are lost to.
    """
    error = (
        f"{facts.path} is damaged, from {facts.start + lost:.2f} s on its frames do not decode:"
        " copy or download it again"
    )
    end = _end_that_works(facts, lost, tracker)
    if end is not None:
        error += f", or take what comes before with an end of {end:.2f}"
    return SourceError(error)


def _end_that_works(facts: Facts, lost: float, tracker: Tracker) -> float | None:
    """An end, in seconds from the file's beginning, up to which every frame decodes, if any.

    It is tried: a file that is damaged in one place is often damaged in others.
    """
    begin = facts.start + facts.times[0]
    for _ in range(_TRIES):
        end = math.floor((facts.start + lost) * 100 + 0.01) / 100
        if end <= begin:
            return None
        try:
            part = Probe(facts.input, facts.start, end, tracker=tracker).facts()
        except SourceError:
            return None
        earlier = first_lost(part, tracker)
        if earlier is None:
            return end
        lost = earlier
    return None


def _decoded(facts: Facts, tracker: Tracker) -> Sequence[float]:
    """When each frame that decodes is shown, in seconds after facts.start, ascending."""
    telling = [
        *("-v", "quiet", "-nostats"),
        *opening(facts),
        *("-vf", TICKING, *TIMES, "pipe:1", "-f", "null", "-"),
    ]
    with (
        start_ffmpeg(telling, facts.input, stdout=subprocess.PIPE, tracker=tracker) as ffmpeg,
        tracker.stage(READING, amount=len(facts.times), label=CHECKING),
    ):
        times = array("d", (int(shown) / CLOCK for shown in tracker.passing(ffmpeg.lines())))
    # Of several streams ffmpeg counts the time from the first; here it is asked for one.
    offset = facts.first - times[0] if times and not facts.seekable else 0.0
    return array("d", sorted(facts.due_of(k, at + offset) for k, at in enumerate(times)))


def _has(times: Sequence[float], at: float, within: float) -> bool:
    """Whether one of the ascending times is no further than this from `at`."""
    i = bisect_left(times, at - within)
    return i < len(times) and times[i] <= at + within
