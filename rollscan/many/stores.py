"""Owns access to remote files: they are fetched, written, listed and dated by their URLs.

An address may come from a stranger: only PROTOCOLS are used, none of which reads this machine's
files, and what a server sends is limited in bytes and in time.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import ArgumentError, OutputError, RollscanError, SourceError
from ..limits import current_limits
from ..masking import masked, masked_url
from ..systems import pip_install
from . import web

PROTOCOLS = ("s3", "gs", "gcs", "az", "abfs", "sftp", "https", "http")
WEB = ("https", "http")

_LISTING_S = 600.0  # seconds that a listing of web pages may take, as their links may never end
_MONTH = 30 * 86_400.0  # seconds: stands for no limit, as timers take no infinity
_LONGEST = 200  # characters of a store's message that are shown


def check_url(url: str) -> None:
    """Raise ArgumentError unless a URL is valid, and its protocol is allowed and installed."""
    shown = masked_url(url)
    if find_spec("fsspec") is None:
        raise ArgumentError(
            f"{shown} is a web address: download it first, and give the file; or have it fetched,"
            f" which needs {pip_install('cluster')}"
        )
    from fsspec.registry import get_filesystem_class

    protocol = _protocol(url)
    if protocol not in PROTOCOLS:
        known = ", ".join(f"{name}://" for name in PROTOCOLS)
        raise ArgumentError(
            f"{shown} has the protocol {protocol}, which is none of {known}: download it first, and"
            " give the file"
        )
    try:
        urlsplit(url)
        get_filesystem_class(protocol)
    except ImportError as error:
        raise ArgumentError(
            f"{shown} cannot be reached, {protocol}:// needs another package: {_text(error, url)}"
        ) from error
    except ValueError as error:
        raise ArgumentError(
            f"{shown} is no address ({_text(error, url)}): check how it is written"
        ) from error


def fetch(url: str, to: Path, *, public_only: bool = False) -> None:
    """Download the file at a URL to `to`.

    public_only: whether an address of a private network, or of this machine, is refused, default
    False. Raises SourceError where the file cannot be downloaded, is larger than the limit
    max_fetch, or stalls for longer than the limit max_fetch_stall.
    """
    from .transfer import receive  # asyncio, which a job of local files does without

    with _errors_about(url, "fetched", SourceError):
        store, path = _store(url, public_only)
        receive(store, path, to, max_bytes=_max_bytes(), stall=_max_stall())


def put(file: Path, url: str, *, public_only: bool = False) -> None:
    """Upload a file to a URL, where it appears only when it is complete.

    Where the store can move files, it is uploaded under a hidden name beside the target first.
    Raises OutputError where it cannot be uploaded; a file that was there before then stays.
    """
    with _errors_about(url, "written", OutputError):
        store, path = _store(url, public_only)
        if not _can_move(store):  # an object store shows an object only when it is complete
            store.put_file(str(file), path)
            return
        folder, _, name = path.rpartition("/")
        beside = f"{folder}/.{name}-rollscan-{secrets.token_hex(4)}"
        store.makedirs(folder, exist_ok=True)
        try:
            store.put_file(str(file), beside)
            store.mv(beside, path)
        except BaseException:
            with suppress(Exception):
                store.rm_file(beside)
            raise


def last_modified(url: str, *, public_only: bool = False) -> float | None:
    """When the file at a URL was last modified, in seconds since 1970; None if that is not known.

    Raises SourceError where there is no file.
    """
    from .transfer import call

    with _errors_about(url, "looked at", SourceError):
        store, path = _store(url, public_only)
        facts = call(store, "info", path, seconds=_max_stall())
        with suppress(Exception):  # many stores cannot say, and each raises errors of its own
            return float(store.modified(path).timestamp())
        return _from_headers(facts)


def list_files(url: str, *, recursive: bool, public_only: bool = False) -> list[str]:
    """The URLs of all files in a folder, or of those that a pattern matches, sorted.

    Raises SourceError where they cannot be listed.
    """
    from .transfer import call

    with _errors_about(url, "listed", SourceError):
        store, path = _store(url, public_only)
        limits: dict[str, Any] = {"seconds": None}
        if _protocol(url) in WEB:
            limits = {"seconds": _LISTING_S, "on_error": web.raise_private_address}
        if re.search(r"[*?\[]", path):
            names = call(store, "glob", path, **limits)
        else:
            names = call(store, "find", path, maxdepth=None if recursive else 1, **limits)
        return sorted(store.unstrip_protocol(name) for name in names)


def _max_bytes() -> float:
    """How many bytes of a clip may be fetched, from the limit max_fetch."""
    max_bytes = current_limits().max_fetch
    return math.inf if max_bytes is None else max_bytes


def _max_stall() -> float:
    """For how many seconds a transfer may stall, from the limit max_fetch_stall."""
    stall = current_limits().max_fetch_stall
    return _MONTH if stall is None else stall


def _protocol(url: str) -> str:
    """The protocol of a URL in lower case; for protocols chained by ::, all of them."""
    return url.partition("://")[0].lower()


def _store(url: str, public_only: bool) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    fsspec's url_to_fs is not used, as it splits an address at every :: and opens what it finds.
    """
    check_url(url)
    from fsspec.registry import get_filesystem_class

    protocol = _protocol(url)
    address = f"{protocol}://{url.partition('://')[2]}"
    kind = get_filesystem_class(protocol)
    options = dict(kind._get_kwargs_from_urls(address))
    if protocol in WEB:
        options |= web.file_system_arguments(_max_stall(), public_only=public_only)
    elif protocol == "sftp":
        options["timeout"] = _max_stall()
        if public_only:
            host_and_port = options["host"], int(options.get("port", 22))
            connection = web.public_connection(*host_and_port, _max_stall())
            options |= {"sock": connection, "skip_instance_cache": True}
    store = kind(**options)
    return store, str(kind._strip_protocol(address))


def _can_move(store: Any) -> bool:
    """Whether the store itself can move a file; fsspec's default is to copy it."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    default_moves = (AbstractFileSystem.mv, getattr(AsyncFileSystem, "mv", None))
    return type(store).mv not in default_moves


def _from_headers(facts: dict[str, Any]) -> float | None:
    """The time in the Last-Modified header of an HTTP server, if fsspec passes it on.

    It is in seconds since 1970. facts: as fsspec's `info` returns them.
    """
    from email.utils import parsedate_to_datetime

    for key, value in facts.items():
        if key.lower() == "last-modified" and isinstance(value, str):
            with suppress(ValueError):
                return parsedate_to_datetime(value).timestamp()
    return None


@contextmanager
def _errors_about(url: str, what: str, kind: type[RollscanError]) -> Iterator[None]:
    """Turn errors in the block into one that names the URL, as each store raises its own.

    what: the participle for what failed, such as "fetched". kind: the class of the error.
    """
    shown = masked_url(url)
    try:
        yield
    except RollscanError as error:
        if shown in str(error):
            raise
        raise type(error)(f"{shown}: {error}", *error.names) from error
    except Exception as error:
        if refusal := web.private_address_in(error):
            raise kind(
                f"{shown} cannot be {what}: {refusal}, which --public-only refuses: give an address"
                " that everybody can reach"
            ) from error
        if isinstance(error, FileNotFoundError):
            raise kind(f"{shown} does not exist: check the address") from error
        raise kind(
            f"{shown} cannot be {what} ({_text(error, url)}): check the address, and the rights to"
            " it"
        ) from error


def _text(error: Exception, url: str) -> str:
    """The message of an error on one line, shortened and without secrets of the URL."""
    text = " ".join(masked(str(error), [url]).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
