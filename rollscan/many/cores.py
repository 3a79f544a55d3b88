"""Owns doing orders on this machine's cores: each in a process, of which none harms another.

Where a process dies, the clip at fault is known, and the others go on.
"""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Iterable
from multiprocessing.connection import Connection, wait
from typing import Any

from ..result import Progress, Written
from ..worker import Worker
from .attempt import attempt
from .order import Order, Outcome, Outcomes, Tick

_TICK = 0.25  # seconds between two looks at how far the clips are
_STARTS = 3  # times that a clip is given to a process which then dies before it begins


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
    waiting = ((order, 1) for order in orders)
    again: deque[tuple[Order, int]] = deque()  # those whose process died before they began
    lanes = [_Lane() for _ in range(jobs)]
    idle, ticked = [*lanes], time.monotonic()  # when `tick` was called last
    running: dict[Any, _Lane] = {}  # by the pipe by which each is heard
    try:
        while True:
            while idle and (item := again.popleft() if again else next(waiting, None)):
                try:
                    pipe = idle[-1].start(*item)
                except OSError:
                    if not running:
                        raise
                    again.append(item)  # with a process less
                    idle.pop()
                else:
                    running[pipe] = idle.pop()
            if not running:
                return
            for heard in wait(running, _TICK):
                said = running[heard].hear()
                if isinstance(said, float):
                    continue
                idle.append(running.pop(heard))
                if isinstance(said, Outcome):
                    yield said
                else:
                    again.append(said)
                ticked = -math.inf  # at once
            if tick and time.monotonic() - ticked > _TICK:
                tick(sum(lane.share for lane in running.values()))
                ticked = time.monotonic()
    finally:
        for lane in lanes:
            lane.tell_to_end()
        for lane in lanes:
            lane.end()


class _Lane:
    """One process at a time, started when there is something to do."""

    def __init__(self) -> None:
        self.share = 0.0  # of the clip under way that is done
        self._worker: Worker | None = None
        self._began = 0.0

    def start(self, order: Order, starts: int) -> Connection[Any, Any]:
        """Do an order, in a new process where there is none; return the pipe by which it is heard.

        starts: how many times it is started, with this.
        """
        self.share, self._is_begun, self._began = 0.0, False, time.monotonic()
        self._order, self._starts = order, starts
        self._worker = self._worker or Worker(_do_orders)
        self._worker.send(order)  # where it has died meanwhile, that is heard soon
        return self._worker.pipe

    def hear(self) -> float | Outcome | tuple[Order, int]:
        """What comes next: how much is done, or the outcome.

        Or the order, to be started again as its process died before it began, and how many times
        it will be started then.
        """
        assert self._worker
        try:
            said: float | Outcome = self._worker.pipe.recv()
        except (EOFError, OSError):
            return self._died()
        if isinstance(said, float):
            self.share, self._is_begun = said, True
        return said

    def _died(self) -> Outcome | tuple[Order, int]:
        self.end()
        self._worker = None
        if not self._is_begun and self._starts < _STARTS:
            return self._order, self._starts + 1
        name, seconds = self._order.input, time.monotonic() - self._began
        why = "its process was killed or crashed, as happens when memory runs out"
        said = f"{name}: {why}: give fewer --jobs, or a smaller --scale"
        return Outcome(name, "failed", seconds, error=said)

    def tell_to_end(self) -> None:
        """Have the process end, whatever it does, without waiting for that."""
        if self._worker:
            self._worker.tell_to_end()
            self._worker.pipe.close()  # which one that waits for an order hears, on Windows too

    def end(self) -> None:
        """Wait until the process has ended, which is told to."""
        if self._worker:
            self._worker.end()


def _do_orders(pipe: Connection[Any, Any]) -> None:
    """Do the orders that come down the pipe: send how much of each is done, then its outcome."""

    def tell(event: Progress | Written) -> None:
        if isinstance(event, Progress):
            pipe.send(event.done)

    while True:
        order = pipe.recv()
        pipe.send(0.0)
        pipe.send(attempt(order, tell))
