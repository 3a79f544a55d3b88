"""Owns the limits on connections: how many may be open, and how slowly a request may arrive."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True)
class Limits:
    """The limits on connections, which any user of this machine can open.

    connections: how many may be open at once; a browser opens 6 in all. seconds: within which a
    request's head has to arrive. bytes: how many of a body have to arrive in each such time.
    """

    connections: int = 256
    seconds: float = 10.0
    bytes: int = 1 << 14


def bounded(limits: Limits) -> type[asyncio.Protocol]:
    """uvicorn's HTTP protocol class, with limits on its connections.

    uvicorn's own settings close idle connections only, and neither those that have sent half of a
    request, nor those that have never sent a byte.
    """
    waiting: dict[_Connection, None] = {}  # connections without a request, the longest wait first

    class Bounded(_Connection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.limits, self.waiting = limits, waiting

    return Bounded


class _Connection(H11Protocol):
    limits: Limits
    waiting: dict[_Connection, None]
    _timer: asyncio.TimerHandle | None = None
    _received = 0  # bytes since the timer was set

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request. If too many connections are open, drop the one that waits longest."""
        super().connection_made(cast(asyncio.Transport, transport))
        self.waiting[self] = None
        self._set_timer()
        if len(self.connections) > self.limits.connections:
            next(iter(self.waiting))._drop()

    def data_received(self, data: bytes) -> None:
        """Handle received bytes, and restart or stop the timer by what is still to come."""
        super().data_received(data)
        self._received += len(data)
        self._update_timer()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._update_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer, and forget the connection."""
        self._stop_timer()
        self.waiting.pop(self, None)
        super().connection_lost(exc)

    def _update_timer(self) -> None:
        """Set the timer while a request is awaited or incomplete; stop it when it is complete."""
        state = self.conn.their_state
        if state is h11.IDLE:
            self.waiting.setdefault(self)
        else:
            self.waiting.pop(self, None)
        if state is not h11.IDLE and state is not h11.SEND_BODY:
            self._stop_timer()
        elif self._timer is None:
            self._set_timer()

    def _set_timer(self) -> None:
        self._received = 0
        self._timer = self.loop.call_later(self.limits.seconds, self._expire)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def _expire(self) -> None:
        """Drop the connection, unless enough of a body arrived, or reading it was paused.

        uvicorn pauses reading while the application lags behind, for example on a slow disk.
        """
        is_body = self.conn.their_state is h11.SEND_BODY and not self.cycle.response_complete
        if is_body and (self.flow.read_paused or self._received >= self.limits.bytes):
            self._set_timer()
        else:
            self._drop()

    def _drop(self) -> None:
        self.waiting.pop(self, None)
        self.transport.abort()
