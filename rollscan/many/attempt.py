"""Owns the work on one order, on any machine: its clip is fetched, rendered and delivered."""

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

from ..checks import is_url
from ..deliver.part_names import number_of, part_name
from ..errors import OutputError, RollscanError, SourceError, in_words
from ..masking import masked, masked_url
from ..parser import as_typed
from ..result import Tell
from ..run import render
from ..up_to_date import is_up_to_date
from ..video.sequence import PictureSequence, is_sequence
from .order import Order, Outcome
from .stores import fetch, last_modified, put


def attempt(
    order: Order, tell: Tell | None = None, *, scratch: str | None = None, host: str = ""
) -> Outcome:
    """Carry out an order and return its outcome, a failed one where any Exception is raised.

    tell: is called with the progress and with each file that is written. A BaseException that it
    raises to stop the work, which is no Exception, is passed on.
    scratch: the folder for temporary files, default the system's. host: the name of this machine
    for errors about a path that it cannot see; default "": the machine on which orders are made.
    """
    began = time.perf_counter()
    try:
        with order.limits.in_force(), _Workspace.of(order, scratch) as workspace:
            return _carry_out(order, workspace, tell, host, began)
    except Exception as error:  # any bug, too, so that the other clips are still made
        message = as_typed(error) if isinstance(error, RollscanError) else in_words(error)
        message = masked(message, [order.input, *_output_names(order)])
        if (shown := masked_url(order.input)) not in message:
            message = f"{shown}: {message}"
        return Outcome(order.input, "failed", time.perf_counter() - began, error=message)


def _carry_out(
    order: Order, workspace: _Workspace, tell: Tell | None, host: str, began: float
) -> Outcome:
    """Carry out an order, or skip it where its files are up to date. began: by perf_counter()."""
    _check_paths(order, host)
    if order.resume and all(
        _is_up_to_date(order, name, workspace) for name in _output_names(order)
    ):
        seconds = time.perf_counter() - began
        return Outcome(order.input, "skipped", seconds, tuple(_output_names(order)))
    for name in order.outputs.values():
        if not is_url(name):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
    with workspace.original_names(order.input):
        if is_url(order.input):
            fetch(order.input, workspace.source, public_only=order.public_only)
        written = render(order.job(workspace.source, workspace.outputs), tell)
    files = []
    for made in written:
        field, name = workspace.named_in_order(made.path)
        files.append(name)
        if is_url(order.outputs[field]):
            put(made.path, name, public_only=order.public_only)
    return Outcome(order.input, "done", time.perf_counter() - began, tuple(files), tuple(written))


def _check_paths(order: Order, host: str) -> None:
    """Raise SourceError or OutputError for a path that cannot be seen from this machine.

    The error names the machine where `host` is not empty.
    """
    seen_by = f"the worker on {host or socket.gethostname()}"
    remedy = "give a folder that all workers share, or a URL"
    is_there = os.path.lexists(order.input) or is_sequence(order.input)
    if host and not is_url(order.input) and not is_there:
        raise SourceError(f"{order.input} is not seen by {seen_by}: {remedy}")
    for field, name in order.outputs.items():
        folder = order.within[field]
        if not is_url(name) and not Path(folder).is_dir():
            who = f" for {seen_by}" if host else ""
            raise OutputError(f"there is no folder {folder}{who}: {remedy if host else 'make it'}")


def _output_names(order: Order) -> Iterator[str]:
    """The names of all files of an order."""
    return (name for _, name in order.files())


def _is_up_to_date(order: Order, name: str, workspace: _Workspace) -> bool:
    """Whether a file of the order exists already, and is what would be made now."""
    source_modified: float | None
    if is_url(order.input):
        source_modified = last_modified(order.input, public_only=order.public_only)
    elif is_sequence(order.input):
        source_modified = PictureSequence(Path(order.input)).modified
    elif order.input != "-" and Path(order.input).is_file():
        source_modified = Path(order.input).stat().st_mtime
    else:
        return False
    if source_modified is None:
        return False
    if not is_url(name):
        return is_up_to_date(Path(name), order.settings, source_modified)
    try:
        made_at = last_modified(name, public_only=order.public_only)
        if made_at is None or made_at < source_modified:
            return False
        copy = workspace.folder / "standing"
        fetch(name, copy, public_only=order.public_only)
        return is_up_to_date(copy, order.settings, 0)
    except SourceError:
        return False


@dataclass(frozen=True)
class _Workspace:
    """Where the job of an order reads and writes: in place, but for URLs in a temporary folder."""

    order: Order
    folder: Path  # the temporary one; os.devnull where no URL needs one
    source: Path
    outputs: Mapping[str, Path]

    @classmethod
    @contextmanager
    def of(cls, order: Order, scratch: str | None) -> Iterator[_Workspace]:
        """A workspace for the block; its temporary folder is removed whatever happens."""
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
                field: folder / field / _file_name(name) if field in urls else Path(name)
                for field, name in order.outputs.items()
            }
            source = Path(order.input)
            if is_url(order.input):
                (folder / "clip").mkdir()
                source = folder / "clip" / "clip"
            yield cls(order, folder, source, outputs)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def named_in_order(self, path: Path) -> tuple[str, str]:
        """The field of a file that was written here, and the name that the order gives it."""
        for field, name in self.order.files():
            number = number_of(str(path), str(self.outputs[field].with_name(_file_name(name))))
            if number is not None:
                return field, part_name(name, number)
        raise OutputError(f"{path} is none of what was asked for")

    @contextmanager
    def original_names(self, source: str) -> Iterator[None]:
        """Make errors in the block name the order's files rather than those of the workspace."""
        try:
            yield
        except RollscanError as error:
            message = str(error).replace(str(self.source), source)
            for field, name in self.order.outputs.items():
                message = message.replace(str(self.outputs[field]), name)
            raise type(error)(message, *error.names) from error


def _file_name(name: str) -> str:
    """The last part of a path or URL."""
    return name.rpartition("/")[2] if is_url(name) else Path(name).name
