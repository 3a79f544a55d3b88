"""Owns the check of a video against the limits in force, before any of its frames is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..limits import check_limit
from .facts import Facts

_SHORTER = "take a part of it with --start and --end"


def counted(packets: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """The lines of a packet list, up to the most frames that a video may have.

    Raises LimitError where more come: each is remembered, so they cannot be counted afterwards.
    """
    count = 0
    for line in packets:
        if line.startswith(b"0,"):  # of the picture
            count += 1
            check_limit("max_frames", count, path, "has at least {} frames", _SHORTER)
        yield line


def check_video(facts: Facts) -> None:
    """Raise LimitError where a video is over one of the limits on what it may be."""
    path, (width, height) = facts.path, facts.size
    count, stored = facts.n_frames, len(facts.times)
    pixels = f"has {{}} pixels in {count:,} frames of {width}x{height}"
    check_limit("max_frames", count, path, "has {} frames", _SHORTER)
    check_limit("max_duration", facts.end - facts.times[0], path, "lasts {}", _SHORTER)
    check_limit("max_total_pixels", width * height * count, path, pixels, _SHORTER)
    with suppress(OSError):  # gone meanwhile, which whoever reads it will say
        per_byte = width * height * stored / max(1, facts.input.opened.stat().st_size)
        pixels = f"has {{}} pixels for each of its bytes, {stored:,} frames of {width}x{height}"
        check_limit("max_expansion", per_byte, path, pixels, "check where it comes from")
