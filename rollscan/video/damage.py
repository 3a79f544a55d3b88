"""Owns the search for damage: the frames that a file lists and that do not decode."""

from __future__ import annotations

import math
import subprocess
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ..errors import SourceError
from ..stages import CHECKING, READING
from ..tracker import SILENT, Tracker
from .containers import opening
from .decoding import SET_TIME_BASE, TICKS_PER_SECOND, WRITE_TIMES
from .facts import Facts
from .ffmpeg import start_ffmpeg
from .probe import Probe

# Gaps of up to two frames, or of up to a quarter of a second with frames after them, are
# tolerated: recordings that were joined, or that begin between two keyframes, have such gaps.
MAX_GAP = 2  # frames
_MAX_GAP_SECONDS = 0.25
_TRIES = 4  # attempts to find an end before which every frame decodes


def first_lost(facts: Facts, tracker: Tracker = SILENT) -> float | None:
    """The time of the first frame that is lost, in seconds after `facts.start`, or None.

    A frame is lost where more than two in a row do not decode, and these last for more than a
    quarter of a second or are the last ones. The whole part is decoded to find out, as a stage of
    the tracker's job.
    """
    decoded = _decoded(facts, tracker)
    if not decoded:
        return facts.times[0]
    gap: list[float] = []  # the times of the undecoded frames since the last one that decodes
    for time, until in pairwise((*facts.times, facts.end)):
        if _contains(decoded, time, 1 / (2 * float(facts.rate))):
            gap = []
            continue
        gap.append(time)
        if len(gap) > MAX_GAP and until - gap[0] > _MAX_GAP_SECONDS:
            return gap[0]
    return gap[0] if len(gap) > MAX_GAP else None


def damage_error(facts: Facts, lost: float, tracker: Tracker = SILENT) -> SourceError:
    """The error for a video that is damaged, which names an end that leaves the damage out.

    lost: the time of the first lost frame, in seconds after `facts.start`. tracker: of the job for
    which the video is read.
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
    """An end before which every frame decodes, in seconds from the file's beginning, or None.

    Each candidate is decoded, because a file that is damaged in one place is often damaged in
    others.
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
    """The times of the frames that decode, in seconds after `facts.start`, ascending."""
    arguments = [
        *("-v", "quiet", "-nostats"),
        *opening(replace(facts, decoder=None)),  # any other may be for a part of them
        *("-vf", SET_TIME_BASE, *WRITE_TIMES, "pipe:1", "-f", "null", "-"),
    ]
    with (
        start_ffmpeg(arguments, facts.input, stdout=subprocess.PIPE, tracker=tracker) as ffmpeg,
        tracker.stage(READING, amount=len(facts.times), label=CHECKING),
    ):
        lines = tracker.passing(ffmpeg.lines())
        times = array("d", (int(ticks) / TICKS_PER_SECOND for ticks in lines))
    # ffmpeg counts time from the first of the streams that it reads. Here it reads one stream, so
    # the times are shifted to those that the probe found with all of them.
    offset = facts.first - times[0] if times and not facts.seekable else 0.0
    return array("d", sorted(facts.due_of(k, at + offset) for k, at in enumerate(times)))


def _contains(times: Sequence[float], time: float, tolerance: float) -> bool:
    """Whether one of the ascending times differs from `time` by at most the tolerance."""
    i = bisect_left(times, time - tolerance)
    return i < len(times) and times[i] <= time + tolerance
