"""Owns the stages of a job, and the estimates of how long each one takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# The names of the stages, as they are reported.
READING, STEADYING, MATCHING = "reading", "steadying", "matching"
COMPOSING, ENCODING, CHECKING = "composing", "encoding", "checking"
FILLING, LOOKS = "filling", "looks"

EVERY = (READING, STEADYING, MATCHING, FILLING, COMPOSING, LOOKS, ENCODING, CHECKING)

_DOUBT = 0.05  # of a stage: the usual duration counts as much as so much work that was measured
# The share of a video frame's work that comes before its encoding: the first estimate, and bounds.
_BEGINNING = 0.35
_LEAST_BEGINNING, _MOST_BEGINNING = 0.05, 0.7
_PREDICTIVE_SHARE = 0.1  # of an encoding: once so much is done, its bytes so far predict its size
_UNKNOWN_SIZE = 1.5  # times the budget: the predicted size of an encoding of which nothing is known
_GOOD_FIT = 0.88  # of a budget: a later encoding that uses so much of it ends the search
_ROUNDS_TO_COME = (1.7, 1.1, 0.7)  # on average, after one, two, or more rounds that did not fit
_BYTES_DOUBT = 0.3  # of the predicted bytes: how uncertain they are at the beginning
_NEXT_ROUND = 1.15  # full rounds: the work of the next round if this one is barely over the budget
_LEAST_SIZE = 0.01  # of the budget: the least predicted size, as the formula divides by it


@dataclass(frozen=True)
class Round:
    """One of the encodings by which a file is fitted into a budget of bytes."""

    number: int  # of the round, from 1
    most: int  # the greatest number of rounds
    amount: float  # how many steps, such as frames, the round has
    budget: int  # bytes
    so_far: Callable[[], int]  # returns the bytes written in this round; any thread may call it
    size: float = 1.0  # the work of this round, relative to encoding the whole file
    shrinks: bool = False  # whether later rounds have less to encode, not only lower quality
    expected: float | None = None  # the predicted size, relative to the budget; None if unknown
    name: str = ""  # how the round is reported; "" stands for the name of the stage
    before: int = 0  # drafts made before, each of which predicts as well as a round
    after: float = 0.0  # full rounds that follow after the last one of these

    def to_come(self, share: float) -> float:
        """The expected work of the rounds that follow, in full rounds. share: of this one, done."""
        return self.after + self._to_come(share)

    def _to_come(self, share: float) -> float:
        if self.number == self.most:
            return 0.0
        predicted, doubt = self.expected or _UNKNOWN_SIZE, 1.0  # predicted bytes / budget
        if share > _PREDICTIVE_SHARE:
            with suppress(OSError, ValueError):  # no file is open between two rounds
                predicted = max(self.so_far() / share / self.budget, _LEAST_SIZE)
                doubt = _BYTES_DOUBT * (1.01 - share)

        def likelihood_below(limit: float) -> float:
            """The probability that the file will have less than `limit` budgets."""
            return 0.5 + 0.5 * math.erf((limit - predicted) / doubt / predicted)

        attempts = self.number + self.before
        fits = likelihood_below(1.0) - (likelihood_below(_GOOD_FIT) if attempts > 1 else 0.0)
        size = self.size
        if self.shrinks and predicted > 1:
            size = min(size, _NEXT_ROUND * predicted**-0.5)
        return (1.0 - fits) * size * _ROUNDS_TO_COME[min(attempts, len(_ROUNDS_TO_COME)) - 1]


@dataclass(eq=False)
class Stage:
    """One stage of a job. It may take several rounds, such as encodings for a budget.

    A full round is an encoding of the whole file; work is measured in full rounds.
    """

    name: str
    file: Path | None = None
    usual: float = 0.0  # seconds that a full round usually takes; 0 if that is not known
    later_work: float = 0.0  # expected work after the current round, in full rounds
    label: str = ""  # how the stage is reported; "" stands for its name
    amount: float | None = None  # steps in the current round; None if nobody counts them
    steps: float = 0.0  # steps of the current round that are done
    begun: float = 0.0  # steps that have begun: a video encoder takes in many before one is done
    round: Round | None = None  # the current round; None if there is only one
    earlier_work: float = 0.0  # work of the rounds before, in full rounds
    spent: float = 0.0  # seconds of work up to `since`, or up to now if `since` is None
    is_over: bool = False  # whether nothing of the stage remains
    started: tuple[float, float] | None = None  # at the first step: the seconds and work by then
    beginning: float = _BEGINNING  # the share of a step's work that is done when it has begun
    begun_at: float = 0.0  # seconds of work when the first step of this round began
    first_done: tuple[float, float] | None = None  # at the first one done: seconds, steps begun
    since: float | None = None  # when the stage began or resumed; None while it is interrupted

    def elapsed(self, now: float) -> float:
        """How many seconds the stage has taken up to now, without interruptions."""
        return self.spent + (0.0 if self.since is None else now - self.since)

    def begin_round(self, round_: Round) -> None:
        """Begin the next round."""
        self.earlier_work += self.round.size if self.round else 0.0
        self.round, self.amount, self.steps = round_, round_.amount, 0.0
        self.begun, self.first_done = 0.0, None
        self.label = f"{round_.name or self.name} {round_.number} of at most {round_.most}"

    def set_steps_done(self, steps: float, now: float) -> None:
        """Set how many steps of the current round are done."""
        self.steps = steps
        self._note_start(now)
        if self.begun and steps:
            self._estimate_beginning(self.elapsed(now) - self.begun_at)

    def set_steps_begun(self, begun: float, now: float) -> None:
        """Set how many steps of the current round have begun."""
        if not self.begun:
            self.begun_at = self.elapsed(now)
        self.begun = begun
        self._note_start(now)

    @property
    def finished(self) -> float:
        """The share of the steps of the current round that are done, 0 to 1."""
        return min(self.steps / self.amount, 1.0) if self.amount else 0.0

    @property
    def share(self) -> float:
        """The share of the work of the current round that is done, 0 to 1."""
        if not (self.begun and self.amount):
            return self.finished
        begun = min(self.begun / self.amount, 1.0)
        return self.beginning * begun + (1 - self.beginning) * self.finished

    @property
    def work_done(self) -> float:
        """The work done in all rounds, in full rounds."""
        return self.earlier_work + self._size * self.share

    def measured(self, now: float) -> tuple[float, float]:
        """The seconds since the first step, and the work done in them, in full rounds.

        The time before the first step does not count, as later rounds do not spend it again.
        """
        if self.started is None:
            return 0.0, 0.0
        return self.elapsed(now) - self.started[0], self.work_done - self.started[1]

    def seconds_left(self, now: float, pace: float) -> float:
        """The estimated seconds that remain.

        pace: the seconds that work takes on this machine, relative to the usual seconds.
        """
        if self.is_over:
            return 0.0
        if self.round:
            self.later_work = self.round.to_come(self.finished)
        usual = self.usual * pace
        if not self.amount:  # nobody counts its steps
            return max(usual * (1 + self.later_work) - self.elapsed(now), 0.0)
        elapsed, work_done = self.measured(now)
        doubt = _DOUBT if usual or not work_done else 0.0
        full = (elapsed + doubt * usual) / (work_done + doubt)
        return full * (self._size * (1 - self.share) + self.later_work)

    def _note_start(self, now: float) -> None:
        """Store when the first step of the stage was counted."""
        if self.started is None and (self.steps or self.begun):
            self.started = self.elapsed(now), self.work_done

    def _estimate_beginning(self, seconds: float) -> None:
        """Estimate `beginning` from the time that passed before the first step was done.

        seconds: since the first step of this round began.
        """
        self.first_done = self.first_done or (seconds, self.begun)
        begin_seconds = self.first_done[0] / self.first_done[1]
        doubt = _DOUBT * (self.amount or 0.0)
        usual = begin_seconds * (1 / self.beginning - 1)
        finish_seconds = (seconds - begin_seconds * self.begun + doubt * usual) / (
            self.steps + doubt
        )
        if begin_seconds > 0:
            share = begin_seconds / (begin_seconds + max(finish_seconds, 0.0))
            self.beginning = min(max(share, _LEAST_BEGINNING), _MOST_BEGINNING)

    @property
    def _size(self) -> float:
        return self.round.size if self.round else 1.0
