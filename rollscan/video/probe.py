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
from array import array
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from ..checks import Seconds, check_path, in_seconds
from ..errors import ArgumentError, SourceError
from ..files import nameless_file
from .bounds import check_video, counted
from .causes import Asked
from .containers import one_file
from .facts import Facts, constant_rate
from .ffmpeg import PICTURE, end_ffmpeg, ended_by, ffmpeg, start_ffmpeg, trim
from .input import Input
from .packets import Stream, listed
from .watchdog import watched

_HDR_TRANSFERS = ("smpte2084", "arib-std-b67")  # PQ and HLG
# ffmpeg's own VP8 and VP9 decoders drop the transparency that libvpx keeps.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

_FIRST_FRAME = re.compile(
    r"\] n: *0 pts: *(-?\d+|NOPTS) .*?fmt:(\S+) .*?sar:(\d+)/(\d+) s:(\d+)x(\d+) i:(\w)"
)
_CLOCK = re.compile(r"config in time_base: (\d+)/(\d+), frame_rate: (\d+)/(\d+)")
_CONTAINER = re.compile(r"^Input #0, ([^,]+),", re.MULTILINE)
_ALPHA_CODEC = re.compile(
    r"Video: (vp[89])\b(?:(?!Stream #)[\s\S])*?alpha_mode *: 1", re.IGNORECASE
)
_INTERLACED = re.compile(
    r"^ *Stream #0:.*: Video: .*\b(?:top|bottom)(?: coded)? first", re.MULTILINE
)
_SOUND = re.compile(r"^ *Stream #0:.*: Audio: ", re.MULTILINE)
_ALPHA_FORMAT = re.compile(r"yuva|gbra|ya\d|rgba|bgra|argb|abgr|ayuv|vuya|pal8")

# Containers with an index of keyframes. In others (MPEG-TS) ffmpeg seeks to any frame, and those
# before the next keyframe are lost.
_SEEKABLE = {"mov", "matroska", "avi", "gif"}
_TICK = 1e-4  # seconds; shorter than any frame, longer than ffmpeg's rounding of printed times


class Probe:
    """A question to ffmpeg under way; `facts()` waits for the answer. The time between is free."""

    def __init__(
        self, path: str | os.PathLike[str] | Input, start: Seconds = 0, end: Seconds | None = None
    ) -> None:
        if not isinstance(path, Input):
            check_path("path", path)
        self._start = in_seconds("start", start)
        self._limit = None if end is None else in_seconds("end", end) - self._start
        if self._limit is not None and self._limit <= 0:
            raise ArgumentError(
                f"end is {end}, not after start {start}: give a later end", "end", "start"
            )
        self._input = path if isinstance(path, Input) else Input.of(path)
        self._asked = Asked(self._input.path, self._start, self._limit)
        self._log = nameless_file()
        self._ffmpeg = start_ffmpeg(
            [
                "-nostats",
                *trim(self._start, self._limit),
                *one_file(self._input.opened),
                *("-map", PICTURE, "-frames:v", "1", "-vf", "showinfo=checksum=0"),
                *("-f", "null", "-"),
                *("-map", PICTURE, "-map", "0", "-c", "copy", "-copy_unknown", "-copyinkf"),
                *("-f", "framecrc", "pipe:1"),
            ],
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def facts(self) -> Facts:
        """What ffmpeg found. Raises SourceError, with the reason, where there is no video.

        Raises LimitError, a SourceError too, where the video is over a limit.
        """
        facts = self._facts()
        check_video(facts)
        return facts

    def _facts(self) -> Facts:
        path = self._input.path
        try:
            assert self._ffmpeg.stdout is not None
            try:
                with watched(self._ffmpeg, path) as watchdog:
                    streams = listed(counted(watchdog.lines(self._ffmpeg.stdout), path))
            except ValueError as error:
                raise SourceError(
                    f"{self._input.path} could not be looked at, what {ffmpeg()} says is no list of"
                    " packets: let IMAGEIO_FFMPEG_EXE name an ffmpeg, or unset it"
                ) from error
            status = self._ffmpeg.wait()
            self._log.seek(0)
            log = self._log.read().decode(errors="replace")
        finally:
            self.close()
        if ended := ended_by(status, log):
            cause, remedy = ended
            raise SourceError(f"{self._input.path} could not be looked at ({cause}): {remedy}")
        container = _CONTAINER.search(log)
        picture = streams.get(0, Stream())
        # Where times are guessed from the first packet on (AVI with B-frames), seeking shifts them.
        seekable = container is not None and container[1] in _SEEKABLE and not picture.untimed
        if self._start > 0 and container and not seekable:
            return self._facts_without_seeking()
        frame, clock = _FIRST_FRAME.search(log), _CLOCK.search(log)
        if not (frame and clock):
            raise self._asked.why_not(log)
        return self._found(log, streams, frame, clock, seekable=seekable)

    def _found(
        self,
        log: str,
        streams: dict[int, Stream],
        frame: re.Match[str],
        clock: re.Match[str],
        *,
        seekable: bool,
    ) -> Facts:
        """The facts, from what ffmpeg said of the first frame and of every packet."""
        tick, guess = _fraction(*clock.groups()[:2]), _fraction(*clock.groups()[2:])
        pts, pixel_format, sar_x, sar_y, width, height, fields = frame.groups()
        first = None if pts == "NOPTS" else float(int(pts) * (tick or 0))
        times, end = self._span(streams.get(0, Stream()), first)
        ends = [stream.end for stream in streams.values()]
        self._asked.check_whole(
            log, all(stream.whole for stream in streams.values()), max(ends, default=end)
        )
        rate = constant_rate(times, max(end - times[0], _TICK), guess)
        self._asked.check_clock(log, times, end, rate)
        self._asked.check_holes(log, times, rate)
        codec = _ALPHA_CODEC.search(log)
        return Facts(
            input=self._input,
            size=(int(width), int(height)),
            pixel_aspect=_fraction(sar_x, sar_y) or Fraction(1),
            rate=rate,
            times=times,
            first=times[0] if first is None else first,
            end=end,
            hdr=any(f"color_trc:{name}" in log for name in _HDR_TRANSFERS),
            interlaced=fields != "P" or _INTERLACED.search(log) is not None,
            alpha=bool(codec) or _ALPHA_FORMAT.match(pixel_format) is not None,
            decoder=_ALPHA_DECODERS[codec[1]] if codec else None,
            start=self._start,
            limit=self._limit,
            seekable=seekable,
            sound=_SOUND.search(log) is not None,
        )

    def _span(self, picture: Stream, first: float | None) -> tuple[Sequence[float], float]:
        """When each frame that decodes is shown, and when the last one goes; see Facts.

        first: when the first one is, where it says so.
        """
        shown = picture.times()
        if first is None:
            first = min(shown[:1], default=0.0)
        limit = math.inf if self._limit is None else self._limit
        if first > limit - _TICK:
            raise self._asked.no_frame()
        # AVI with B-frames tells times of decoding alone; ffmpeg shows its first frame later.
        later = max(first - shown[0], 0.0) if picture.untimed else 0.0
        # Decoding order brings some frames from beyond the limit.
        times = array(
            "d", (at + later for at in shown if first - _TICK < at + later < limit - _TICK)
        )
        end = picture.end + later if shown else first
        return times or array("d", [first]), min(end, limit)

    def _facts_without_seeking(self) -> Facts:
        """The facts of a file that must be read from its beginning to get to `start`."""
        end = None if self._limit is None else self._start + self._limit
        facts = Probe(self._input, 0, end).facts()
        times = array("d", (at for at in facts.times if at > self._start - _TICK))
        if not times:
            raise self._asked.no_frame()
        return replace(facts, times=times, seekable=False)

    def close(self) -> None:
        """End ffmpeg if it still runs."""
        end_ffmpeg(self._ffmpeg)
        self._log.close()


def _fraction(numerator: str, denominator: str) -> Fraction | None:
    """The fraction, or None for ffmpeg's ways to say unknown: 0/1, 1/0, 0/0."""
    return (
        Fraction(int(numerator), int(denominator)) if int(numerator) and int(denominator) else None
    )
