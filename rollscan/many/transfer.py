"""Owns waiting for a store: no longer than it goes on, and for no more than so many bytes."""

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

LEAST_RATE = 1000  # bytes a second: less than that for as long as a stall is no progress
_LOOK = 0.05  # seconds between two looks at how much has come
_CLOSING_S = 1.0  # seconds that a call has to end after it is given up


def receive(store: Any, path: str, to: Path, *, most: float, stall: float) -> None:
    """Write a file of a store to `to`.

    most: bytes that are taken. stall: seconds; fewer than LEAST_RATE bytes for each of them is as
    nothing. Raises SourceError for more bytes and for a stall, and what the store raises.
    """
    from fsspec.callbacks import Callback

    told = Callback()  # to which stores that know it tell the size before they send
    options: dict[str, Any] = {"callback": told}
    if "max_concurrency" in _parameters(store):  # several at a time come in steps of 50 MB
        options["max_concurrency"] = 1
    future, stop = _begun(store, "get_file", path, str(to), **options)
    came, since = 0, time.monotonic()
    try:
        while not _ended(future):
            size = _size(to)
            if max(size, told.size or 0) > most:
                raise SourceError(
                    f"more than {in_bytes(int(most))} come, which is the most that is fetched:"
                    " download it first, and give the file, or raise max_fetch",
                    "max_fetch",
                )
            now = time.monotonic()
            if size - came >= LEAST_RATE * stall:
                came, since = size, now
            elif now - since > stall:
                raise SourceError(
                    f"only {in_bytes(size - came)} came in {stall:g} s: try again, download it"
                    " first, and give the file, or raise max_fetch_stall",
                    "max_fetch_stall",
                )
        future.result()
        if _size(to) > most:  # which came between two looks
            raise SourceError(
                f"more than {in_bytes(int(most))} came, which is the most that is fetched"
            )
    finally:
        stop()


def finish(store: Any, name: str, *arguments: Any, seconds: float | None, **options: Any) -> Any:
    """What a method of the store gives. seconds: that it may take; None for as long as it does.

    Raises SourceError where it takes longer, and what the store raises.
    """
    future, stop = _begun(store, name, *arguments, **options)
    deadline = time.monotonic() + seconds if seconds is not None else None
    try:
        while not _ended(future):
            if deadline is not None and time.monotonic() > deadline:
                raise SourceError(f"no answer came in {seconds:g} s: try again")
        return future.result()
    finally:
        stop()


def _begun(
    store: Any, name: str, *arguments: Any, **options: Any
) -> tuple[Future[Any], Callable[[], None]]:
    """A call of the store's method under way, and what gives it up if it is not done."""
    if getattr(store, "async_impl", False):
        return _begun_in_loop(store.loop, getattr(store, f"_{name}")(*arguments, **options))
    options.pop("callback", None)  # SFTP's get_file takes none
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(getattr(store, name)(*arguments, **options))
        except BaseException as error:
            future.set_exception(error)

    def stop() -> None:
        if not future.done():  # what reads from a connection ends with that
            with suppress(Exception):
                store.client.close()

    threading.Thread(target=run, daemon=True).start()
    return future, stop


def _begun_in_loop(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any]
) -> tuple[Future[Any], Callable[[], None]]:
    """The same in the loop of a store that has one, which is in a thread of its own."""
    closed = threading.Event()

    async def all_of_it() -> Any:
        try:
            return await work
        finally:
            closed.set()

    future = asyncio.run_coroutine_threadsafe(all_of_it(), loop)

    def stop() -> None:
        if future.cancel():
            closed.wait(_CLOSING_S)  # its file may then be removed, on Windows too

    return future, stop


def _parameters(store: Any) -> Mapping[str, object]:
    """What the store's way of getting a file can be told."""
    return signature(getattr(store, "_get_file", store.get_file)).parameters


def _ended(future: Future[Any]) -> bool:
    """Whether the call is done, after a moment's waiting."""
    with suppress(TimeoutError):
        future.exception(timeout=_LOOK)
    return future.done()


def _size(path: Path) -> int:
    """How many bytes have come."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
