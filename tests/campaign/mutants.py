"""Damaged videos: every mutation on every seed, in every loop."""

from __future__ import annotations

from pathlib import Path
from random import Random

from .case import Case, Room
from .mutate import MUTATIONS, Mutation, none, tail_of_zeros
from .pictures import as_far_as_decoded, frames_in_time
from .seeds import COUNT, RATE, SEEDS, Seeds

_LOOPS = ("cut", "cut", "cut", "wrap", "boomerang", "crossfade", "match")
_TAILS = ("cut", "wrap", "boomerang", "match")


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """First each seed as it is, then those with half a download in each loop, then any."""
    names = list(SEEDS)
    if number < len(names):
        return _case(names[number], none, "cut", room, seeds, random)
    number -= len(names)
    if number < len(_TAILS):
        return _half("fast.mp4", _TAILS[number], room, seeds)
    return _case(
        random.choice(names), random.choice(MUTATIONS), random.choice(_LOOPS), room, seeds, random
    )


def _half(name: str, loop: str, room: Room, seeds: Seeds) -> Case:
    source = room.given / name
    whole = seeds[name].read_bytes()
    source.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    case = _of(source, loop, room, f"{tail_of_zeros.__name__} (half) on {name}, {loop}")
    case.statuses = (1,)
    return case


def _case(
    name: str, mutation: Mutation, loop: str, room: Room, seeds: Seeds, random: Random
) -> Case:
    ending = name.rsplit(".", 1)[1]
    if mutation is not none and random.random() < 0.1:
        ending = random.choice(("mp4", "avi", "webm", "gif", "png", "txt", "h264"))
    source = room.given / f"in.{ending}"
    source.write_bytes(mutation(seeds[name].read_bytes(), random))
    case = _of(source, loop, room, f"{mutation.__name__} on {name} as {source.name}, {loop}")
    if mutation is none and loop == "cut":
        times = [k / RATE for k in range(COUNT)]
        case.statuses = (0,)
        case.check = frames_in_time(case.outputs[0], times, COUNT / RATE)
    return case


def _of(source: Path, loop: str, room: Room, what: str) -> Case:
    made = room.out / "o.gif"
    arguments = [str(source), "--gif", str(made), "--loop", loop]
    arguments += ["--min-loop", "0.4"] if loop == "match" else []
    return Case(what, arguments, [made], check=as_far_as_decoded(source, made, loop))
