"""Owns the kinds of loops: from which source frames each frame is made. Knows no pixels."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import ClassVar

from ..errors import ArgumentError
from ..kinds import seconds
from ..setting import Configured, Setting, document, setting, settings_of

Sources = tuple[tuple[int, float], ...]  # one or two source frames, each with its share

NONE = -1  # in a Table: no frame
_MOST = 10**12  # frames: more than any video has

LOOPS: dict[str, type[Loop]] = {}  # every kind of loop by name, in order of definition


@dataclass(frozen=True)
class Loop(Configured):
    """A way to make `count` frames, numbered from 0, at `rate` frames per second, cyclic.

    Every kind of loop is a subclass with a `name` and a `help`, whose fields are its settings. The
    methods of this class describe a loop that plays the frames as they are; a subclass overrides
    those that differ. `period` and `sources` are only called for counts that `check` accepts.
    """

    name: ClassVar[str]  # as it is typed
    help: ClassVar[str]  # a clause that ends "--loop NAME: "
    # Whether frame 0 follows the last frame, so that history is full from the beginning.
    cyclic: ClassVar[bool] = True
    # Whether the last source frame is followed by the first, so that these two should match.
    meets: ClassVar[bool] = False
    # Whether it plays source frames backward, too.
    returns: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in vars(cls):
            LOOPS[cls.name] = cls

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The shortest and the longest part, in seconds, for a loop that chooses its part itself.

        None for a loop of the whole source. The other methods are about the chosen part.
        """
        return None

    def check(self, count: int, rate: float) -> None:
        """Raise ArgumentError if the loop cannot be made of so many frames."""

    def period(self, count: int, rate: float) -> int:
        """How many frames the loop has, at least 1."""
        return count

    def sources(self, k: int, count: int, rate: float) -> Sources:
        """The sources of frame k of the loop, 0 <= k < period. Their shares add up to 1."""
        return ((k, 1.0),)

    def dissolve(self, count: int, rate: float) -> range:
        """The last frames of the loop, in which its end dissolves into its beginning, if it does.

        Each of them has two sources, of which each next one has the next two, and the share of the
        second one grows. The sources of all frames before them are in order.
        """
        return range(0)

    def fitted(self, count: int, rate: float) -> Loop:
        """The loop with the nearest settings that `check` accepts, or else a similar loop."""
        return self

    def table(self, count: int, rate: float) -> Table:
        """The sources of all frames of the loop."""
        return _table(self, count, rate)

    def forward(self, count: int, rate: float, available: int) -> Table:
        """A table of the same period, for its sound, in which no frame is played backward.

        It goes on after the `count` frames as long as there are frames, and then starts over.
        available: how many frames there are, of which the loop is made of the first `count`.
        """
        period = self.period(count, rate)
        once = max(count, min(period, available))
        return Table(once, (((k % once, 1.0),) for k in range(period)))

    def passes_once(self, count: int, rate: float) -> bool:
        """Whether the loop is the source itself: all frames in order, once."""
        return not self.cyclic and self.table(count, rate).is_plain

    def longest(self, count: int, rate: float) -> float:
        """The longest time that the loop plays, in seconds."""
        seconds = self.period(count, rate) / rate
        return seconds if self.bounds is None else min(seconds, self.bounds[1])

    def frames_for(self, period: int, rate: float) -> int:
        """The greatest count, at least 1, whose loop has at most `period` frames."""
        counts = range(1, _MOST)
        return max(1, bisect_right(counts, period, key=lambda count: self.period(count, rate)))


@dataclass(frozen=True)
class Cut(Loop):
    """No cycle: the frames once.

    >>> Cut().cyclic
    False
    """

    name = "cut"
    help = "not at all, history grows from the slit"
    cyclic = False


@dataclass(frozen=True)
class Wrap(Loop):
    """The frames again and again.

    >>> Wrap().period(3, 25)
    3
    """

    name = "wrap"
    help = "the video as it is"
    meets = True


@dataclass(frozen=True)
class Boomerang(Loop):
    """The frames forward, then backward, without repeating the first and the last.

    >>> Boomerang().period(3, 25)
    4
    """

    name = "boomerang"
    help = "forward, then backward"
    returns = True

    def period(self, count: int, rate: float) -> int:
        """How many frames the loop has."""
        return max(1, 2 * count - 2)

    def sources(self, k: int, count: int, rate: float) -> Sources:
        """What frame k of the loop is made of."""
        return ((min(k, self.period(count, rate) - k), 1.0),)


@dataclass(frozen=True)
class Crossfade(Loop):
    """The frames after the first `fade` seconds; their end is blended into those first ones.

    So the last frame leads to the frame after the first `fade` seconds, which is frame 0.

    {settings}

    >>> Crossfade(fade=0.4).period(50, 25)
    40
    """

    name = "crossfade"
    help = "the end blends into the beginning"

    fade: float = setting(0.5, seconds(slider=(0.05, 3, 0.05)), "seconds that a crossfade takes")

    def check(self, count: int, rate: float) -> None:
        """Raise ArgumentError for a fade of less than one frame or more than half of them."""
        most = self._most(count)
        if most < 1:
            raise ArgumentError(
                f"the clip has {count} frames, a crossfade needs 3: give a longer part, or"
                " another loop"
            )
        if not (0 < self.fade < math.inf and 1 <= self._frames(rate) <= most):
            raise ArgumentError(
                f"fade is {self.fade} s: give from {1 / rate:.2f} to {most / rate:.2f} s, half the"
                " clip",
                "fade",
            )

    def period(self, count: int, rate: float) -> int:
        """How many frames the loop has."""
        return max(1, count - self._frames(rate))

    def sources(self, k: int, count: int, rate: float) -> Sources:
        """What frame k of the loop is made of."""
        fade = self._frames(rate)
        into = k - (count - 2 * fade)
        if into < 0:
            return ((k + fade, 1.0),)
        share = (into + 1) / (fade + 1)
        return (k + fade, 1 - share), (into, share)

    def dissolve(self, count: int, rate: float) -> range:
        """The last `fade` seconds of the loop."""
        period = self.period(count, rate)
        return range(period - self._frames(rate), period)

    def fitted(self, count: int, rate: float) -> Loop:
        """A crossfade with the nearest possible fade, or a Wrap of fewer than 3 frames."""
        most = self._most(count)
        return replace(self, fade=min(max(self.fade, 1 / rate), most / rate)) if most else Wrap()

    def _frames(self, rate: float) -> int:
        return round(min(self.fade * rate, _MOST))

    def _most(self, count: int) -> int:
        return (count - 1) // 2


@dataclass(frozen=True)
class Match(Loop):
    """The part whose end leads best into its beginning, again and again.

    {settings}

    >>> Match(max_loop=3).bounds
    (2.0, 3)
    """

    name = "match"
    help = "the part that loops best"
    meets = True

    min_loop: float = setting(
        2.0, seconds(slider=(0.5, 20, 0.1)), "shortest match in seconds", label="at least"
    )
    max_loop: float = setting(
        10.0, seconds(slider=(0.5, 30, 0.1)), "longest match in seconds", label="at most"
    )

    @property
    def bounds(self) -> tuple[float, float]:
        """The shortest and the longest part, in seconds."""
        return self.min_loop, self.max_loop


for _kind in LOOPS.values():
    document(_kind, settings_of(_kind))


def loop_settings() -> dict[str, Setting]:
    """The settings of all loops by name."""
    return {
        name: each.belonging("loop", loop, "loop", "loop")
        for loop, kind in LOOPS.items()
        for name, each in settings_of(kind).items()
    }


class Table:
    """The sources of every frame in one period of a loop of `count` source frames.

    Frame k of the loop is source frame `under[k]`. If `over[k]` is not NONE, source frame `over[k]`
    is blended over it. `shares[k]` holds the share of each of the two.
    """

    def __init__(self, count: int, frames: Iterable[Sources]) -> None:
        self.count = count
        self.under, self.over = array("q"), array("q")
        self.shares: list[tuple[float, float]] = []
        whole = (1.0, 0.0)  # one tuple that all frames with one source share
        for (under, share), *rest in frames:
            self.under.append(under)
            self.over.append(rest[0][0] if rest else NONE)
            self.shares.append((share, rest[0][1]) if rest else whole)

    def __len__(self) -> int:
        return len(self.under)

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is the source unchanged: every frame once, in order, and none blended."""
        return self.under == array("q", range(self.count)) and not self.is_blended

    @cached_property
    def is_blended(self) -> bool:
        """Whether any frame has two sources."""
        return max(self.over) != NONE

    @cached_property
    def is_in_order(self) -> bool:
        """Whether `under` never decreases, so that reading the source once yields a period."""
        return all(self.under[k] <= self.under[k + 1] for k in range(len(self) - 1))

    @cached_property
    def aside(self) -> range:
        """The range of source frames that are used out of order, and must be set aside."""
        needed = [frame for frame in self.over if frame != NONE]
        if not self.is_in_order:
            needed += self.under
        return range(min(needed), max(needed) + 1) if needed else range(0)

    def rows(self) -> array[float]:
        """The table as 32-bit floats, four for each frame: under, over, and their two shares.

        A frame with one source has 0 as `over`, with a share of 0.
        """
        rows = array("f")
        for under, over, shares in zip(self.under, self.over, self.shares, strict=True):
            rows.extend((under, max(over, 0), *shares))
        return rows


@lru_cache(maxsize=8)
def _table(loop: Loop, count: int, rate: float) -> Table:
    period = loop.period(count, rate)
    return Table(count, (loop.sources(k, count, rate) for k in range(period)))
