"""Owns the writing of output files: each appears only when complete, those of a job together."""

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
from .atomic_sequence import AtomicSequence

_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be too large",
}

_NewFile = AtomicFile | StreamedFile | AtomicSequence
_finished: ContextVar[list[_NewFile] | None] = ContextVar("_finished", default=None)


@contextmanager
def placed_together() -> Iterator[None]:
    """Move all files that `written_beside` finishes in the block into place at its end.

    Either all of them are moved, or none: after any exception, at whatever moment, every target is
    what it was. Only on a file system without hard links do files stay that were moved before a
    later move failed. Blocks of other threads are independent. Raises OutputError, with the remedy,
    where a file cannot be moved: NotReplacedError, if the finished files are kept under new names
    beside their targets.
    """
    files: list[_NewFile] = []
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
    """Yield a path to write to; at the end of the block, its file replaces the target.

    Inside of `placed_together` it does so when that block ends. The path may lack the target's
    ending, and its folder cannot always be listed; it can be opened again, by child processes, too.
    After any exception the file is removed, and the target stays as it was. A target that is a
    device or a pipe is written directly. Raises OutputError, with the remedy, where the target
    cannot be written or the disk is full, and NotReplacedError where the finished file is kept
    under another name.
    """
    together = _finished.get()
    if together is None:
        check_writable(target)
    else:  # check_writable was called for all targets before the work
        _check_name(target)
    stream = stream_of(target)
    if stream is None and is_device(target):
        with _errors_about(target):
            yield Path(target)
        return
    with ExitStack() as unfinished:
        with _errors_about(target):
            file = AtomicFile(target) if stream is None else StreamedFile(target, stream)
        unfinished.callback(file.close)
        with _errors_about(target, file):
            yield file.path
        if together is None:
            _place([file])
        else:
            together.append(file)
            unfinished.pop_all()


@contextmanager
def sequence_beside(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a folder to write numbered pictures to, which replace those of the pattern `target`.

    All of them appear together, as a file does of `written_beside`, which raises the same.
    """
    together = _finished.get()
    with ExitStack() as unfinished:
        with _errors_about(target):
            sequence = AtomicSequence(target)
        unfinished.callback(sequence.close)
        with _errors_about(target, sequence):
            yield sequence.path
        if together is None:
            _place([sequence])
        else:
            together.append(sequence)
            unfinished.pop_all()


def bytes_at(target: str | os.PathLike[str]) -> int:
    """The bytes of a file, or of numbered pictures, see `whereabouts`."""
    path = whereabouts(target)
    if path.is_dir():
        return sum(each.stat().st_size for each in path.iterdir())
    return path.stat().st_size


def whereabouts(target: str | os.PathLike[str]) -> Path:
    """The current path of a file that `written_beside` has finished, moved into place or not."""
    for file in _finished.get() or ():
        if file.target == Path(target):
            return file.path
    return Path(target)


def check_writable(target: str | os.PathLike[str]) -> None:
    """Raise OutputError if the target cannot be written, or exists and cannot be replaced.

    It finds this out before the work: it creates a file beside the target and removes it. The
    target is not changed.
    """
    _check_name(target)
    if not is_device(target):
        with _errors_about(target):
            AtomicFile(target).close()
            check_replaceable(target)


def _check_name(target: str | os.PathLike[str]) -> None:
    """Raise OutputError where no file can have the target's name.

    The name is that of a folder, its folder is missing or read-only, or a link on its way leads in
    circles or is another user's.
    """
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
    """Whether the target exists and is written directly: a device, a pipe or an open stream."""
    path = Path(target)
    if stream_of(target) is not None:
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def _place(files: list[_NewFile]) -> None:
    """Move finished files over their targets: all of them, or none if one cannot be moved."""
    for file in files:
        with _errors_about(file.target, file):
            file.finish()
    to_move = [file for file in files if not isinstance(file, StreamedFile)]
    current = Path()
    try:
        with ExitStack() as undo:
            for file in to_move:
                current = file.target
                if len(to_move) > 1 or isinstance(file, AtomicSequence):
                    undo.callback(file.restore)
                    file.keep_old()
                file.replace()
            undo.pop_all()
    except OSError as error:
        kept = [path for file in to_move if (path := file.keep_beside())]
        with _errors_about(current):
            if not kept:
                raise
        names = ", ".join(str(path) for path in kept)
        raise NotReplacedError(
            f"{current} cannot be replaced ({error.strerror or error}), what is finished is kept"
            f" as {names}: close the old file where it is open, and rename the new"
        ) from error


@contextmanager
def _errors_about(target: str | os.PathLike[str], file: _NewFile | None = None) -> Iterator[None]:
    """Turn errors of the operating system in the block into OutputErrors about the target.

    file: the file that will replace the target, whose own path may be in the error. Errors about
    other files are passed on.
    """
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
        if not any(
            folder == path.parent or (file and file.path in (path, path.parent)) for path in named
        ):
            raise
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error
