"""Owns one decoding run of ffmpeg: frames of one size, each with its presentation time.

ffmpeg is not run by imageio_ffmpeg.read_frames, which does not report that ffmpeg failed half way.
ffmpeg's own conversion to a constant rate is not used either, because it starts again wherever the
size, the colours or the rotation of a video change.
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

TICKS_PER_SECOND = 1_000_000  # of ffmpeg's time base AVTB
# The filter that makes ffmpeg count in those ticks. It comes last, as others (bwdif) count in their
# own.
SET_TIME_BASE = "settb=AVTB"
# Options that pass each frame on once and write its presentation time, in ticks, a line each. The
# file or pipe to write to comes next.
WRITE_TIMES = [
    *("-enc_time_base", "filter", "-fps_mode", "passthrough"),
    *("-stats_enc_pre_fmt:v", "{pts}", "-stats_enc_pre:v"),
]
_PIPE_BYTES = 1 << 20  # the size of the pipe, so that ffmpeg can decode ahead of the reader


class Decoding:
    """An ffmpeg process that decodes a video; leaving the `with` block ends it.

    facts: of the video. seek: where to begin, in seconds after `facts.start`. filters: ffmpeg's
    filters for each frame. grace: seconds that ffmpeg may take in addition to the limit max_stall
    before it is ended. tracker: of the job.
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
        # ffmpeg writes the times to its end of this pipe, which it has as its standard input.
        read_end, write_end = os.pipe()
        self._times = os.fdopen(read_end, "rb")
        try:
            self.ffmpeg = start_ffmpeg(
                [
                    *("-v", "error", "-max_error_rate", "1"),
                    *opening(facts, seek),
                    *("-vf", ",".join([*filters, SET_TIME_BASE])),
                    *(*WRITE_TIMES, "pipe:0"),
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
        """Each frame's time, in seconds after `facts.start`, and its pixels.

        shape: (height, width, 3) of the frames, which are uint8 RGB. The iteration ends where
        ffmpeg's output does, whether or not ffmpeg failed.
        """
        offset = self._seek
        for k in count():
            frame = np.empty(shape, np.uint8)
            if not self.ffmpeg.fill(frame.data.cast("B")):
                return
            at = int(self._times.readline()) / TICKS_PER_SECOND
            if k == 0 and not self._facts.seekable:
                # ffmpeg's clock starts with the streams that it reads, which here are fewer than
                # the probe read: align this frame with the time that the probe found for it.
                offset = self._facts.first - at
            yield self._facts.due_of(k, at + offset), frame


def _widen(pipe: IO[bytes] | None) -> None:
    """Enlarge a pipe so that ffmpeg can decode ahead, where the system allows that."""
    assert pipe is not None
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
