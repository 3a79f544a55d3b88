"""Owns the times at which the frames of a video are to be shown, as its packets tell them.

Where ffmpeg shows frames at other times than these, a clock goes with them.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from .diagnose import RequestedPart
from .facts import TICK, Clock
from .packets import Picture


@dataclass(frozen=True)
class Timing:
    """When the frames that decode are shown, in seconds after the point to which ffmpeg seeks.

    times: of the frames, ascending. first: the time of the first one that decodes; `times` begin
    there or later. end: when the last one ends. clock: corrects ffmpeg's times, where they are
    wrong.
    """

    times: Sequence[float]
    first: float
    end: float
    clock: Clock | None = None


def repaired_timing(repaired: Sequence[float], first: float) -> Timing:
    """The timing of a video whose clock is wrong for a few frames.

    repaired: the right times of all frames, and the end. first: when ffmpeg shows the first frame
    that decodes.
    """
    begin = bisect_left(repaired, first - TICK)
    if begin < len(repaired) - 1 and abs(repaired[begin] - first) < TICK:
        repaired = repaired[begin:]
    due = array("d", repaired[:-1])
    return Timing(due, due[0], repaired[-1], Clock((), due))


def timing_of(
    picture: Picture,
    container: str,
    first: float | None,
    due: Sequence[float] | None,
    requested: RequestedPart,
) -> Timing:
    """The timing of any other video.

    picture: its packets. container: ffmpeg's name for it. first: the time of the first frame that
    decodes, where it has one. due: the right times of the frames, and the end, where ffmpeg's are
    wrong. requested: the part that is to be read.
    Raises SourceError where no frame is in the part, or the first frame's time must be wrong.
    """
    times, end = _times_and_end(picture, first, requested)
    if container == "avi" and (delayed := picture.delayed_times(times[0])):
        shown, delay = delayed
        due = [at - delay for at in [*shown, shown[-1] + end - times[-1]]]
        times = array("d", shown)
    clock = None
    if due:
        # Where parts come in another order, ffmpeg changes times once more as it decodes.
        is_told_by_time = len(times) == len(due) - 1 and not picture.in_parts
        clock = Clock(times if is_told_by_time else (), array("d", due[:-1]))
        times, end = clock.due, due[-1]
    return Timing(times, times[0] if first is None else first, end, clock)


def _times_and_end(
    picture: Picture, first: float | None, requested: RequestedPart
) -> tuple[Sequence[float], float]:
    """ffmpeg's times of the frames that decode, and the end of the last one."""
    shown = picture.times()
    if first is None:
        first = min(shown[:1], default=0.0)
    limit = math.inf if requested.limit is None else requested.limit
    if first > limit - TICK:
        raise requested.no_frame_error()
    # An AVI with B-frames has only decoding times; and ffmpeg shows its first frame later.
    delay = max(first - shown[0], 0.0) if picture.untimed else 0.0
    # The packets are in decoding order, so some of those before the limit are shown after it.
    times = array("d", (at + delay for at in shown if first - TICK < at + delay < limit - TICK))
    earlier = [at + delay for at in shown if at + delay <= first - TICK]
    requested.check_first(earlier, first, later=len(times) - 1)
    end = picture.end + delay if shown else first
    return times or array("d", [first]), min(end, limit)
