"""Owns files that lie elsewhere: fetched, put whole, listed, dated, of the stores in PROTOCOLS.

An address may come from a stranger: no protocol but those is used, none of them reads this
machine's files, and what a server sends is bounded in bytes and in time.
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
from . import web

PROTOCOLS = ("s3", "gs", "gcs", "az", "abfs", "sftp", "https", "http")
WEB = ("https", "http")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::[A-Za-z][A-Za-z0-9+.-]*)*://")
_LISTING_S = 600.0  # seconds for a listing of web pages, which may lead to others without end
_MONTH = 30 * 86_400.0  # seconds: timers take no infinity
_LONGEST = 200  # characters of what a store says


def is_url(name: str) -> bool:
    """Whether a name has a protocol before it, as s3://bucket/clip.mp4 has."""
    return bool(_URL.match(name))


def check_url(url: str) -> None:
    """Raise ArgumentError unless there is an fsspec, and a package for the URL's protocol."""
    shown = masked_url(url)
    if find_spec("fsspec") is None:
        raise ArgumentError(
            f"{shown} is a web address: download it first, and give the file; or have it fetched,"
            " which needs pip install 'rollscan[cluster]'"
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
            f"{shown} cannot be reached, {protocol}:// needs another package: {_said(error, url)}"
        ) from error
    except ValueError as error:
        raise ArgumentError(
            f"{shown} is no address ({_said(error, url)}): check how it is written"
        ) from error


def fetch(url: str, to: Path, *, public_only: bool = False) -> None:
    """Write what lies at the URL to a file.

    public_only: whether an address of a private network, or of this machine, is refused.
    Raises SourceError where it cannot be had, is longer than the limit max_fetch, or stops coming.
    """
    from .transfer import receive  # asyncio, which a job of files here does without

    with _told(url, "fetched", SourceError):
        store, path = _store(url, public_only)
        receive(store, path, to, most=_most(), stall=_stall())


def put(file: Path, url: str, *, public_only: bool = False) -> None:
    """Bring a file to the URL, where it appears whole: all at once, or beside and then moved.

    Raises OutputError where it cannot be brought; what was there stays.
    """
    with _told(url, "written", OutputError):
        store, path = _store(url, public_only)
        if not _moves(store):  # an object is there when all of it has come, and not before
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


def changed(url: str, *, public_only: bool = False) -> float | None:
    """When what lies at the URL was last changed, in seconds since 1970; None where nobody knows.

    Raises SourceError where there is nothing.
    """
    from .transfer import finish

    with _told(url, "looked at", SourceError):
        store, path = _store(url, public_only)
        facts = finish(store, "info", path, seconds=_stall())
        with suppress(Exception):  # many stores do not say, and in ways of their own
            return float(store.modified(path).timestamp())
        return _from_headers(facts)


def listed(url: str, *, recursive: bool, public_only: bool = False) -> list[str]:
    """The URLs of all files in a folder, or that a pattern matches, by name."""
    from .transfer import finish

    with _told(url, "listed", SourceError):
        store, path = _store(url, public_only)
        how: dict[str, Any] = {"seconds": None}
        if _protocol(url) in WEB:
            how = {"seconds": _LISTING_S, "on_error": web.raise_refusal}
        if re.search(r"[*?\[]", path):
            names = finish(store, "glob", path, **how)
        else:
            names = finish(store, "find", path, maxdepth=None if recursive else 1, **how)
        return sorted(store.unstrip_protocol(name) for name in names)


def _most() -> float:
    """Bytes of one clip that are fetched at most."""
    most = current_limits().max_fetch
    return math.inf if most is None else most


def _stall() -> float:
    """Seconds in which more than a trickle has to come."""
    stall = current_limits().max_fetch_stall
    return _MONTH if stall is None else stall


def _protocol(url: str) -> str:
    """What stands before ://, in small letters; of a chain, all of it."""
    return url.partition("://")[0].lower()


def _store(url: str, public_only: bool) -> tuple[Any, str]:
    """The file system that the URL lies in, and its path there.

    Not by fsspec's url_to_fs, which takes apart every :: in an address and opens what it finds.
    """
    check_url(url)
    from fsspec.registry import get_filesystem_class

    protocol = _protocol(url)
    address = f"{protocol}://{url.partition('://')[2]}"
    kind = get_filesystem_class(protocol)
    options = dict(kind._get_kwargs_from_urls(address))
    if protocol in WEB:
        options |= web.options_of_client(_stall(), public_only=public_only)
    elif protocol == "sftp":
        options["timeout"] = _stall()
        if public_only:
            where = options["host"], int(options.get("port", 22))
            connection = web.public_connection(*where, _stall())
            options |= {"sock": connection, "skip_instance_cache": True}
    store = kind(**options)
    return store, str(kind._strip_protocol(address))


def _moves(store: Any) -> bool:
    """Whether the store has a way of its own to move a file; the usual one is to copy it."""
    from fsspec.asyn import AsyncFileSystem
    from fsspec.spec import AbstractFileSystem

    usual = (AbstractFileSystem.mv, getattr(AsyncFileSystem, "mv", None))
    return type(store).mv not in usual


def _from_headers(facts: dict[str, Any]) -> float | None:
    """The time that an HTTP server gives, which fsspec passes on or does not."""
    from email.utils import parsedate_to_datetime

    for key, value in facts.items():
        if key.lower() == "last-modified" and isinstance(value, str):
            with suppress(ValueError):
                return parsedate_to_datetime(value).timestamp()
    return None


@contextmanager
def _told(url: str, what: str, kind: type[RollscanError]) -> Iterator[None]:
    """Tell of a URL whatever its store says, each store in errors of its own."""
    shown = masked_url(url)
    try:
        yield
    except RollscanError as error:
        if shown in str(error):
            raise
        raise type(error)(f"{shown}: {error}", *error.names) from error
    except Exception as error:
        if refusal := web.refusal_in(error):
            raise kind(
                f"{shown} cannot be {what}: {refusal}, which --public-only refuses: give an address"
                " that everybody can reach"
            ) from error
        if isinstance(error, FileNotFoundError):
            raise kind(f"{shown} does not exist: check the address") from error
        raise kind(
            f"{shown} cannot be {what} ({_said(error, url)}): check the address, and the rights to"
            " it"
        ) from error


def _said(error: Exception, url: str) -> str:
    """What an error says, on one line, and nothing of it that is a secret."""
    text = " ".join(masked(str(error), [url]).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
