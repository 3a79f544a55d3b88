"""Owns calls to a remote store, which are given up when they stall or bring too many bytes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, TimeoutError
from contextlib import suppress
from inspect import signature
from pathlib import Path
from typing import Any

from ..checks import in_bytes
from ..errors import SourceError

LEAST_RATE = 1000  # bytes a second, on average, below which a transfer counts as stalled
_POLL_INTERVAL = 0.05  # seconds between two looks at a call
_CANCEL_TIMEOUT = 1.0  # seconds that a cancelled call has to end


def receive(store: Any, path: str, to: Path, *, max_bytes: float, stall: float) -> None:
    """Download a file of a store to `to`.

    store: a file system of fsspec. max_bytes: the largest size. stall: seconds; if fewer than
    LEAST_RATE bytes a second come for longer than that, the download is given up.
    Raises SourceError for a larger file and for a stall, and whatever the store raises.
    """
    from fsspec.callbacks import Callback

    progress = Callback()  # stores that know the size of the file set it here before they send
    options: dict[str, Any] = {"callback": progress}
    if "max_concurrency" in _parameters(store):  # parts sent side by side grow in steps of 50 MB
        options["max_concurrency"] = 1
    future, stop = _start(store, "get_file", path, str(to), **options)
    last_size, last_progress = 0, time.monotonic()
    try:
        while not _is_done(future):
            size = _size(to)
            if max(size, progress.size or 0) > max_bytes:
                raise SourceError(
                    f"more than {in_bytes(int(max_bytes))} come, which is the most that is fetched:"
                    " download it first, and give the file, or raise max_fetch",
                    "max_fetch",
                )
            now = time.monotonic()
            if size - last_size >= LEAST_RATE * stall:
                last_size, last_progress = size, now
            elif now - last_progress > stall:
                raise SourceError(
                    f"only {in_bytes(size - last_size)} came in {stall:g} s: try again, download it"
                    " first, and give the file, or raise max_fetch_stall",
                    "max_fetch_stall",
                )
        future.result()
        if _size(to) > max_bytes:  # the last bytes came after the last look
            raise SourceError(
                f"more than {in_bytes(int(max_bytes))} came, which is the most that is fetched"
            )
    finally:
        stop()


def call(store: Any, name: str, *arguments: Any, seconds: float | None, **options: Any) -> Any:
    """Call a method of the store by its name, and return its result.

    seconds: how long it may take; None: any time. Raises SourceError where it takes longer, and
    whatever the store raises.
    """
    future, stop = _start(store, name, *arguments, **options)
    deadline = time.monotonic() + seconds if seconds is not None else None
    try:
        while not _is_done(future):
            if deadline is not None and time.monotonic() > deadline:
                raise SourceError(f"no answer came in {seconds:g} s: try again")
        return future.result()
    finally:
        stop()


def _start(
    store: Any, name: str, *arguments: Any, **options: Any
) -> tuple[Future[Any], Callable[[], None]]:
    """Start a call of a store's method; return its future, and a function that gives it up."""
    if getattr(store, "async_impl", False):
        return _start_in_loop(store.loop, getattr(store, f"_{name}")(*arguments, **options))
    options.pop("callback", None)  # get_file of SFTP has no such parameter
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(getattr(store, name)(*arguments, **options))
        except BaseException as error:
            future.set_exception(error)

    def stop() -> None:
        if not future.done():  # a call that reads from the connection ends when that is closed
            with suppress(Exception):
                store.client.close()

    threading.Thread(target=run, daemon=True).start()
    return future, stop


def _start_in_loop(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any]
) -> tuple[Future[Any], Callable[[], None]]:
    """Do the same for an asynchronous store, whose event loop runs in a thread of its own."""
    ended = threading.Event()

    async def until_ended() -> Any:
        try:
            return await work
        finally:
            ended.set()

    future = asyncio.run_coroutine_threadsafe(until_ended(), loop)

    def stop() -> None:
        if future.cancel():
            ended.wait(_CANCEL_TIMEOUT)  # after that its file can be removed, on Windows too

    return future, stop


def _parameters(store: Any) -> Mapping[str, object]:
    """The parameters of the store's method that gets a file."""
    return signature(getattr(store, "_get_file", store.get_file)).parameters


def _is_done(future: Future[Any]) -> bool:
    """Whether the call is done, after waiting for that for at most _POLL_INTERVAL."""
    with suppress(TimeoutError):
        future.exception(timeout=_POLL_INTERVAL)
    return future.done()


def _size(path: Path) -> int:
    """The size of a file in bytes; 0 where there is none yet."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
