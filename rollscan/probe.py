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
import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from .errors import ArgumentError, SourceError

Seconds = float | int | str | tuple[float, ...]

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
_FLAGS = re.compile(r"F=0x([0-9A-Fa-f]+)")

PICTURE = "0:V:0"  # for ffmpeg: the first video stream that is no cover art

# Containers with an index of keyframes. In others (MPEG-TS) ffmpeg seeks to any frame, and those
# before the next keyframe are lost.
_SEEKABLE = {"mov", "matroska", "avi", "gif"}
_CORRUPT = 2  # AV_PKT_FLAG_CORRUPT
_NO_TIME = -(2**63)  # AV_NOPTS_VALUE
_TICK = 1e-4  # seconds; shorter than any frame, longer than ffmpeg's rounding of printed times
_MISSING_SECONDS = 0.5  # a file that ends this much before its header says is cut short
_LONE_RATE = Fraction(25)  # frames per second; a single frame is shown no shorter than this
_BURSTS = 4  # a usual step this much shorter than the average one is not the rate of the whole


@dataclass(frozen=True)
class Facts:
    """What a video is. Times are in seconds after `start`, the point ffmpeg was told to seek to."""

    path: Path
    size: tuple[int, int]  # width, height in pixels as stored, after rotation
    pixel_aspect: Fraction  # width of a pixel over its height
    rate: Fraction  # frames per second
    times: tuple[float, ...]  # when each frame is shown, ascending
    first: float  # when the first frame that decodes is shown; times begin there, or after it
    end: float  # when the last frame goes
    hdr: bool  # PQ or HLG: needs tone mapping
    alpha: bool  # has transparency
    decoder: str | None  # the decoder to ask for, where ffmpeg's own choice loses something
    start: float
    limit: float | None  # read no further than this many seconds after start
    seekable: bool  # whether seeking lands on a frame that decodes

    @property
    def n_frames(self) -> int:
        """Frames at the constant `rate` from the first frame's time to the end."""
        first, last = self.times[0], self.times[-1]
        return max(round((last - first) * self.rate) + 1, round((self.end - first) * self.rate))

    def time_of(self, frame: int) -> float:
        """When frame number `frame` is due, in seconds from the video's own beginning."""
        return self.start + self.times[0] + float(frame / self.rate)


@cache
def ffmpeg() -> str:
    """The ffmpeg that imageio-ffmpeg brings (or the one IMAGEIO_FFMPEG_EXE names)."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise SourceError(
            "no ffmpeg found: reinstall imageio-ffmpeg, or name one in IMAGEIO_FFMPEG_EXE"
        ) from error


def start_ffmpeg(
    arguments: list[str], *, stdin: int = subprocess.DEVNULL, **streams: Any
) -> subprocess.Popen[bytes]:
    """Start ffmpeg apart from the terminal: Ctrl-C reaches Python alone, which then ends it."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    command = [ffmpeg(), "-hide_banner", "-nostdin", *arguments]
    return subprocess.Popen(command, stdin=stdin, **streams, **apart)


def in_seconds(name: str, value: Seconds) -> float:
    """Seconds from a number, 'hh:mm:ss.s' or (hours, minutes, seconds), as MoviePy takes them."""
    parts: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
    if isinstance(value, str):
        parts = tuple(value.replace(",", ".").split(":"))
    try:
        seconds = math.fsum(float(part) * 60**i for i, part in enumerate(reversed(parts)))
    except (TypeError, ValueError):
        seconds = math.nan
    if not (0 <= seconds < math.inf and 1 <= len(parts) <= 3):
        raise ArgumentError(f"{name} is {value!r}: give seconds or hh:mm:ss, 0 or more")
    return seconds


class Probe:
    """A question to ffmpeg under way; `facts()` waits for the answer. The time between is free."""

    def __init__(
        self, path: str | os.PathLike[str], start: Seconds = 0, end: Seconds | None = None
    ) -> None:
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
        spans, whole = _packet_spans(packets)
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
            rate=_rate(times, max(end - times[0], _TICK), rate_guess),
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


def trim(start: float, limit: float | None) -> list[str]:
    """ffmpeg input options that seek to `start` and stop after `limit` seconds."""
    seek = ["-ss", f"{start:.6f}"] if start > 0 else []
    return seek if limit is None else [*seek, "-t", f"{limit:.6f}"]


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


def _packet_spans(framecrc: str) -> tuple[dict[int, list[tuple[float, float]]], bool]:
    """For each stream, when each packet is shown and how long, in seconds; and if all are whole."""
    clock: dict[int, Fraction] = {}
    packets: dict[int, list[list[int]]] = {}
    cut: dict[int, bool] = {}  # whether the last packet is; broken ones on the way are not the end
    for line in framecrc.splitlines():
        if line.startswith("#tb"):
            number, tick = line[3:].split(":")
            clock[int(number)] = Fraction(tick.strip())
        elif not line.startswith("#"):
            stream, *ticks = (int(field) for field in line.split(",")[:4])
            packets.setdefault(stream, []).append(ticks)
            flags = _FLAGS.search(line)
            cut[stream] = bool(flags and int(flags[1], 16) & _CORRUPT)
    spans = {stream: _spans(packets[stream], clock[stream]) for stream in packets}
    return spans, not any(cut.values())


def _spans(packets: list[list[int]], tick: Fraction) -> list[tuple[float, float]]:
    """When each packet is shown and how long, in seconds, from its [decoded, shown, lasts] ticks.

    Where some have no time of their own (bare H.264, MPEG-PS), the times of decoding stand in for
    all of them: they are the same times, counted from another one, in another order.
    """
    first_decoded, first_shown, _ = packets[0]
    if any(shown == _NO_TIME for _, shown, _ in packets):
        later = -first_decoded if first_shown == _NO_TIME else first_shown - first_decoded
        packets = [[decoded, decoded + later, lasts] for decoded, _, lasts in packets]
    return [(float(shown * tick), float(lasts * tick)) for _, shown, lasts in packets]


def _duration(log: str) -> float | None:
    """Seconds the file's header claims for its longest stream, None where it claims nothing."""
    found = _DURATION.search(log)
    return in_seconds("duration", found[1]) if found else None


def _fraction(numerator: str, denominator: str) -> Fraction | None:
    """The fraction, or None for ffmpeg's ways to say unknown: 0/1, 1/0, 0/0."""
    return (
        Fraction(int(numerator), int(denominator)) if int(numerator) and int(denominator) else None
    )


def _rate(times: tuple[float, ...], seconds: float, guess: Fraction | None) -> Fraction:
    """The constant rate at which every frame keeps its place.

    ffmpeg's guess is exact for constant rates (30000/1001). For variable ones it can be the clock
    (1000 per second) instead, so it must agree with the usual step between frames; otherwise that
    step decides, or the plain average where frames come in bursts.
    """
    average = Fraction(len(times) / seconds).limit_denominator(1001)
    steps = sorted(b - a for a, b in pairwise(times))
    if not steps:
        return min(average, _LONE_RATE)
    regular = [step for step in steps if step <= 1.5 * steps[len(steps) // 4]]
    usual = Fraction(len(regular) / sum(regular)).limit_denominator(1001)
    if guess and abs(guess / usual - 1) < 0.05:
        return guess
    return usual if usual < _BURSTS * average else average
