"""Owns the work on a cluster: orders go to the workers of a Dask scheduler, outcomes come back.

Only as many orders are submitted as the workers can begin soon, so that a million of them are never
in memory. Dask balances the load, and tries an order again whose worker died.
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
from ..checks import is_url
from ..composers.directions import MAP_NAMES
from ..effect_files import is_from_file
from ..errors import ArgumentError, ClusterError
from ..gif.threads import use_one_thread
from ..job import Job
from ..kinds import UNNAMED_FILE
from ..result import Progress, Written
from ..systems import pip_install
from .attempt import attempt
from .joining import joined
from .order import Certificates, Order, Outcome, Outcomes, Tick

_MIN_SUBMITTED = 16  # orders, even without workers: so an adaptive cluster starts some
_ORDERS_PER_THREAD = 2  # orders for each thread of the workers: one under way, one that waits
_NO_WORKER_TIMEOUT = 300.0  # seconds for which a scheduler may have no worker
_POLL_INTERVAL = 0.02  # seconds between two looks at which orders have ended
_TICK_INTERVAL = 0.25  # seconds between two calls of `tick`
_COUNT_INTERVAL = 1.0  # seconds between two counts of the workers' threads
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # parameters of mallopt, from malloc.h, in bytes


def outcomes(
    orders: Iterable[Order],
    address: str,
    jobs: int,
    tick: Tick | None = None,
    tls: Certificates | None = None,
) -> Outcomes:
    """Carry out the orders on a scheduler's workers; yield the outcome of each as it ends.

    address: host:port, or the name of a scheduler file; "local": a scheduler is started here with
    `jobs` workers. tick: is called with 0.0, a few times a second. tls: the certificates for a
    scheduler at tls://; default: those of Dask's own configuration. Raises ArgumentError without
    Dask, ClusterError where no scheduler answers, where it is lost, where it has no workers for
    long, and where these have another version of rollscan.
    """
    if find_spec("distributed") is None:
        raise ArgumentError(f"cluster is {address}, which needs Dask: {pip_install('cluster')}")
    with _logging_disabled(), joined(address, jobs, tls) as client:
        _check_versions(client)
        yield from _submit_and_collect(client, orders, address, tick)


def _submit_and_collect(
    client: Any, orders: Iterable[Order], address: str, tick: Tick | None
) -> Outcomes:
    """Submit orders as others end, and yield the outcomes of those that have ended."""
    from distributed import as_completed

    waiting = iter(orders)
    running: dict[Any, Order] = {}
    ended = as_completed(with_results=True, raise_errors=False)
    workers, ticked = _WorkerThreads(client, address), 0.0
    try:
        while True:
            threads = workers.threads()
            while len(running) < max(_MIN_SUBMITTED, _ORDERS_PER_THREAD * threads):
                if (order := next(waiting, None)) is None:
                    break
                _check_installed(order.settings)
                sent = replace(
                    order.renamed(_absolute), settings=_with_absolute_paths(order.settings)
                )
                future = client.submit(_attempt, sent, __version__, pure=False)
                running[future] = order
                ended.add(future)
            if not running:
                return
            for future, result in ended.next_batch(block=False):
                yield _outcome(result, running.pop(future), address)
            if tick and time.monotonic() - ticked > _TICK_INTERVAL:
                tick(0.0)  # the workers do not send how far their orders are
                ticked = time.monotonic()
            if not ended.has_ready():
                time.sleep(_POLL_INTERVAL)
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.cancel(list(running))


class _WorkerThreads:
    """Counts the threads of the workers, once a second."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._threads, self._counted_at, self._last_had_workers = 0, -math.inf, time.monotonic()

    def threads(self) -> int:
        """How many threads the workers have in all.

        Raises ClusterError where there has been no worker for _NO_WORKER_TIMEOUT.
        """
        now = time.monotonic()
        if now - self._counted_at > _COUNT_INTERVAL and self._client.status == "running":
            self._threads = sum(self._client.nthreads().values())
            self._counted_at = now
        if self._threads:
            self._last_had_workers = now
        if now - self._last_had_workers > _NO_WORKER_TIMEOUT:
            raise ClusterError(
                f"the scheduler at {self._address} has had no worker for"
                f" {_NO_WORKER_TIMEOUT:.0f} s: start some (dask worker {self._address})"
            )
        return self._threads


def _outcome(result: Any, order: Order, address: str) -> Outcome:
    """The outcome of an order, from what Dask returns.

    Raises ClusterError where the scheduler is lost.
    """
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker

    if isinstance(result, Outcome):
        return result.renamed(order, _absolute)
    error = result[1] if isinstance(result, tuple) else result
    if isinstance(error, CancelledError):  # Dask cancels all orders when the scheduler is lost
        raise ClusterError(
            f"the scheduler at {address} is lost: start it again, and give the same command with"
            " --resume"
        )
    message = f"the cluster could not do it ({' '.join(str(error).split())}): look at its logs"
    if isinstance(error, KilledWorker):
        why = "each worker that took it died, as happens when memory runs out"
        message = f"{why}: give the workers more memory, or a smaller --scale"
    return Outcome(order.input, "failed", error=f"{order.input}: {message}")


@contextmanager
def _logging_disabled() -> Iterator[None]:
    """Disable logging in the block, as errors of rollscan, of one line, say what matters."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _check_versions(client: Any) -> None:
    """Raise ClusterError where a worker or the scheduler has another rollscan, or none."""
    from importlib.metadata import version  # which runs where there is no rollscan, too

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
    """The name as a worker can use it, whose current folder is another."""
    return name if is_url(name) else str(Path(name).absolute())


def _check_installed(settings: Job) -> None:
    """Raise ArgumentError for an effect from a file, which the workers do not have."""
    if is_from_file(settings.look.effect):
        raise ArgumentError(
            f"effect is {settings.look.effect}, from a file, and a cluster takes effects of"
            " installed packages only: install it there, as an entry point rollscan.effects",
            "effect",
        )


@lru_cache(maxsize=1)
def _with_absolute_paths(settings: Job) -> Job:
    """The settings of jobs with absolute paths for all files that they name; see _absolute."""
    named: dict[str, Any] = {
        field: Path(_absolute(str(path)))
        for field in ("platforms", "sound")
        if isinstance(path := getattr(settings, field), Path)
    }
    if settings.look.map not in (*MAP_NAMES, UNNAMED_FILE):
        named["look"] = settings.look.over(map=_absolute(settings.look.map))
    return settings.over(**named)


# On the workers.


class _Cancelled(BaseException):
    """The order has been cancelled: nobody waits for its outcome any more."""


def _attempt(order: Order, version: str) -> Outcome:
    """Carry out an order, on a worker. Temporary files are in the worker's own folder.

    Dask removes that folder when the worker ends, even if it is killed.
    """
    from distributed import get_worker

    host = socket.gethostname()
    if version != __version__:  # a worker that has joined after _check_versions
        message = f"{order.input}: the worker on {host} has rollscan {__version__}, not {version}"
        return Outcome(order.input, "failed", error=f"{message}: give all the same")
    use_one_thread()
    _keep_freed_memory()
    worker = get_worker()
    key = worker.get_current_task()

    def stop_if_cancelled(event: Progress | Written) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise _Cancelled

    try:
        return attempt(order, stop_if_cancelled, scratch=worker.local_directory, host=host)
    except _Cancelled:
        return Outcome(order.input, "failed", error=f"{order.input}: nobody waits for it any more")


@lru_cache(maxsize=1)
def _keep_freed_memory() -> None:
    """Make the worker's allocator keep freed memory, for the next frame to use.

    Dask starts workers with MALLOC_TRIM_THRESHOLD_, which makes glibc return the memory of each
    frame to the system: an order then takes twice as long. The thresholds here are those that glibc
    reaches by itself otherwise; other C libraries have none.
    """
    with suppress(AttributeError, OSError, TypeError):
        keep = ctypes.CDLL(None).mallopt
        keep(_MMAP_THRESHOLD, 32 << 20)
        keep(_TRIM_THRESHOLD, 64 << 20)
