"""Owns the handling of signals: those that ask a command to stop raise one exception, once.

It also keeps them from other processes.
"""

from __future__ import annotations

import _thread
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any

# Those that a terminal sends to all its processes: Ctrl-C, a closed terminal or a lost ssh, Ctrl-\,
# and on Windows, which lacks these two, Ctrl-Break.
_NAMES = ("SIGINT", "SIGHUP", "SIGQUIT", "SIGBREAK")
OF_TERMINALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
STOPPING = (*OF_TERMINALS, signal.SIGTERM)  # all signals that ask to stop
_HANG_UP = getattr(signal, "SIGHUP", None)  # nohup makes a program ignore it
# Its handler raises the exception again. Windows has no alarm, and sends no SIGTERM of its own.
_ALARM = getattr(signal, "SIGALRM", signal.SIGTERM)
_CLEANING = 5.0  # seconds that cleaning up takes at most, unless the exception was lost
_SOON = 0.05  # seconds until an exception known to be lost is raised again


def detached() -> dict[str, Any]:
    """Arguments of Popen for a process that gets no signals of the terminal, and no console."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"start_new_session": True}


def signal_name(number: int) -> str:
    """What a signal is called, such as SIGTERM."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Stopped(BaseException):
    """A signal asked to stop. KeyboardInterrupt would kill Python during an import."""


class Signals:
    """The handlers of signals from `listen` to `end`: the first raises Stopped, later ones nothing.

    Setting `over` disables them at once, without a call that another signal could interrupt. Then
    `end` restores the previous handlers. Outside the main thread, which alone receives signals,
    the methods do nothing.
    """

    def __init__(self) -> None:
        self.over = False
        self._before: dict[int, Any] = {}
        self._hook = sys.unraisablehook
        self._timer: threading.Timer | None = None

    def listen(self) -> None:
        """Install the handlers."""
        sys.unraisablehook = self._raise_lost_again
        for number in STOPPING:
            if number != _HANG_UP or signal.getsignal(number) != signal.SIG_IGN:
                self._handle(number, self._stop)
        if _ALARM not in STOPPING:
            self._handle(_ALARM, self._stop_again)

    def end(self, *, ignore: bool) -> None:
        """Restore the handlers from before `listen`, or let signals be ignored.

        ignore: for a program that ends. While Python exits, it removes handlers, but a signal that
        is ignored stays ignored.
        """
        self.over = True
        if self._before:
            self._schedule_alarm(0)
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_IGN if ignore else before or signal.SIG_DFL)
        sys.unraisablehook = self._hook

    def _handle(self, number: int, handler: Any) -> None:
        before = signal.getsignal(number)
        with suppress(ValueError):  # not in the main thread
            self._before[number] = before
            signal.signal(number, handler)
            return
        del self._before[number]

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Raise Stopped. Further signals do nothing, so as not to disturb the cleanup."""
        if self.over:
            return
        for each in self._before:
            signal.signal(each, self._stop_again if each == _ALARM else _do_nothing)
        self._schedule_alarm(_CLEANING)
        raise Stopped

    def _stop_again(self, number: int, frame: FrameType | None) -> None:
        if not self.over:
            raise Stopped

    def _raise_lost_again(self, lost: sys.UnraisableHookArgs) -> None:
        """Raise Stopped again soon, as Python ignores exceptions that are raised in finalizers."""
        if isinstance(lost.exc_value, Stopped):
            self._schedule_alarm(_SOON)
        else:
            self._hook(lost)

    def _schedule_alarm(self, seconds: float) -> None:
        """Have `_stop_again` called in so many seconds, instead of when it was; 0 cancels that."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, seconds)
            return
        if self._timer:
            self._timer.cancel()
        if seconds:
            self._timer = threading.Timer(seconds, _thread.interrupt_main, [_ALARM])
            self._timer.daemon = True
            self._timer.start()


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Do nothing. With SIG_IGN, Python would complain about a signal that has come already."""
