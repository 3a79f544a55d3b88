"""Owns the search for damage: the frames that a file lists and that do not decode, or not whole.

Where the data of a frame is damaged, ffmpeg often fills in what it cannot decode from other frames.
It shows such a frame like any other, and only its log tells which these are.
"""

from __future__ import annotations

import math
import re
import subprocess
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from ..errors import SourceError
from ..stages import CHECKING, READING
from ..tracker import SILENT, Tracker
from .containers import opening
from .decoding import SET_TIME_BASE, TICKS_PER_SECOND, WRITE_TIMES
from .facts import TICK, Facts
from .ffmpeg import start_ffmpeg
from .probe import Probe

# Gaps of up to two frames, or of up to a quarter of a second with frames after them, are
# tolerated: recordings that were joined, or that begin between two keyframes, have such gaps.
MAX_GAP = 2  # frames; as few that are whole do not end a gap of damaged frames
_MAX_GAP_SECONDS = 0.25
_TRIES = 4  # attempts to find an end before which every frame decodes
# ffmpeg's complaint about a damaged frame, and the line that tells the time of each frame.
_DAMAGED = "corrupt decoded frame"
_TIME = re.compile(r"decoder -> pts:(-?\d+) .{0,300} time_base:(\d+)/(\d+)")


def first_lost(facts: Facts, tracker: Tracker = SILENT) -> float | None:
    """The time of the first frame that is lost, in seconds after `facts.start`, or None.

    A frame is lost where more than two in a row do not decode whole, and these last for more than a
    quarter of a second or are the last ones. The whole part is decoded to find out, as a stage of
    the tracker's job.
    """
    decoded = _decoded(facts, tracker)
    if not decoded:
        return facts.times[0]
    gap: list[float] = []  # the times of frames that are missing or damaged, with few in between
    is_damaged, whole = False, 0  # of that gap: whether a frame is damaged; how many are not after
    for time, until in pairwise((*facts.times, facts.end)):
        frame = _at(decoded, time, 1 / (2 * float(facts.rate)))
        if frame and not frame.damaged:
            whole += 1
            if not is_damaged or whole > MAX_GAP:
                gap, is_damaged = [], False
            continue
        gap.append(time)
        is_damaged, whole = is_damaged or frame is not None, 0
        if len(gap) > MAX_GAP and until - gap[0] > _MAX_GAP_SECONDS:
            return gap[0]
    return gap[0] if len(gap) > MAX_GAP and not whole else None


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


@dataclass(frozen=True, order=True)
class _Frame:
    """A frame that decodes: its time, in seconds after `facts.start`, and whether it is damaged."""

    time: float
    damaged: bool


@dataclass
class _DamageLog:
    """The times of damaged frames in ffmpeg's log, in ticks of AVTB.

    ffmpeg complains of a damaged frame in the line before the one that tells its time.
    """

    ticks: set[int] = field(default_factory=set)
    _is_damaged: bool = False

    def note(self, line: str) -> bool:
        """Read one line of ffmpeg's log, and return whether nobody else needs it."""
        if _DAMAGED in line:
            self._is_damaged = True
        elif found := _TIME.search(line):
            if self._is_damaged:
                pts, *time_base = map(int, found.groups())
                self.ticks.add(round(pts * Fraction(*time_base) * TICKS_PER_SECOND))
            self._is_damaged = False
        return True

    def __contains__(self, ticks: int) -> bool:
        """Whether the frame at a time is damaged; rounding may make that differ by one."""
        return any(ticks + by in self.ticks for by in (-1, 0, 1))


def _decoded(facts: Facts, tracker: Tracker) -> Sequence[_Frame]:
    """The frames that decode, by their times."""
    frames: list[_Frame] = []
    for number, part in enumerate(facts.parts):
        begin, of_part = part.due[0], facts.of_part(number)
        decoded = _decoded_from(of_part.seek_to(begin), of_part, tracker)
        frames += (frame for frame in decoded if frame.time > begin - TICK)
    return sorted(frames) if facts.parts else _decoded_from(0.0, facts, tracker)


def _decoded_from(seek: float, facts: Facts, tracker: Tracker) -> Sequence[_Frame]:
    """The frames that decode from `seek` seconds after `facts.start` on, by their times."""
    arguments = [
        *("-v", "repeat+info", "-nostats", "-debug_ts"),
        *opening(replace(facts, decoder=None), seek),  # any other may be for a part of them
        *("-vf", SET_TIME_BASE, *WRITE_TIMES, "pipe:1", "-f", "null", "-"),
    ]
    log = _DamageLog()
    pipe = subprocess.PIPE
    with (
        start_ffmpeg(arguments, facts.input, stdout=pipe, note=log.note, tracker=tracker) as ffmpeg,
        tracker.stage(READING, amount=len(facts.times), label=CHECKING),
    ):
        ticks = [int(line) for line in tracker.passing(ffmpeg.lines())]
        ffmpeg.log.text()  # waits for its end
    shown = [seek + at / TICKS_PER_SECOND for at in ticks]
    # ffmpeg counts time from the first of the streams that it reads. Here it reads one stream, so
    # the times are shifted to those that the probe found with all of them.
    offset = facts.first - shown[0] if shown and not facts.seekable else 0.0
    return sorted(
        _Frame(facts.due_of(k, at + offset), damaged=ticks[k] in log) for k, at in enumerate(shown)
    )


def _at(frames: Sequence[_Frame], time: float, tolerance: float) -> _Frame | None:
    """The first of the frames whose time differs from `time` by at most the tolerance, or None."""
    i = bisect_left(frames, time - tolerance, key=lambda frame: frame.time)
    return frames[i] if i < len(frames) and frames[i].time <= time + tolerance else None
