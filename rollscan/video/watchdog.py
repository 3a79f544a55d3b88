"""Owns the end of an ffmpeg that brings nothing while it is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from ..errors import LimitError
from ..limits import current_limits

_LOOKS = 10  # times that is looked in the time after which an ffmpeg is ended


class Watchdog:
    """Looks, in a thread of its own, whether an ffmpeg that is waited for is beyond its time.

    That is the limit max_stall that is in force now, if any.
    end: ends the ffmpeg. path: of the file that it reads, as errors call it; None: nothing is ever
    ended. grace: seconds that it may take besides the limit.
    """

    def __init__(self, end: Callable[[], None], path: Path | None, grace: float = 0.0) -> None:
        self._end, self._path, self._grace = end, path, grace
        self._stall = None if path is None else current_limits().max_stall
        self._since: float | None = None  # when the waiting began
        self._over, self._ended = Event(), False
        self._thread: Thread | None = None  # from the first wait on

    def close(self) -> None:
        """Look no more."""
        self._over.set()

    def restart(self) -> None:
        """Begin the waiting anew, as something came."""
        if self._stall is not None and self._thread is None:
            patience = self._stall + self._grace
            self._thread = Thread(target=self._look, args=(patience,), daemon=True)
            self._thread.start()
        self._since = monotonic()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """In the block, the ffmpeg is waited for; LimitError after it where it was ended."""
        self.restart()
        try:
            yield
        finally:
            self._since = None
        self._check()

    def lines(self, pipe: Iterable[bytes]) -> Iterator[bytes]:
        """The lines that come down a pipe of the ffmpeg's. Raises LimitError as `waiting` does."""
        self.restart()
        try:
            for line in pipe:
                self._since = None
                yield line
                self.restart()
        finally:
            self._since = None
        self._check()

    def _check(self) -> None:
        if self._ended:
            raise LimitError(
                f"{self._path} brought nothing for {self._stall:g} s while it was read, as long as"
                " max_stall allows: check the file and the disk, or raise that limit",
                "max_stall",
            )

    def _look(self, patience: float) -> None:
        while not self._over.wait(patience / _LOOKS):
            since = self._since
            if since is not None and monotonic() - since > patience:
                self._ended = True
                self._end()
                return
