"""Owns connections: how many there are, and how long a request may take to come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True)
class Limits:
    """What a connection may take, which anybody on this machine can open.

    connections: open at once; a browser opens 6, for all its tabs. seconds: in which the lines of a
    request before its body have to come. bytes: of a body that have to come in as many seconds.
    """

    connections: int = 256
    seconds: float = 10.0
    bytes: int = 1 << 14


def bounded(limits: Limits) -> type[asyncio.Protocol]:
    """uvicorn's protocol, within the limits. Its own settings end idle connections alone, and
    neither those whose request is half sent, nor those that have never sent a byte.
    """
    waiting: dict[_Connection, None] = {}  # for a request, the longest first

    class Bounded(_Connection):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.limits, self.waiting = limits, waiting

    return Bounded


class _Connection(H11Protocol):
    limits: Limits
    waiting: dict[_Connection, None]
    _timer: asyncio.TimerHandle | None = None
    _came = 0  # bytes since the timer was set

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a request. Where too many are open, the one that waits longest goes."""
        super().connection_made(cast(asyncio.Transport, transport))
        self.waiting[self] = None
        self._set_timer()
        if len(self.connections) > self.limits.connections:
            next(iter(self.waiting))._drop()

    def data_received(self, data: bytes) -> None:
        """Take what comes, and see to it that the rest comes in time."""
        super().data_received(data)
        self._came += len(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_timer()
        self.waiting.pop(self, None)
        super().connection_lost(exc)

    def _look(self) -> None:
        """Set the timer where something is still to come, and stop it where all is there."""
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
        self._came = 0
        self._timer = self.loop.call_later(self.limits.seconds, self._expire)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def _expire(self) -> None:
        """Go on where enough of a body came, or could not while the disk was slow; else drop it."""
        is_body = self.conn.their_state is h11.SEND_BODY and not self.cycle.response_complete
        if is_body and (self.flow.read_paused or self._came >= self.limits.bytes):
            self._set_timer()
        else:
            self._drop()

    def _drop(self) -> None:
        self.waiting.pop(self, None)
        self.transport.abort()
