"""Frames to composed frames: a look's effect, and how much history it needs. Knows no files."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import ArgumentError
from ..frames import Frame, Source
from ..look import Direction, Look, is_fixed
from ..loop.loops import loop_of
from .between import Between
from .composer import Composer
from .displace import TimeDisplacer
from .maps import time_map
from .roll import FrameComposer
from .scan import LineScanner, Player, Scanned
from .slit import filling_width, frames_to_fill, is_sideways, slit_path
from .smooth import MARGIN

__all__ = [
    "Between",
    "Composer",
    "Displace",
    "FrameComposer",
    "LineScanner",
    "Plan",
    "Roll",
    "Scan",
    "TimeDisplacer",
    "effect_of",
]

_HAIR = 1e-6  # of a frame: a product of fractions may miss the whole number it should be


class Plan(Protocol):
    """What a look asks for in pictures of one size, `size`, that come at one rate."""

    @property
    def history(self) -> int:
        """How many frames before frame 0 it takes for a composition without a beginning."""

    @property
    def full(self) -> int:
        """The first composed frame whose history is full, if there is nothing before frame 0."""

    def looping(self, source: Source) -> Source:
        """What is to be made cyclic of a source: its frames, or compositions of them."""

    def of(self, frames: Iterable[Frame], *, period: int, pre_roll: int) -> Composer:
        """The composer of these frames, which `looping` gave; `pre_roll` come before frame 0.

        period: frames in which the loop comes to its end.
        """


def effect_of(look: Look, size: tuple[int, int], rate: float, count: int) -> Plan:
    """The plan of the effect that a look names.

    size: width and height in pixels. rate: frames per second. count: frames that there are.
    """
    if look.effect == "displace":
        return Displace(look, size, rate)
    if look.effect == "scan":
        return Scan(look, size, rate, count)
    return Roll(look, size, rate)


@dataclass(frozen=True)
class Roll:
    """The roll that a look asks for, in pictures of one size that come at one rate.

    size: width and height in pixels. rate: frames per second.
    """

    look: Look
    size: tuple[int, int]
    rate: float

    @property
    def direction(self) -> Direction:
        """Where history flows."""
        return self.look.direction or "up"

    @property
    def slit_width(self) -> int:
        """Rows taken and rolled per frame."""
        look = self.look
        return filling_width(look.slit_width, look.slit, self.direction, self._length, self.rate)

    @property
    def history(self) -> int:
        """How many frames fill the history, and make it what it will be in the next round."""
        return self.full + MARGIN if self.look.smooth else self.full

    @property
    def full(self) -> int:
        """The first frame whose history is full."""
        return frames_to_fill(self.look.slit, self.slit_width, self.direction, self._length)

    def looping(self, source: Source) -> Source:
        """The frames themselves."""
        return source

    def of(self, frames: Iterable[Frame], *, period: int, pre_roll: int) -> FrameComposer:
        """The composer of these frames; the first `pre_roll` of them come before frame 0.

        period: frames in which a moving slit comes to its end.
        """
        slit = self.look.slit
        return FrameComposer(
            frames,
            self.rate,
            slit=slit if is_fixed(slit) else slit_path(slit, period),
            direction=self.direction,
            slit_width=self.slit_width,
            pre_roll=pre_roll,
            feather=self.look.feather,
            smooth=self.look.smooth,
        )

    @property
    def _length(self) -> int:
        return self.size[0 if is_sideways(self.direction) else 1]


@dataclass(frozen=True)
class Displace:
    """The time displacement that a look asks for, see Plan."""

    look: Look
    size: tuple[int, int]
    rate: float

    @property
    def history(self) -> int:
        """How many frames the depth reaches back."""
        return math.ceil(self._depth - _HAIR)

    @property
    def full(self) -> int:
        """The first frame of which every moment is in the clip."""
        return self.history

    def looping(self, source: Source) -> Source:
        """The frames themselves."""
        return source

    def of(self, frames: Iterable[Frame], *, period: int, pre_roll: int) -> Composer:
        """The displacer of these frames; the first `pre_roll` of them come before frame 0.

        Raises ArgumentError for a map that is none, and for a depth beyond a loop's period.
        """
        values = time_map(self.look.map, self.size)
        depth = self._depth
        if depth > period + _HAIR:
            if loop_of(self.look).cyclic:
                raise ArgumentError(
                    f"depth is {self.look.depth} s, and the loop has {period / self.rate:.2f} s:"
                    " give no more than that, or loop 'cut'",
                    "depth",
                )
            # So that nothing is set aside for moments before the first frame, which all show it.
            values, depth = np.minimum(values * (depth / period), 1), period
        return TimeDisplacer(
            frames,
            self.rate,
            map=values,
            depth=depth / self.rate,
            pre_roll=pre_roll,
            smooth=self.look.smooth,
        )

    @property
    def _depth(self) -> float:
        return self.look.depth * self.rate  # frames


@dataclass(frozen=True)
class Scan:
    """The scan that a look asks for, see Plan. A loop is made of the composition, not the frames.

    So a boomerang takes the line back and melts what was frozen, a crossfade dissolves it into the
    next sweep, and with the others the line sets out anew.
    """

    look: Look
    size: tuple[int, int]
    rate: float
    count: int

    @property
    def history(self) -> int:
        """None: every sweep begins with a live picture."""
        return 0

    @property
    def full(self) -> int:
        """The first frame that is frozen all over; a crossfade's first frames are not shown."""
        return max(0, math.ceil(self._seconds * self.rate - _HAIR) - 1 - self._unseen)

    def looping(self, source: Source) -> Source:
        """The composition of the frames."""
        if not loop_of(self.look).cyclic:
            return source
        return Scanned(
            source,
            self.rate,
            direction=self.look.direction or "down",
            seconds=self._seconds,
            line=self.look.line,
        )

    def of(self, frames: Iterable[Frame], *, period: int, pre_roll: int) -> Composer:
        """The scanner of these frames; or of compositions already, their player."""
        if loop_of(self.look).cyclic:
            return Player(frames, self.rate)
        return LineScanner(
            frames,
            self.rate,
            direction=self.look.direction or "down",
            seconds=self._seconds,
            line=self.look.line,
        )

    @property
    def _seconds(self) -> float:
        """How long the sweep takes: the clip, but for what a crossfade takes of it."""
        return self.look.sweep or max(1, self.count - self._unseen) / self.rate

    @property
    def _unseen(self) -> int:
        """How many frames come before the one with which the loop begins."""
        return loop_of(self.look).sources(0, self.count, self.rate)[0][0]
