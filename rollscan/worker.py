"""Owns a child process: started, heard, told to end, and killed where it does not end.

Only this process acts on what a terminal sends to everybody. The child ends with this process,
however that ends: it watches a pipe that this one holds.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, NoReturn

from .limits import Limits, current_limits
from .signals import Stopped
from .video.ffmpeg import end_all_ffmpegs

_CLEANING = 3.0  # seconds that a child has to clean up, once it is told to end
_PATIENCE = _CLEANING + 1  # seconds after which it is killed
_SOON = 0.05  # seconds until a child is told once more, where the first time was lost
_OF_TERMINALS = [  # signals that a terminal sends to everybody
    getattr(signal, name) for name in ("SIGINT", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
]


class Worker:
    """A child process that runs `work(pipe, *arguments)`, with the limits that are in force here.

    work: a function of a module. It ends when `pipe` does, or by the exception Stopped.
    pipe: here, what is sent to the child, and what comes from it; it ends with the child.
    Raises OSError where no process can be started.
    """

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        spawn = get_context("spawn")  # a fork of threads would be a gamble
        self.pipe, theirs = spawn.Pipe()
        watched, self._held = spawn.Pipe(duplex=False)
        self._process = spawn.Process(
            target=_run, args=(current_limits(), watched, theirs, work, *arguments), daemon=True
        )
        with theirs, watched, _signals_blocked():
            self._process.start()

    @property
    def has_ended(self) -> bool:
        """Whether it has, by itself or by whoever ended it."""
        return self._process.exitcode is not None

    def send(self, message: Any) -> None:
        """Send it something; where it has ended, nothing happens."""
        with suppress(OSError):
            self.pipe.send(message)

    def tell_to_end(self) -> None:
        """Have it clean up and end, without waiting for that."""
        self._held.close()

    def end(self) -> None:
        """Tell it to end, and wait until it has; kill it where it does not."""
        self.tell_to_end()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Keep signals from a process that starts in the block, until it can act on them."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # which a start does otherwise, and unblocks signals with it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*_OF_TERMINALS, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In the child.


def _run(
    limits: Limits,
    watched: Connection[Any, Any],
    pipe: Connection[Any, Any],
    work: Callable[..., None],
    *arguments: Any,
) -> None:
    for number in _OF_TERMINALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _stop_again
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the terminal is the parent's
        os.dup2(null, stream)
    threading.Thread(target=_watch, args=(watched,), daemon=True).start()
    with suppress(Stopped, EOFError, BrokenPipeError), limits.in_force():
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
        work(pipe, *arguments)


def _watch(watched: Connection[Any, Any]) -> None:
    """Wait, in a thread, until the parent lets go of the pipe; then end this process, for sure."""
    with suppress(EOFError, OSError):
        watched.recv_bytes()  # nothing ever comes
    _tell_to_stop()
    end_all_ffmpegs()
    time.sleep(_CLEANING)
    end_all_ffmpegs()
    os._exit(1)


def _tell_to_stop() -> None:
    """Have the main thread, which that wakes, raise Stopped."""
    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(main, signal.SIGTERM)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def _stop_again(lost: sys.UnraisableHookArgs) -> None:
    """Tell once more, and soon: Python passes over whatever is raised in a finalizer."""
    if isinstance(lost.exc_value, Stopped):
        signal.signal(signal.SIGTERM, _stop)
        threading.Timer(_SOON, _tell_to_stop).start()
    else:
        sys.__unraisablehook__(lost)
