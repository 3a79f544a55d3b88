"""Owns one decoding run of ffmpeg: frames of one size, each with its presentation time.

ffmpeg is not run by imageio_ffmpeg.read_frames, which does not report that ffmpeg failed half way.
ffmpeg's own conversion to a constant rate is not used either, because it starts again wherever the
size, the colours or the rotation of a video change.

Wherever these change, ffmpeg builds its filter graph again. The first frame of each graph is marked
in its time, and ffmpeg's log describes it, which tells whether frames have other colours from there
on, as in videos that were joined. A change from SDR to HDR may leave the graph as it is, so that of
formats that can hold HDR every frame is marked and described.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from typing import IO

import numpy as np

from ..frames import Picture as Frame
from ..tracker import SILENT, Tracker
from .colours import Pixels
from .containers import opening
from .description import Description
from .facts import Facts
from .ffmpeg import start_ffmpeg
from .filters import PLANAR, PLANES

TICKS_PER_SECOND = 1_000_000  # of ffmpeg's time base AVTB
SET_TIME_BASE = "settb=AVTB"  # the filter that makes ffmpeg count in those ticks
# Options that pass each frame on once and write its presentation time, in ticks, a line each. The
# file or pipe to write to comes next.
WRITE_TIMES = [
    *("-enc_time_base", "filter", "-fps_mode", "passthrough"),
    *("-stats_enc_pre_fmt:v", "{pts}", "-stats_enc_pre:v"),
]
# Half a tick marks the first frame of a filter graph. The filters that come after that may count in
# ticks of their own (bwdif does), so half ticks are set once more at the end.
_SET_HALF_TICKS = f"settb=1/{2 * TICKS_PER_SECOND}"
_MARK = "setpts=2*floor(PTS/2)+"
_COMPONENT = r"(?:\[[^]]* @ 0x[0-9a-f]+\] *)"
_LOG_LINE = re.compile(rf"({_COMPONENT}*)\[(\w+)\] (.*)")
# ffmpeg's threads write between the parts of each other's lines, so that one may end here.
_NO_MESSAGE = re.compile(rf"{_COMPONENT}+")
_NO_COMPLAINTS = ("warning", "info", "verbose", "debug")  # levels of ffmpeg's log
_DESCRIBED_WITHIN = 10  # seconds in which ffmpeg describes a frame that it has sent
_PIPE_BYTES = 1 << 20  # the size of the pipe, so that ffmpeg can decode ahead of the reader


class Decoding:
    """An ffmpeg process that decodes a video; leaving the `with` block ends it.

    pixels: how the frame that was sent last is to be read.

    facts: of the video. seek: where to begin, in seconds after `facts.start`. filters: ffmpeg's
    filters for each frame. frame_format: of the frames that they make, PACKED or PLANAR. grace:
    seconds that ffmpeg may take in addition to the limit max_stall before it is ended. tracker: of
    the job.
    """

    def __init__(
        self,
        facts: Facts,
        seek: float,
        filters: list[str],
        frame_format: str,
        grace: float = 0.0,
        tracker: Tracker = SILENT,
    ) -> None:
        self._facts, self._seek, self._frame_format = facts, seek, frame_format
        self.pixels = facts.pixels
        # In formats with more than 8 bits the light may change alone, which builds no graph again.
        self._marks = "1" if facts.is_deep else "eq(N\\,0)"
        self._description = Description(every_frame=True)
        # The first frames of filter graphs: their times in half ticks, and their pixels.
        self._described: SimpleQueue[tuple[int, Pixels]] = SimpleQueue()
        self._offset = seek  # seconds to add to ffmpeg's times
        self._sent, self._last = 0, -1  # how many frames were sent; the last one's time
        # ffmpeg writes the times to its end of this pipe, which it has as its standard input.
        read_end, write_end = os.pipe()
        self._times = os.fdopen(read_end, "rb")
        try:
            self.ffmpeg = start_ffmpeg(
                [
                    *("-v", "repeat+level+info", "-nostats", "-max_error_rate", "1"),
                    *opening(facts, seek),
                    *("-vf", ",".join(self._with_marks(filters))),
                    *(*WRITE_TIMES, "pipe:0"),
                    *("-f", "rawvideo", "-pix_fmt", frame_format, "-flush_packets", "1", "pipe:1"),
                ],
                facts.input,
                stdin=write_end,
                stdout=subprocess.PIPE,
                bufsize=0,
                grace=grace,
                note=self._note,
                tracker=tracker,
            )
        except BaseException:
            self._times.close()
            raise
        finally:
            os.close(write_end)
        _widen(self.ffmpeg.stdout)

    def __enter__(self) -> Decoding:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End ffmpeg, and close both of its pipes."""
        self.ffmpeg.end()
        self._times.close()

    def frames(self, shape: tuple[int, int, int]) -> Iterator[tuple[float, Frame]]:
        """Each frame's time, in seconds after `facts.start`, and its pixels.

        shape: (height, width, 3) of the frames, which are uint8 RGB. The iteration ends where
        ffmpeg's output does, whether or not ffmpeg failed.
        """
        planes = np.empty((3, *shape[:2]), np.uint8) if self._frame_format == PLANAR else None
        for k in count():
            frame = np.empty(shape, np.uint8)
            if not self.ffmpeg.fill((frame if planes is None else planes).data.cast("B")):
                return
            if planes is not None:
                for channel, plane in zip(PLANES, planes, strict=True):
                    frame[:, :, channel] = plane
            halves = int(self._times.readline())
            if k == 0 and not self._facts.seekable:
                # ffmpeg's clock starts with the streams that it reads, which here are fewer than
                # the probe read: align this frame with the time that the probe found for it.
                self._offset = self._facts.first - _seconds(halves)
            if halves % 2 and (k > 0 or self._seek > 0):
                self.pixels = self._pixels_at(halves)
            self._sent, self._last = k + 1, halves
            yield self._time(k, halves), frame

    def failed_at(self) -> tuple[float, Pixels] | None:
        """The time and the pixels of a frame that the filters could not take, or None.

        It is the first of a filter graph, after the last frame that was sent. Waits for ffmpeg to
        end.
        """
        self.ffmpeg.log.text()
        with suppress(Empty):
            while True:
                halves, pixels = self._described.get_nowait()
                if halves > self._last:
                    return self._time(self._sent, halves), pixels
        return None

    def _time(self, number: int, halves: int) -> float:
        """The time of a frame, in seconds after `facts.start`, by its number and its half ticks."""
        return self._facts.due_of(number, _seconds(halves) + self._offset)

    def _pixels_at(self, halves: int) -> Pixels:
        """The pixels of the first frame of a filter graph, by its time in half ticks."""
        with suppress(Empty):
            while True:
                at, pixels = self._described.get(timeout=_DESCRIBED_WITHIN)
                if at == halves:
                    return pixels
        return self.pixels

    def _with_marks(self, filters: list[str]) -> list[str]:
        """The filters, and those that have the first frame of each filter graph, or every frame,
        marked in its time and described in ffmpeg's log.
        """
        # setpts calls a frame's number N, select calls it n.
        described = f"select={self._marks.lower()},{self._description.filter},nullsink"
        describe = f"split[kept][first];[first]{described};[kept]null"
        return [_SET_HALF_TICKS, _MARK + self._marks, describe, *filters, _SET_HALF_TICKS]

    def _note(self, line: str) -> bool:
        """Note a line of ffmpeg's log, and return whether it is no complaint."""
        found = _LOG_LINE.match(line)
        if not found:
            return _NO_MESSAGE.fullmatch(line) is not None
        component, level, message = found.groups()
        description = self._description
        is_used = description.note(component + message)
        is_from_filter = description.is_from_filter(component + message)
        if is_from_filter and "color_trc:" in message and (frame := description.frame):
            tags, first = description.colours, self._facts.pixels
            alpha = self._facts.decoder is not None
            pixels = Pixels.of(tags, frame.pixel_format, frame.size, alpha=alpha, first=first)
            self._described.put((frame.pts or 0, pixels))
        # The level of what another thread wrote into a line of the filter is not known.
        return is_used or (level in _NO_COMPLAINTS and not is_from_filter)


def _seconds(halves: int) -> float:
    """A time in half ticks as seconds."""
    return halves // 2 / TICKS_PER_SECOND


def _widen(pipe: IO[bytes] | None) -> None:
    """Enlarge a pipe so that ffmpeg can decode ahead, where the system allows that."""
    assert pipe is not None
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
