"""Owns the studio's life: its socket, the browser, and the end of all that it started."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from ..errors import ArgumentError
from ..video.probe import Probe
from .app import App
from .clip import Clip
from .connections import Limits, bounded
from .folder import Folder
from .guard import Guard
from .job_request import Given
from .private_link import Doorway
from .session import Session
from .shutdown import until_left

_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
    if hasattr(signal, name)
]


def serve(
    path: Path | None,
    probe: Probe | None,
    options: dict[str, Any],
    say: Callable[[str], None],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    browser: bool = True,
    keep: bool = False,
) -> None:
    """Serve the studio until a signal says to stop, or no browser shows it and nothing is made.

    path, probe: of the clip, if there is one yet. options: the others of the command line.
    host, port: where it listens; port 0 is any that is free. browser: whether to open one. keep: go
    on without one. Raises ArgumentError for what is wrong in the options, or where it cannot
    listen; SourceError where the clip is no video.
    """
    given = Given(options)
    given.check()
    with _listening(host, port) as listener, closing(Folder()) as folder:
        clip = Clip(path, probe.facts()) if path and probe else None
        asyncio.run(_live(clip, given, folder, listener, say, browser=browser, keep=keep))


async def _live(
    clip: Clip | None,
    given: Given,
    folder: Folder,
    listener: socket.socket,
    say: Callable[[str], None],
    *,
    browser: bool,
    keep: bool,
) -> None:
    """Serve, from the first request to the last."""
    session = Session(clip, given, folder.path)
    leading = ExitStack()
    app = App(session)
    host, port = listener.getsockname()[:2]
    is_open = not ip_address(host).is_loopback
    guard = Guard(app.asgi(), [socket.gethostname()] if is_open else [], leading.close)
    server = _Server(guard, session)
    with _heard(server), leading:
        beginning = asyncio.create_task(session.begin())
        name = socket.gethostname() if ip_address(host).is_unspecified else host
        address = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
        if is_open:
            say(
                "whoever has this address can use the studio from other machines too: leave out"
                " --host to keep it to this one"
            )
        say(f"the studio is at {address}/{guard.token}/ until Ctrl-C")
        if browser:
            doorway = Doorway(f"{address}/{guard.doorbell}", folder)
            leading.callback(doorway.close)
            doorway.open()
        watching = asyncio.create_task(_watch(server, app, session, say)) if not keep else None
        await server.serve(sockets=[listener])
        for task in (beginning, watching):
            if task:
                task.cancel()


async def _watch(
    server: uvicorn.Server, app: App, session: Session, say: Callable[[str], None]
) -> None:
    """End the server when the page was open, and is not any more, and nothing is made."""
    await until_left(app.pages, session.jobs, say)
    server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn, which leaves the signals to us, prints nothing, and ends what the session runs."""

    def __init__(self, app: Guard, session: Session) -> None:
        for name in ("uvicorn", "uvicorn.error", "asyncio"):  # what matters is told to the page
            logging.getLogger(name).disabled = True
        super().__init__(
            uvicorn.Config(
                app,
                http=bounded(Limits()),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._session = session

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        await self._session.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: see _heard."""
        yield


@contextmanager
def _heard(server: uvicorn.Server) -> Iterator[None]:
    """Have signals end the server, once everything is put away."""

    def end(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    before = {
        number: signal.signal(number, end)
        for number in _SIGNALS
        if signal.getsignal(number) != signal.SIG_IGN  # as nohup has it
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ArgumentError where there can be none."""
    if not 0 <= port <= 65_535:
        raise ArgumentError(f"port is {port}: give 1 to 65535, or leave it out for any")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        why = error.strerror or str(error)
        raise ArgumentError(
            f"the studio cannot listen at {host}, port {port} ({why}): give another --port, or"
            " none, and no --host"
        ) from error
