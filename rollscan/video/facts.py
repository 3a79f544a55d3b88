"""Owns the facts about a video: its size, the times of its frames, and a constant rate for them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from .colours import Pixels
from .description import Track
from .ffmpeg import PICTURE
from .input import Input
from .leading import seek_for

_SINGLE_FRAME_RATE = Fraction(25)  # frames per second, at most, of a video of a single frame
_ROUNDING = 1e-4  # frames: times in whole microseconds may fall this much short of the exact ones
TICK = 1e-4  # seconds; shorter than any frame, longer than ffmpeg's rounding of printed times
_BEFORE = 1e-3  # seconds
_EARLY = 2e-3  # seconds; a frame that ffmpeg shows this much before another is not that one
_SHIFT = 0.02  # seconds by which a frame may be early or late; not visible
_LARGEST_DENOMINATOR = 5  # film on video is 4/5 of the video's rate
# The most frames that the usual step may make of a variable rate: an hour at 50 a second.
_MAX_FRAMES = 200_000


@dataclass(frozen=True)
class Clock:
    """Corrects the times at which ffmpeg shows the frames of a video, where these are wrong.

    shown: ffmpeg's times; empty where ffmpeg gives several frames the same time, in which case
    frames are identified by their order. due: the right times, in the same order. Both are in
    seconds after the video's `start`, ascending.
    """

    shown: Sequence[float]
    due: Sequence[float]

    def due_of(self, number: int, shown: float) -> float:
        """The right time of the frame that ffmpeg sends as `number` (0-based), and shows at about
        `shown` seconds. A frame that ffmpeg shows before the first one is as much earlier here.
        """
        if not self.shown:
            return self.due[min(number, len(self.due) - 1)]
        if shown < self.shown[0] - _EARLY:
            return self.due[0] - (self.shown[0] - shown)
        return self.due[_nearest_in(self.shown, shown)]

    def shown_of(self, due: float) -> float:
        """ffmpeg's time of the frame whose right time is about `due` seconds, where it has one."""
        return self.shown[_nearest_in(self.due, due)] if self.shown else due


@dataclass(frozen=True)
class Facts:
    """The facts about a video, or a part of one, that are known before it is decoded.

    Times are in seconds after `start`, the point of the file to which ffmpeg seeks.
    """

    input: Input
    size: tuple[int, int]  # width, height in pixels as stored, after rotation
    pixel_aspect: Fraction  # width of a pixel over its height
    rate: Fraction  # frames per second
    times: Sequence[float]  # of the frames, ascending
    first: float  # the time of the first frame that decodes; `times` begin there or later
    end: float  # when the last frame ends
    interlaced: bool  # whether frames, at least some, are two fields at different times
    pixels: Pixels  # how the frames are to be read; later ones may differ
    decoder: str | None  # the decoder to use, where ffmpeg's default loses something
    start: float  # seconds from the file's beginning
    limit: float | None  # how many seconds after `start` are read; None: all
    seekable: bool  # whether seeking lands on a frame that decodes
    # Other decoders, each with the time of the frame from which on it is the one to use.
    decoders: Sequence[tuple[float, str | None]] = ()
    sound: bool = False  # whether the file has sound
    stream: str = PICTURE  # ffmpeg's specifier of the video stream
    track: Track | None = None  # the sound that goes with it
    clock: Clock | None = None  # corrects ffmpeg's times, where they are wrong
    since: float = 0.0  # when the frame that is on display at the part's beginning first appears
    # Leading frames, each with the time to seek to for it, ascending.
    leading: Sequence[tuple[float, float]] = ()
    # What an edit list puts together: clocks of the frames without it, as are times in `leading`.
    parts: Sequence[Clock] = ()
    note: str = ""  # what is wrong with the file, of which all is read all the same, in words
    is_deep: bool = False  # whether pixels have more than 8 bits a channel, as those of HDR have
    # How much earlier to seek. Decoding is as far ahead of showing, and in an MP4 without an edit
    # list ffmpeg seeks by the times of decoding.
    delay: float = 0.0
    is_edited: bool = True  # whether an edit list, if there is one, is applied
    pictures: tuple[Path, ...] = ()  # the files, where the video is made of pictures

    @property
    def path(self) -> Path:
        """The file, as errors call it."""
        return self.input.path

    @property
    def hdr(self) -> bool:
        """Whether the video is HDR (PQ or HLG), and is tone-mapped for a screen."""
        return self.pixels.colours.hdr

    @property
    def n_frames(self) -> int:
        """The number of frames at the constant `rate`, from the first frame's time to the end."""
        first, last = self.times[0], self.times[-1]
        return max(
            _nearest((last - first) * self.rate) + 1, _nearest((self.end - first) * self.rate)
        )

    def due_of(self, number: int, shown: float) -> float:
        """The right time of the frame that ffmpeg sends as `number` (0-based), at time `shown`.

        Both times are in seconds after `start`. They are the same where there is no `clock`.
        """
        return self.clock.due_of(number, shown) if self.clock else shown

    def seek_to(self, due: float) -> float:
        """Where to begin to decode for the frame whose right time is `due`, for `seekable` videos.

        It is 1 ms before that frame, so that rounding does not seek past it; no more, as in a
        coarse time base (AVI's) the seek would be rounded to the frame before. For a leading frame
        and in an MP4 it is earlier, and the frames that come before it are not used.
        """
        shown = self.clock.shown_of(due) if self.clock else due
        return max(0.0, seek_for(shown, self.leading, TICK) - _BEFORE - self.delay)

    def of_part(self, number: int) -> Facts:
        """The facts with which one of the `parts` is decoded by itself."""
        part = self.parts[number]
        end = part.shown[-1] + _EARLY
        return replace(
            self, clock=part, parts=(), is_edited=False, seekable=True, start=0.0, limit=end
        )

    def frame_at(self, time: float) -> int:
        """The number, at the constant rate, of the frame at a time in seconds after `start`."""
        return _nearest((time - self.times[0]) * self.rate)

    def time_of(self, frame: int) -> float:
        """The time of frame number `frame`, in seconds from the beginning of the file."""
        return self.start + self.times[0] + float(frame / self.rate)


def _nearest(frames: float) -> int:
    """The nearest whole number. Halves, and what is just short of one, go up, as in ffmpeg's fps
    filter.
    """
    return math.floor(frames + 0.5 + _ROUNDING)


def _nearest_in(times: Sequence[float], time: float) -> int:
    """The index of the nearest of the ascending times."""
    i = bisect_left(times, time)
    near = range(max(0, i - 1), min(len(times), i + 1))
    return min(near, key=lambda k: abs(times[k] - time))


def constant_rate(times: Sequence[float], seconds: float, guess: Fraction | None) -> Fraction:
    """Choose the constant rate, in frames per second, at which frames keep their places.

    times: of the frames, ascending, in seconds. seconds: from the first to the end. guess:
    ffmpeg's, in frames per second.

    The guess is exact for constant rates (30000/1001). For variable ones it can be the time base
    (1000 per second) instead, so it is used only where it agrees with the usual step between
    frames. Where another rate shows each frame once, as of film on a DVD, whose frames last two
    fields and three in turn, that one is used. Otherwise the usual step decides, so that bursts
    between still stretches, as in screen recordings, lose no frame. Where that would repeat frames
    without end, the average decides.
    """
    average = _simple(len(times), seconds)
    steps = sorted(b - a for a, b in pairwise(times))
    if not steps:
        return min(average, _SINGLE_FRAME_RATE)
    regular = [step for step in steps if step <= 1.5 * steps[len(steps) // 4]]
    usual = _simple(len(regular), sum(regular))
    even = _even_rate(times, guess)
    if guess and _are_near(guess, usual) and (even is None or _are_near(even, guess)):
        return guess
    if even is not None:
        return even
    return usual if usual * Fraction(seconds) < max(_MAX_FRAMES, 2 * len(times)) else average


def _even_rate(times: Sequence[float], guess: Fraction | None) -> Fraction | None:
    """The rate at which each frame is shown once, at most _SHIFT s from its time, or None.

    times, guess: as in `constant_rate`. The rate is a simple multiple of the guess, if one fits.
    """
    mean = _simple(len(times) - 1, times[-1] - times[0])
    multiple = guess and guess * (mean / guess).limit_denominator(_LARGEST_DENOMINATOR)
    for rate in filter(None, (multiple, mean)):
        per_second = float(rate)
        most = min(_SHIFT * per_second, 0.5)  # frames
        places = ((at - times[0]) * per_second for at in times)
        if all(abs(place - k) < most for k, place in enumerate(places)):
            return rate
    return None


def _are_near(a: Fraction, b: Fraction) -> bool:
    """Whether two rates are so near that one may be meant by the other."""
    return abs(a / b - 1) < 0.05


def _simple(frames: int, seconds: float) -> Fraction:
    """`frames` in `seconds` as a rate per second, with a numerator or denominator up to 1001.

    The side that is limited is the one that leaves a slow rate, such as a frame an hour, above 0.
    """
    rate = Fraction(frames / seconds)
    return rate.limit_denominator(1001) if rate > 1 else 1 / (1 / rate).limit_denominator(1001)
