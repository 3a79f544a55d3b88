"""Owns processes of the studio, on its side: what they send is received in the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..worker import Worker


class Child:
    """A process that runs `work(pipe, *arguments)`, one of child.py's; see Worker.

    What it sends is received here in turn; None after the last.
    """

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._worker = Worker(work, *arguments)
        self._loop = asyncio.get_running_loop()
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        self._ending: asyncio.Future[None] | None = None
        self.send = self._worker.send
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether it has, by itself or by whoever ended it."""
        return self._worker.has_ended

    async def receive(self) -> Any:
        """The next thing that it sends; None when it has ended."""
        said = await self._said.get()
        if said is None:
            self._said.put_nowait(None)
        return said

    async def end(self) -> None:
        """Tell it to end, and wait until it has; it is killed where it does not."""
        self.send(None)  # which one that waits for questions hears, on Windows too
        self._ending = self._ending or asyncio.ensure_future(asyncio.to_thread(self._worker.end))
        await asyncio.shield(self._ending)

    def _listen(self) -> None:
        """Take what it sends, in a thread of its own."""
        said: Any = ()
        while said is not None:
            try:
                said = self._worker.pipe.recv()
            except (EOFError, OSError):
                said = None
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._said.put_nowait, said)
        self._worker.pipe.close()
