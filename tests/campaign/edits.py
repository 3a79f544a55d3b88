"""Clips whose edit lists show parts of them, drawn at random."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from random import Random

from .case import Case, Room
from .pictures import numbers_in_turn
from .seeds import COUNT, RATE, Seeds, write

_MILLISECONDS = 1000 // RATE  # of a frame
_TICKS = 512  # of a frame, as ffmpeg writes 25 fps
_PARENTS = (b"moov", b"trak", b"edts", b"elst")
_X264 = ("-c:v", "libx264", "-crf", "10", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_CODECS: tuple[tuple[str, ...], ...] = (
    (*_X264, "-bf", "0"),
    (*_X264, "-bf", "1"),
    (*_X264, "-bf", "3"),
    (*_X264, "-bf", "3", "-x264-params", "open-gop=1"),
    ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"),
    ("-c:v", "mpeg4", "-q:v", "2"),
)


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """One part, then up to four, with or without a pause before the first."""
    count = 1 if number % 3 == 0 else random.randint(1, 4)
    parts = [_part(random) for _ in range(count)]
    codec, distance = random.choice(_CODECS), random.choice((5, 12, 50))
    pause = random.choice((0, 0, 0, 3))
    whole, source = room.folder / "whole.mp4", room.given / "in.mp4"
    write(whole, COUNT, *codec, "-g", str(distance))
    edited(whole, source, parts, pause=pause)
    made = room.out / "o.gif"
    return Case(
        f"{parts} after {pause}, {codec}, a keyframe every {distance}",
        [str(source), "--gif", str(made), "--loop", "cut"],
        [made],
        statuses=(0,),
        check=numbers_in_turn(made, [k for part in parts for k in range(*part)], RATE),
    )


def edited(path: Path, to: Path, parts: Sequence[tuple[int, int]], *, pause: int = 0) -> Path:
    """A copy of an MP4 by ffmpeg, its header last, that shows the frames of these parts alone.

    parts: the first frame and the one after the last. pause: frames for which nothing is shown
    before the first part.
    """
    film = bytearray(path.read_bytes())
    boxes = [film.rindex(name) - 4 for name in _PARENTS]
    (size,) = struct.unpack_from(">I", film, boxes[-1])
    (offset,) = struct.unpack_from(">i", film, boxes[-1] + 20)  # where the first frame is shown
    entries = [(pause * _MILLISECONDS, -1)] if pause else []
    entries += [((b - a) * _MILLISECONDS, offset + a * _TICKS) for a, b in parts]
    rows = b"".join(struct.pack(">IiI", *entry, 1 << 16) for entry in entries)
    table = struct.pack(">I4sII", 16 + len(rows), b"elst", 0, len(entries)) + rows
    film[boxes[-1] : boxes[-1] + size] = table
    for box in boxes[:-1]:
        (before,) = struct.unpack_from(">I", film, box)
        struct.pack_into(">I", film, box, before + len(table) - size)
    to.write_bytes(film)
    return to


def _part(random: Random) -> tuple[int, int]:
    first = random.randrange(COUNT - 1)
    return first, random.randint(first + 1, COUNT)
