"""Owns worker processes: starting one, exchanging messages with it, and ending it.

A worker ignores the signals that a terminal sends to all its processes, so that only the parent
reacts to them. It ends when the parent ends in any way, as it watches a pipe of the parent.
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

from .effect_files import EffectFile, load_again, loaded
from .limits import Limits, current_limits
from .signals import OF_TERMINALS, STOPPING, Stopped
from .video.ffmpeg import end_all_ffmpegs

_CLEANING = 3.0  # seconds that a worker has to clean up once it is told to end
_PATIENCE = _CLEANING + 1  # seconds after which the worker is killed
_SOON = 0.05  # seconds until Stopped is raised again after it was lost


class Worker:
    """A child process that runs `work(pipe, *arguments)` with the limits that are in force here.

    It has the effects that were loaded here from files.

    work: a function at the top level of a module. It has to end when its pipe is closed, and may
        be ended by the exception Stopped.
    pipe: the connection to the child. It is closed when the child ends.

    Raises OSError if no process can be started.
    """

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        spawn = get_context("spawn")  # forking a process with threads is not safe
        self.pipe, theirs = spawn.Pipe()
        watched, self._lifeline = spawn.Pipe(duplex=False)
        self._process = spawn.Process(
            target=_run,
            args=(current_limits(), loaded(), watched, theirs, work, *arguments),
            daemon=True,
        )
        with theirs, watched, _signals_blocked():
            self._process.start()

    @property
    def has_ended(self) -> bool:
        """Whether the child has ended, for any reason."""
        return self._process.exitcode is not None

    def send(self, message: Any) -> None:
        """Send a message to the child. If the child has ended, this does nothing."""
        with suppress(OSError):
            self.pipe.send(message)

    def tell_to_end(self) -> None:
        """Tell the child to clean up and end, without waiting for it."""
        self._lifeline.close()

    def end(self) -> None:
        """Tell the child to end, wait for it, and kill it if it does not end in time."""
        self.tell_to_end()
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block signals for a process that starts within the block, until it can handle them."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # start() would run it, and unblock signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# The functions below run in the child.


def _run(
    limits: Limits,
    effects: tuple[EffectFile, ...],
    watched: Connection[Any, Any],
    pipe: Connection[Any, Any],
    work: Callable[..., None],
    *arguments: Any,
) -> None:
    for number in OF_TERMINALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    sys.unraisablehook = _stop_again
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the terminal belongs to the parent
        os.dup2(null, stream)
    threading.Thread(target=_watch, args=(watched,), daemon=True).start()
    with suppress(Stopped, EOFError, BrokenPipeError), limits.in_force():
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
        load_again(effects)
        work(pipe, *arguments)


def _watch(watched: Connection[Any, Any]) -> None:
    """Wait, in a thread, until the parent closes the pipe; then end this process in any case."""
    with suppress(EOFError, OSError):
        watched.recv_bytes()  # the parent never sends anything
    _tell_to_stop()
    end_all_ffmpegs()
    time.sleep(_CLEANING)
    end_all_ffmpegs()
    os._exit(1)


def _tell_to_stop() -> None:
    """Wake the main thread, and make it raise Stopped."""
    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        _thread.interrupt_main(signal.SIGTERM)
    else:
        signal.pthread_kill(main, signal.SIGTERM)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def _stop_again(lost: sys.UnraisableHookArgs) -> None:
    """Raise Stopped again soon, as Python ignores exceptions that are raised in finalizers."""
    if isinstance(lost.exc_value, Stopped):
        signal.signal(signal.SIGTERM, _stop)
        threading.Timer(_SOON, _tell_to_stop).start()
    else:
        sys.__unraisablehook__(lost)
