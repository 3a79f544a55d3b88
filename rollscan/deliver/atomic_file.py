"""Owns files that appear at their targets only when they are complete."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import sys
from collections import deque
from contextlib import suppress
from itertools import count
from pathlib import Path

from ..errors import OutputError
from ..files import (
    NEW_FILE,
    SharedFile,
    lock,
    open_nameless,
    path_of,
    patiently,
    remove_abandoned,
    replace_file,
)

_MARK = "-rollscan-"  # is in the names of hidden files, so that no other program's are removed
_STREAM = re.compile(r"/dev/(?:fd/|(?=std))(\d+|stdin|stdout|stderr)|/proc/self/fd/(\d+)")
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}
_LONGEST_STEM = 220  # bytes; names may have 255, endings included
_MOST_LINKS = 40  # symbolic links that are followed in one path, as in Linux
_SHARED = stat.S_ISVTX | stat.S_IWOTH  # mode bits of a folder such as /tmp


class AtomicFile:
    """A new file that replaces `target` in the end, or is removed without a trace.

    On Linux it has no name at first (O_TMPFILE), so that nothing is left however the program ends.
    On other systems, and on file systems that cannot do this, it is a hidden file beside the
    target, which is locked while it is in use; if its program dies, the next AtomicFile for the
    same target removes it.

    path: where to write the file; this process and its children may open it any number of times.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self.target = Path(target)
        self._final = resolved(target)
        self._new_path: Path | None = None  # the path of the new file, once it has a name
        self._old_path: Path | None = None  # a second name of the file that is replaced
        self._target_existed = True
        self._descriptors: list[int] = []  # descriptors, which hold locks
        _remove_leftovers(self._final)
        descriptor = open_nameless(self._final.parent, 0o666)
        if descriptor is None:
            self._new_path, descriptor = self._create_hidden()
        else:
            self._descriptors.append(descriptor)
        self._descriptor = descriptor
        self.path = self._new_path or path_of(descriptor)
        with suppress(OSError):  # no such file yet, or a file system without permissions
            self.path.chmod(self._final.stat().st_mode & 0o777)

    def finish(self) -> None:
        """Do all that may fail on a full disk, so that `replace` only has to move the file."""
        if self._new_path:
            return
        name = _hidden_name(self._final)
        try:  # the path is a link, which Python follows only with a src_dir_fd, whichever it is
            os.link(self.path, name, src_dir_fd=self._descriptor)
            self._new_path = name
        except OSError:  # some systems have O_TMPFILE but forbid this; or the folder is gone
            self._new_path, copy = self._create_hidden()
            with open(self.path, "rb") as source, open(copy, "wb", closefd=False) as file:
                shutil.copyfileobj(source, file)
            with suppress(OSError):
                self._new_path.chmod(self.path.stat().st_mode & 0o777)

    def keep_old(self) -> None:
        """Give the old file a second name, if the file system can, so that `restore` finds it.

        Raises PermissionError where Windows would not replace the file, as it could not remove the
        second name then.
        """
        if sys.platform == "win32" and self._final.exists():
            _move_to_itself(self._final)
        old = _hidden_name(self._final)
        try:
            os.link(self._final, old)
            self._old_path = old
        except FileNotFoundError:
            self._target_existed = False
            return
        except OSError:  # the file system has no hard links
            return
        if sys.platform != "win32":  # Windows does not replace an open file
            with suppress(OSError):  # the file may not be readable
                self._descriptors.append(os.open(old, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK))
                lock(self._descriptors[-1], wait=False)

    def replace(self) -> None:
        """Move the finished file over its target."""
        assert self._new_path
        self._close_before_move()
        replace_file(self._new_path, self._final)

    def restore(self) -> None:
        """Undo `replace`, if it was done: put back the old file, and take the new one away."""
        if self._new_path is None or self._new_path.exists():
            return
        if self._old_path:
            with suppress(OSError):
                os.link(self._final, self._new_path)
            replace_file(self._old_path, self._final)
        elif not self._target_existed:
            replace_file(self._final, self._new_path)

    def keep_beside(self) -> Path | None:
        """Move the finished file to a new visible name beside its target, and return its path.

        Return None if the file has replaced its target, or cannot be moved to the new name either.
        """
        if self._new_path is None or not self._new_path.exists():
            return None
        self._close_before_move()
        with suppress(OSError):
            path = _new_visible_name(self._final)
            try:
                replace_file(self._new_path, path)
            except BaseException:
                path.unlink()
                raise
            shown = self.target.with_name(path.name)  # another file, if the target is a link
            return shown if shown.exists() and shown.samefile(path) else path
        return None

    def close(self) -> None:
        """Close the file, and remove all names but the target that it or the old file has."""
        self._close_descriptors()
        for name in (self._new_path, self._old_path):
            if name:
                with suppress(OSError):
                    name.unlink()

    def _create_hidden(self) -> tuple[Path, int]:
        """Create a hidden file beside the target; return its path and its locked descriptor."""
        while True:
            path = _hidden_name(self._final)
            try:
                descriptor = os.open(path, NEW_FILE, 0o666)
            except FileExistsError:
                continue
            self._descriptors.append(descriptor)
            lock(descriptor)
            if path.exists():  # another run may have removed it before it was locked
                return path, descriptor

    def _close_before_move(self) -> None:
        """Close the file on Windows, where an open file cannot be moved."""
        if sys.platform == "win32" and self._new_path and self._descriptors:
            os.utime(self._new_path)  # no other run removes a file that is so new, even unlocked
            self._close_descriptors()

    def _close_descriptors(self) -> None:
        while self._descriptors:
            os.close(self._descriptors.pop())


class StreamedFile:
    """A new file that is copied to an open stream when it is finished; see AtomicFile."""

    def __init__(self, target: str | os.PathLike[str], stream: int) -> None:
        self.target, self._stream = Path(target), stream
        self._file = SharedFile()
        self.path = self._file.path

    def finish(self) -> None:
        """Write all of it to the stream."""
        with open(self.path, "rb") as source, open(self._stream, "wb", closefd=False) as stream:
            shutil.copyfileobj(source, stream)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


def stream_of(target: str | os.PathLike[str]) -> int | None:
    """The descriptor that a name such as /dev/stdout stands for, if it is an open regular file.

    Opening such a name would write from the start of the file, over what `>>` should keep.
    """
    found = _STREAM.fullmatch(os.fspath(target))
    if not found:
        return None
    name = found[1] or found[2]
    number = _STANDARD.get(name)
    return (int(name) if number is None else number) if Path(target).is_file() else None


def resolved(target: str | os.PathLike[str]) -> Path:
    """The path of the file itself, with links resolved as by os.path.realpath, if they are safe.

    A link or a pipe in a folder to which all users may write, such as /tmp, may be a trap. Raises
    OutputError where another user owns one; fs.protected_symlinks of Linux has the same rule.
    """
    if sys.platform == "win32":
        return Path(os.path.realpath(target))
    path = Path.cwd() / target
    at, rest, n_links = Path(path.anchor), deque(path.parts[1:]), 0
    while rest:
        part = rest.popleft()
        if part == "..":
            at = at.parent
            continue
        here = at / part
        if here.is_symlink() and n_links < _MOST_LINKS:
            _check_own(here, target)
            n_links += 1
            rest.extendleft(reversed(here.readlink().parts))
        else:
            at = here
    if at.is_fifo():
        _check_own(at, target)
    return at


def check_replaceable(target: str | os.PathLike[str]) -> None:
    """Raise OutputError if the target exists and cannot be replaced. It is not changed."""
    path = resolved(target)
    if path.exists() and (why := _why_not_replaced(path)):
        raise OutputError(f"{target} cannot be replaced, {why}")


def _why_not_replaced(path: Path) -> str:
    """Why a file cannot be replaced, and the remedy; "" if no reason is known."""
    found = path.stat()
    read_only = not found.st_mode & stat.S_IWUSR
    if sys.platform != "win32":
        folder, user = path.parent.stat(), os.geteuid()
        owners = (0, folder.st_uid, found.st_uid)  # root may replace any file
        if folder.st_mode & stat.S_ISVTX and user not in owners:
            return "it is another user's: give the output another name"
        read_only = read_only and user != 0
    if read_only:
        return "it is read-only: allow writing to it, or give the output another name"
    if sys.platform == "win32":
        try:
            _move_to_itself(path)
        except PermissionError:
            return "another program has it open: close it there, or give the output another name"
    return ""


def _move_to_itself(path: Path) -> None:
    """Rename a file to its own name, which fails if another program has it open on Windows."""
    patiently(lambda: os.rename(path, path))  # noqa: PTH104 (it is replaced in tests)


def _check_own(entry: Path, target: str | os.PathLike[str]) -> None:
    """Raise OutputError for another user's link or pipe in a folder to which all may write."""
    folder, owner = entry.parent.stat(), entry.lstat().st_uid
    shared = folder.st_mode & _SHARED == _SHARED
    if shared and owner not in (os.geteuid(), folder.st_uid):
        raise OutputError(
            f"{target} is not written, as {entry} is another user's, in a folder that all may write"
            " to: give a name in another folder"
        )


def _hidden_name(final: Path) -> Path:
    """A new name for a hidden file beside `final`."""
    before, after = _hidden_name_parts(final)
    return final.with_name(f"{before}{secrets.token_hex(4)}{after}")


def _hidden_name_parts(final: Path) -> tuple[str, str]:
    """What comes before and after the random part in the name of a hidden file beside `final`."""
    # The whole stem could make a name that is too long.
    return f".{final.stem[:32]}{_MARK}", final.suffix


def _new_visible_name(final: Path) -> Path:
    """A new visible name beside `final`, with an empty file that reserves it."""
    stem = final.stem
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    for number in count(1):
        path = final.with_name(f"{stem}-new{'' if number == 1 else number}{final.suffix}")
        with suppress(FileExistsError):
            os.close(os.open(path, NEW_FILE, 0o666))
            return path
    raise AssertionError("numbers do not end")


def _remove_leftovers(final: Path) -> None:
    """Remove the hidden files of this target that nobody locks: their programs were killed."""
    before, after = _hidden_name_parts(final)
    ours = re.compile(f"{re.escape(before)}[0-9a-f]{{8}}{re.escape(after)}")
    with suppress(OSError):
        for path in [path for path in final.parent.iterdir() if ours.fullmatch(path.name)]:
            remove_abandoned(path)
