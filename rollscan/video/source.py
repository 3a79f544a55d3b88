"""Owns decoding: upright frames, square pixels, constant rate, the size asked for.

Turning, scaling, tone mapping and seeking happen inside ffmpeg, so only finished pixels cross the
pipe: each frame once, with its time. They are put on the grid of the constant rate here; where one
is shown for long, it is repeated.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

import numpy as np

from ..checks import brief, is_number
from ..errors import ArgumentError, SourceError
from ..frames import Picture as Frame
from ..tracker import SILENT, Tracker
from .containers import MAX_PIXELS
from .damage import MAX_GAP, damage_error, first_lost
from .decoding import Decoding
from .facts import TICK, Facts
from .ffmpeg import FfmpegProcess, ended_by
from .filters import fields, plain, scaled, upright
from .log import Log, why_failed
from .stabilize import Mending

MAX_SIDE = 65_535  # pixels: what GIF and JPEG can hold
_SLOWEST = 0.1  # times as fast as it plays: a slow machine decodes a large video like this


class Video:
    """A video file as a sequence of frames, each (height, width, 3) uint8 RGB.

    Iterating decodes from the first frame; each iteration runs an ffmpeg of its own, so a Video
    can be iterated again. Close it, or use it in a `with` block, to end every ffmpeg it started.
    """

    def __init__(
        self,
        facts: Facts,
        size: tuple[int, int],
        *,
        steady: bool = False,
        deflicker: bool = False,
        tracker: Tracker = SILENT,
    ) -> None:
        self.size = size  # width, height
        self.rate: Fraction = facts.rate  # frames per second
        self.n_frames = facts.n_frames
        self._facts = facts
        self._checked = False  # whether what ffmpeg complains of has been looked into
        self._running: set[FfmpegProcess] = set()
        self._steady, self._deflicker = steady, deflicker
        self._tracker = tracker

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
            lambda scale: [*fields(self._facts), *plain(self._facts, scale)],
            self.size,
            steady=self._steady,
            deflicker=self._deflicker,
            tracker=self._tracker,
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
            self._running.pop().end()
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
        """Start ffmpeg, give an empty array to say so, and then the frames at their rate."""
        width, height = crop[2:] if crop else self.size
        seek, grace = self._seek(indices.start), self._skipped(indices.start)
        with Decoding(self._facts, seek, self._filters(crop), grace, self._tracker) as decoding:
            self._running.add(decoding.ffmpeg)
            try:
                yield np.empty(0, np.uint8)
                index, shown, shown_at = indices.start, None, -math.inf
                last_due = self._due(indices.stop - 1)
                for at, frame in decoding.frames((height, width, 3)):
                    self._check_glitches(decoding.ffmpeg.log)
                    if shown is not None:
                        stop = min(self._facts.frame_at(at), indices.stop)
                        yield from _repeated(shown, stop - index)
                        index = max(index, stop)
                    shown, shown_at = frame, at
                    if at > last_due - TICK:
                        break
                else:
                    self._check_end(decoding, index, shown_at, last_due)
                    if shown is None:
                        shown = self._before(index, crop)
                yield from _repeated(shown, indices.stop - index)
            finally:
                self._running.discard(decoding.ffmpeg)

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, about `width` pixels wide."""
        full_width, full_height = self.size
        size = width, max(1, round(width * full_height / full_width))
        small = Video(self._facts, size, tracker=self._tracker)
        small._mending = self._mending
        small._running = self._running  # which end with this video
        return small.frames()

    def _skipped(self, first: int) -> float:
        """The most seconds that ffmpeg needs for what it decodes before frame `first`."""
        if self._facts.seekable and not self._mending:
            return 0.0
        before = self._facts.times[0] - self._facts.first + float(first / self.rate)
        return before / _SLOWEST

    def _due(self, index: int) -> float:
        """When the frame is shown that is on display at frame `index`, in seconds after start."""
        times = self._facts.times
        shown = bisect_right(times, index, key=self._facts.frame_at) - 1
        return times[max(shown, 0)]

    def _seek(self, first: int) -> float:
        """Where decoding must begin to show frame `first`, in seconds after start.

        Where the rate varies, the frame on display then may have come long before. No further
        before it, as a coarse clock (AVI's ticks) rounds the seek.
        """
        facts = self._facts
        if not facts.seekable or self._mending:  # which needs what came before
            return 0.0
        due = self._due(first)
        return max(0.0, (facts.since if due == facts.times[0] else due) - 1e-3)

    def _filters(self, crop: tuple[int, int, int, int] | None) -> list[str]:
        """From frames as they are decoded to upright ones of the size asked for."""
        filters = upright(self._facts, self.size)
        if self._mending:
            filters = [*self._mending.filters, scaled(self.size), "setsar=1", "format=rgb24"]
        if crop:
            x, y, *crop_size = crop
            filters += ["crop={}:{}:{}:{}".format(*crop_size, x, y)]
        return filters

    def _check_end(self, decoding: Decoding, index: int, last: float, due: float) -> None:
        """Raise SourceError unless frames stopped near the end.

        index: of the first frame that was to come, or that the last one stands for. last: when that
        one is shown. due: when the last of all is, in seconds after start.
        """
        facts = self._facts
        since = max(last, self._due(index) - 2 * TICK)
        lost = [at for at in facts.times if since + TICK < at < due + TICK]
        index = max(index, facts.frame_at(last) + 1 if last > -math.inf else 0)
        status = decoding.ffmpeg.wait()
        said = decoding.ffmpeg.log.text()
        why, remedy = ended_by(status, said) or ("", "check the file")
        if status != 0:
            why = why or why_failed(status, said)
            raise SourceError(
                f"{facts.path} could not be read past frame {index} ({why}): {remedy}"
            )
        if lost and (index == 0 or len(lost) > MAX_GAP):
            gone = first_lost(facts, self._tracker)
            raise damage_error(facts, lost[0] if gone is None else gone, self._tracker)

    def _check_glitches(self, log: Log) -> None:
        """Where ffmpeg complains, look if it lost frames for good; a few are bridged in silence."""
        if self._checked or not log:
            return
        lost = first_lost(self._facts, self._tracker)
        if lost is not None:
            raise damage_error(self._facts, lost, self._tracker)
        self._checked = True

    def _before(self, index: int, crop: tuple[int, int, int, int] | None) -> Frame:
        """The last frame before `index` that decodes."""
        return deque(self.frames(max(0, index - 1 - MAX_GAP), index, crop), maxlen=1)[0]


def _repeated(frame: Frame, count: int) -> Iterator[Frame]:
    """The frame so many times, each an array of its own."""
    for _ in range(count - 1):
        yield frame.copy()
    if count > 0:
        yield frame


def open_video(
    facts: Facts,
    *,
    scale: float | None = None,
    width: int | None = None,
    fit: int | None = None,
    steady: bool = False,
    deflicker: bool = False,
    tracker: Tracker = SILENT,
) -> Video:
    """The video that a Probe found, at the size asked for by at most one of the three:

    scale: a factor on the upright size with square pixels. width: in pixels; the height follows.
    fit: at most this many pixels on the longer side, never enlarged. None of them: its own size.
    steady: take out the hand's shake, and enlarge what is left. deflicker: even out the light.
    tracker: of the job that it is read for.
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
    return Video(facts, size, steady=steady, deflicker=deflicker, tracker=tracker)
