"""Owns doing orders on a cluster: the workers of a Dask scheduler, or of one started here.

No more orders are with the scheduler than its workers take soon: a million are never held. What
fairness, balance and a second try after a worker's death there is, is Dask's own.
"""

from __future__ import annotations

import ctypes
import logging
import math
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .. import __version__
from ..compose.directions import MAPS
from ..errors import ArgumentError, ClusterError
from ..job import Job
from ..kinds import UNNAMED_FILE
from ..result import Progress, Written
from .attempt import attempt
from .joining import joined
from .order import Certificates, Order, Outcome, Outcomes, Tick
from .stores import is_url

_FEWEST = 16  # orders with the scheduler, so that a cluster without workers sees it needs some
_AHEAD = 2  # orders for each thread of the workers: one under way, one that waits
_UNMANNED = 300.0  # seconds for which a scheduler may be without any worker
_SOON = 0.02  # seconds between two looks at what has ended
_TICK = 0.25  # seconds from one to the next time that it is said how far the clips are
_EVERY = 1.0  # seconds between two looks at how many workers there are
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # of malloc.h, for mallopt: both in bytes


def outcomes(
    orders: Iterable[Order],
    address: str,
    jobs: int,
    tick: Tick | None = None,
    tls: Certificates | None = None,
) -> Outcomes:
    """Do the orders on the workers of the scheduler at `address`; give each outcome as it ends.

    address: as host:port, or the name of a scheduler file; "local": one started here with `jobs`
    workers. tls: what a scheduler at tls:// is joined with. Raises ArgumentError without Dask,
    ClusterError where there is no such scheduler, it is lost, it stays without workers, or these
    have another rollscan.
    """
    if find_spec("distributed") is None:
        raise ArgumentError(
            f"cluster is {address}, which needs Dask: pip install 'rollscan[cluster]'"
        )
    with _silent(), joined(address, jobs, tls) as client:
        _check_versions(client)
        yield from _windowed(client, orders, address, tick)


def _windowed(client: Any, orders: Iterable[Order], address: str, tick: Tick | None) -> Outcomes:
    """Submit orders as others end, and give the outcomes of those."""
    from distributed import as_completed

    waiting = iter(orders)
    running: dict[Any, Order] = {}
    ended = as_completed(with_results=True, raise_errors=False)
    crew, ticked = _Crew(client, address), 0.0
    try:
        while True:
            threads = crew.threads()
            while len(running) < max(_FEWEST, _AHEAD * threads):
                if (order := next(waiting, None)) is None:
                    break
                sent = replace(order.renamed(_absolute), how=_seen_from_afar(order.how))
                future = client.submit(_attempt, sent, __version__, pure=False)
                running[future] = order
                ended.add(future)
            if not running:
                return
            for future, result in ended.next_batch(block=False):
                yield _outcome(result, running.pop(future), address)
            if tick and time.monotonic() - ticked > _TICK:
                tick(0.0)  # how far a clip is, stays with its worker
                ticked = time.monotonic()
            if not ended.has_ready():
                time.sleep(_SOON)
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.cancel(list(running))


class _Crew:
    """The workers, counted once a second."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._threads, self._looked, self._manned = 0, -math.inf, time.monotonic()

    def threads(self) -> int:
        """How many threads all workers have. Raises ClusterError where there is none for long."""
        now = time.monotonic()
        if now - self._looked > _EVERY and self._client.status == "running":
            self._threads = sum(self._client.nthreads().values())
            self._looked = now
        if self._threads:
            self._manned = now
        if now - self._manned > _UNMANNED:
            raise ClusterError(
                f"the scheduler at {self._address} has had no worker for {_UNMANNED:.0f} s: start"
                f" some (dask worker {self._address})"
            )
        return self._threads


def _outcome(result: Any, order: Order, address: str) -> Outcome:
    """What came of an order, from what Dask brings. Raises ClusterError where that is lost."""
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker

    if isinstance(result, Outcome):
        return result.renamed(order, _absolute)
    error = result[1] if isinstance(result, tuple) else result
    if isinstance(error, CancelledError):  # as all are then
        raise ClusterError(
            f"the scheduler at {address} is lost: start it again, and give the same command with"
            " --resume"
        )
    said = f"the cluster could not do it ({' '.join(str(error).split())}): look at its logs"
    if isinstance(error, KilledWorker):
        why = "each worker that took it died, as happens when memory runs out"
        said = f"{why}: give the workers more memory, or a smaller --scale"
    return Outcome(order.input, "failed", error=f"{order.input}: {said}")


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing is logged in the block: what matters of it is said here, in one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _check_versions(client: Any) -> None:
    """Raise ClusterError where a worker has another rollscan than this, or none."""
    from importlib.metadata import version  # which all can be asked for, whatever they have

    found_on = {
        f"the worker at {worker}": found
        for worker, found in client.run(version, "rollscan", on_error="return").items()
    }
    try:
        found_on["the scheduler"] = client.run_on_scheduler(version, "rollscan")
    except ImportError as error:
        found_on["the scheduler"] = error
    for who, found in found_on.items():
        if found != __version__:
            has = "no rollscan" if isinstance(found, Exception) else f"rollscan {found}"
            raise ClusterError(
                f"{who} has {has}, here it is {__version__}: give all the same"
                f" (pip install rollscan=={__version__})"
            )


def _absolute(name: str) -> str:
    """The name as a worker in another folder can use it."""
    return name if is_url(name) else str(Path(name).absolute())


@lru_cache(maxsize=1)
def _seen_from_afar(how: Job) -> Job:
    """The job with names that a worker in another folder can use, of all the files it reads."""
    named: dict[str, Any] = {
        field: Path(_absolute(str(path)))
        for field in ("platforms", "sound")
        if isinstance(path := getattr(how, field), Path)
    }
    if how.look.map not in (*MAPS, UNNAMED_FILE):
        named["look"] = how.look.over(map=_absolute(how.look.map))
    return how.over(**named)


# On the workers.


class _Unwanted(BaseException):
    """Nobody waits for this order any more."""


def _attempt(order: Order, version: str) -> Outcome:
    """Do an order in the worker's own folder, which goes with it even when it is killed."""
    from distributed import get_worker

    host = socket.gethostname()
    if version != __version__:  # a worker that came later than the check
        said = f"{order.input}: the worker on {host} has rollscan {__version__}, not {version}"
        return Outcome(order.input, "failed", error=f"{said}: give all the same")
    _keep_freed_memory()
    worker = get_worker()
    key = worker.get_current_task()

    def go_on(event: Progress | Written) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise _Unwanted

    try:
        return attempt(order, go_on, scratch=worker.local_directory, host=host)
    except _Unwanted:
        return Outcome(order.input, "failed", error=f"{order.input}: nobody waits for it any more")


@lru_cache(maxsize=1)
def _keep_freed_memory() -> None:
    """Let the worker's allocator keep what is freed, for the next frame to lie in.

    Dask starts workers with MALLOC_TRIM_THRESHOLD_, with which glibc gives a frame's memory back to
    the system each time: an order then takes twice as long. These are the thresholds which glibc
    comes to by itself without that; other C libraries have none.
    """
    with suppress(AttributeError, OSError, TypeError):
        keep = ctypes.CDLL(None).mallopt
        keep(_MMAP_THRESHOLD, 32 << 20)
        keep(_TRIM_THRESHOLD, 64 << 20)
