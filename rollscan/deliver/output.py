"""Owns how files come to be: each whole before it is seen, all of a job at once."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from ..checks import check_path
from ..errors import OutputError
from .draft import Draft, stream_of

_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be too large",
}

_finished: ContextVar[list[Draft] | None] = ContextVar("_finished", default=None)


@contextmanager
def placed_together() -> Iterator[None]:
    """Files that `written_beside` finishes in the block are moved into place at its end.

    Either all of them are, or none: on any exception, at whatever moment, every target stays as it
    was. Only a file system without hard links keeps those already moved when a later move fails.
    Blocks of other threads are apart. Raises OutputError, with the remedy, where one cannot be.
    """
    drafts: list[Draft] = []
    before = _finished.set(drafts)
    try:
        yield
        _place(drafts)
    finally:
        _finished.reset(before)
        for draft in drafts:
            draft.close()


@contextmanager
def written_beside(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to; leaving the block well moves the file over the target.

    Inside of `placed_together` it is moved when that ends. The path has not always the target's
    ending, nor a folder that can be listed; it can be opened again, by child processes too. On any
    exception the file goes and the target stays as it was. A target that is a device or a pipe is
    written directly. Raises OutputError, with the remedy, where the target cannot be written or
    the disk is full.
    """
    check_writable(target)
    if is_device(target) and stream_of(target) is None:
        with _told(target):
            yield Path(target)
        return
    together = _finished.get()
    with ExitStack() as unfinished:
        with _told(target):
            draft = Draft(target)
        unfinished.callback(draft.close)
        with _told(target, draft):
            yield draft.path
        if together is None:
            _place([draft])
        else:
            together.append(draft)
            unfinished.pop_all()


def whereabouts(target: str | os.PathLike[str]) -> Path:
    """Where a file that `written_beside` has finished can be read, moved into place or not yet."""
    for draft in _finished.get() or ():
        if draft.target == target:
            return draft.path
    return Path(target)


def check_writable(target: str | os.PathLike[str]) -> None:
    """Raise OutputError where no file of that name can be: to be told before the work."""
    check_path("the output", target)
    if is_device(target):
        return
    path = Path(os.path.realpath(target))
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


def _place(drafts: list[Draft]) -> None:
    """Move finished files over their targets: all, or none where one cannot be."""
    for draft in drafts:
        with _told(draft.target, draft):
            draft.finish()
    with ExitStack() as undo:
        for draft in drafts:
            with _told(draft.target, draft):
                if len(drafts) > 1:
                    undo.callback(draft.restore)
                    draft.keep_old()
                draft.replace()
        undo.pop_all()


@contextmanager
def _told(target: str | os.PathLike[str], draft: Draft | None = None) -> Iterator[None]:
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
        if not any(folder == path.parent or (draft and path == draft.path) for path in named):
            raise
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error
