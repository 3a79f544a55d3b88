"""Owns files that lie elsewhere: any URL that fsspec knows, fetched, put whole, listed, dated."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, OutputError, RollscanError, SourceError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::[A-Za-z][A-Za-z0-9+.-]*)*://")
_LONGEST = 200  # characters of what a store says


def is_url(name: str) -> bool:
    """Whether a name has a protocol before it, as s3://bucket/clip.mp4 has."""
    return bool(_URL.match(name))


def check_url(url: str) -> None:
    """Raise ArgumentError unless there is an fsspec that knows the URL's protocol."""
    if find_spec("fsspec") is None:
        raise ArgumentError(
            f"{url} is a web address: download it first, and give the file; or have it fetched,"
            " which needs pip install 'rollscan[cluster]'"
        )
    from fsspec.core import split_protocol
    from fsspec.registry import get_filesystem_class

    protocol = split_protocol(url)[0]
    try:
        get_filesystem_class(protocol)
    except ImportError as error:
        raise ArgumentError(
            f"{url} cannot be reached, {protocol}:// needs another package: {_said(error)}"
        ) from error
    except ValueError as error:
        raise ArgumentError(
            f"{url} has the protocol {protocol}, which fsspec does not know: give s3://, gs://,"
            " sftp://, https:// or a path"
        ) from error


def fetch(url: str, to: Path) -> None:
    """Write what lies at the URL to a file. Raises SourceError where it cannot be had."""
    store, path = _store(url)
    with _told(url, "fetched", SourceError):
        store.get_file(path, str(to))


def put(file: Path, url: str) -> None:
    """Bring a file to the URL, where it appears whole: all at once, or beside and then moved.

    Raises OutputError where it cannot be brought; what was there stays.
    """
    store, path = _store(url)
    with _told(url, "written", OutputError):
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


def changed(url: str) -> float | None:
    """When what lies at the URL was last changed, in seconds since 1970; None where nobody knows.

    Raises SourceError where there is nothing.
    """
    store, path = _store(url)
    with _told(url, "looked at", SourceError):
        facts = store.info(path)
        with suppress(Exception):  # many stores do not say, and in ways of their own
            return float(store.modified(path).timestamp())
        return _from_headers(facts)


def listed(url: str, *, recursive: bool) -> list[str]:
    """The URLs of all files in a folder, or that a pattern matches, by name."""
    check_url(url)
    store, path = _store(url)
    with _told(url, "listed", SourceError):
        if re.search(r"[*?\[]", path):
            names = store.glob(path)
        else:
            names = store.find(path, maxdepth=None if recursive else 1)
        return sorted(store.unstrip_protocol(name) for name in names)


def _store(url: str) -> tuple[Any, str]:
    """The file system that the URL lies in, and its path there."""
    check_url(url)
    from fsspec.core import url_to_fs

    with _told(url, "reached", SourceError):
        store, path = url_to_fs(url)
        return store, str(path)


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
    try:
        yield
    except RollscanError:
        raise
    except FileNotFoundError as error:
        raise kind(f"{url} does not exist: check the address") from error
    except Exception as error:
        raise kind(
            f"{url} cannot be {what} ({_said(error)}): check the address, and the rights to it"
        ) from error


def _said(error: Exception) -> str:
    """What an error says, on one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
