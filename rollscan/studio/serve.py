"""Owns the studio's life: its socket, the browser, and the end of all that it started."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from ..video.input import Input
from .app import App
from .clip import Clip
from .guard import Guard
from .session import Session


def serve(
    options: dict[str, Any],
    say: Callable[[str], None],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    browser: bool = True,
    keep: bool = False,
) -> None:
    """Show the clip in a browser until that is closed, or a signal says to stop."""
    clip = None
    if options.get("input"):
        path = Path(options["input"])
        clip = Clip(Input.of(path), path.name)
    listening = socket.create_server((host, port))
    asyncio.run(_serve(clip, options, listening, host, say, browser))


async def _serve(
    clip: Clip | None,
    options: dict[str, Any],
    listening: socket.socket,
    host: str,
    say: Callable[[str], None],
    browser: bool,
) -> None:
    shown = {name: value for name, value in options.items() if name != "input"}
    session = Session(clip, shown)
    if clip:
        await session.reel(0, None, None, None)
    guard = Guard(App(session).asgi(), [host])
    config = uvicorn.Config(
        guard,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    address = f"http://{host}:{listening.getsockname()[1]}"
    say(f"the studio is at {address}/{guard.token}/ (Ctrl-C ends it)")
    if browser:
        ring = (f"{address}/{guard.doorbell}",)
        threading.Thread(target=webbrowser.open, args=ring, daemon=True).start()
    with _heard(server):
        await server.serve(sockets=[listening])
    await session.close()


class _Server(uvicorn.Server):
    """uvicorn, which leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def _heard(server: uvicorn.Server) -> Iterator[None]:
    """Have signals end the server."""

    def end(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
