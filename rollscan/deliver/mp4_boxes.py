"""Owns what an MP4's own boxes say of it that no decoder tells. It reads, never writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_HEAD, _LARGE_HEAD = 8, 16  # bytes before a box's content: size and name, or with a 64-bit size


def boxes(path: Path) -> Iterator[tuple[str, int, int]]:
    """The name of each outermost box, where its content begins in the file, and where it ends."""
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
    """Whether the index comes before the pictures, so that it plays before all of it has come."""
    names = [name for name, _, _ in boxes(path)]
    return "moov" in names and "mdat" in names and names.index("moov") < names.index("mdat")


def level_of(path: Path) -> float | None:
    """The H.264 level that the index says, 3.1 for one; None where it says none."""
    for name, start, stop in boxes(path):
        if name == "moov":
            with path.open("rb") as file:
                file.seek(start)
                index = file.read(stop - start)
            at = index.find(b"avcC")
            # After the name: a version, the profile, what is compatible, and ten times the level.
            return index[at + 7] / 10 if 0 <= at < len(index) - 7 else None
    return None
