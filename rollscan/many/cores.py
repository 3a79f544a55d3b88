"""Owns doing orders on this machine's cores: each in a process, of which none harms another.

Every lane is an executor of one process: where that dies, the clip at fault is known, and the
others go on. The processes end with this one, however it ends: they watch a pipe that it holds.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import active_children, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, NoReturn

from ..progress import Progress
from ..result import Written
from .attempt import attempt
from .order import Order, Outcome, Outcomes, Tick

_TICK = 0.25  # seconds between two looks at how far the clips are
_HEARD = 3.0  # seconds that a process has to clean up when it is to end
_SOON = 0.05  # seconds until a process is told once more, where the first was lost
_STARTS = 3  # times that a clip is given to a process which then dies before it begins
_DEAF = [  # what a terminal sends to everybody: this process alone is to act
    getattr(signal, name) for name in ("SIGINT", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
]


def usual_jobs() -> int:
    """How many clips at a time keep the cores busy: one for each core that may be used."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def outcomes(orders: Iterable[Order], jobs: int, tick: Tick | None = None) -> Outcomes:
    """Do the orders, `jobs` of them at a time, and give the outcome of each as it ends.

    Closing the iterator, or an exception in the loop over it, ends all that is under way at once.
    Raises OSError where no process can be started.
    """
    waiting = iter(orders)
    again: deque[tuple[Order, int]] = deque()  # those whose process died before they began
    before = set(active_children())
    context = get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    idle = [_Lane(context, watched) for _ in range(jobs)]
    running: dict[Future[Outcome], tuple[_Lane, Order, int]] = {}
    over = False
    try:
        while True:
            while idle and (item := again.popleft() if again else _first(waiting)):
                order, starts = item
                try:
                    future = idle[-1].start(order)
                except OSError:
                    if not running:
                        raise
                    again.append(item)  # with a process less
                    idle.pop()
                else:
                    running[future] = (idle.pop(), order, starts)
            if not running:
                over = True
                return
            for future in wait(running, timeout=_TICK, return_when=FIRST_COMPLETED).done:
                lane, order, starts = running.pop(future)
                idle.append(lane)
                outcome = lane.outcome(future, order, innocent=starts < _STARTS)
                if outcome is None:
                    again.append((order, starts + 1))
                else:
                    yield outcome
            if tick:
                tick(sum(lane.share for lane, *_ in running.values()))
    finally:
        if not over:  # what is under way may be in no list yet
            held.close()
            _ended(set(active_children()) - before)
        for lane in (*idle, *(lane for lane, *_ in running.values())):
            lane.close()
        held.close()
        watched.close()


def _first(orders: Iterator[Order]) -> tuple[Order, int] | None:
    order = next(orders, None)
    return None if order is None else (order, 1)


def _ended(processes: set[BaseProcess]) -> None:
    """Wait until the processes are gone, and kill those that do not go."""
    deadline = time.monotonic() + _HEARD + 1
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


class _Lane:
    """One process at a time, started when there is something to do."""

    def __init__(self, context: SpawnContext, watched: Connection) -> None:
        self._context, self._watched = context, watched
        # Whether the clip is begun, and how far it is; without a lock, which could die locked.
        self._marks = context.RawArray("d", 2)
        self._executor = self._new()
        self._began = 0.0

    def _new(self) -> ProcessPoolExecutor:
        told = (self._watched, self._marks)
        return ProcessPoolExecutor(1, self._context, initializer=_begin, initargs=told)

    @property
    def share(self) -> float:
        """How much of the clip under way is done, 0 to 1."""
        return float(self._marks[1])

    def start(self, order: Order) -> Future[Outcome]:
        """Do an order, in a new process where the last one died."""
        self._marks[:] = (0, 0)
        self._began = time.monotonic()
        with _terminal_unheard():
            with suppress(RuntimeError):  # said of a pool that is broken, or about to be
                future = self._executor.submit(_attempt, order)
                if not self._executor._broken:  # else the pool may have forgotten it for ever
                    return future
            self._executor = self._new()
            return self._executor.submit(_attempt, order)

    def outcome(self, future: Future[Outcome], order: Order, *, innocent: bool) -> Outcome | None:
        """What came of the order; None where its process died before it began, and it may again."""
        try:
            return future.result()
        except BrokenProcessPool:
            self.close()
            self._executor = self._new()
            if innocent and not self._marks[0]:
                return None
            seconds = time.monotonic() - self._began
            why = "its process was killed or crashed, as happens when memory runs out"
            said = f"{order.input}: {why}: give fewer --jobs, or a smaller --scale"
            return Outcome(order.input, "failed", seconds, error=said)

    def close(self) -> None:
        """Wait until the process has ended, which has nothing to do any more."""
        self._executor.shutdown()


@contextmanager
def _terminal_unheard() -> Iterator[None]:
    """What is started in the block does not hear the terminal, not even before it can say so."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _DEAF)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In the processes.

_marks: Any = None  # of this process, an array of two numbers
_busy = False  # whether there is something to clean up


class _Ended(SystemExit):
    """This process is to end, and leave nothing unfinished behind."""


def _begin(watched: Connection, marks: Any) -> None:
    """Set the process up: it ends when the one that holds the pipe does, or closes it."""
    global _marks
    _marks = marks
    for number in _DEAF:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    sys.unraisablehook = _again
    threading.Thread(target=_watch, args=(watched,), daemon=True).start()


def _attempt(order: Order) -> Outcome:
    """Do the order; where the process is to end meanwhile, it ends when all is cleaned up."""
    global _busy
    try:
        _busy = True
        _marks[:] = (1, 0)
        outcome = attempt(order, _tell)
        _busy = False
        return outcome
    except _Ended:
        pass
    os._exit(1)  # an exception would be sent to the other side, and the next order taken


def _tell(event: Progress | Written) -> None:
    if isinstance(event, Progress):
        _marks[1] = event.done


def _watch(watched: Connection) -> None:
    with suppress(EOFError, OSError):
        watched.recv_bytes()  # nothing ever comes
    _tell_to_end()
    time.sleep(_HEARD)
    os._exit(1)


def _tell_to_end() -> None:
    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        _thread.interrupt_main(signal.SIGTERM)
    else:  # to that thread, which it wakes
        signal.pthread_kill(main, signal.SIGTERM)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if not _busy:
        os._exit(1)
    raise _Ended(1)


def _again(lost: sys.UnraisableHookArgs) -> None:
    """Tell once more, and soon: Python passes over whatever is raised in a finalizer."""
    if isinstance(lost.exc_value, _Ended):
        signal.signal(signal.SIGTERM, _end)
        threading.Timer(_SOON, _tell_to_end).start()
    else:
        sys.__unraisablehook__(lost)
