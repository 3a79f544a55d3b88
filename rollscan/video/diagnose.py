"""Owns why a file cannot be taken as the video it was asked for: each cause with its remedy."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import IO

from ..errors import SourceError
from .containers import MAX_PIXELS, REFUSED
from .description import Description
from .ffmpeg import ffmpeg, version_of
from .log import MAX_TAGS

_TOO_LARGE = re.compile(r"Picture size (\d+)x(\d+) (?:exceeds specified max|is invalid)")
_UNFINISHED = re.compile(r"partial file|ended prematurely")
# What demuxers say that find no packet where one should be, and search for the next.
_LOST_ITS_WAY = re.compile(r"invalid as first byte of an EBML|Packet mismatch|asf skip")

_MISSING_SECONDS = 0.5  # a file that ends this much before its header says is cut short
_STILL = 9000  # frames: five minutes of standing still are no accident of a variable rate
_BY_FAR = 10  # times all the rest of the video together
_BEYOND = 1.5  # times the length that the header tells of


@dataclass(frozen=True)
class Asked:
    """The part of a file that was asked for, in seconds from its beginning."""

    path: Path  # as errors call it
    opened: Path
    start: float
    limit: float | None  # seconds after start; None: to the end

    def why_not(self, said: str, duration: float | None) -> SourceError:
        """The cause and the remedy, from what ffmpeg said when no frame came.

        duration: of the file, in seconds, as its header says.
        """
        if not said.strip():
            version_of(ffmpeg())  # raises where it is none
        if REFUSED in said:
            return self._error(
                "is a playlist, a script or of another kind that is not read: give the video itself"
            )
        if "matches no streams" in said:
            return self._error("has sound or text but no picture: give a video")
        if too_large := _TOO_LARGE.search(said):
            width, height = map(int, too_large.groups())
            if width * height > MAX_PIXELS:
                return self._error(
                    f"says that it is {width}x{height} pixels, {MAX_PIXELS:,} are read at most:"
                    " check the file, or convert it to a smaller one"
                )
        if duration is not None and self.start >= duration:
            return SourceError(
                f"start is {self.start:g} s, past the end of {self.path} ({duration:g} s)"
            )
        if self.start > 0 and "Invalid data found" not in said:
            return self.no_frame()
        return self._error(
            "is not a video that ffmpeg can read, or is cut short: copy or download it again, or"
            " convert it"
        )

    def too_many_tags(self) -> SourceError:
        """The error where titles, comments and the like are too long to be printed."""
        return self._error(
            f"holds over {MAX_TAGS // 10**6} MB of tags (comments, lyrics): remove them, as"
            " ffmpeg -i OLD -map_metadata -1 -c copy NEW does"
        )

    def unread(self, matrix: str) -> SourceError:
        """The error for a colour matrix, as ffmpeg calls it, that it does not convert."""
        return self._error(
            f"has the colour matrix {matrix}, which is not read: convert it to BT.709"
        )

    def no_frame(self) -> SourceError:
        """The error where the part lies between two frames, or after the last."""
        end = "the end" if self.limit is None else f"{self.start + self.limit:g} s"
        return self._error(
            f"has no frame from start {self.start:g} s to {end}: choose a longer part"
        )

    def check_whole(self, said: str, described: Description, whole: bool, read: float) -> None:
        """Raise SourceError where the file stops before the end its header tells of.

        whole: whether the last packet of each stream is. read: the end of what there is, in seconds
        after start.
        """
        expected = read
        if described.duration is not None:
            # Some containers count the duration from 0, others from where they start.
            expected = described.duration - self.start - max(0.0, described.begins)
        if self.limit is not None:
            expected = min(expected, self.limit)
        whole = whole and not _UNFINISHED.search(said)
        # Of these containers it is known where they are whole; there the header alone is wrong.
        if whole and (read >= expected - _MISSING_SECONDS or self._ends_well(described.container)):
            return
        there = f"is cut short, {self.start + read:.2f} s can be read: copy it again"
        end = read - (0 if whole else _MISSING_SECONDS)
        if end > 0:
            there += f", or take what is there with an end of {self.start + end:.2f}"
        raise self._error(there)

    def _ends_well(self, container: str) -> bool:
        """Whether the file's last bytes are those that come last in a whole one."""
        if container == "matroska":  # of which ffmpeg says where it ends too early
            return True
        if container != "flv":
            return False
        with self.opened.open("rb") as file:
            return flv_is_whole(file)

    def check_clock(
        self, duration: float | None, times: Sequence[float], end: float, rate: Fraction
    ) -> None:
        """Raise SourceError where the picture stands still for so long that its clock is broken.

        That is five minutes of frames at least, and longer by far than all the rest together; or
        just longer, where the header tells of less. duration: in seconds, as the header says.
        times, end: in seconds after start.
        """
        gap, at, to = max(
            ((b - a, a, b) for a, b in pairwise((*times, end))), default=(0.0, 0.0, 0.0)
        )
        rest = end - times[0] - gap
        beyond = duration is not None and self.start + end > _BEYOND * duration
        if gap * rate < _STILL or not gap > rest * (1 if beyond else _BY_FAR):
            return
        before = at - times[0] >= end - to
        remedy = f"an end of {self._second_after(at, rate):.2f}"
        if to < end and (not before or at == times[0]):
            remedy = f"a start of {math.floor((self.start + to) * 100) / 100:.2f}"
        raise self._error(
            f"stands still from {self.start + at:.2f} to {self.start + to:.2f} s, its clock must be"
            f" broken: convert it, or take the longer part with {remedy}"
        )

    def check_holes(self, said: str, times: Sequence[float], rate: Fraction) -> None:
        """Raise SourceError where ffmpeg lost its way in the file, and frames for half a second."""
        if not _LOST_ITS_WAY.search(said):
            return
        for a, b in pairwise(times):
            if b - a > max(_MISSING_SECONDS, float(4 / rate)):
                hole = f"from {self.start + a:.2f} to {self.start + b:.2f} s nothing is left"
                remedy = "copy or download it again"
                if a > times[0]:  # the last frame before the hole may be half in it
                    end = math.floor((self.start + a) * 100 + 0.01) / 100
                    remedy += f", or take what comes before with an end of {end:.2f}"
                raise self._error(f"is damaged, {hole}: {remedy}")

    def _second_after(self, at: float, rate: Fraction) -> float:
        """When the frame shown at `at` has been shown, in hundredths of a second rounded up."""
        return math.ceil((self.start + at + min(float(1 / rate), 1)) * 100) / 100

    def _error(self, what: str) -> SourceError:
        return SourceError(f"{self.path} {what}")


def flv_is_whole(file: IO[bytes]) -> bool:
    """Whether an FLV ends with a whole tag: behind each its size stands once more."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 4))
    last = int.from_bytes(file.read(4), "big")
    if not 11 <= last <= size - 4:
        return False
    file.seek(size - 4 - last)
    kind, *length = file.read(4)
    return kind in (8, 9, 18) and int.from_bytes(bytes(length), "big") == last - 11
