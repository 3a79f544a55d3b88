"""Owns the probing of pictures that make a video: their size, and which of them are in a part."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

from ..checks import Seconds, check_rate, in_seconds, plain
from ..errors import ArgumentError, SourceError
from ..pictures import TooLargeError, open_picture
from ..tracker import SILENT, Tracker
from .bounds import check_video
from .colours import Pixels
from .facts import Facts
from .input import Input
from .reading import UNREADABLE, upright_size
from .sequence import PictureSequence

RATE = 25.0  # pictures per second, unless a rate is asked for
_ROUNDING = 1e-6  # pictures


class PictureProbe:
    """Finds the facts about the video that pictures make; see Probe.

    path: the folder, or the pattern, that stands for them. start, end: as for Probe. rate: pictures
    per second, default 25.
    Raises ArgumentError where `end` is not after `start`.
    """

    def __init__(
        self,
        path: Path,
        start: Seconds = 0,
        end: Seconds | None = None,
        rate: float | None = None,
        tracker: Tracker = SILENT,
    ) -> None:
        self._sequence, self._tracker = PictureSequence(path), tracker
        self._is_usual = rate is None
        check_rate("source_fps", RATE if rate is None else rate)
        self._rate = Fraction(plain(RATE if rate is None else rate)).limit_denominator(1001)
        self._start = in_seconds("start", start)
        self._end = None if end is None else in_seconds("end", end)
        if self._end is not None and self._end <= self._start:
            raise ArgumentError(
                f"end is {end}, not after start {start}: give a later end", "end", "start"
            )

    def facts(self) -> Facts:
        """The facts about the video. Of each picture in the part, the header is read.

        Raises SourceError for a picture that cannot be read or has another size than the first,
        and LimitError where a limit is exceeded.
        """
        files, (first, stop) = self._sequence.files, self._part
        shown = files[first:stop]
        path, rate = self._sequence.path, self._rate
        if not shown:
            seconds = float(len(files) / rate)
            raise SourceError(
                f"{path} has no picture after {self._start:g} s, as its {len(files)} pictures at"
                f" {rate} a second last {seconds:.2f} s: give an earlier --start, or a lower"
                " --source-fps"
            )
        size = self._common_size(shown)
        facts = Facts(
            input=Input(path, path),
            size=size,
            pixel_aspect=Fraction(1),
            rate=rate,
            times=[float(k / rate) for k in range(len(shown))],
            first=0.0,
            end=float(len(shown) / rate),
            interlaced=False,
            pixels=Pixels.of({}, "rgb24", size),
            decoder=None,
            start=float(first / rate),
            limit=None,
            seekable=True,
            note=self._note(len(shown)),
            pictures=shown,
        )
        check_video(facts)
        return facts

    def close(self) -> None:
        """Do nothing, as no file stays open."""

    @property
    def _part(self) -> tuple[int, int | None]:
        """The numbers of the first picture in the part, and of the one after the last."""
        first = max(0, math.ceil(self._start * self._rate - _ROUNDING))
        if self._end is None:
            return first, None
        return first, max(first + 1, math.ceil(self._end * self._rate - _ROUNDING))

    def _common_size(self, files: tuple[Path, ...]) -> tuple[int, int]:
        """The size of all of these pictures, as they are shown."""
        size = None
        for file in files:
            try:
                with open_picture(file) as image:
                    found = upright_size(image)
            except TooLargeError as error:
                raise SourceError(f"{file} {error}: make it smaller") from error
            except UNREADABLE as error:
                raise SourceError(
                    f"{file} is no picture that can be read: mend it, or take it away"
                ) from error
            size = size or found
            if found != size:
                raise SourceError(
                    f"{file} is {found[0]}x{found[1]} pixels, and {files[0]} is"
                    f" {size[0]}x{size[1]}: give pictures of one size"
                )
        assert size
        return size

    def _note(self, count: int) -> str:
        rate = f"{count} pictures"
        if self._is_usual:
            rate += f" at {self._rate} a second (--source-fps sets another rate)"
        return ", ".join(filter(None, [rate, self._sequence.gaps]))
