"""Owns how files come to be: each whole before it is seen, all of a job at once."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from ..checks import check_path
from ..errors import NotReplacedError, OutputError
from .atomic_file import AtomicFile, StreamedFile, check_replaceable, resolved, stream_of

_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be too large",
}

Unplaced = AtomicFile | StreamedFile
_finished: ContextVar[list[Unplaced] | None] = ContextVar("_finished", default=None)


@contextmanager
def placed_together() -> Iterator[None]:
    """Files that `written_beside` finishes in the block are moved into place at its end.

    Either all of them are, or none: on any exception, at whatever moment, every target stays as it
    was. Only a file system without hard links keeps those already moved when a later move fails.
    Blocks of other threads are apart. Raises OutputError, with the remedy, where one cannot be; as
    NotReplacedError where all are finished, and kept under new names beside their targets.
    """
    files: list[Unplaced] = []
    before = _finished.set(files)
    try:
        yield
        _place(files)
    finally:
        _finished.reset(before)
        for file in files:
            file.close()


@contextmanager
def written_beside(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to; leaving the block well moves the file over the target.

    Inside of `placed_together` it is moved when that ends. The path has not always the target's
    ending, nor a folder that can be listed; it can be opened again, by child processes too. On any
    exception the file goes and the target stays as it was. A target that is a device or a pipe is
    written directly. Raises OutputError, with the remedy, where the target cannot be written or
    the disk is full, and NotReplacedError where the file is finished, but kept under another name.
    """
    together = _finished.get()
    if together is None:
        check_writable(target)
    else:  # which was done for all of them before the work
        _check_name(target)
    stream = stream_of(target)
    if stream is None and is_device(target):
        with _told(target):
            yield Path(target)
        return
    with ExitStack() as unfinished:
        with _told(target):
            file = AtomicFile(target) if stream is None else StreamedFile(target, stream)
        unfinished.callback(file.close)
        with _told(target, file):
            yield file.path
        if together is None:
            _place([file])
        else:
            together.append(file)
            unfinished.pop_all()


def whereabouts(target: str | os.PathLike[str]) -> Path:
    """Where a file that `written_beside` has finished can be read, moved into place or not yet."""
    for file in _finished.get() or ():
        if file.target == Path(target):
            return file.path
    return Path(target)


def check_writable(target: str | os.PathLike[str]) -> None:
    """Raise OutputError where no file of that name can be, or one that is there must stay.

    To be told before the work: a file is made beside it, and removed; what is there stays.
    """
    _check_name(target)
    if not is_device(target):
        with _told(target):
            AtomicFile(target).close()
            check_replaceable(target)


def _check_name(target: str | os.PathLike[str]) -> None:
    """Raise OutputError where the name is a folder's, or in none, or leads to another user's."""
    check_path("the output", target)
    if stream_of(target) is not None:
        return
    path = resolved(target)
    if is_device(target):
        return
    if path.is_dir():
        raise OutputError(f"{target} is a directory: give a file name in it")
    if path.is_symlink():
        raise OutputError(f"{target} is a link that leads to itself: remove it, or give another")
    if not path.parent.is_dir():
        raise OutputError(f"{target} cannot be written, there is no folder {path.parent}: make it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{target} cannot be written: no permission to write in {path.parent}")


def is_device(target: str | os.PathLike[str]) -> bool:
    """Whether there is something to write to that is no file or directory of its own."""
    path = Path(target)
    if stream_of(target) is not None:
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def _place(files: list[Unplaced]) -> None:
    """Move finished files over their targets: all, or none where one cannot be."""
    for file in files:
        with _told(file.target, file):
            file.finish()
    moved = [file for file in files if isinstance(file, AtomicFile)]
    under_way = Path()
    try:
        with ExitStack() as undo:
            for file in moved:
                under_way = file.target
                if len(moved) > 1:
                    undo.callback(file.restore)
                    file.keep_old()
                file.replace()
            undo.pop_all()
    except OSError as error:
        kept = [path for file in moved if (path := file.keep_beside())]
        with _told(under_way):
            if not kept:
                raise
        names = ", ".join(str(path) for path in kept)
        raise NotReplacedError(
            f"{under_way} cannot be replaced ({error.strerror or error}), what is finished is kept"
            f" as {names}: close the old file where it is open, and rename the new"
        ) from error


@contextmanager
def _told(target: str | os.PathLike[str], file: Unplaced | None = None) -> Iterator[None]:
    """Tell of the target what the system says of the file that is to become it."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise OutputError(
                f"{target} cannot be written, {_NO_ROOM[error.errno]}: free some space, or choose"
                " a smaller --scale"
            ) from error
        named = [Path(name) for name in (error.filename, error.filename2) if isinstance(name, str)]
        folder = Path(os.path.realpath(target)).parent
        if not any(folder == path.parent or (file and path == file.path) for path in named):
            raise
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error
