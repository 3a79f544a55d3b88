"""Owns the checks of a video against the limits in force, made before any frame is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..limits import check_limit
from .facts import Facts

_SHORTER = "take a part of it with --start and --end"


def with_frame_limit(packets: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """Pass on the lines of a packet list for as long as the video is within `max_frames`.

    packets: lines as ffmpeg's framecrc muxer writes them. path: the file, as errors call it.
    Raises LimitError at the first frame too many. The check cannot wait for the end of the list,
    because the reader keeps every packet in memory.
    """
    count = 0
    for line in packets:
        if line.startswith(b"0,"):  # a packet of stream 0, which is the picture
            count += 1
            check_limit("max_frames", count, path, "has at least {} frames", _SHORTER)
        yield line


def check_video(facts: Facts) -> None:
    """Raise LimitError if a video exceeds one of the limits on frames, duration or pixels."""
    path, (width, height) = facts.path, facts.size
    count, stored = facts.n_frames, len(facts.times)
    pixels = f"has {{}} pixels in {count:,} frames of {width}x{height}"
    check_limit("max_frames", count, path, "has {} frames", _SHORTER)
    check_limit("max_duration", facts.end - facts.times[0], path, "lasts {}", _SHORTER)
    check_limit("max_total_pixels", width * height * count, path, pixels, _SHORTER)
    if facts.pictures:  # each of which has a size that is checked
        return
    with suppress(OSError):  # the file is gone by now; whoever reads it next reports that
        per_byte = width * height * stored / max(1, facts.input.opened.stat().st_size)
        pixels = f"has {{}} pixels for each of its bytes, {stored:,} frames of {width}x{height}"
        check_limit("max_expansion", per_byte, path, pixels, "check where it comes from")
