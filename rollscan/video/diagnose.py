"""Owns the errors for a file that cannot be read as a video, each with its cause and remedy."""

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
from ..limits import MAX_PIXELS
from .containers import REFUSED
from .description import Description
from .ffmpeg import ffmpeg, version_of
from .log import MAX_TAGS
from .matroska import segment_end
from .packets import Packets, Picture

_TOO_LARGE = re.compile(r"Picture size (\d+)x(\d+) (?:exceeds specified max|is invalid)")
_UNFINISHED = re.compile(r"partial file|ended prematurely")
# The messages of demuxers that find no packet where one should be, and skip data to the next.
_SKIPPED_DATA = re.compile(r"invalid as first byte of an EBML|Packet mismatch|asf skip")

# Containers that state no duration: ffmpeg subtracts their first timestamp from their last, which
# is wrong where a recorder started its clock again in between.
_WITHOUT_HEADER = ("mpegts", "mpeg")
# Containers that are read to their end where only their header's duration is wrong.
_WITH_HEADER = ("matroska", "flv", "avi")
_MISSING_SECONDS = 0.5  # a file that ends this long before its header says is cut short
_LONG_STILL = (
    9000  # frames: no variable rate holds one picture for this long (5 min at 30 a second)
)
_LONGEST_SHARE = 10  # a still this many times as long as the rest of the video is a broken clock
_FIRST_AFTER = 60  # seconds; keyframes are closer, so that frames before one are few
_TOO_LONG = 1.5  # a video this many times as long as its header says may have a broken clock


@dataclass(frozen=True)
class RequestedPart:
    """The part of a file that is to be read, and the errors where it cannot be."""

    path: Path  # as errors call it
    opened: Path  # the file that is read: a pipe's contents are in a temporary file
    start: float  # seconds from the file's beginning
    limit: float | None  # the part's length in seconds; None: to the end of the file

    def no_video_error(self, log: str, duration: float | None) -> SourceError:
        """The error where ffmpeg decoded no frame, by what its log says.

        duration: of the file, in seconds, as its header says. Raises SourceError where the program
        that was run is not a working ffmpeg.
        """
        if not log.strip():
            version_of(ffmpeg())  # raises SourceError if the program is no ffmpeg
        if REFUSED in log:
            return self._error(
                "is a playlist, a script or of another kind that is not read: give the video itself"
            )
        if "unsupported chunk: ANIM" in log:
            return self._error(
                f"is an animated WebP, which ffmpeg {version_of(ffmpeg())} does not read: let"
                " IMAGEIO_FFMPEG_EXE name one from 9 on, or unset it"
            )
        if "matches no streams" in log:
            return self._error("has sound or text but no picture: give a video")
        if too_large := _TOO_LARGE.search(log):
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
        if self.start > 0 and "Invalid data found" not in log:
            return self.no_frame_error()
        return self._error(
            "is not a video that ffmpeg can read, or is cut short: copy or download it again, or"
            " convert it"
        )

    def too_many_tags_error(self) -> SourceError:
        """The error where the file's tags (titles, comments) are too long for ffmpeg to print."""
        return self._error(
            f"holds over {MAX_TAGS // 10**6} MB of tags (comments, lyrics): remove them, as"
            " ffmpeg -i OLD -map_metadata -1 -c copy NEW does"
        )

    def matrix_error(self, matrix: str) -> SourceError:
        """The error for a colour matrix, by ffmpeg's name, that ffmpeg does not convert."""
        return self._error(
            f"has the colour matrix {matrix}, which is not read: convert it to BT.709"
        )

    def check_order(self, picture: Picture) -> None:
        """Raise SourceError where the times of packets cannot be those of frames: they go back so
        often that nothing tells which of them are right, or many are one and the same.
        """
        what = ""
        if picture.is_disordered:
            what = "frames whose times go back"
        elif picture.stands_still:
            what = "many frames of one and the same time"
        if what:
            raise self._error(f"has {what}, its clock must be broken: convert it")

    def dolby_error(self, profile: str) -> SourceError:
        """The error for Dolby Vision of a profile that has no picture for other players."""
        return self._error(
            f"is Dolby Vision of profile {profile}, whose colours only its own players show: give a"
            " version in HDR10, HLG or SDR"
        )

    def no_frame_error(self) -> SourceError:
        """The error where the part lies between two frames, or after the last one."""
        end = "the end" if self.limit is None else f"{self.start + self.limit:g} s"
        return self._error(
            f"has no frame from start {self.start:g} s to {end}: choose a longer part"
        )

    def is_whole(self, log: str, described: Description, packets: Packets, read: float) -> bool:
        """Whether the file goes on to the end that its header gives, or is complete without it; of
        a part, whether that is so up to its end.

        log: of ffmpeg. described: the file, by that log. packets: those of the part. read: the end
        of the last one, in seconds after `start`.
        """
        expected = read
        if described.duration is not None:
            # Some containers count the duration from 0, others from their first timestamp.
            expected = described.duration - self.start - max(0.0, described.begins)
        if self.limit is not None:
            expected = min(expected, self.limit)
        # Where the container shows that the file is complete, only its header's duration is wrong.
        is_long_enough = read >= expected - _MISSING_SECONDS
        # ffmpeg reads ahead, and may complain of what comes after the part.
        has_all = self.limit is not None and packets.reach(self.limit)
        is_intact = packets.is_intact and (has_all or not _UNFINISHED.search(log))
        return is_intact and (is_long_enough or self._is_complete(described.container))

    def note_on(self, described: Description, read: float) -> str:
        """A few words where the whole of a file is read and its header says another length, or "".

        described, read: as in `is_whole`.
        """
        said = described.duration
        is_whole = self.start == 0 and self.limit is None
        if said is None or not is_whole or described.container not in _WITH_HEADER:
            return ""
        begins = max(0.0, described.begins)  # which the duration has in it, or not
        is_near = said - begins - _MISSING_SECONDS <= read <= said + _MISSING_SECONDS
        return "" if is_near else f"the video's header says {said:.2f} s"

    def cut_short_error(self, read: float, works: float | None) -> SourceError:
        """The error for a file that stops before its end.

        read: how far it can be read, and works: an end up to which it is intact, if there is one,
        both in seconds of the file.
        """
        message = f"is cut short, {works or read:.2f} s can be read: copy it again"
        if works:
            message += f", or take what is there with an end of {works:.2f}"
        return self._error(message)

    def _is_complete(self, container: str) -> bool:
        """Whether the file is known to end with the last bytes that its container must have, or
        states no end.
        """
        if container in _WITHOUT_HEADER:
            return True
        checks = {
            "flv": flv_is_complete,
            "avi": avi_is_complete,
            "matroska": matroska_may_be_complete,
        }
        if container not in checks:
            return False
        with self.opened.open("rb") as file:
            return checks[container](file)

    def check_clock(
        self, duration: float | None, times: Sequence[float], end: float, rate: Fraction
    ) -> None:
        """Raise SourceError where one frame is shown for so long that the clock must be broken.

        That is so where it lasts for at least 9,000 frames at the video's rate, and for over ten
        times the rest of the video; for over one time, where the video is much longer than its
        header says. duration: of the file, in seconds, as its header says. times: of the frames,
        and end: of the last one, in seconds after `start`. rate: frames per second.
        """
        gap, at, to = max(
            ((b - a, a, b) for a, b in pairwise((*times, end))), default=(0.0, 0.0, 0.0)
        )
        rest = end - times[0] - gap
        is_too_long = duration is not None and self.start + end > _TOO_LONG * duration
        if gap * rate < _LONG_STILL or not gap > rest * (1 if is_too_long else _LONGEST_SHARE):
            return
        is_longer_before = at - times[0] >= end - to
        remedy = f"an end of {self._end_of_frame(at, rate):.2f}"
        if to < end and (not is_longer_before or at == times[0]):
            remedy = f"a start of {math.floor((self.start + to) * 100) / 100:.2f}"
        raise self._error(
            f"stands still from {self.start + at:.2f} to {self.start + to:.2f} s, its clock must be"
            f" broken: convert it, or take the longer part with {remedy}"
        )

    def check_first(self, earlier: Sequence[float], first: float, later: int) -> None:
        """Raise SourceError where the first frame has a time far after that of most others.

        earlier: the times before it, ascending; first: its time, in seconds after `start`. later:
        how many frames have a time after it. Frames before the first one that decodes are left out,
        so that hardly any would be shown.
        """
        if len(earlier) > later and first - earlier[-1] > _FIRST_AFTER:
            raise self._error(
                f"begins with a frame whose time is {first - earlier[-1]:.2f} s after that of most"
                " others, its clock must be broken: convert it"
            )

    def check_holes(self, log: str, times: Sequence[float], rate: Fraction) -> None:
        """Raise SourceError where ffmpeg skipped data, and no frame is left for half a second.

        times: of the frames, in seconds after `start`. rate: frames per second.
        """
        if not _SKIPPED_DATA.search(log):
            return
        for a, b in pairwise(times):
            if b - a > max(_MISSING_SECONDS, float(4 / rate)):
                hole = f"from {self.start + a:.2f} to {self.start + b:.2f} s nothing is left"
                remedy = "copy or download it again"
                if a > times[0]:  # leave out the last frame before the hole: it may be incomplete
                    end = math.floor((self.start + a) * 100 + 0.01) / 100
                    remedy += f", or take what comes before with an end of {end:.2f}"
                raise self._error(f"is damaged, {hole}: {remedy}")

    def _end_of_frame(self, at: float, rate: Fraction) -> float:
        """The end of the frame at time `at`, in seconds of the file, rounded up to hundredths.

        The frame is taken to last 1 / rate seconds, or 1 s where that is shorter.
        """
        return math.ceil((self.start + at + min(float(1 / rate), 1)) * 100) / 100

    def _error(self, what: str) -> SourceError:
        return SourceError(f"{self.path} {what}")


def matroska_may_be_complete(file: IO[bytes]) -> bool:
    """Whether a Matroska or WebM file is as long as its segment, or its segment states no length.

    Of one without a length, as live streams have, only ffmpeg's log can say that it is cut short.
    """
    end = segment_end(file)
    return end is None or end <= file.seek(0, os.SEEK_END)


def flv_is_complete(file: IO[bytes]) -> bool:
    """Whether an FLV file ends with a complete tag.

    Each tag of an FLV is followed by its size, which the tag's own header must agree with.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 4))
    last = int.from_bytes(file.read(4), "big")
    if not 11 <= last <= size - 4:
        return False
    file.seek(size - 4 - last)
    kind, *length = file.read(4)
    return kind in (8, 9, 18) and int.from_bytes(bytes(length), "big") == last - 11


def avi_is_complete(file: IO[bytes]) -> bool:
    """Whether an AVI file ends with a complete chunk of its outermost level.

    There is one of at most 1 GB, and more of them follow in larger files.
    """
    size = file.seek(0, os.SEEK_END)
    at = 0
    while at < size:
        file.seek(at)
        kind, length = file.read(4), int.from_bytes(file.read(4), "little")
        if kind != b"RIFF" or length == 0:
            return False
        at += 8 + length + length % 2
    return at <= size + 1  # the last byte of padding may be missing
