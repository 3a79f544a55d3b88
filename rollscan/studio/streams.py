"""Owns the event streams to pages: how many are kept open, and when a page last listened."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

# A browser opens at most 6 connections to a host, for all its tabs together. So that many tabs do
# not block each other, few streams are kept open; the others end at once, and the browser requests
# them again by itself.
_MAX_OPEN = 2
_RETRY = 2000  # milliseconds after which the browser does
_HEARTBEAT = 15.0  # seconds without an event after which a comment is sent


class Streams:
    """The event streams of one kind, and whether anybody listens to them."""

    def __init__(self) -> None:
        self._n_open = 0
        self._last_listened: float | None = None

    @property
    def silent_for(self) -> float:
        """Seconds since anybody listened; 0 while somebody listens, and before anybody has."""
        if self._n_open or self._last_listened is None:
            return 0.0
        return time.monotonic() - self._last_listened

    def stream(self, events: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
        """A response that streams the events, as server-sent events in JSON."""
        return StreamingResponse(self._lines(events), media_type="text/event-stream")

    async def _lines(self, events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
        stays_open = self._n_open < _MAX_OPEN
        self._last_listened = time.monotonic()
        self._n_open += stays_open
        try:
            yield f"retry: {_RETRY}\n\n"
            async for event in _with_heartbeat(events, _HEARTBEAT if stays_open else 0):
                if event is not None:
                    yield f"data: {json.dumps(event)}\n\n"
                elif stays_open:
                    yield ": still here\n\n"
                else:
                    return
        finally:
            self._n_open -= stays_open
            self._last_listened = time.monotonic()


async def _with_heartbeat(
    events: AsyncIterator[dict[str, Any]], interval: float
) -> AsyncIterator[dict[str, Any] | None]:
    """Pass the events on, and None whenever there is none for `interval` seconds."""
    upcoming: asyncio.Task[dict[str, Any]] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.ensure_future(_next(events))
            await asyncio.wait([upcoming], timeout=interval)
            if not upcoming.done():
                yield None
                continue
            try:
                yield upcoming.result()
            except StopAsyncIteration:
                return
            upcoming = None
    finally:
        if upcoming:
            upcoming.cancel()


async def _next(events: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    return await anext(events)
