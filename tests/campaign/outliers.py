"""Clips in which some frames have a time far from that of the frames around them."""

from __future__ import annotations

from random import Random

from .case import Case, Room
from .pictures import all_in_turn_but
from .seeds import COUNT, RATE, Seeds, write

_X264 = ("-c:v", "libx264", "-crf", "12", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10")
_FORMATS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("mkv", (*_X264, "-bf", "0")),
    ("mp4", (*_X264, "-bf", "0")),
    ("ts", (*_X264, "-bf", "0")),
    ("flv", (*_X264, "-bf", "0")),
    ("mkv", (*_X264, "-bf", "2")),
    ("webm", ("-c:v", "libvpx", "-crf", "4", "-b:v", "2M", "-cpu-used", "8", "-g", "10")),
)
_SECONDS = (400, 3600, 86_400, -400)  # shorter ones may be slides that are meant


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """One frame or two, anywhere; or all from one frame on."""
    ending, codec = random.choice(_FORMATS)
    seconds, k = random.choice(_SECONDS), random.choice((0, COUNT - 1, random.randrange(COUNT)))
    which, doubtful = random.choice(
        (
            *((f"eq(N,{k})", {k}), (f"eq(N,{k})", {k}), (f"between(N,{k},{k + 1})", {k, k + 1})),
            (f"gte(N,{k})", {k} if seconds < 0 else set()),
        )
    )
    # A frame that cannot be where it says lies at the time of the one before or after it. N counts
    # in the order of decoding, where with B-frames a frame lies two places from where it is shown.
    before = -2 if codec[-2:] == ("-bf", "2") else -1
    doubtful |= {near + by for near in doubtful for by in range(before, 3)}
    clock = f"setts=pts='PTS+{which}*{seconds}/TB'"
    if "-bf" in codec and which.startswith("gte"):  # decoding goes on with it
        clock += f":dts='DTS+{which}*{seconds}/TB'"
    source, made = room.given / f"in.{ending}", room.out / "o.gif"
    write(source, COUNT, *codec, "-bsf:v", clock, "-avoid_negative_ts", "disabled")
    return Case(
        f"{seconds} s at {which}, {ending}, {codec}",
        [str(source), "--gif", str(made), "--loop", "cut"],
        [made],
        statuses=(0, 1),
        says="clock must be broken|convert it$",
        check=all_in_turn_but(made, list(range(COUNT)), doubtful, RATE),
    )
