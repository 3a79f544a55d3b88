"""Owns the watchdog that ends an ffmpeg which produces nothing for too long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from ..errors import LimitError
from ..limits import current_limits

_CHECKS = 10  # how often the thread checks during the time after which an ffmpeg is ended


class Watchdog:
    """Ends an ffmpeg, from a thread, that somebody has waited for longer than max_stall allows.

    The limit is the one in force when the watchdog is made; where it is None, nothing is ended.

    end: is called to end the ffmpeg. path: of the file that it reads, as errors call it; with None,
    nothing is ended. grace: seconds that ffmpeg may take in addition to the limit.
    """

    def __init__(self, end: Callable[[], None], path: Path | None, grace: float = 0.0) -> None:
        self._end, self._path, self._grace = end, path, grace
        self._stall = None if path is None else current_limits().max_stall
        self._since: float | None = None  # when the current wait began; None: nobody waits
        self._closed, self._ended = Event(), False
        self._thread: Thread | None = None  # started with the first wait

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()

    def restart(self) -> None:
        """Start timing a new wait, because ffmpeg has produced something or the wait begins."""
        if self._stall is not None and self._thread is None:
            patience = self._stall + self._grace
            self._thread = Thread(target=self._watch, args=(patience,), daemon=True)
            self._thread.start()
        self._since = monotonic()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Time the `with` block as a wait. Raises LimitError after it if ffmpeg was ended."""
        self.restart()
        try:
            yield
        finally:
            self._since = None
        self._check()

    def lines(self, pipe: Iterable[bytes]) -> Iterator[bytes]:
        """The lines of one of ffmpeg's pipes. Raises LimitError as `waiting` does."""
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

    def _watch(self, patience: float) -> None:
        while not self._closed.wait(patience / _CHECKS):
            since = self._since
            if since is not None and monotonic() - since > patience:
                self._ended = True
                self._end()
                return
