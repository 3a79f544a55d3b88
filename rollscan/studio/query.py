"""Owns the questions that take composing: put to one process, which is kept, one at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import RollscanError
from .child import answer
from .children import Child

_PATIENCE = 2.0  # seconds that it is given to give up a question


class Asking:
    """Asks a process that has an Answers. It is started when first needed, and again if it ends.

    folder: for its temporary files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: Child | None = None
        self._turn = asyncio.Lock()
        self._over = False

    def warm(self) -> None:
        """Start the process, so that it has its imports when it is needed."""
        if not (self._child or self._over):
            self._child = Child(answer, self._folder)

    async def ask(self, question: str, **arguments: Any) -> Any:
        """The answer of Answers.question(**arguments). Raises RollscanError where it has none.

        To cancel it gives the question up.
        """
        async with self._turn:
            if self._child and self._child.has_ended:
                await self._end()
            self.warm()
            if not self._child:
                raise RollscanError("the studio has ended: start it again")
            self._child.send((question, arguments))
            try:
                said = await self._child.receive()
            except asyncio.CancelledError:
                await asyncio.shield(self._give_up(self._child))
                raise
            if not isinstance(said, tuple):  # None, or why it ended
                await self._end()
                why = said["message"] if said else "its process was ended: try again"
                raise RollscanError(f"this cannot be told, {why}")
        answered, wrong = said
        if wrong:
            raise RollscanError(*wrong)
        return answered

    async def _give_up(self, child: Child) -> None:
        """Have the process do nothing again."""
        child.send(False)
        with suppress(asyncio.TimeoutError):
            if isinstance(await asyncio.wait_for(child.receive(), _PATIENCE), tuple):
                return
        await self._end()

    async def close(self) -> None:
        """End the process, for good."""
        self._over = True
        await self._end()

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child:
            await child.end()
