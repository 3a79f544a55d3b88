"""Owns the doing of one order, wherever: fetched, rendered, put in its place. It never raises."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError, RollscanError, SourceError, in_words
from ..masking import masked, masked_url
from ..parser import as_typed
from ..result import Tell
from ..run import render
from ..up_to_date import is_up_to_date
from .order import Order, Outcome
from .stores import changed, fetch, is_url, put


def attempt(
    order: Order, tell: Tell | None = None, *, scratch: str | None = None, host: str = ""
) -> Outcome:
    """Do an order, and tell what came of it; only being stopped gets out of here.

    tell: is told how far it is; what it raises, but for an Exception, stops.
    scratch: the folder for what is fetched; None for the system's. host: on which machine this is,
    where that matters to whoever reads that a path is not seen.
    """
    began = time.perf_counter()
    try:
        with order.limits.in_force(), _Room.of(order, scratch) as room:
            return _done(order, room, tell, host, began)
    except Exception as error:  # a fault of ours as well: the other clips are to be done
        said = as_typed(error) if isinstance(error, RollscanError) else in_words(error)
        said = masked(said, [order.input, *_names(order)])
        if (shown := masked_url(order.input)) not in said:
            said = f"{shown}: {said}"
        return Outcome(order.input, "failed", time.perf_counter() - began, error=said)


def _done(order: Order, room: _Room, tell: Tell | None, host: str, began: float) -> Outcome:
    _check_seen(order, host)
    if order.resume and all(_stands(order, name, room) for name in _names(order)):
        seconds = time.perf_counter() - began
        return Outcome(order.input, "skipped", seconds, tuple(_names(order)))
    for name in order.outputs.values():
        if not is_url(name):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
    with room.naming(order.input):
        if is_url(order.input):
            fetch(order.input, room.source, public_only=order.public_only)
        written = render(order.job(room.source, room.outputs), tell)
    files = []
    for made in written:
        field, name = room.place(made.path)
        files.append(name)
        if is_url(order.outputs[field]):
            put(made.path, name, public_only=order.public_only)
    return Outcome(order.input, "done", time.perf_counter() - began, tuple(files), tuple(written))


def _check_seen(order: Order, host: str) -> None:
    """Raise an error, with the machine's name, for a path that is not to be seen from here."""
    seen_by = f"the worker on {host or socket.gethostname()}"
    remedy = "give a folder that all workers share, or a URL"
    if host and not is_url(order.input) and not os.path.lexists(order.input):
        raise SourceError(f"{order.input} is not seen by {seen_by}: {remedy}")
    for field, name in order.outputs.items():
        folder = order.within[field]
        if not is_url(name) and not Path(folder).is_dir():
            who = f" for {seen_by}" if host else ""
            raise OutputError(f"there is no folder {folder}{who}: {remedy if host else 'make it'}")


def _names(order: Order) -> Iterator[str]:
    return (name for _, name in order.files())


def _stands(order: Order, name: str, room: _Room) -> bool:
    """Whether a file of the order is there already, and as it would be made now."""
    if order.input == "-" or not (is_url(order.input) or Path(order.input).is_file()):
        return False
    since: float | None
    if is_url(order.input):
        since = changed(order.input, public_only=order.public_only)
    else:
        since = Path(order.input).stat().st_mtime
    if since is None:
        return False
    if not is_url(name):
        return is_up_to_date(Path(name), order.how.look, since)
    try:
        made_at = changed(name, public_only=order.public_only)
        if made_at is None or made_at < since:
            return False
        copy = room.folder / "standing"
        fetch(name, copy, public_only=order.public_only)
        return is_up_to_date(copy, order.how.look, 0)
    except SourceError:
        return False


@dataclass(frozen=True)
class _Room:
    """Where an order's job reads and writes: in place, or in a folder of its own for URLs."""

    order: Order
    folder: Path  # a temporary one; without any URL there is none, and this is the null device
    source: Path
    outputs: Mapping[str, Path]

    @classmethod
    @contextmanager
    def of(cls, order: Order, scratch: str | None) -> Iterator[_Room]:
        """The room, which is gone afterwards whatever happens."""
        urls = [field for field, name in order.outputs.items() if is_url(name)]
        if not urls and not is_url(order.input):
            outputs = {field: Path(name) for field, name in order.outputs.items()}
            yield cls(order, Path(os.devnull), Path(order.input), outputs)
            return
        folder = Path(tempfile.mkdtemp(prefix="rollscan-", dir=scratch))
        try:
            for field in urls:
                (folder / field).mkdir()
            outputs = {
                field: folder / field / _base(name) if field in urls else Path(name)
                for field, name in order.outputs.items()
            }
            source = Path(order.input)
            if is_url(order.input):
                (folder / "clip").mkdir()
                source = folder / "clip" / "clip"
            yield cls(order, folder, source, outputs)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def place(self, path: Path) -> tuple[str, str]:
        """The field of a file written here, and the name that it is to have."""
        for field, name in self.order.files():
            if path == self.outputs[field].with_name(_base(name)):
                return field, name
        raise OutputError(f"{path} is none of what was asked for")

    @contextmanager
    def naming(self, source: str) -> Iterator[None]:
        """Have errors speak of the names that were given, not of those in here."""
        try:
            yield
        except RollscanError as error:
            said = str(error).replace(str(self.source), source)
            for field, name in self.order.outputs.items():
                said = said.replace(str(self.outputs[field]), name)
            raise type(error)(said, *error.names) from error


def _base(name: str) -> str:
    """The last part of a path or URL."""
    return name.rpartition("/")[2] if is_url(name) else Path(name).name
