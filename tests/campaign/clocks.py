"""Whole videos with unusual clocks: variable rates, B-frames, an hour between frames, gaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from random import Random

from .case import Case, Room
from .pictures import as_far_as_decoded, frames_in_time
from .seeds import Seeds, write

_X264 = ("-c:v", "libx264", "-crf", "12", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_FORMATS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mp4", (*_X264, "-bf", "0")),
    ("mp4", (*_X264, "-bf", "3")),
    ("mkv", (*_X264, "-bf", "3")),
    ("mov", (*_X264, "-bf", "2", "-g", "5")),
    ("mkv", ("-c:v", "ffv1")),
    ("webm", ("-c:v", "libvpx", "-crf", "4", "-b:v", "2M", "-cpu-used", "8")),
)
_LAPSES = ((3600, "cut"), (1800, "cut"), (60, "cut"), (1, "cut"), (1800, "wrap"))
_GAPS = ((3600, "cut"), (3600, "match"), (36000, "cut"), (10000, "boomerang"))


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """Bursts, time-lapses and gaps first; then steps of any length."""
    if number < 2:
        # So many that MP4, with B-frames, has the pause as the duration of one after it.
        times = [*(k / 30 for k in range(31)), *(3.8 + k / 30 for k in range(6))]
        case = _exact(f"a pause of 2.8 s, {_FORMATS[number]}", times, _FORMATS[number], room)
        case.check = frames_in_time(case.outputs[0], times, times[-1] + 1 / 30)
        return case
    number -= 2
    if number < len(_LAPSES):
        step, loop = _LAPSES[number]
        times = [float(step * k) for k in range(10)]
        return _exact(f"a frame every {step} s, {loop}", times, _FORMATS[0], room, loop)
    number -= len(_LAPSES)
    if number < len(_GAPS):
        gap, loop = _GAPS[number]
        return _gap(gap, loop, room)
    steps = [random.choice((0.04, 0.04, 0.04, 0.05, 0.08, 0.2, 0.5)) for _ in range(39)]
    times = [0.0, *accumulate(steps)]
    chosen = random.choice(_FORMATS)
    return _exact(f"steps of any length, {chosen}", times, chosen, room)


def _gap(seconds: int, loop: str, room: Room) -> Case:
    times = [0.04 * k + (seconds if k >= 25 else 0) for k in range(50)]
    source, made = _written(times, _FORMATS[0], room), room.out / "o.gif"
    arguments = [str(source), "--gif", str(made), "--loop", loop]
    check = as_far_as_decoded(source, made, loop)
    return Case(f"a gap of {seconds} s, {loop}", arguments, [made], check=check)


def _exact(
    what: str,
    times: Sequence[float],
    chosen: tuple[str, tuple[str, ...]],
    room: Room,
    loop: str = "cut",
) -> Case:
    """Status 0, and each frame at its time; how long the last one lasts is anyone's guess."""
    source, made = _written(times, chosen, room), room.out / "o.gif"
    arguments = [str(source), "--gif", str(made), "--loop", loop]
    return Case(what, arguments, [made], check=frames_in_time(made, times, None))


def _written(times: Sequence[float], chosen: tuple[str, tuple[str, ...]], room: Room) -> Path:
    """A video whose frame k is shown at times[k] seconds."""
    ending, options = chosen
    path = room.given / f"in.{ending}"
    ticks = [round(1000 * at) for at in times]
    steps = "+".join(f"gte(N,{k})*{ticks[k] - ticks[k - 1]}" for k in range(1, len(ticks)))
    clock = ("-vf", f"settb=1/1000,setpts='{steps}'", "-fps_mode", "passthrough")
    write(path, len(times), *clock, "-enc_time_base", "1:1000", *options)
    return path
