"""Owns what is known of a video before decoding it: size, rate, and the time of every frame.

One ffmpeg process answers: its `showinfo` filter describes the first frame as decoded (after
rotation), and a stream copy to `framecrc` lists the time of every packet without decoding any.
So containers that lie (no duration, audio longer than the picture, variable rate) do no harm.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from ..checks import Seconds, check_path, in_seconds
from ..errors import ArgumentError, SourceError
from .facts import Facts, constant_rate
from .ffmpeg import PICTURE, start_ffmpeg, trim
from .packets import packet_spans

_HDR_TRANSFERS = ("smpte2084", "arib-std-b67")  # PQ and HLG
# ffmpeg's own VP8 and VP9 decoders drop the transparency that libvpx keeps.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

_FIRST_FRAME = re.compile(
    r"\] n: *0 pts:.*? pts_time:(\S+) .*?fmt:(\S+) .*?sar:(\d+)/(\d+) s:(\d+)x(\d+)"
)
_RATE_GUESS = re.compile(r"config in time_base: \S+ frame_rate: (\d+)/(\d+)")
_DURATION = re.compile(r"^ *Duration: ([\d:.]+)", re.MULTILINE)
_CONTAINER = re.compile(r"^Input #0, ([^,]+),", re.MULTILINE)
_CONTAINER_START = re.compile(r"^ *Duration: .*?start: (-?[\d.]+)", re.MULTILINE)
_ALPHA_CODEC = re.compile(
    r"Video: (vp[89])\b(?:(?!Stream #)[\s\S])*?alpha_mode *: 1", re.IGNORECASE
)
_ALPHA_FORMAT = re.compile(r"yuva|gbra|ya\d|rgba|bgra|argb|abgr|ayuv|vuya|pal8")

# Containers with an index of keyframes. In others (MPEG-TS) ffmpeg seeks to any frame, and those
# before the next keyframe are lost.
_SEEKABLE = {"mov", "matroska", "avi", "gif"}
_TICK = 1e-4  # seconds; shorter than any frame, longer than ffmpeg's rounding of printed times
_MISSING_SECONDS = 0.5  # a file that ends this much before its header says is cut short


class Probe:
    """A question to ffmpeg under way; `facts()` waits for the answer. The time between is free."""

    def __init__(
        self, path: str | os.PathLike[str], start: Seconds = 0, end: Seconds | None = None
    ) -> None:
        check_path("path", path)
        self.path = Path(path)
        self._start = in_seconds("start", start)
        self._limit = None if end is None else in_seconds("end", end) - self._start
        if self._limit is not None and self._limit <= 0:
            raise ArgumentError(f"end is {end}, not after start {start}: give a later end")
        check_readable(self.path)
        self._ffmpeg = start_ffmpeg(
            [
                *trim(self._start, self._limit),
                *("-i", f"file:{self.path}"),
                *("-map", PICTURE, "-frames:v", "1", "-vf", "showinfo=checksum=0"),
                *("-f", "null", "-"),
                *("-map", PICTURE, "-map", "0", "-c", "copy", "-copy_unknown"),
                *("-f", "framecrc", "pipe:1"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def facts(self) -> Facts:
        """What ffmpeg found. Raises SourceError, with the reason, where there is no video."""
        try:
            packets, log = (text.decode(errors="replace") for text in self._ffmpeg.communicate())
        finally:
            self.close()
        container = _CONTAINER.search(log)
        seekable = container is not None and container[1] in _SEEKABLE
        if self._start > 0 and container and not seekable:
            return self._facts_without_seeking()
        frame = _FIRST_FRAME.search(log)
        if not frame:
            raise SourceError(self._why_not(log))
        first, pixel_format, sar_x, sar_y, width, height = frame.groups()
        rate_guess = _fraction(*_RATE_GUESS.search(log).groups())  # type: ignore[union-attr]
        spans, whole = packet_spans(packets)
        # Decoding order brings some frames from beyond the limit.
        limit = math.inf if self._limit is None else self._limit
        shown = {at for at, _ in spans[0] if float(first) - _TICK < at < limit - _TICK}
        if float(first) > limit - _TICK:
            raise self._no_frame()
        times = tuple(sorted(shown)) or (float(first),)
        end = min(max((at + lasts for at, lasts in spans[0]), default=times[-1]), limit)
        self._check_whole(
            log, whole, max(at + lasts for stream in spans.values() for at, lasts in stream)
        )
        codec = _ALPHA_CODEC.search(log)
        return Facts(
            path=self.path,
            size=(int(width), int(height)),
            pixel_aspect=_fraction(sar_x, sar_y) or Fraction(1),
            rate=constant_rate(times, max(end - times[0], _TICK), rate_guess),
            times=times,
            first=float(first),
            end=end,
            hdr=any(f"color_trc:{name}" in log for name in _HDR_TRANSFERS),
            alpha=bool(codec) or _ALPHA_FORMAT.match(pixel_format) is not None,
            decoder=_ALPHA_DECODERS[codec[1]] if codec else None,
            start=self._start,
            limit=self._limit,
            seekable=seekable,
        )

    def _facts_without_seeking(self) -> Facts:
        """The facts of a file that must be read from its beginning to get to `start`."""
        end = None if self._limit is None else self._start + self._limit
        facts = Probe(self.path, 0, end).facts()
        times = tuple(at for at in facts.times if at > self._start - _TICK)
        if not times:
            raise self._no_frame()
        return replace(facts, times=times)

    def close(self) -> None:
        """End ffmpeg if it still runs."""
        self._ffmpeg.kill()
        self._ffmpeg.communicate()

    def _why_not(self, log: str) -> str:
        """The cause and the remedy, from what ffmpeg said when no frame came."""
        duration = _duration(log)
        if "matches no streams" in log:
            return f"{self.path} has sound or text but no picture: give a video"
        if duration is not None and self._start >= duration:
            return f"start is {self._start:g} s, past the end of {self.path} ({duration:g} s)"
        if self._start > 0 and "Invalid data found" not in log:
            return str(self._no_frame())
        return (
            f"{self.path} is not a video that ffmpeg can read, or is cut short: copy or download it"
            " again, or convert it"
        )

    def _no_frame(self) -> SourceError:
        end = "the end" if self._limit is None else f"{self._start + self._limit:g} s"
        return SourceError(
            f"{self.path} has no frame from start {self._start:g} s to {end}: choose a longer part"
        )

    def _check_whole(self, log: str, whole: bool, read: float) -> None:
        """Raise SourceError where the file stops before the end its header tells of."""
        duration = _duration(log)
        expected = read
        if duration is not None:
            expected = duration - self._start
            # Some containers count the duration from 0, others from where they start.
            if begins := _CONTAINER_START.search(log):
                expected -= max(0.0, float(begins[1]))
        if self._limit is not None:
            expected = min(expected, self._limit)
        if not whole or "partial file" in log or read < expected - _MISSING_SECONDS:
            raise SourceError(
                f"{self.path} is cut short, {self._start + read:.2f} s can be read: copy it again, "
                f"or take what is there with an end of {max(read + self._start - 0.5, 0):.2f}"
            )


def check_readable(path: Path) -> None:
    """Raise SourceError unless `path` is a file that can be opened and holds something."""
    if path.is_dir():
        raise SourceError(f"{path} is a directory: give a video file")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise SourceError(f"{path} is empty: copy or download it again")
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist: check the name") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be opened: {error.strerror}") from None


def _duration(log: str) -> float | None:
    """Seconds the file's header claims for its longest stream, None where it claims nothing."""
    found = _DURATION.search(log)
    return in_seconds("duration", found[1]) if found else None


def _fraction(numerator: str, denominator: str) -> Fraction | None:
    """The fraction, or None for ffmpeg's ways to say unknown: 0/1, 1/0, 0/0."""
    return (
        Fraction(int(numerator), int(denominator)) if int(numerator) and int(denominator) else None
    )
