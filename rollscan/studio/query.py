"""Owns the questions that need composed frames, which one child process answers one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import RollscanError
from .child import answer
from .children import Child

_PATIENCE = 2.0  # seconds that the process has to cancel a question before it is ended

Tell = Callable[[dict[str, Any] | None], None]


class Questions:
    """Asks questions of a child process that runs `child.answer`.

    The process is started when it is first needed, and again if it has ended.

    folder: for its temporary files. tell: is called with the progress of the question under way,
    see `child.answer`, and with None when it ends.
    """

    def __init__(self, folder: Path, tell: Tell = lambda event: None) -> None:
        self._folder, self._tell = folder, tell
        self._child: Child | None = None
        self._turn = asyncio.Lock()
        self._over = False

    def warm(self) -> None:
        """Start the process, so that it has finished its imports when it is needed."""
        if not (self._child or self._over):
            self._child = Child(answer, self._folder)

    async def ask(self, question: str, **arguments: Any) -> Any:
        """The result of a method of Answers. Cancelling this coroutine cancels the question.

        question: the method's name. arguments: its arguments.
        Raises RollscanError where the method does, or the process has ended.
        """
        async with self._turn:
            if self._child and self._child.has_ended:
                await self._end()
            self.warm()
            if not self._child:
                raise RollscanError("the studio has ended: start it again")
            self._child.send((question, arguments))
            try:
                response = await self._answer_of(self._child, self._tell)
            except asyncio.CancelledError:
                await asyncio.shield(self._cancel(self._child))
                raise
            if not isinstance(response, tuple):  # None, or the event that says why it failed
                await self._end()
                why = response["message"] if response else "its process was ended: try again"
                raise RollscanError(f"this cannot be told, {why}")
        answer, error = response
        if error:
            raise RollscanError(*error)
        return answer

    async def _answer_of(self, child: Child, tell: Tell) -> Any:
        """The answer to the question under way, whose progress is told."""
        try:
            while _is_progress(event := await child.receive()):
                tell(event)
            return event
        finally:
            tell(None)

    async def _cancel(self, child: Child) -> None:
        """Cancel the question under way, or end the process where that takes too long."""
        child.send(False)
        with suppress(asyncio.TimeoutError):
            waiting = self._answer_of(child, lambda event: None)
            if isinstance(await asyncio.wait_for(waiting, _PATIENCE), tuple):
                return
        await self._end()

    async def close(self) -> None:
        """End the process. No other one is started."""
        self._over = True
        await self._end()

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child:
            await child.end()


def _is_progress(event: Any) -> bool:
    return isinstance(event, dict) and event["type"] == "progress"
