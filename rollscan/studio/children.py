"""Owns processes of the studio, on its side: started apart, heard, and ended for sure."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from ..limits import current_limits, within

_PATIENCE = 4.0  # seconds that a process is given to clean up, once told to end


class Child:
    """A process that runs `target(ours, alive, *arguments)`, one of child.py's.

    It ends when it is told to, and when this process is gone: then its `alive` pipe ends. What it
    sends is received here in turn; None after the last.
    """

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        spawn = get_context("spawn")  # a fork of threads would be a gamble
        self._pipe, theirs = spawn.Pipe()
        dies, self._alive = spawn.Pipe(duplex=False)
        self._process = spawn.Process(
            target=within,
            args=(current_limits(), target, theirs, dies, *arguments),
            daemon=True,
        )
        with _unheard():
            self._process.start()
        theirs.close()
        dies.close()
        self._loop = asyncio.get_running_loop()
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        self._ending: asyncio.Future[None] | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether it has, by itself or by whoever ended it."""
        return self._process.exitcode is not None

    async def receive(self) -> Any:
        """The next thing that it sends; None when it has ended."""
        said = await self._said.get()
        if said is None:
            self._said.put_nowait(None)
        return said

    def send(self, message: Any) -> None:
        """Say something to it; where it has ended, to nobody."""
        with suppress(OSError):
            self._pipe.send(message)

    async def end(self) -> None:
        """Tell it to end, and wait until it has; kill it where it does not."""
        self._ending = self._ending or asyncio.ensure_future(self._end())
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        self._alive.close()
        await asyncio.to_thread(self._process.join, _PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            await asyncio.to_thread(self._process.join)
        self._process.close()

    def _listen(self) -> None:
        """Take what it sends, in a thread of its own."""
        pipe: Connection[Any, Any] = self._pipe
        said: Any = ()
        while said is not None:
            try:
                said = pipe.recv()
            except (EOFError, OSError):
                said = None
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._said.put_nowait, said)
        pipe.close()


@contextmanager
def _unheard() -> Iterator[None]:
    """Block the terminal's signals for a process that starts: it unblocks them when it is ready."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM}
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
