"""Owns the work on this machine's cores: each order is carried out in a process of its own.

If a process dies, only its clip fails, and the others go on.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable
from multiprocessing.connection import Connection, wait
from typing import Any

from ..gif.threads import usable_cores, use_one_thread
from ..result import Progress, Written
from ..worker import Worker
from .attempt import attempt
from .order import Order, Outcome, Outcomes, Tick

_TICK_INTERVAL = 0.25  # seconds between two calls of `tick`
_MOST_STARTS = 3  # times that an order is started whose process dies before the order begins


def usual_jobs() -> int:
    """The usual number of clips at a time: one for each core that this process may use."""
    return usable_cores()


def outcomes(orders: Iterable[Order], jobs: int, tick: Tick | None = None) -> Outcomes:
    """Carry out the orders, `jobs` of them at a time, and yield the outcome of each as it ends.

    Closing the iterator, or an exception in the loop over it, ends all work under way at once.
    tick: see order.Tick. Raises OSError where no process can be started.
    """
    waiting = ((order, 1) for order in orders)
    to_restart: deque[tuple[Order, int]] = deque()  # those whose process died before they began
    slots = [_WorkerSlot() for _ in range(jobs)]
    idle, ticked = [*slots], time.monotonic()  # when `tick` was called last
    running: dict[Any, _WorkerSlot] = {}  # by the pipe that brings its messages
    try:
        while True:
            while idle and (item := to_restart.popleft() if to_restart else next(waiting, None)):
                try:
                    pipe = idle[-1].start(*item)
                except OSError:
                    if not running:
                        raise
                    to_restart.append(item)  # for one of the processes that there are
                    idle.pop()
                else:
                    running[pipe] = idle.pop()
            if not running:
                return
            for ready in wait(running, _TICK_INTERVAL):
                message = running[ready].receive()
                if isinstance(message, float):
                    continue
                idle.append(running.pop(ready))
                if isinstance(message, Outcome):
                    yield message
                else:
                    to_restart.append(message)
                ticked = -math.inf  # `tick` is called at once
            if tick and time.monotonic() - ticked > _TICK_INTERVAL:
                tick(sum(slot.share for slot in running.values()))
                ticked = time.monotonic()
    finally:
        for slot in slots:
            slot.tell_to_end()
        for slot in slots:
            slot.end()


class _WorkerSlot:
    """Room for one process at a time, which is started for the first order.

    share: how much of the order under way is done, from 0 to 1.
    """

    def __init__(self) -> None:
        self.share = 0.0
        self._worker: Worker | None = None
        self._began = 0.0

    def start(self, order: Order, starts: int) -> Connection[Any, Any]:
        """Start an order, in a new process where there is none; return the pipe of its messages.

        starts: how many times the order has been started, this time included.
        """
        self.share, self._has_begun, self._began = 0.0, False, time.monotonic()
        self._order, self._starts = order, starts
        self._worker = self._worker or Worker(_do_orders)
        self._worker.send(order)  # if the process has died meanwhile, `receive` finds that out
        return self._worker.pipe

    def receive(self) -> float | Outcome | tuple[Order, int]:
        """Receive the next message: how much of the order is done, or its outcome.

        If the process died before the order began, return the order, which should be started again,
        and the number of times that it will have been started then.
        """
        assert self._worker
        try:
            message: float | Outcome = self._worker.pipe.recv()
        except (EOFError, OSError):
            return self._after_death()
        if isinstance(message, float):
            self.share, self._has_begun = message, True
        return message

    def _after_death(self) -> Outcome | tuple[Order, int]:
        """What `receive` returns after the process has died."""
        self.end()
        self._worker = None
        if not self._has_begun and self._starts < _MOST_STARTS:
            return self._order, self._starts + 1
        name, seconds = self._order.input, time.monotonic() - self._began
        why = "its process was killed or crashed, as happens when memory runs out"
        message = f"{name}: {why}: give fewer --jobs, or a smaller --scale"
        return Outcome(name, "failed", seconds, error=message)

    def tell_to_end(self) -> None:
        """Tell the process to end, whatever it is doing, without waiting for it."""
        if self._worker:
            self._worker.tell_to_end()
            self._worker.pipe.close()  # this ends a process that waits for an order, on Windows too

    def end(self) -> None:
        """Tell the process to end, and wait until it has ended."""
        if self._worker:
            self._worker.end()


def _do_orders(pipe: Connection[Any, Any]) -> None:
    """Carry out the orders that the pipe brings; send the progress of each, then its outcome."""

    def tell(event: Progress | Written) -> None:
        if isinstance(event, Progress):
            pipe.send(event.done)

    use_one_thread()
    while True:
        order = pipe.recv()
        pipe.send(0.0)
        pipe.send(attempt(order, tell))
