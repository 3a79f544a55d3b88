"""Owns how many threads the writer uses, and how many cores this process may use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "ROLLSCAN_THREADS"
MOST = 64
_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of the container, in microseconds: "200000 100000"


def thread_count() -> int:
    """How many threads the writer uses: ROLLSCAN_THREADS, or else one for each usable core.

    Raises ValueError where ROLLSCAN_THREADS is not a whole number from 1 to 64.
    """
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return min(usable_cores(), MOST)
    if not (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= MOST):
        raise ValueError(f"{VARIABLE} is {wanted!r}, must be a whole number from 1 to {MOST}")
    return int(wanted)


def use_one_thread() -> None:
    """Let this process use one thread, unless ROLLSCAN_THREADS is set: others work beside it."""
    os.environ.setdefault(VARIABLE, "1")


def usable_cores() -> int:
    """How many cores this process may use: those it may run on, within its container's quota."""
    if hasattr(os, "process_cpu_count"):  # since Python 3.13
        cores = os.process_cpu_count() or 1
    elif hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    with suppress(OSError, ValueError):  # where there is no container, or no quota ("max")
        quota, period = map(int, _QUOTA.read_text(encoding="utf-8").split())
        cores = min(cores, max(1, -(-quota // period)))
    return cores
