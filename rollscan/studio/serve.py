"""Owns the running of the studio: its socket, its server and the browser, from start to end."""

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
from ..signals import STOPPING
from ..video.picture_probe import PictureProbe
from ..video.probe import Probe
from .app import App
from .clip import Clip
from .connections import Limits, bounded
from .folder import Folder
from .guard import Guard
from .job_request import CommandLine
from .private_link import PrivateLink
from .session import Session
from .shutdown import until_abandoned


def serve(
    path: Path | None,
    probe: Probe | PictureProbe | None,
    options: dict[str, Any],
    say: Callable[[str], None],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    browser: bool = True,
    keep: bool = False,
) -> None:
    """Serve the studio until a signal ends it, or its page is closed and no job is under way.

    path, probe: of the clip, if there is one yet. options: the others of the command line, by the
    parser's dests. say: is called with lines for people. host, port: where to listen; port 0 is any
    free one. browser: whether to open a browser. keep: whether to go on when the page is closed.
    Raises ArgumentError where an option is wrong or the address cannot be listened at, SourceError
    where the clip is not a video.
    """
    command_line = CommandLine(options)
    command_line.check()
    with _listening_socket(host, port) as listener, closing(Folder()) as folder:
        clip = Clip(path, probe.facts()) if path and probe else None
        asyncio.run(_run(clip, command_line, folder, listener, say, browser=browser, keep=keep))


async def _run(
    clip: Clip | None,
    command_line: CommandLine,
    folder: Folder,
    listener: socket.socket,
    say: Callable[[str], None],
    *,
    browser: bool,
    keep: bool,
) -> None:
    """Run the server, and the tasks beside it, until it ends."""
    session = Session(clip, command_line, folder.path)
    link_cleanup = ExitStack()
    app = App(session)
    host, port = listener.getsockname()[:2]
    is_public = not ip_address(host).is_loopback
    guard = Guard(app.asgi(), [socket.gethostname()] if is_public else [], link_cleanup.close)
    server = _Server(guard, session)
    with _ending_on_signals(server), link_cleanup:
        preparing = asyncio.create_task(session.prepare())
        name = socket.gethostname() if ip_address(host).is_unspecified else host
        address = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
        if is_public:
            say(
                "whoever has this address can use the studio from other machines too: leave out"
                " --host to keep it to this one"
            )
        say(f"the studio is at {address}/{guard.token}/ until Ctrl-C")
        if browser:
            link = PrivateLink(f"{address}/{guard.one_time_token}", folder)
            link_cleanup.callback(link.close)
            link.open()
        ending = None
        if not keep:
            ending = asyncio.create_task(_end_when_abandoned(server, app, session, say))
        await server.serve(sockets=[listener])
        for task in (preparing, ending):
            if task:
                task.cancel()


async def _end_when_abandoned(
    server: uvicorn.Server, app: App, session: Session, say: Callable[[str], None]
) -> None:
    """End the server when its page is closed and no job is under way."""
    await until_abandoned(app.pages, session.jobs, say)
    server.should_exit = True


class _Server(uvicorn.Server):
    """A uvicorn server without signal handlers and logs, which closes the session when it ends."""

    def __init__(self, app: Guard, session: Session) -> None:
        for name in ("uvicorn", "uvicorn.error", "asyncio"):  # the page shows what matters
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
        """Close the session, and stop serving."""
        await self._session.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture no signals: `_ending_on_signals` does."""
        yield


@contextmanager
def _ending_on_signals(server: uvicorn.Server) -> Iterator[None]:
    """Make signals end the server in an orderly way, within the `with` block."""

    def end(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    previous = {
        number: signal.signal(number, end)
        for number in STOPPING
        if signal.getsignal(number) != signal.SIG_IGN  # nohup ignores SIGHUP, for example
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises ArgumentError where that is not possible."""
    if not 0 <= port <= 65_535:
        raise ArgumentError(f"port is {port}: give 1 to 65535, or leave it out for any")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
        # Connections inherit this. Without it, the body of a small answer waits for the receipt of
        # its head, which browsers delay by up to 40 ms; asyncio sets it only where it created the
        # socket.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        why = error.strerror or str(error)
        raise ArgumentError(
            f"the studio cannot listen at {host}, port {port} ({why}): give another --port, or"
            " none, and no --host"
        ) from error
