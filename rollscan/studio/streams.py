"""Owns streams of events to pages: how many are held open, and when a page was last there."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

# A browser opens 6 connections to a host, for all its tabs. So that twenty tabs do not stand in
# each other's way, few streams are held; others end at once, and the browser asks again by itself.
_MOST_HELD = 2
_AGAIN = 2000  # milliseconds after which it does
_PULSE = 15.0  # seconds of silence, after which something is sent


class Streams:
    """Streams of one kind, and whether anybody listens to them."""

    def __init__(self) -> None:
        self.held = 0
        self._heard_at: float | None = None

    @property
    def silent_for(self) -> float:
        """Seconds since somebody listened; 0 where somebody does, or nobody ever did."""
        if self.held or self._heard_at is None:
            return 0.0
        return time.monotonic() - self._heard_at

    def stream(self, events: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
        """An answer that is a stream of these events."""
        return StreamingResponse(self._lines(events), media_type="text/event-stream")

    async def _lines(self, events: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
        is_held = self.held < _MOST_HELD
        self._heard_at = time.monotonic()
        self.held += is_held
        try:
            yield f"retry: {_AGAIN}\n\n"
            async for event in _pulsing(events, _PULSE if is_held else 0):
                if event is not None:
                    yield f"data: {json.dumps(event)}\n\n"
                elif is_held:
                    yield ": still here\n\n"
                else:
                    return
        finally:
            self.held -= is_held
            self._heard_at = time.monotonic()


async def _pulsing(
    events: AsyncIterator[dict[str, Any]], pulse: float
) -> AsyncIterator[dict[str, Any] | None]:
    """The events, and None whenever none came for so many seconds."""
    coming: asyncio.Task[dict[str, Any]] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(_next(events))
            await asyncio.wait([coming], timeout=pulse)
            if not coming.done():
                yield None
                continue
            try:
                yield coming.result()
            except StopAsyncIteration:
                return
            coming = None
    finally:
        if coming:
            coming.cancel()


async def _next(events: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    return await anext(events)
