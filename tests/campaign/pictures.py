"""Owns what a made picture must show: the source's frames, in time, to their end."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from itertools import groupby, pairwise
from pathlib import Path

from .judge import CLOSING
from .stamp import Shown, shown

_LONGEST_HOLD = 10.0  # seconds; no seed has such a one, so a broken clock was believed
_GIF_DELAY = 655.35  # seconds at most
_LAST = 0.04  # seconds that a seed's last frame lasts
_CLOSE = 0.045  # seconds
_SLACK = 3.5  # source frames: two may be missing, and a GIF's clock is coarse


def promised(out: str, made: Sequence[Shown]) -> str:
    """What is wrong with the number of frames, or their time, that the closing line tells."""
    line = CLOSING.search(out)
    if not line:
        return f"no closing line: {out[:100]!r}"
    count, seconds = int(line[3]), float(line[4])
    # A GIF cannot wait longer, so a long frame is several there.
    split = seconds > _GIF_DELAY * count and len(made) > count
    if count != len(made) and not split:
        return f"wrong picture: {count} frames promised, {len(made)} made"
    lasts = made[-1].time + made[-1].lasts - made[0].time
    if abs(lasts - seconds) > 0.02 + made[-1].lasts:
        return f"wrong picture: {seconds} s promised, {lasts:.2f} s made"
    return ""


def as_far_as_decoded(source: Path, made: Path, loop: str, *before: str) -> Callable[[str], str]:
    """A check that the picture does not stand still where the source's frames end.

    before: ffmpeg's options for the source.
    """

    def check(out: str) -> str:
        frames = shown(made)
        if wrong := promised(out, frames):
            return wrong
        if loop == "boomerang":
            frames = frames[: len(frames) // 2 + 1]
        held = max(_holds(frames), default=0.0)
        if held > _LONGEST_HOLD:
            return f"wrong picture: it stands still for {held:.1f} s"
        decoded = sorted(shown(source, *before), key=lambda frame: frame.time)
        if loop in ("match", "crossfade") or len(decoded) < 2:
            return ""
        step = statistics.median([b.time - a.time for a, b in pairwise(decoded)]) or 0.04
        last, real = _holds(frames)[-1], _holds(decoded)[-1]
        if last > real + _SLACK * max(step, 0.04):
            return (
                f"wrong picture: stands still for the last {last:.2f} s, in the source {real:.2f} s"
                f" ({len(decoded)} frames decode, {len(frames)} are shown)"
            )
        return ""

    return check


def frames_in_time(made: Path, times: Sequence[float], end: float | None) -> Callable[[str], str]:
    """A check that frame k is first seen at `times[k]`, in seconds, and all is over at `end`.

    end: None where nobody knows how long the last one lasts; no longer than the longest, then.
    """

    def check(out: str) -> str:
        frames = shown(made)
        if wrong := promised(out, frames):
            return wrong
        step = max((frame.lasts for frame in frames), default=0.04)
        slack = 1.6 * step + 0.02
        first: dict[int, float] = {}
        for frame in frames:
            first.setdefault(frame.number, frame.time - frames[0].time)
        gaps = [b - a for a, b in pairwise(times)]
        gaps.append(min(_LAST, gaps[-1]))
        for k, at in enumerate(times):
            if k not in first:
                if gaps[k] < 0.99 * step:  # too short for the GIF's rate
                    continue
                return f"wrong picture: frame {k} is missing"
            if abs(first[k] - (at - times[0])) > slack:
                return f"wrong picture: frame {k} at {first[k]:.2f} s, not {at - times[0]:.2f} s"
        lasts = frames[-1].time + frames[-1].lasts - frames[0].time
        longest = (times[-1] + max(gaps) if end is None else end) - times[0]
        if lasts > longest + slack or (end is not None and lasts < longest - slack):
            return f"wrong picture: {lasts:.2f} s long, not {longest:.2f} s"
        return ""

    return check


def numbers_in_turn(made: Path, numbers: Sequence[int], rate: float) -> Callable[[str], str]:
    """A check that the picture shows the frames of these numbers, for 1 / rate seconds each."""

    def check(out: str) -> str:
        frames = shown(made)
        if wrong := promised(out, frames):
            return wrong
        begins = [frame.time - frames[0].time for frame in frames]
        for k, number in enumerate(numbers):
            middle = (k + 0.5) / rate
            on_display = frames[bisect_right(begins, middle) - 1].number
            if on_display != number:
                return f"wrong picture: {on_display} at {middle:.2f} s, not {number}"
        lasts, right = begins[-1] + frames[-1].lasts, len(numbers) / rate
        if abs(lasts - right) > _CLOSE:
            return f"wrong picture: {lasts:.2f} s long, not {right:.2f} s"
        return ""

    return check


def all_in_turn_but(
    made: Path, numbers: Sequence[int], doubtful: Collection[int], rate: float
) -> Callable[[str], str]:
    """A check that the picture shows all frames of these numbers in turn, without a pause.

    doubtful: numbers of frames that may be missing or out of turn.
    """

    def check(out: str) -> str:
        frames = shown(made)
        if wrong := promised(out, frames):
            return wrong
        sure = [number for number in numbers if number not in doubtful]
        turns = [frame.number for frame in frames if frame.number not in doubtful]
        if (found := [number for number, _ in groupby(turns)]) != sure:
            return f"wrong picture: it shows {found}"
        most = (len(doubtful) + 2) / rate
        held = max(_holds(frames))
        return f"wrong picture: it stands still for {held:.2f} s" if held > most else ""

    return check


def never_shows(made: Path, numbers: set[int]) -> Callable[[str], str]:
    """A check that the picture is of one file, not of those that carry these numbers."""

    def check(out: str) -> str:
        others = numbers & {frame.number for frame in shown(made)}
        return f"wrong picture: it shows another file's frames {sorted(others)}" if others else ""

    return check


def _holds(frames: Sequence[Shown]) -> list[float]:
    """How long each run of frames with one number is shown, in seconds."""
    runs = [list(run) for _, run in groupby(frames, key=lambda frame: frame.number)]
    begins = [run[0].time for run in runs]
    ends = [*begins[1:], runs[-1][-1].time + (runs[-1][-1].lasts or 0.04)] if runs else []
    return [end - begin for begin, end in zip(begins, ends, strict=True)]
