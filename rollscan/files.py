"""Owns temporary files, which leave nothing behind, and the replacing of one file by another.

A temporary file has no name where the system can do without (Linux). Elsewhere it lies in a folder
of its own that only this user can enter, with a name that nobody can know before.
"""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import stat
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError

if sys.platform != "win32":
    import fcntl

NEW_FILE = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)  # follows no link
_FOLDER = "rollscan-file-"
_FOLDERS = re.compile(f"{_FOLDER}[a-z0-9_]{{8}}")  # as mkdtemp names them
_WAITS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.7)  # seconds between attempts to replace a file
_MOMENT = 60.0  # seconds for which a finished file is closed, at most, before it has its place
_EXPLAINED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)  # which are not for want of room


@contextmanager
def temporary_room() -> Iterator[None]:
    """Tell of a temporary folder that takes no more, with the remedy, as an OutputError."""
    try:
        yield
    except OSError as error:
        if error.errno in _EXPLAINED:
            raise
        folder = f" {tempfile.tempdir}" if tempfile.tempdir else ""
        raise OutputError(
            f"the temporary folder{folder} cannot take what is set aside ({error.strerror}): free"
            " some space, or set TMPDIR to a folder that has it"
        ) from error


def nameless_file() -> io.FileIO:
    """A temporary file, unbuffered, for this process and for children that are handed it open.

    Raises OutputError where the temporary folder cannot take it.
    """
    with temporary_room():
        return tempfile.TemporaryFile(prefix="rollscan-", buffering=0)


def read_whole(file: io.RawIOBase, into: memoryview) -> bool:
    """Fill `into` from a file or pipe, which may give it in parts; False where that ends before."""
    while into:
        count = file.readinto(into)
        if not count:
            return False
        into = into[count:]
    return True


def read_at(file: io.RawIOBase, place: int, into: memoryview) -> None:
    """Fill `into` from byte `place` of a file on. Raises EOFError where the file ends before."""
    file.seek(place)
    if not read_whole(file, into):
        raise EOFError("a temporary file was cut short")


def write_at(file: io.RawIOBase, place: int, data: memoryview) -> None:
    """Write all of `data` from byte `place` of an unbuffered file on, which may take it in parts.

    Raises OutputError where the temporary folder, in which the file is, cannot take it.
    """
    with temporary_room():
        file.seek(place)
        while data:
            data = data[file.write(data) :]


class SharedFile(io.BufferedRandom):
    """A temporary file, empty at first, that another program can open by its `path`.

    It goes with close(). A killed program leaves nothing on Linux; elsewhere its folder stays until
    the next SharedFile is made. suffix: how the name ends, where there is one.
    Raises OutputError where the temporary folder cannot take it.
    """

    path: Path

    def __init__(self, suffix: str = "") -> None:
        with temporary_room():
            descriptor, self.path, folder = _shared(suffix)
        super().__init__(io.FileIO(descriptor, "r+b"))
        self._remove = weakref.finalize(self, _remove_folder, folder)

    def close(self) -> None:
        """Let go of the file; no other program may have it open."""
        try:
            super().close()
        finally:
            self._remove()


def replace_file(source: Path, target: Path) -> None:
    """Move a file over another, or to where none is.

    What others have open may not be replaced on Windows, nor on file systems that are shared with
    it, but a virus scanner or a synchronizing program soon lets go of it: that is waited for, about
    two seconds. Raises PermissionError where it stays so.
    """
    patiently(lambda: os.replace(source, target))  # noqa: PTH105 (it is replaced in tests)


def patiently(move: Callable[[], None]) -> None:
    """Call `move`, and call it again for two seconds for as long as it raises PermissionError."""
    for wait in _WAITS:
        try:
            return move()
        except PermissionError:
            time.sleep(wait)
    return move()


def open_nameless(folder: Path, mode: int = 0o600) -> int | None:
    """A new file without a name, open and locked; None where the system has none such.

    mode: its permissions, less the umask.
    """
    if sys.platform != "linux":
        return None
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR, mode)
    except OSError:
        return None  # a file system that cannot; any other trouble comes again with a name
    if not path_of(descriptor).exists():
        os.close(descriptor)
        return None
    lock(descriptor)
    return descriptor


def path_of(descriptor: int) -> Path:
    """A path to an open file, on Linux; children can open it too."""
    return Path(f"/proc/{os.getpid()}/fd/{descriptor}")


def lock(descriptor: int, *, wait: bool = True) -> None:
    """Lock the file for as long as it is open, where there are locks.

    wait: until no other program has locked it; else theirs will do.
    """
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_SH | fcntl.LOCK_NB)


def remove_abandoned(path: Path) -> None:
    """Remove a file that a killed program of this user's left: a regular one that none has locked.

    Nothing else is touched, or waited for: no link, no pipe, no other user's file.
    """
    with suppress(OSError):
        found = path.lstat()
        if not _is_own(found, stat.S_IFREG):
            return
        if sys.platform == "win32":  # has no such locks, but what is open cannot be removed there
            if time.time() - found.st_mtime > _MOMENT:
                path.unlink()
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if os.path.samestat(found, os.fstat(descriptor)):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        finally:
            os.close(descriptor)


def _shared(suffix: str) -> tuple[int, Path, Path | None]:
    """A new file: its descriptor, a path to it, and the folder that is to go with it, if any."""
    descriptor = open_nameless(Path(tempfile.gettempdir()))
    if descriptor is not None:
        return descriptor, path_of(descriptor), None
    _remove_abandoned_folders(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
    path = folder / f"file{suffix}"
    try:
        descriptor = os.open(path, NEW_FILE, 0o600)
    except OSError:
        folder.rmdir()
        raise
    lock(descriptor)
    if not path.exists():  # another program may have taken it for abandoned just before
        os.close(descriptor)
        return _shared(suffix)
    if sys.platform == "linux" and path_of(descriptor).exists():
        _remove_folder(folder)
        return descriptor, path_of(descriptor), None
    return descriptor, path, folder


def _remove_folder(folder: Path | None) -> None:
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned_folders(parent: Path) -> None:
    """Remove the folders of shared files whose programs were killed."""
    with suppress(OSError):
        for folder in [entry for entry in parent.iterdir() if _FOLDERS.fullmatch(entry.name)]:
            with suppress(OSError):
                if _is_own(folder.lstat(), stat.S_IFDIR):
                    for path in list(folder.glob("file*")):
                        remove_abandoned(path)
                        folder.rmdir()


def _is_own(found: os.stat_result, kind: int) -> bool:
    """Whether it is this user's, and of that kind."""
    own = sys.platform == "win32" or found.st_uid == os.geteuid()
    return own and stat.S_IFMT(found.st_mode) == kind
