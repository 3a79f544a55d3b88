"""Owns one run of ffmpeg that decodes: frames of one size, each with the time at which it is shown.

ffmpeg is run here, not by imageio_ffmpeg.read_frames, because a job must know when ffmpeg failed
half way, and read_frames does not tell. ffmpeg's own conversion to a constant rate is not used, as
it begins anew wherever the size, the colours or the turn of a video change on the way.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import IO

import numpy as np

from ..frames import Picture as Frame
from ..tracker import SILENT, Tracker
from .containers import opening
from .facts import Facts
from .ffmpeg import start_ffmpeg

CLOCK = 1_000_000  # ticks per second of ffmpeg's AVTB
# Filters and options that let each frame pass once, and write when it is shown, in those ticks.
TICKING = "settb=AVTB"
TIMES = [
    *("-enc_time_base", "filter", "-fps_mode", "passthrough"),
    *("-stats_enc_pre_fmt:v", "{pts}", "-stats_enc_pre:v"),  # and then where
]
_PIPE_BYTES = 1 << 20  # room for ffmpeg to work ahead


class Decoding:
    """An ffmpeg that decodes a video from `seek` seconds after its start on; `with` ends it.

    filters: what it makes of each frame. grace: seconds that ffmpeg may take for the first, besides
    those of the limit max_stall. tracker: of the job.
    """

    def __init__(
        self,
        facts: Facts,
        seek: float,
        filters: list[str],
        grace: float = 0.0,
        tracker: Tracker = SILENT,
    ) -> None:
        self._facts, self._seek = facts, seek
        times, write_end = os.pipe()  # which ffmpeg has in place of its standard input
        self._times = os.fdopen(times, "rb")
        try:
            self.ffmpeg = start_ffmpeg(
                [
                    *("-v", "error", "-max_error_rate", "1"),
                    *opening(facts, seek),
                    *("-vf", ",".join([TICKING, *filters])),
                    *(*TIMES, "pipe:0"),
                    *("-f", "rawvideo", "-pix_fmt", "rgb24", "-flush_packets", "1", "pipe:1"),
                ],
                facts.input,
                stdin=write_end,
                stdout=subprocess.PIPE,
                bufsize=0,
                grace=grace,
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
        self.ffmpeg.end()
        self._times.close()

    def frames(self, shape: tuple[int, int, int]) -> Iterator[tuple[float, Frame]]:
        """When each frame is shown, in seconds after the video's start, and its pixels."""
        offset = self._seek
        for k in count():
            frame = np.empty(shape, np.uint8)
            if not self.ffmpeg.fill(frame.data.cast("B")):
                return
            at = int(self._times.readline()) / CLOCK
            if k == 0 and not self._facts.seekable:
                # ffmpeg's clock starts with the streams it is asked for: count from this frame.
                offset = self._facts.first - at
            yield self._facts.due_of(k, at + offset), frame


def _widen(pipe: IO[bytes] | None) -> None:
    """Give ffmpeg room to work ahead, where the system has such pipes and allows it."""
    assert pipe is not None
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
