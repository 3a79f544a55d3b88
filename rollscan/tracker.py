"""Owns the progress of a job: which stage it is in, how much is done, how much time remains.

Every part that works on a job receives its Tracker, names its stage and counts its steps with it.
Parts that are used without a job receive SILENT, which reports nothing.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, TypeVar, cast

from .result import Progress, Tell, Written
from .stages import CHECKING, EVERY, Round, Stage

if TYPE_CHECKING:
    import subprocess

Item = TypeVar("Item")

_REPORT_EVERY = 0.1  # seconds between two events, if steps are counted
_LONGEST_SILENCE = 0.4  # seconds after which an event is sent even if no step was counted
_NEGLIGIBLE = 1e-6  # seconds: a stage that usually takes less does not measure the machine's speed
_TRUSTED_SHARE = 0.05  # of the job: once so much of it is done, the measured speed is fully trusted
_MOST_DONE = 0.999  # of the job: a greater share is reported only when the job is finished


class Tracker:
    """The progress of a job, which is reported to `tell`.

    The job is what happens inside a `with` block. Outside the block, and without a `tell`, a
    tracker does nothing, as clips that were made in the job may outlive it. If `tell` raises an
    exception, the block ends with that exception, at the next step at the latest, and the ffmpeg
    processes of the job are killed.

    tell: is called with every Progress and Written. It may be called from another thread, but
        never from two threads at once.
    clock: returns the time in seconds.
    alive: whether a thread reports when no step has been counted for a while.
    """

    def __init__(
        self,
        tell: Tell | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        alive: bool = True,
    ) -> None:
        self._tell, self._clock = tell, clock
        self._began = self._reported_at = clock()
        self._planned: list[Stage] | None = None  # None before the first call of `expect`
        self._stack: list[Stage] = []  # each one interrupts the one before it
        self._finished: list[Stage] = []
        self._done = 0.0
        self._raised: BaseException | None = None
        self._lock = RLock()
        self._ffmpegs: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()
        self._stop = Event()
        is_alive = alive and tell is not None
        self._thread = Thread(target=self._report_regularly, daemon=True) if is_alive else None
        self.is_counting = False  # whether the job is under way and has a `tell`

    def __enter__(self) -> Tracker:
        self.is_counting = self._tell is not None
        if self._thread:
            with suppress(RuntimeError):  # the system allows no more threads; steps still report
                self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        self._stop.set()
        if self._thread and self._thread.ident:
            self._thread.join()
        try:
            if self._raised and error is not self._raised:
                raise self._raised from None
            if error is None:
                self._done = 1.0
                self._send(Progress("finished", None, 1.0, 0.0))
        finally:
            self.is_counting = False

    def expect(self, stages: Iterable[Stage]) -> None:
        """Replace the planned stages that have not begun."""
        with self._lock:
            self._planned = list(stages)

    @contextmanager
    def stage(
        self, name: str, file: Path | None = None, amount: float | None = None, label: str = ""
    ) -> Iterator[None]:
        """Mark the block as a stage of the job. It may interrupt another stage.

        name: one of those in stages.py.
        file: the file that is being made; None if the stage is not about one file.
        amount: how many steps the stage has; None if that is not known.
        label: how the stage is reported; "" stands for its name.
        """
        if not self.is_counting:
            yield
            return
        with self._lock:
            self._pause()
            if name == CHECKING and self._stack:
                self._stack[-1].is_over = True  # nothing but the check remains of it
            stage = self._take_planned(name, file)
            stage.amount, stage.label = amount, label
            self._stack.append(stage)
            stage.since = self._clock()
        self._report()
        try:
            yield
        finally:
            with self._lock:
                self._pause()
                self._finished.append(self._stack.pop())
                if self._stack:
                    self._stack[-1].since = self._clock()

    def step(self, count: float = 1, of: Container[str] = EVERY) -> None:
        """Count steps of the current stage as done, if its name is in `of`."""
        if not self.is_counting:
            return
        if self._raised:
            raise self._raised
        with self._lock:
            if self._stack and self._stack[-1].name in of:
                self._stack[-1].set_steps_done(self._stack[-1].steps + count, self._clock())
        if self._clock() - self._reported_at >= _REPORT_EVERY:
            self._report()

    def begin_step(self) -> None:
        """Count a step of the current stage as begun; `counter` counts those that are done."""
        if not self.is_counting:
            return
        if self._raised:
            raise self._raised
        with self._lock:
            if self._stack:
                self._stack[-1].set_steps_begun(self._stack[-1].begun + 1, self._clock())
        if self._clock() - self._reported_at >= _REPORT_EVERY:
            self._report()

    def counter(self) -> Callable[[float], None]:
        """A function that sets how many steps of the current round are done.

        Any thread may call it. It has no effect once another round has begun.
        """
        stage = self._stack[-1] if self._stack else Stage("")
        round_ = stage.round

        def set_done(steps: float) -> None:
            with self._lock:
                if stage.round is round_ and stage.since is not None:
                    stage.set_steps_done(steps, self._clock())

        return set_done

    def amount(self, steps: float, of: Container[str] = EVERY) -> None:
        """Set how many steps the current stage has, if its name is in `of`."""
        with self._lock:
            if self._stack and self._stack[-1].name in of:
                self._stack[-1].amount = steps

    def relabel(self, label: str) -> None:
        """Set how the current stage is reported."""
        with self._lock:
            if self._stack:
                self._stack[-1].label = label

    def begin_round(self, round_: Round) -> None:
        """Begin a round of the current stage."""
        with self._lock:
            if not self._stack:
                return
            self._stack[-1].begin_round(round_)
        self._report()

    def passing(self, items: Iterable[Item], of: Container[str] = EVERY) -> Iterable[Item]:
        """The same items, each counted as a step of the current stage, if its name is in `of`."""
        if not self.is_counting:
            return items
        if isinstance(items, Iterator):
            return _counted(items, self, of)
        return _CountedItems(items, self, of)

    def tell(self, made: Written) -> None:
        """Report a finished file."""
        self._send(made)

    def ends(self, ffmpeg: subprocess.Popen[bytes]) -> None:
        """Kill this ffmpeg process if `tell` ends the job."""
        if self.is_counting:
            with self._lock:
                self._ffmpegs.add(ffmpeg)

    def _take_planned(self, name: str, file: Path | None) -> Stage:
        """The planned stage of this name and file, or a new one."""
        for stage in self._planned or ():
            if (stage.name, stage.file) == (name, file):
                self._planned = [other for other in self._planned or () if other is not stage]
                return stage
        return Stage(name, file)

    def _pause(self) -> None:
        """Stop the clock of the current stage."""
        if self._stack:
            stage = self._stack[-1]
            stage.spent, stage.since = stage.elapsed(self._clock()), None

    def _seconds_left(self, now: float) -> float | None:
        """The estimated seconds that the job will still take; None if nothing is planned."""
        if self._planned is None:
            return None
        stages = (*self._finished, *self._stack)
        known = [(s.usual, *s.measured(now)) for s in stages if s.usual > _NEGLIGIBLE]
        measured_seconds = sum(seconds for _, seconds, _ in known)
        usual_seconds = sum(usual * did for usual, _, did in known)
        planned_seconds = sum(stage.usual * (1 + stage.later_work) for stage in self._planned)
        pace = 1.0
        if usual_seconds:
            whole_job = planned_seconds + sum(usual for usual, *_ in known)
            trust = min(1.0, usual_seconds / _TRUSTED_SHARE / whole_job)
            pace += trust * (measured_seconds / usual_seconds - 1)
        return planned_seconds * pace + sum(stage.seconds_left(now, pace) for stage in self._stack)

    def _report(self) -> None:
        """Report the progress of the job."""
        with self._lock:
            if not (self._stack or self._finished):
                return
            now = self._clock()
            seconds_left, stage = self._seconds_left(now), (self._stack or self._finished)[-1]
            if seconds_left is not None:
                elapsed = now - self._began
                self._done = max(self._done, elapsed / (elapsed + seconds_left) if elapsed else 0.0)
            label = stage.label or stage.name
            self._send(Progress(label, stage.file, min(self._done, _MOST_DONE), seconds_left))

    def _send(self, event: Progress | Written) -> None:
        if self._tell is None:
            return
        if self._raised:
            raise self._raised
        with self._lock:
            self._reported_at = self._clock()
            try:
                self._tell(event)
            except BaseException as error:
                self._raised = error
                raise

    def _report_regularly(self) -> None:
        """Report when no step has done so for a while; kill ffmpeg if `tell` raises.

        The working thread may be waiting for ffmpeg, and could not raise the exception otherwise.
        """
        try:
            while not self._stop.wait(_REPORT_EVERY):
                if self._clock() - self._reported_at >= _LONGEST_SILENCE:
                    self._report()
        except BaseException:  # `_send` has stored it, for the working thread to raise
            with self._lock:
                for ffmpeg in list(self._ffmpegs):
                    ffmpeg.kill()


@dataclass(frozen=True)
class _CountedItems(Iterable[Item]):
    """Items that can be iterated more than once, and are counted each time."""

    items: Iterable[Item]
    tracker: Tracker
    of: Container[str]

    def __iter__(self) -> Iterator[Item]:
        return _counted(iter(self.items), self.tracker, self.of)


def _counted(items: Iterator[Item], tracker: Tracker, of: Container[str]) -> Iterator[Item]:
    try:
        for item in items:
            yield item
            tracker.step(of=of)
    finally:
        if close := getattr(items, "close", None):
            cast(Callable[[], None], close)()


SILENT = Tracker()  # reports nothing
