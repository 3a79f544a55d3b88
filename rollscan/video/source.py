"""Owns decoding: upright frames, square pixels, constant rate, the size asked for.

Turning, scaling, rate conversion, tone mapping and seeking all happen inside ffmpeg, so only
finished pixels cross the pipe. ffmpeg is run here, not by imageio_ffmpeg.read_frames, because a
job must know when ffmpeg failed half way, and read_frames does not tell.
"""

from __future__ import annotations

import os
import subprocess
import sys
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from typing import IO

import numpy as np

from ..checks import brief, is_number
from ..errors import ArgumentError, SourceError
from ..files import nameless_file
from ..frames import Picture as Frame
from .containers import MAX_PIXELS, opening
from .damage import MISSED, damaged, first_lost
from .facts import Facts
from .ffmpeg import end_ffmpeg, ended_by, start_ffmpeg
from .mending import Mending
from .watchdog import watched

MAX_SIDE = 65_535  # pixels: what GIF and JPEG can hold
_PIPE_BYTES = 1 << 20  # room for ffmpeg to work ahead
_SLOWEST = 0.1  # times as fast as it plays: a slow machine decodes a large video like this


class Video:
    """A video file as a sequence of frames, each (height, width, 3) uint8 RGB.

    Iterating decodes from the first frame; each iteration runs an ffmpeg of its own, so a Video
    can be iterated again. Close it, or use it in a `with` block, to end every ffmpeg it started.
    """

    def __init__(
        self, facts: Facts, size: tuple[int, int], *, steady: bool = False, deflicker: bool = False
    ) -> None:
        self.size = size  # width, height
        self.rate: Fraction = facts.rate  # frames per second
        self.n_frames = facts.n_frames
        self._facts = facts
        self._checked = False  # whether what ffmpeg complains of has been looked into
        self._running: set[subprocess.Popen[bytes]] = set()
        self._steady, self._deflicker = steady, deflicker

    @property
    def kept(self) -> float:
        """The share of the picture's width and height that steadying leaves, 0 to 1."""
        return self._mending.kept if self._mending else 1.0

    @cached_property
    def _mending(self) -> Mending | None:
        """What is mended, if anything is; found out when first needed, as it takes a decoding."""
        if not (self._steady or self._deflicker):
            return None
        return Mending(
            self._facts,
            lambda scale: [*self._fields(), *self._plain(scale)],
            self.size,
            steady=self._steady,
            deflicker=self._deflicker,
        )

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def __len__(self) -> int:
        return self.n_frames

    def __enter__(self) -> Video:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every ffmpeg this video started."""
        while self._running:
            end_ffmpeg(self._running.pop())
        if mending := self.__dict__.get("_mending"):  # which must not begin now
            mending.close()

    def frames(
        self, first: int = 0, stop: int | None = None, crop: tuple[int, int, int, int] | None = None
    ) -> Iterator[Frame]:
        """Decode the frames `first` up to but not including `stop` (0-based; None: to the end).

        crop: (x, y, width, height) in pixels of the scaled picture; None for all of it.
        ffmpeg sets to work at once, before the first frame is asked for. Each array is new, and
        the caller's to keep. One or two that are missing at the end are the last one again. Raises
        SourceError where more are, or ffmpeg fails half way.
        """
        indices = range(first, self.n_frames if stop is None else min(stop, self.n_frames))
        if not indices:
            return iter(())
        frames = self._decode(indices, crop)
        next(frames)  # ffmpeg is under way; to close the frames, or to forget them, ends it
        return frames

    def _decode(self, indices: range, crop: tuple[int, int, int, int] | None) -> Iterator[Frame]:
        """Start ffmpeg, give an empty array to say so, and then the frames it sends."""
        width, height = crop[2:] if crop else self.size
        with nameless_file() as log:
            ffmpeg = start_ffmpeg(
                [*self._decoding(indices.start, len(indices), crop), "pipe:1"],
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
            )
            self._running.add(ffmpeg)
            try:
                _widen(ffmpeg.stdout)
                yield np.empty(0, np.uint8)
                last = None
                with watched(ffmpeg, self._facts.path, self._skipped(indices.start)) as watchdog:
                    for index in indices:
                        frame = np.empty((height, width, 3), np.uint8)
                        with watchdog.waiting():
                            is_whole = _fill(ffmpeg.stdout, frame)
                        if not is_whole:
                            self._check_end(ffmpeg, log, index, indices.stop)
                            yield from self._repeated(index, indices.stop, crop, last)
                            return
                        self._check_glitches(log)
                        if index >= indices.stop - 1 - MISSED:
                            last = frame.copy()
                        yield frame
            finally:
                self._running.discard(ffmpeg)
                end_ffmpeg(ffmpeg)

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, about `width` pixels wide."""
        full_width, full_height = self.size
        small = Video(self._facts, (width, max(1, round(width * full_height / full_width))))
        small._mending = self._mending
        small._running = self._running  # which end with this video
        return small.frames()

    def _skipped(self, first: int) -> float:
        """The most seconds that ffmpeg needs for what it decodes before frame `first`."""
        if self._facts.seekable and not self._mending:
            return 0.0
        before = self._facts.times[0] - self._facts.first + float(first / self.rate)
        return before / _SLOWEST

    def _decoding(
        self, first: int, count: int, crop: tuple[int, int, int, int] | None
    ) -> list[str]:
        """ffmpeg's arguments to send `count` frames from frame `first` on, raw, down a pipe."""
        facts = self._facts
        wanted = facts.times[0] + float(first / self.rate)  # when frame `first` is due, seconds
        # Where the rate varies, the frame on display then may have come long before: seek to just
        # before that one. No further before it, as a coarse clock (AVI's ticks) rounds the seek.
        shown = bisect_right(facts.times, wanted + float(1 / self.rate) / 2 - 1e-6) - 1
        seek = 0.0
        if shown > 0 and facts.seekable and not self._mending:  # which needs what came before
            seek = facts.times[shown] - 1e-3
        since = f"({wanted - seek:.6f})/TB"
        if not facts.seekable:
            # ffmpeg's clock starts with the streams it is asked for, so count from the first frame.
            since = f"STARTPTS-({wanted - facts.first:.6f})/TB"
        mended = self._mending.filters if self._mending else None
        filters = self._fields() if mended is None else list(mended)
        width, height = self.size
        scale = f"scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int"
        filters += self._plain(scale) if mended is None else [scale, "setsar=1"]
        filters += ["format=rgb24"]
        if crop:
            x, y, *crop_size = crop
            filters += ["crop={}:{}:{}:{}".format(*crop_size, x, y)]
        # The rate comes last: ffmpeg holds all the frames with which it fills a pause before it
        # sends the first, and what comes after this filter would make a picture of its own of each.
        filters += [
            "settb=AVTB",
            f"setpts=PTS-{since}",
            f"fps={self.rate}:start_time=0",
            f"trim=end_frame={count}",  # or fps goes on for as long as the last frame may last
        ]
        return [
            *("-v", "error", "-max_error_rate", "1"),
            *opening(facts, seek),
            *("-vf", ",".join(filters)),
            *("-frames:v", str(count), "-fps_mode", "passthrough"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24"),
        ]

    def _fields(self) -> list[str]:
        """Of the frames that are two fields, one is made of each; the others pass as they are."""
        return ["bwdif=mode=send_frame:deint=interlaced"] if self._facts.interlaced else []

    def _plain(self, scale: str) -> list[str]:
        """Scaled, with square pixels; transparency laid over black, HDR mapped to SDR."""
        over_black = ["format=gbrap", "premultiply=inplace=1"] if self._facts.alpha else []
        return [*over_black, scale, "setsar=1", *([_TONE_MAPPING] if self._facts.hdr else [])]

    def _check_end(
        self, ffmpeg: subprocess.Popen[bytes], log: IO[bytes], index: int, stop: int
    ) -> None:
        """The frames stopped before frame `index`: raise SourceError unless it is near the end."""
        facts = self._facts
        status = ffmpeg.wait()
        log.seek(0)
        said = log.read().decode(errors="replace").strip()
        why, remedy = ended_by(status, said) or ("", "check the file")
        if status != 0:
            why = why or (said or f"ffmpeg ended with status {status}").splitlines()[-1]
            raise SourceError(
                f"{facts.path} could not be read past frame {index} ({why}): {remedy}"
            )
        if index == 0 or stop - index > MISSED:
            lost = first_lost(facts)
            raise damaged(
                facts, facts.times[0] + float(index / self.rate) if lost is None else lost
            )

    def _check_glitches(self, log: IO[bytes]) -> None:
        """Where ffmpeg complains, look if it lost frames for good; a few are bridged in silence."""
        if self._checked or not os.fstat(log.fileno()).st_size:
            return
        lost = first_lost(self._facts)
        if lost is not None:
            raise damaged(self._facts, lost)
        self._checked = True

    def _repeated(
        self, index: int, stop: int, crop: tuple[int, int, int, int] | None, last: Frame | None
    ) -> Iterator[Frame]:
        """The frames `index` up to `stop`, which did not come: the last one that did again."""
        if last is None:
            last = deque(self.frames(max(0, index - 1 - MISSED), index, crop), maxlen=1)[0]
        for _ in range(index, stop):
            yield last.copy()


# Hable's curve at 100 nits keeps faces and skies in place without clipping; ffmpeg's own recipe.
_TONE_MAPPING = (
    "zscale=transfer=linear:npl=100,format=gbrpf32le,zscale=primaries=bt709,"
    "tonemap=hable:desat=0,zscale=transfer=bt709:matrix=bt709:range=full"
)


def open_video(
    facts: Facts,
    *,
    scale: float | None = None,
    width: int | None = None,
    fit: int | None = None,
    steady: bool = False,
    deflicker: bool = False,
) -> Video:
    """The video that a Probe found, at the size asked for by at most one of the three:

    scale: a factor on the upright size with square pixels. width: in pixels; the height follows.
    fit: at most this many pixels on the longer side, never enlarged. None of them: its own size.
    steady: take out the hand's shake, and enlarge what is left. deflicker: even out the light.
    Raises ArgumentError where a side would be under 2 or over 65,535 pixels.
    """
    full_width = float(facts.size[0] * facts.pixel_aspect)
    full_height = facts.size[1]
    if scale is not None and width is not None:
        raise ArgumentError(
            f"scale is {scale} and width is {width}: give one of the two", "scale", "width"
        )
    if scale is not None and not (is_number(scale) and 0 < scale <= MAX_SIDE):
        raise ArgumentError(f"scale is {brief(scale)}: give a number over 0, such as 0.2", "scale")
    if width is not None and not (is_number(width) and width % 1 == 0 and 2 <= width <= MAX_SIDE):
        raise ArgumentError(
            f"width is {brief(width)}: give whole pixels from 2 to {MAX_SIDE}", "width"
        )
    factor = 1.0
    if scale is not None:
        factor = float(scale)
    elif width is not None:
        factor = int(width) / full_width
    elif fit is not None:
        factor = min(1.0, fit / max(full_width, full_height))
    size = (round(full_width * factor), max(1, round(full_height * factor)))
    if not (min(size) >= 2 and max(size) <= MAX_SIDE):
        asked = "its own size" if fit is None else f"fit {fit}"
        if scale is not None or width is not None:
            asked = f"scale {scale}" if scale is not None else f"width {width}"
        raise ArgumentError(
            f"{asked} makes {facts.path} {size[0]}x{size[1]} pixels: give one that leaves each side"
            f" from 2 to {MAX_SIDE}"
        )
    if size[0] * size[1] > MAX_PIXELS:
        raise ArgumentError(
            f"{facts.path} would be {size[0]}x{size[1]} pixels, over {MAX_PIXELS:,} in all: give a"
            " smaller --scale or --width"
        )
    return Video(facts, size, steady=steady, deflicker=deflicker)


def _widen(pipe: IO[bytes] | None) -> None:
    """Give ffmpeg room to work ahead, where the system has such pipes and allows it."""
    assert pipe is not None
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _fill(pipe: IO[bytes] | None, frame: Frame) -> bool:
    """Read one whole frame into `frame`; False where the pipe ends first."""
    assert pipe is not None
    missing = frame.data.cast("B")
    while missing:
        count = pipe.readinto(missing)  # type: ignore[attr-defined]
        if not count:
            return False
        missing = missing[count:]
    return True
