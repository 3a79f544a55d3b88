"""Owns the writing of animated PNG, with two frames in memory at a time."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import BinaryIO, NamedTuple

import numpy as np

from ..checks import check_rate
from ..frames import Picture, cleared
from ..tracker import SILENT, Tracker
from .encode import of_one_size
from .png import SIGNATURE, compressed, header, text, write_chunk

_TICKS = 1000  # per second: times are rounded to them so that they add up to the exact time
_LONGEST = 65_535  # ticks for which a frame can be shown


class _Change(NamedTuple):
    """What a frame changes of the picture before it: a rectangle, for so many ticks."""

    left: int
    top: int
    pixels: Picture
    ticks: int


def write_apng(
    file: BinaryIO,
    frames: Iterable[Picture],
    fps: float,
    *,
    loop: int = 0,
    comment: str = "",
    tracker: Tracker = SILENT,
) -> None:
    """Write frames as an animated PNG, in exact colours, to a new file that can seek.

    frames: (H, W, 3) uint8, or (H, W, 4) with alpha, all of one size, at least one. fps: frames per
        second, up to 1000. loop: how many times the file plays, 0 for ever. comment: text for the
        metadata, default none. tracker: of the job, for its progress.

    Of each frame the rectangle that has changed is stored; while nothing changes, the frame before
    lasts longer. See https://www.w3.org/TR/png-3/. Raises ArgumentError for a value out of range.
    """
    check_rate("fps", fps)
    frames = map(cleared, of_one_size(tracker.passing(frames)))
    control = number = count = 0  # where the control chunk is; chunks about frames; frames
    for change in _changes(frames, fps):
        height, width, channels = change.pixels.shape
        if count == 0:
            file.write(SIGNATURE)
            write_chunk(file, b"IHDR", header((width, height), channels))
            control = file.tell()
            write_chunk(file, b"acTL", bytes(8))
            if comment:
                write_chunk(file, b"tEXt", text(comment))
        place = (number, width, height, change.left, change.top)
        write_chunk(file, b"fcTL", struct.pack(">5I2H2x", *place, change.ticks, _TICKS))
        number += 1
        for data in compressed([change.pixels]):
            if count == 0:  # which is what programs show that know no animation
                write_chunk(file, b"IDAT", data)
            else:
                write_chunk(file, b"fdAT", struct.pack(">I", number) + data)
                number += 1
        count += 1
    write_chunk(file, b"IEND", b"")
    file.seek(control)
    write_chunk(file, b"acTL", struct.pack(">2I", count, loop))
    file.seek(0, os.SEEK_END)


def _changes(frames: Iterable[Picture], fps: float) -> Iterator[_Change]:
    """What each frame changes, the first one all of the picture."""
    before: Picture | None = None
    waiting = _Change(0, 0, np.empty((0, 0, 3), np.uint8), 0)  # its time may still get longer
    for number, frame in enumerate(frames):
        begin, end = (round(k * _TICKS / Fraction(fps)) for k in (number, number + 1))
        changed = _changed(before, frame)
        if changed is None and waiting.ticks + end - begin <= _LONGEST:
            waiting = waiting._replace(ticks=waiting.ticks + end - begin)
            continue
        if before is not None:
            yield waiting
        rows, columns = changed or (slice(1), slice(1))
        waiting = _Change(columns.start or 0, rows.start or 0, frame[rows, columns], end - begin)
        before = frame
    yield waiting


def _changed(before: Picture | None, frame: Picture) -> tuple[slice, slice] | None:
    """The rows and columns of the rectangle that differs from the frame before; None if none."""
    if before is None:
        return slice(None), slice(None)
    if before is frame:
        return None
    differs = (before != frame).any(-1)
    spans = []
    for axis in (1, 0):
        (where,) = np.nonzero(differs.any(axis))
        if not len(where):
            return None
        spans.append(slice(int(where[0]), int(where[-1]) + 1))
    return spans[0], spans[1]
