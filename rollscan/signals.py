"""Owns what a signal that asks to stop does to a command at work: one exception, once."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

# Ctrl-C, a polite kill, a closed terminal or ended ssh, Ctrl-\; Windows has the first two.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
_HANG_UP = getattr(signal, "SIGHUP", None)  # which nohup has a program ignore
_ALARM = getattr(signal, "SIGALRM", None)  # raises the exception again; Windows has none
_HEARD = 5.0  # seconds in which all is cleaned up, unless the exception was lost
_SOON = 0.05  # seconds until an exception known to be lost is raised again


class Stopped(BaseException):
    """A signal said to stop. No KeyboardInterrupt: Python dies of one raised while it imports."""


class Signals:
    """What the signals do from `listen` on: the first raises Stopped, further ones nothing.

    `over` ends that without a call, in which another signal could come; then `end` puts back
    what was before. In a thread other than the main one, where no signals come, nothing happens.
    """

    def __init__(self) -> None:
        self.over = False
        self._before: dict[int, Any] = {}
        self._hook = sys.unraisablehook

    def listen(self) -> None:
        """From here on signals stop the program."""
        sys.unraisablehook = self._lost
        for number in _SIGNALS:
            if number != _HANG_UP or signal.getsignal(number) != signal.SIG_IGN:
                self._handle(number, self._stop)
        if _ALARM is not None:
            self._handle(_ALARM, self._stop_again)

    def end(self, *, ignore: bool) -> None:
        """Have signals do what they did before `listen`; or, where the program ends, nothing.

        Python forgets its handlers on the way out, but not that a signal is ignored.
        """
        self.over = True
        if self._before:
            _wake_in(0)
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
        """Told to stop: clean up, which further signals must not disturb."""
        if self.over:
            return
        for each in self._before:
            if each != _ALARM:
                signal.signal(each, _pass_over)
        _wake_in(_HEARD)
        raise Stopped

    def _stop_again(self, number: int, frame: FrameType | None) -> None:
        if not self.over:
            raise Stopped

    def _lost(self, lost: sys.UnraisableHookArgs) -> None:
        """Raise it again, and soon: Python passes over whatever is raised in a finalizer."""
        if isinstance(lost.exc_value, Stopped):
            _wake_in(_SOON)
        else:
            self._hook(lost)


def _wake_in(seconds: float) -> None:
    """Have SIGALRM come so much later, where there is one; 0: not at all."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _pass_over(number: int, frame: FrameType | None) -> None:
    """Do nothing. SIG_IGN would not do yet: a signal already noted would be complained about."""
