"""Owns the jobs of the page: one is rendered at a time, in a process; the others queue."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import RollscanError
from .child import make
from .children import Child
from .job_request import Asked

_MOST_WAITING = 50
_MOST_KEPT = 50  # of those that are over: their files are there to be saved
_ENDS = ("done", "failed", "cancelled")


@dataclass
class Order:
    """A job under way: what was said of it, and the files that are finished."""

    id: str
    asked: Asked
    folder: Path
    files: list[tuple[Path, str]] = field(default_factory=list)  # and how each is called
    said: list[dict[str, Any]] = field(default_factory=list)  # what stays true
    now: dict[str, Any] | None = None  # what is true for now: a place, or how far it is
    cancelled: bool = False
    child: Child | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return bool(self.said) and self.said[-1]["type"] in _ENDS

    def say(self, event: dict[str, Any]) -> None:
        """Tell all who listen."""
        if event["type"] in ("queued", "progress"):
            self.now = event
        else:
            self.said.append(event)
        if self.is_over:
            self.now = None
        news, self.news = self.news, asyncio.Event()
        news.set()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """What was said, and what is said from now on, up to its end."""
        heard, last = 0, None
        while True:
            news = self.news
            for event in self.said[heard:]:
                yield event
            heard = len(self.said)
            if self.is_over:
                return
            if self.now is not last:
                last = self.now
                yield last or {}
            await news.wait()


class Jobs:
    """All orders: used in the event loop alone. folder: where each gets one of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._orders: dict[str, Order] = {}
        self._waiting: list[Order] = []
        self._running: Order | None = None
        self._worker: asyncio.Task[None] | None = None

    def __getitem__(self, id: str) -> Order:
        """The order. Raises RollscanError where there is none."""
        if id not in self._orders:
            raise RollscanError(f"there is no job {id}: it may be too long ago")
        return self._orders[id]

    @property
    def under_way(self) -> Iterator[Order]:
        """Those that run or wait."""
        return (order for order in self._orders.values() if not order.is_over)

    def folder_for_next(self) -> Path:
        """A new folder, for the files of an order."""
        folder = self._folder / f"job-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def add(self, asked: Asked, folder: Path) -> Order:
        """Queue a job. folder: from folder_for_next."""
        if len(self._waiting) >= _MOST_WAITING:
            raise RollscanError(f"{_MOST_WAITING} jobs wait: let some of them finish first")
        order = Order(folder.name.removeprefix("job-"), asked, folder)
        self._orders[order.id] = order
        self._waiting.append(order)
        self._tell_places()
        if not self._worker or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return order

    async def cancel(self, order: Order) -> None:
        """End a job: nothing comes of it."""
        if order.is_over or order.cancelled:
            return
        order.cancelled = True
        if order in self._waiting:
            self._waiting.remove(order)
            self._over(order, {"type": "cancelled"})
            self._tell_places()
        elif order.child:
            await order.child.end()  # _work then hears that it has ended

    async def close(self) -> None:
        """End all."""
        for order in [*self._waiting, *self.under_way]:  # the one that runs comes last
            await self.cancel(order)
        if self._worker:
            await self._worker

    async def _work(self) -> None:
        """Render what waits, one after another."""
        while self._waiting:
            order = self._running = self._waiting.pop(0)
            self._tell_places()
            try:
                end = await self._rendered(order)
            except OSError as error:
                end = {"type": "failed", "message": f"no process could be started: {error}"}
            self._over(order, end)
            self._running = None

    async def _rendered(self, order: Order) -> dict[str, Any]:
        """Render, say how far it is, and return how it ended."""
        order.child = Child(make, self._folder, order.asked.job)
        order.say({"type": "progress", "stage": "starting", "file": None, "done": 0, "left": None})
        end: dict[str, Any] = {"type": "failed", "message": "its process was ended: try again"}
        while (event := await order.child.receive()) is not None:
            if event["type"] in _ENDS:
                end = event
            else:
                self._tell(order, event)
        if order.cancelled:
            return end if end["type"] == "done" else {"type": "cancelled"}
        await order.child.end()
        if "message" in end:
            end = {**end, "message": order.asked.in_words(end["message"])}
        return end

    def _tell(self, order: Order, event: dict[str, Any]) -> None:
        """Pass on what a process says, with files called as people know them."""
        if event["type"] == "written":
            path = event.pop("path")
            name = Path(order.asked.in_words(str(path))).name
            order.files.append((path, name))
            event = {**event, "name": name, "index": len(order.files) - 1}
        elif event.get("file") is not None:
            event = {**event, "file": Path(order.asked.in_words(str(event["file"]))).name}
        order.say(event)

    def _over(self, order: Order, end: dict[str, Any]) -> None:
        """Say how it ended, keep its files if it is done, and forget the oldest."""
        if end["type"] != "done":
            order.files.clear()
            shutil.rmtree(order.folder, ignore_errors=True)
        order.say(end)
        over = [order for order in self._orders.values() if order.is_over]
        for old in over[:-_MOST_KEPT]:
            shutil.rmtree(old.folder, ignore_errors=True)
            del self._orders[old.id]

    def _tell_places(self) -> None:
        for place, order in enumerate(self._waiting, 1 if self._running else 0):
            if place:
                order.say({"type": "queued", "place": place})
