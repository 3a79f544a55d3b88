"""Owns what a video is: its size, its frames' times, the constant rate that suits them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from .colours import Colours
from .description import Track
from .ffmpeg import PICTURE
from .input import Input

_LONE_RATE = Fraction(25)  # frames per second; a single frame is shown no shorter than this
_HAIR = 1e-4  # of a frame: times in microseconds may fall this much short of what they should be
TICK = 1e-4  # seconds; shorter than any frame, longer than ffmpeg's rounding of printed times
_MOST = 200_000  # frames that a few quick steps may make of a long time: an hour at 50 a second


@dataclass(frozen=True)
class Clock:
    """When ffmpeg shows each frame of a video, and when it is due, in seconds, ascending both.

    Where it shows two at a time, `shown` is empty: then frames are told by their order.
    """

    shown: Sequence[float]
    due: Sequence[float]

    def due_of(self, number: int, shown: float) -> float:
        """When the frame is due that comes as that number, and is shown at that time or nearly."""
        if not self.shown:
            return self.due[min(number, len(self.due) - 1)]
        i = bisect_left(self.shown, shown)
        near = range(max(0, i - 1), min(len(self.shown), i + 1))
        return self.due[min(near, key=lambda k: abs(self.shown[k] - shown))]


@dataclass(frozen=True)
class Facts:
    """What a video is. Times are in seconds after `start`, the point ffmpeg was told to seek to."""

    input: Input
    size: tuple[int, int]  # width, height in pixels as stored, after rotation
    pixel_aspect: Fraction  # width of a pixel over its height
    rate: Fraction  # frames per second
    times: Sequence[float]  # when each frame is shown, ascending; 8 bytes each
    first: float  # when the first frame that decodes is shown; times begin there, or after it
    end: float  # when the last frame goes
    colours: Colours
    interlaced: bool  # some frames at least are two fields, half a step apart in time
    alpha: bool  # has transparency
    decoder: str | None  # the decoder to ask for, where ffmpeg's own choice loses something
    start: float
    limit: float | None  # read no further than this many seconds after start
    seekable: bool  # whether seeking lands on a frame that decodes
    sound: bool = False  # whether there is any
    stream: str = PICTURE  # that is shown, in ffmpeg's words
    track: Track | None = None  # the sound that goes with it
    clock: Clock | None = None  # where frames are due at other times than ffmpeg shows them
    since: float = 0.0  # when the frame was shown first that is on display where the part begins

    @property
    def path(self) -> Path:
        """The file, as errors call it."""
        return self.input.path

    @property
    def hdr(self) -> bool:
        """Whether it is PQ or HLG, and is mapped to what a screen can show."""
        return self.colours.hdr

    @property
    def n_frames(self) -> int:
        """Frames at the constant `rate` from the first frame's time to the end."""
        first, last = self.times[0], self.times[-1]
        return max(
            _nearest((last - first) * self.rate) + 1, _nearest((self.end - first) * self.rate)
        )

    def due_of(self, number: int, shown: float) -> float:
        """When the frame is due that ffmpeg sends as that number, and shows at that time.

        Both times are in seconds after start.
        """
        return self.clock.due_of(number, shown) if self.clock else shown

    def frame_at(self, time: float) -> int:
        """The number of the frame that is due at a time, in seconds after start."""
        return _nearest((time - self.times[0]) * self.rate)

    def time_of(self, frame: int) -> float:
        """When frame number `frame` is due, in seconds from the video's own beginning."""
        return self.start + self.times[0] + float(frame / self.rate)


def _nearest(frames: float) -> int:
    """The whole number nearest; halves go up, as ffmpeg's fps filter has them, a hair less too."""
    return math.floor(frames + 0.5 + _HAIR)


def constant_rate(times: Sequence[float], seconds: float, guess: Fraction | None) -> Fraction:
    """The constant rate at which every frame keeps its place.

    ffmpeg's guess is exact for constant rates (30000/1001). For variable ones it can be the clock
    (1000 per second) instead, so it must agree with the usual step between frames; otherwise that
    step decides, so that bursts between still stretches (recordings of a screen) lose no frame. The
    plain average does where that would make endless repeats.
    """
    average = _simple(len(times), seconds)
    steps = sorted(b - a for a, b in pairwise(times))
    if not steps:
        return min(average, _LONE_RATE)
    regular = [step for step in steps if step <= 1.5 * steps[len(steps) // 4]]
    usual = _simple(len(regular), sum(regular))
    if guess and abs(guess / usual - 1) < 0.05:
        return guess
    return usual if usual * Fraction(seconds) < max(_MOST, 2 * len(times)) else average


def _simple(frames: int, seconds: float) -> Fraction:
    """The simple fraction nearest to these frames per second, also where a frame lasts an hour."""
    rate = Fraction(frames / seconds)
    return rate.limit_denominator(1001) if rate > 1 else 1 / (1 / rate).limit_denominator(1001)
