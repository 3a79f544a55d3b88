"""Owns the reading of an MP4's boxes, for facts about it that no decoder reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_HEAD, _LARGE_HEAD = 8, 16  # bytes: size and name of a box, and these with a 64-bit size


def boxes(path: Path) -> Iterator[tuple[str, int, int]]:
    """Each outermost box of a file: its name, the offset of its content, and that of its end."""
    at, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + _HEAD <= end:
            file.seek(at)
            head = file.read(_LARGE_HEAD)
            size, start = int.from_bytes(head[:4], "big"), at + _HEAD
            if size == 1:
                size, start = int.from_bytes(head[8:16], "big"), at + _LARGE_HEAD
            stop = end if size == 0 else at + size
            if not start <= stop <= end:
                return
            yield head[4:8].decode("latin-1"), start, stop
            at = stop


def is_fast_start(path: Path) -> bool:
    """Whether the index precedes the pictures, so that the file plays while it is downloaded."""
    names = [name for name, _, _ in boxes(path)]
    return "moov" in names and "mdat" in names and names.index("moov") < names.index("mdat")


def level_of(path: Path) -> float | None:
    """The H.264 level in the index, such as 3.1; None if there is none."""
    for name, start, stop in boxes(path):
        if name == "moov":
            with path.open("rb") as file:
                file.seek(start)
                index = file.read(stop - start)
            at = index.find(b"avcC")
            # The name is followed by version, profile, compatibility, and ten times the level.
            return index[at + 7] / 10 if 0 <= at < len(index) - 7 else None
    return None
