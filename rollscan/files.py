"""Owns temporary files, which leave nothing behind, and the replacement of one file by another.

On Linux, a temporary file has no name. On other systems, it lies in a folder of its own, which has
an unpredictable name and which only this user can enter.
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
import unicodedata
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError

if sys.platform != "win32":
    import fcntl

NEW_FILE = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)  # never follows a link
_FOLDER = "rollscan-file-"
_FOLDERS = re.compile(f"{_FOLDER}[a-z0-9_]{{8}}")  # as mkdtemp names them
_WAITS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.7)  # seconds between attempts to replace a file
_MOMENT = 60.0  # seconds, at most, for which a finished file is closed before it is renamed
_EXPLAINED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)  # these have causes other than a full disk


@contextmanager
def temporary_room() -> Iterator[None]:
    """Turn an OSError of a full temporary folder into an OutputError with the remedy."""
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
    """An unbuffered temporary file, for this process and for children that inherit its descriptor.

    Raises OutputError if it cannot be created in the temporary folder.
    """
    with temporary_room():
        return tempfile.TemporaryFile(prefix="rollscan-", buffering=0)


def read_whole(file: io.RawIOBase, into: memoryview) -> bool:
    """Fill `into` from a file or a pipe, by several reads. Returns False if that ends before."""
    while into:
        count = file.readinto(into)
        if not count:
            return False
        into = into[count:]
    return True


def read_at(file: io.RawIOBase, place: int, into: memoryview) -> None:
    """Fill `into` from byte offset `place` of a file. Raises EOFError if the file ends before."""
    file.seek(place)
    if not read_whole(file, into):
        raise EOFError("a temporary file was cut short")


def write_at(file: io.RawIOBase, place: int, data: memoryview) -> None:
    """Write all of `data`, by several writes, at byte offset `place` of an unbuffered file.

    Raises OutputError if the temporary folder, which has the file, is full.
    """
    with temporary_room():
        file.seek(place)
        while data:
            data = data[file.write(data) :]


class SharedFile(io.BufferedRandom):
    """An empty temporary file that another program can open by its `path`.

    close() deletes it. If the program is killed, nothing is left on Linux; on other systems, the
    folder of the file stays until the next SharedFile is made.

    suffix: the end of its name, where it has a name. Raises OutputError if it cannot be created in
    the temporary folder.
    """

    path: Path

    def __init__(self, suffix: str = "") -> None:
        with temporary_room():
            descriptor, self.path, folder = _shared(suffix)
        super().__init__(io.FileIO(descriptor, "r+b"))
        self._remove = weakref.finalize(self, _remove_folder, folder)

    def close(self) -> None:
        """Close and delete the file. No other program may have it open."""
        try:
            super().close()
        finally:
            self._remove()


def replace_file(source: Path, target: Path) -> None:
    """Rename a file, and replace the target if it exists.

    On Windows, and on file systems that are shared with it, a file cannot be replaced while another
    program has it open. As virus scanners and synchronizing programs close a file soon, this tries
    again for about two seconds. Raises PermissionError if the last attempt fails.
    """
    patiently(lambda: os.replace(source, target))  # noqa: PTH105 (it is replaced in tests)


def patiently(move: Callable[[], None]) -> None:
    """Call `move`, and repeat that for two seconds as long as it raises PermissionError."""
    for wait in _WAITS:
        try:
            return move()
        except PermissionError:
            time.sleep(wait)
    return move()


def discard(path: Path) -> None:
    """Remove a temporary file, if it is there.

    Windows does not remove a file that another program has open. It is emptied then, so that it
    takes no room until its folder is removed.
    """
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        with suppress(OSError):
            os.truncate(path, 0)


def same_file_key(path: str | os.PathLike[str]) -> str:
    """A text that is the same for all names of one file, whether or not it exists.

    On Windows and macOS letters may be large or small, and on macOS an accent may be a letter's
    part or follow it.
    """
    key = os.path.normcase(os.path.realpath(path))
    return unicodedata.normalize("NFC", key).casefold() if sys.platform == "darwin" else key


def open_nameless(folder: Path, mode: int = 0o600) -> int | None:
    """The descriptor of a new file without a name, locked; None if the system has no such files.

    mode: its permissions, from which the umask is removed.
    """
    if sys.platform != "linux":
        return None
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR, mode)
    except OSError:
        return None  # not supported; any other error comes again for a file with a name
    if not path_of(descriptor).exists():
        os.close(descriptor)
        return None
    lock(descriptor)
    return descriptor


def path_of(descriptor: int) -> Path:
    """The path to an open file, on Linux, which child processes can open too."""
    return Path(f"/proc/{os.getpid()}/fd/{descriptor}")


def lock(descriptor: int, *, wait: bool = True) -> None:
    """Lock the file for as long as it is open, on systems that have such locks.

    wait: whether to wait until no other program has locked it. Otherwise, the lock of another
    program is enough.
    """
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_SH | fcntl.LOCK_NB)


def remove_abandoned(path: Path) -> None:
    """Remove a regular file of this user that no program has locked, as a killed program leaves it.

    Links, pipes and files of other users are not touched, and nothing is waited for.
    """
    with suppress(OSError):
        found = path.lstat()
        if not _is_own(found, stat.S_IFREG):
            return
        if sys.platform == "win32":  # no such locks, but an open file cannot be removed
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
    """A new file: its descriptor, its path, and the folder to remove with it or None."""
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
    if not path.exists():  # before the lock, another program may have removed it as abandoned
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
    """Whether a file belongs to this user and is of this kind, such as stat.S_IFREG."""
    own = sys.platform == "win32" or found.st_uid == os.geteuid()
    return own and stat.S_IFMT(found.st_mode) == kind
