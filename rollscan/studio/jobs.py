"""Owns the queue of the page's jobs, which are rendered one at a time, in a child process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import RollscanError
from ..files import discard
from ..job import OUTPUTS
from .child import make
from .children import Child
from .job_request import RequestedJob
from .page_words import in_page_words

_MAX_WAITING = 50
_MAX_FINISHED = 50  # finished jobs whose files are kept for the user to save
_ENDS = ("done", "failed", "cancelled")


@dataclass
class Order:
    """A job of the queue: its events, and its finished files."""

    id: str
    requested: RequestedJob
    folder: Path  # for its files
    files: list[tuple[Path, str]] = field(default_factory=list)  # finished: path and display name
    history: list[dict[str, Any]] = field(default_factory=list)  # the events that are kept
    status: dict[str, Any] | None = None  # the last "queued" or "progress" event; None at the end
    cancelled: bool = False
    child: Child | None = None  # the process that renders it
    # It is set at the next event, and then replaced by a new one.
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def describe(self) -> dict[str, Any]:
        """The job for the page, as JSON: the names of its files, and its events up to now."""
        command = self.requested.command
        names = [path.name for name in OUTPUTS if (path := getattr(command, name))]
        now = [self.status] if self.status else []
        return {"id": self.id, "names": names, "events": [*self.history, *now]}

    @property
    def is_over(self) -> bool:
        """Whether the job is done, failed or cancelled."""
        return bool(self.history) and self.history[-1]["type"] in _ENDS

    def publish(self, event: dict[str, Any]) -> None:
        """Record an event, and wake all who iterate over `events`."""
        if event["type"] in ("queued", "progress"):
            self.status = event
        else:
            self.history.append(event)
        if self.is_over:
            self.status = None
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """All events up to the last, past ones first. Of "queued" and "progress", only the latest
        is sent.
        """
        n_sent, last_status = 0, None
        while True:
            changed = self.changed
            while n_sent < len(self.history):  # which may grow while an event is being sent
                n_sent += 1
                yield self.history[n_sent - 1]
            if self.is_over:
                return
            if self.status is not last_status:
                last_status = self.status
                yield last_status or {}
            await changed.wait()


class Jobs:
    """The jobs that wait, the one that is rendered, and those that are over.

    Use it in one event loop only. folder: the studio's; each job gets a folder in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._orders: dict[str, Order] = {}
        self._waiting: list[Order] = []
        self._running: Order | None = None
        self._worker: asyncio.Task[None] | None = None

    def __getitem__(self, id: str) -> Order:
        """The job with this id. Raises RollscanError where there is none."""
        if id not in self._orders:
            raise RollscanError(f"there is no job {id}: it may be too long ago")
        return self._orders[id]

    def __iter__(self) -> Iterator[Order]:
        """The jobs, the oldest first."""
        return iter(self._orders.values())

    @property
    def under_way(self) -> Iterator[Order]:
        """The jobs that are being rendered or wait."""
        return (order for order in self._orders.values() if not order.is_over)

    def has_made(self, path: Path) -> bool:
        """Whether a file is the result of one of these jobs."""
        return any(path == made for order in self for made, _ in order.files)

    def folder_for_next(self) -> Path:
        """Make a folder for the files of the next job."""
        folder = self._folder / f"job-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def add(self, requested: RequestedJob, folder: Path) -> Order:
        """Queue a job. Raises RollscanError where too many wait.

        folder: from `folder_for_next`.
        """
        if len(self._waiting) >= _MAX_WAITING:
            raise RollscanError(f"{_MAX_WAITING} jobs wait: let some of them finish first")
        order = Order(folder.name.removeprefix("job-"), requested, folder)
        self._orders[order.id] = order
        self._waiting.append(order)
        self._publish_places()
        if not self._worker or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return order

    def remove_file(self, order: Order, index: int) -> None:
        """Forget a finished file, and remove it where it is one of the studio's own.

        Raises RollscanError where there is none.
        """
        written = [event for event in order.history if event["type"] == "written"]
        told = next((event for event in written if event["index"] == index), None)
        if not told:
            raise RollscanError(f"there is no finished file {index} of this job")
        path, _ = order.files[index]
        # It keeps its place, as pages count the events that they have been sent.
        order.history[order.history.index(told)] = {"type": "deleted", "index": index}
        if path.is_relative_to(order.folder):
            discard(path)

    async def cancel(self, order: Order) -> None:
        """Cancel a job and remove its files; do nothing if it is over."""
        if order.is_over or order.cancelled:
            return
        order.cancelled = True
        if order in self._waiting:
            self._waiting.remove(order)
            self._finish(order, {"type": "cancelled"})
            self._publish_places()
        elif order.child:
            await order.child.end()  # which also ends the wait of _render

    async def close(self) -> None:
        """Cancel all jobs."""
        for order in [*self._waiting, *self.under_way]:  # the one being rendered comes last
            await self.cancel(order)
        if self._worker:
            await self._worker

    async def _work(self) -> None:
        """Render the waiting jobs, one after another."""
        while self._waiting:
            order = self._running = self._waiting.pop(0)
            self._publish_places()
            try:
                end = await self._render(order)
            except OSError as error:
                end = {"type": "failed", "message": f"no process could be started: {error}"}
            self._finish(order, end)
            self._running = None

    async def _render(self, order: Order) -> dict[str, Any]:
        """Render a job in a child process, publish its events, and return the last one."""
        order.child = Child(make, self._folder, order.requested.job)
        order.publish(
            {"type": "progress", "stage": "starting", "file": None, "done": 0, "left": None}
        )
        end: dict[str, Any] = {"type": "failed", "message": "its process was ended: try again"}
        while (event := await order.child.receive()) is not None:
            if event["type"] in _ENDS:
                end = event
            else:
                self._pass_on(order, event)
        if order.cancelled:
            return end if end["type"] == "done" else {"type": "cancelled"}
        await order.child.end()
        if "message" in end:
            end = {**end, "message": in_page_words(order.requested.in_words(end["message"]))}
        return end

    def _pass_on(self, order: Order, event: dict[str, Any]) -> None:
        """Publish an event of the child process, with the names of files that the user knows."""
        if event["type"] == "written":
            path = event.pop("path")
            name = Path(order.requested.in_words(str(path))).name
            order.files.append((path, name))
            event = {**event, "name": name, "index": len(order.files) - 1}
        elif event.get("file") is not None:
            event = {**event, "file": Path(order.requested.in_words(str(event["file"]))).name}
        order.publish(event)

    def _finish(self, order: Order, end: dict[str, Any]) -> None:
        """Publish the last event, remove the files of a job that is not done, and drop old jobs."""
        if end["type"] != "done":
            order.files.clear()
            shutil.rmtree(order.folder, ignore_errors=True)
        order.publish(end)
        finished = [order for order in self._orders.values() if order.is_over]
        for old in finished[:-_MAX_FINISHED]:
            shutil.rmtree(old.folder, ignore_errors=True)
            del self._orders[old.id]

    def _publish_places(self) -> None:
        """Tell each waiting job its place in the queue."""
        for place, order in enumerate(self._waiting, 1 if self._running else 0):
            if place:  # the first is started at once where none is being rendered
                order.publish({"type": "queued", "place": place})
