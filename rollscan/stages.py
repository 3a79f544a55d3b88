"""Owns the stages of a job: how long one takes, by what it took so far and by what is usual."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# What they are called.
READING, STEADYING, MATCHING = "reading", "steadying", "matching"
COMPOSING, ENCODING, CHECKING = "composing", "encoding", "checking"
FILLING, LOOKS = "filling", "looks"

EVERY = (READING, STEADYING, MATCHING, FILLING, COMPOSING, LOOKS, ENCODING, CHECKING)

_DOUBT = 0.05  # of a stage: as much as that weighs what it usually takes
_BEGINNING = 0.35  # of a video frame's work, until it is measured: all that is before encoding it
_LEAST_BEGINNING, _MOST_BEGINNING = 0.05, 0.7
_TELLING = 0.1  # of an encoding: its bytes so far tell how many it will have
_UNKNOWN = 1.5  # times the budget: what an encoding may come to before that, where nobody knows
_GOOD_USE = 0.88  # of a budget: no more rounds
_ROUNDS_TO_COME = (1.7, 1.1, 0.7)  # on average, after so many that did not do
_BYTES_DOUBT = 0.3  # of the bytes that are guessed to come
_NEXT = 1.15  # full rounds that the next one is, where the bytes are hardly over the budget
_LEAST = 0.01  # of the budget: not so much as nothing


@dataclass(frozen=True)
class Round:
    """One of the encodings that look for a number of bytes."""

    number: int  # from 1 on
    most: int  # that there can be
    amount: float  # steps, such as frames
    budget: int  # bytes
    so_far: Callable[[], int]  # gives the bytes of this encoding up to now; any thread may ask
    size: float = 1.0  # how much work it is, of an encoding of everything
    shrinks: bool = False  # whether those to come have less to encode, not only coarser
    expected: float | None = None  # times the budget: what it may come to; None: nobody knows
    name: str = ""  # what it is called, where that is not the stage's name
    before: int = 0  # drafts that were made, which tell as much as an encoding
    after: float = 0.0  # full rounds that come after all of these

    def to_come(self, share: float) -> float:
        """How many full rounds will follow, on average. share: of its steps that are done."""
        return self.after + self._to_come(share)

    def _to_come(self, share: float) -> float:
        if self.number == self.most:
            return 0.0
        over, doubt = self.expected or _UNKNOWN, 1.0  # the bytes that will come, over the budget
        if share > _TELLING:
            with suppress(OSError, ValueError):  # the file is closed, and another not begun
                over = max(self.so_far() / share / self.budget, _LEAST)
                doubt = _BYTES_DOUBT * (1.01 - share)

        def under(limit: float) -> float:
            """How likely it is that there will be fewer bytes."""
            return 0.5 + 0.5 * math.erf((limit - over) / doubt / over)

        tried = self.number + self.before
        enough = under(1.0) - (under(_GOOD_USE) if tried > 1 else 0.0)
        size = min(self.size, _NEXT * over**-0.5) if self.shrinks and over > 1 else self.size
        return (1.0 - enough) * size * _ROUNDS_TO_COME[min(tried, len(_ROUNDS_TO_COME)) - 1]


@dataclass(eq=False)
class Stage:
    """One stage of a job, which may take several rounds, such as encodings for a budget."""

    name: str
    file: Path | None = None
    usual: float = 0.0  # seconds that one full round usually takes, 0 where nobody knows
    more: float = 0.0  # full rounds after the one under way
    label: str = ""  # what people are told, where it is not the name
    amount: float | None = None  # steps in the round under way
    steps: float = 0.0  # of them, those done
    begun: float = 0.0  # those begun, where a video encoder takes in many before one is done
    round: Round | None = None  # the one under way; None: there is but one
    past: float = 0.0  # full rounds done before it
    spent: float = 0.0  # seconds, up to `since`
    over: bool = False  # whether nothing of it is left to do
    started: tuple[float, float] | None = None  # seconds and full rounds at its first step
    beginning: float = _BEGINNING  # of the work of a step: what it is to begin it
    begun_at: float = 0.0  # seconds at which the first step of this round was begun
    ahead: tuple[float, float] | None = None  # seconds from then, and steps, up to the first done
    since: float | None = None  # the time from which on it is under way, None: it is not

    def took(self, now: float) -> float:
        """The seconds that it took up to now."""
        return self.spent + (0.0 if self.since is None else now - self.since)

    def go_on(self, round_: Round) -> None:
        """Begin a round, after the one under way."""
        self.past += self.round.size if self.round else 0.0
        self.round, self.amount, self.steps = round_, round_.amount, 0.0
        self.begun, self.ahead = 0.0, None
        self.label = f"{round_.name or self.name} {round_.number} of at most {round_.most}"

    def take(self, steps: float, now: float) -> None:
        """Note how many steps of the round under way are done."""
        self.steps = steps
        self._start(now)
        if self.begun and steps:
            self._weigh(self.took(now) - self.begun_at)

    def begin(self, begun: float, now: float) -> None:
        """Note how many steps of the round under way are begun."""
        if not self.begun:
            self.begun_at = self.took(now)
        self.begun = begun
        self._start(now)

    @property
    def finished(self) -> float:
        """The share of the steps of the round under way that are done, 0 to 1."""
        return min(self.steps / self.amount, 1.0) if self.amount else 0.0

    @property
    def share(self) -> float:
        """How much of the work of the round under way is done, 0 to 1."""
        if not (self.begun and self.amount):
            return self.finished
        begun = min(self.begun / self.amount, 1.0)
        return self.beginning * begun + (1 - self.beginning) * self.finished

    @property
    def did(self) -> float:
        """How many full rounds are done."""
        return self.past + self._size * self.share

    def measured(self, now: float) -> tuple[float, float]:
        """Seconds, and the full rounds done in them, from its first step on.

        What comes before, such as looking ahead, does not come again.
        """
        if self.started is None:
            return 0.0, 0.0
        return self.took(now) - self.started[0], self.did - self.started[1]

    def left(self, now: float, pace: float) -> float:
        """Seconds that it will still take. pace: of this machine, times the usual seconds."""
        if self.over:
            return 0.0
        if self.round:
            self.more = self.round.to_come(self.finished)
        usual = self.usual * pace
        if not self.amount:  # whose steps nobody counts
            return max(usual * (1 + self.more) - self.took(now), 0.0)
        took, did = self.measured(now)
        doubt = _DOUBT if usual or not did else 0.0
        full = (took + doubt * usual) / (did + doubt)
        return full * (self._size * (1 - self.share) + self.more)

    def _start(self, now: float) -> None:
        """Note when the first step was noted."""
        if self.started is None and (self.steps or self.begun):
            self.started = self.took(now), self.did

    def _weigh(self, seconds: float) -> None:
        """Learn what it is to begin a step, by the seconds before the first one was done.

        seconds: since the first one was begun.
        """
        self.ahead = self.ahead or (seconds, self.begun)
        begin = self.ahead[0] / self.ahead[1]
        doubt = _DOUBT * (self.amount or 0.0)
        usual = begin * (1 / self.beginning - 1)
        finish = (seconds - begin * self.begun + doubt * usual) / (self.steps + doubt)
        if begin > 0:
            share = begin / (begin + max(finish, 0.0))
            self.beginning = min(max(share, _LEAST_BEGINNING), _MOST_BEGINNING)

    @property
    def _size(self) -> float:
        return self.round.size if self.round else 1.0
