"""Owns how files come to be: written beside their target, moved over it when whole."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..checks import check_path
from ..errors import OutputError

_NO_ROOM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be too large",
}


@contextmanager
def written_beside(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path with the target's ending; leaving the block well moves it over the target.

    On any exception the temporary file goes and the target stays as it was. A target that is a
    device or a pipe is written directly. Raises OutputError, with the remedy, where the target
    cannot be written or the disk is full.
    """
    check_writable(target)
    final = Path(os.path.realpath(target))
    temporary: Path | None = None
    try:
        if _is_device(Path(target)):
            yield Path(target)
            return
        temporary = _new_file(final)
        yield temporary
        temporary.replace(final)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise OutputError(
                f"{target} cannot be written, {_NO_ROOM[error.errno]}: free some space, or choose"
                " a smaller --scale"
            ) from error
        if error.filename is None or Path(error.filename).parent != final.parent:
            raise
        raise OutputError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        if temporary:
            with suppress(OSError):
                temporary.unlink()


def check_writable(target: str | os.PathLike[str]) -> None:
    """Raise OutputError where no file of that name can be: to be told before the work."""
    check_path("the output", target)
    if _is_device(Path(target)):
        return
    path = Path(os.path.realpath(target))
    if path.is_dir():
        raise OutputError(f"{target} is a directory: give a file name in it")
    if not path.parent.is_dir():
        raise OutputError(f"{target} cannot be written, there is no folder {path.parent}: make it")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{target} cannot be written: no permission to write in {path.parent}")


def _is_device(path: Path) -> bool:
    """Whether there is something to write to that is neither a file nor a directory."""
    return path.exists() and not (path.is_file() or path.is_dir())


def _new_file(final: Path) -> Path:
    """Make an empty file next to `final`, with the permissions a file of that name would get."""
    start = f".{final.stem[:32]}-"  # not all: the name may be as long as names can be
    handle, name = tempfile.mkstemp(prefix=start, suffix=final.suffix, dir=final.parent)
    os.close(handle)
    temporary = Path(name)
    if final.exists():
        mode = final.stat().st_mode & 0o777
    else:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    with suppress(OSError):  # file systems without permissions
        temporary.chmod(mode)
    return temporary
