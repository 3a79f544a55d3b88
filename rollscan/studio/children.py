"""Owns the studio's end of its child processes, whose messages it receives in the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..worker import Worker


class Child:
    """A child process that runs `work(pipe, *arguments)`, a function of child.py; see Worker.

    send: sends the process a message. Raises OSError where no process can be started.
    """

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._worker = Worker(work, *arguments)
        self._loop = asyncio.get_running_loop()
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._ending: asyncio.Future[None] | None = None
        self.send = self._worker.send
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended, by itself or by being killed."""
        return self._worker.has_ended

    async def receive(self) -> Any:
        """Wait for the process's next message; None when it has ended."""
        message = await self._messages.get()
        if message is None:
            self._messages.put_nowait(None)
        return message

    async def end(self) -> None:
        """Tell the process to end, and wait until it has; it is killed if it does not."""
        self.send(None)  # ends a process that waits for questions, on Windows too
        self._ending = self._ending or asyncio.ensure_future(asyncio.to_thread(self._worker.end))
        await asyncio.shield(self._ending)

    def _listen(self) -> None:
        """Pass the process's messages on to the event loop, in a thread of its own."""
        message: Any = ()
        while message is not None:
            try:
                message = self._worker.pipe.recv()
            except (EOFError, OSError):
                message = None
            with suppress(RuntimeError):  # the event loop is closed
                self._loop.call_soon_threadsafe(self._messages.put_nowait, message)
        self._worker.pipe.close()
