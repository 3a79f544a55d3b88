"""Owns how far a job is, and how long it will still take, learned from what it took so far.

Whatever works at a job is handed its Tracker, and says with it which stage is under way and which
steps are done. SILENT tells nobody, for parts that are used without a job.
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

_OFTEN = 0.1  # seconds from one event to the next, where there is something new
_SILENCE = 0.4  # seconds after which an event comes though nothing is new
_NO_TIME = 1e-6  # seconds: what takes less tells nothing of the pace
_TELLING = 0.05  # of a job: when as much is measured, this machine's pace is known
_NEARLY = 0.999  # of the job, until it is finished


class Tracker:
    """A job under way: its stages, and `tell`, which is told how far it is.

    The job is what is done in a `with` block; before and after it, and where there is no `tell`,
    a tracker does nothing, as clips that were made in the job outlive it. An exception that `tell`
    raises ends the block with it, at the next step at the latest; what ffmpeg is at is cut short.
    `tell` may be called by another thread than the one that works, but never by two at once.

    clock: gives seconds. alive: whether to tell, from a thread, when nothing else happens.
    """

    def __init__(
        self,
        tell: Tell | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        alive: bool = True,
    ) -> None:
        self._tell, self._clock = tell, clock
        self._began = self._said_at = clock()
        self._coming: list[Stage] | None = None  # None: nothing is planned yet
        self._stack: list[Stage] = []  # each one interrupts the one before
        self._over: list[Stage] = []
        self._done = 0.0
        self._raised: BaseException | None = None
        self._lock = RLock()
        self._ffmpegs: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()
        self._stop = Event()
        is_alive = alive and tell is not None
        self._thread = Thread(target=self._keep_telling, daemon=True) if is_alive else None
        self.is_counting = False  # whether anybody is told of what is done

    def __enter__(self) -> Tracker:
        self.is_counting = self._tell is not None
        if self._thread:
            with suppress(RuntimeError):  # no more threads can be had: it is only for silence
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
        """The stages to come from now on, instead of those planned before and not begun yet."""
        with self._lock:
            self._coming = list(stages)

    @contextmanager
    def stage(
        self, name: str, file: Path | None = None, amount: float | None = None, label: str = ""
    ) -> Iterator[None]:
        """In the block, a stage of the job is under way; it may interrupt another.

        file: what is being made, where it is of one file. amount: how many steps it has, where that
        is known. label: what it is called, if not by its name.
        """
        if not self.is_counting:
            yield
            return
        with self._lock:
            self._pause()
            if name == CHECKING and self._stack:
                self._stack[-1].over = True  # but for the check
            stage = self._planned(name, file)
            stage.amount, stage.label = amount, label
            self._stack.append(stage)
            stage.since = self._clock()
        self._say()
        try:
            yield
        finally:
            with self._lock:
                self._pause()
                self._over.append(self._stack.pop())
                if self._stack:
                    self._stack[-1].since = self._clock()

    def step(self, count: float = 1, of: Container[str] = EVERY) -> None:
        """Count steps of the stage under way, if its name is in `of`."""
        if not self.is_counting:
            return
        if self._raised:
            raise self._raised
        with self._lock:
            if self._stack and self._stack[-1].name in of:
                self._stack[-1].take(self._stack[-1].steps + count, self._clock())
        if self._clock() - self._said_at >= _OFTEN:
            self._say()

    def begin_step(self) -> None:
        """Count a step of the stage under way as begun; `counter` then counts those done."""
        if not self.is_counting:
            return
        if self._raised:
            raise self._raised
        with self._lock:
            if self._stack:
                self._stack[-1].begin(self._stack[-1].begun + 1, self._clock())
        if self._clock() - self._said_at >= _OFTEN:
            self._say()

    def counter(self) -> Callable[[float], None]:
        """Takes how many steps of the round under way now are done; any thread may call it."""
        stage = self._stack[-1] if self._stack else Stage("")
        round_ = stage.round

        def reached(steps: float) -> None:
            with self._lock:
                if stage.round is round_ and stage.since is not None:
                    stage.take(steps, self._clock())

        return reached

    def amount(self, steps: float, of: Container[str] = EVERY) -> None:
        """Say how many steps the stage under way has, if its name is in `of`."""
        with self._lock:
            if self._stack and self._stack[-1].name in of:
                self._stack[-1].amount = steps

    def relabel(self, label: str) -> None:
        """Call the stage under way otherwise."""
        with self._lock:
            if self._stack:
                self._stack[-1].label = label

    def begin_round(self, round_: Round) -> None:
        """Begin a round of the stage under way."""
        with self._lock:
            if not self._stack:
                return
            self._stack[-1].go_on(round_)
        self._say()

    def passing(self, items: Iterable[Item], of: Container[str] = EVERY) -> Iterable[Item]:
        """The same items, each a step of the stage under way, if its name is in `of`."""
        if not self.is_counting:
            return items
        if isinstance(items, Iterator):
            return _passed(items, self, of)
        return _Passing(items, self, of)

    def tell(self, made: Written) -> None:
        """Tell that a file is finished."""
        self._send(made)

    def ends(self, ffmpeg: subprocess.Popen[bytes]) -> None:
        """End this ffmpeg where `tell` ends the job."""
        if self.is_counting:
            with self._lock:
                self._ffmpegs.add(ffmpeg)

    def _planned(self, name: str, file: Path | None) -> Stage:
        """The stage of that name, as it is planned or new."""
        for stage in self._coming or ():
            if (stage.name, stage.file) == (name, file):
                self._coming = [other for other in self._coming or () if other is not stage]
                return stage
        return Stage(name, file)

    def _pause(self) -> None:
        """Stop the clock of the stage under way."""
        if self._stack:
            stage = self._stack[-1]
            stage.spent, stage.since = stage.took(self._clock()), None

    def _left(self, now: float) -> float | None:
        """Seconds that the job will still take."""
        if self._coming is None:
            return None
        stages = (*self._over, *self._stack)
        known = [(s.usual, *s.measured(now)) for s in stages if s.usual > _NO_TIME]
        took = sum(seconds for _, seconds, _ in known)
        usually = sum(usual * did for usual, _, did in known)
        coming = sum(stage.usual * (1 + stage.more) for stage in self._coming)
        pace = 1.0
        if usually:
            trust = min(1.0, usually / _TELLING / (coming + sum(usual for usual, *_ in known)))
            pace += trust * (took / usually - 1)
        return coming * pace + sum(stage.left(now, pace) for stage in self._stack)

    def _say(self) -> None:
        """Tell how far the job is."""
        with self._lock:
            if not (self._stack or self._over):
                return
            now = self._clock()
            left, stage = self._left(now), (self._stack or self._over)[-1]
            if left is not None:
                elapsed = now - self._began
                self._done = max(self._done, elapsed / (elapsed + left) if elapsed else 0.0)
            label = stage.label or stage.name
            self._send(Progress(label, stage.file, min(self._done, _NEARLY), left))

    def _send(self, event: Progress | Written) -> None:
        if self._tell is None:
            return
        if self._raised:
            raise self._raised
        with self._lock:
            self._said_at = self._clock()
            try:
                self._tell(event)
            except BaseException as error:
                self._raised = error
                raise

    def _keep_telling(self) -> None:
        """Tell when nobody else does; where `tell` ends the job, end whatever keeps it waiting."""
        try:
            while not self._stop.wait(_OFTEN):
                if self._clock() - self._said_at >= _SILENCE:
                    self._say()
        except BaseException:  # noted already; raised where the work is done
            with self._lock:
                for ffmpeg in list(self._ffmpegs):
                    ffmpeg.kill()


@dataclass(frozen=True)
class _Passing(Iterable[Item]):
    """Items that can be had again and again, as counted ones."""

    items: Iterable[Item]
    tracker: Tracker
    of: Container[str]

    def __iter__(self) -> Iterator[Item]:
        return _passed(iter(self.items), self.tracker, self.of)


def _passed(items: Iterator[Item], tracker: Tracker, of: Container[str]) -> Iterator[Item]:
    try:
        for item in items:
            yield item
            tracker.step(of=of)
    finally:
        if close := getattr(items, "close", None):
            cast(Callable[[], None], close)()


SILENT = Tracker()  # tells nobody
