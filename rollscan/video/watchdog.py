"""Owns the end of an ffmpeg that brings nothing while it is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from ..errors import LimitError
from ..limits import current_limits

if TYPE_CHECKING:
    from .ffmpeg import Running

_LOOKS = 10  # times that is looked in the time after which an ffmpeg is ended


class Watchdog:
    """Looks, in a thread of its own, whether an ffmpeg that is waited for is beyond its time."""

    def __init__(self, ffmpeg: Running, path: Path, grace: float) -> None:
        self._ffmpeg, self._path = ffmpeg, path
        self._since: float | None = None  # when the waiting began
        self._over, self._ended = Event(), False
        stall = current_limits().max_stall
        if stall is not None:
            self._stall = stall
            Thread(target=self._look, args=(stall + grace,), daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._over.set()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """In the block, the ffmpeg is waited for; LimitError after it where it was ended."""
        self._since = monotonic()
        try:
            yield
        finally:
            self._since = None
        self._check()

    def lines(self, pipe: Iterable[bytes]) -> Iterator[bytes]:
        """The lines that come down a pipe of the ffmpeg's. Raises LimitError as `waiting` does."""
        self._since = monotonic()
        try:
            for line in pipe:
                self._since = None
                yield line
                self._since = monotonic()
        finally:
            self._since = None
        self._check()

    def wait(self, made: Callable[[], int]) -> int:
        """Wait until the ffmpeg has ended; its status. made: what grows for as long as it works."""
        before = -1

        def look() -> None:
            nonlocal before
            if (now := made()) != before:
                before, self._since = now, monotonic()

        status = self._ffmpeg.wait(meanwhile=look)
        self._since = None
        self._check()
        return status

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
                self._ffmpeg.kill()
                return


@contextmanager
def watched(ffmpeg: Running, path: Path, grace: float = 0.0) -> Iterator[Watchdog]:
    """In the block, an ffmpeg that reads `path` is ended where it exceeds the limit max_stall.

    grace: seconds that it may take besides.
    """
    watchdog = Watchdog(ffmpeg, path, grace)
    try:
        yield watchdog
    finally:
        watchdog.close()
