"""Owns one file on its way to its place: without a name until it is whole, where the system can."""

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

_MARK = "-rollscan-"  # in the names of files beside their targets: nobody else's are removed
_STREAM = re.compile(r"/dev/(?:fd/|(?=std))(\d+|stdin|stdout|stderr)|/proc/self/fd/(\d+)")
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}
_LONGEST_STEM = 220  # bytes; names may have 255, endings included
_MOST_LINKS = 40  # that are followed, one after the other, as in Linux
_SHARED = stat.S_ISVTX | stat.S_IWOTH  # of a folder such as /tmp


class AtomicFile:
    """A new file that becomes `target` in the end, or goes without a trace.

    On Linux it has no name at first (O_TMPFILE), so that nothing is left however the program ends.
    Elsewhere, and on file systems that cannot, it stands beside the target as a hidden file, locked
    while it is in use; the next one for the same target removes it if its program has died.

    path: where to write it; this process and its children may open it again and again.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self.target = Path(target)
        self._final = resolved(target)
        self._named: Path | None = None  # the file itself, once it has a name
        self._old: Path | None = None  # what it replaced, under another name
        self._was_there = True
        self._open: list[int] = []  # descriptors that hold locks
        _remove_left_over(self._final)
        descriptor = open_nameless(self._final.parent, 0o666)
        if descriptor is None:
            self._named, descriptor = self._beside()
        else:
            self._open.append(descriptor)
        self._descriptor = descriptor
        self.path = self._named or path_of(descriptor)
        with suppress(OSError):  # no such file yet, or a file system without permissions
            self.path.chmod(self._final.stat().st_mode & 0o777)

    def finish(self) -> None:
        """Do all that may fail for want of room, so that `replace` is a mere move."""
        if self._named:
            return
        name = _new_name(self._final)
        try:  # any src_dir_fd makes Python follow the link that the path is
            os.link(self.path, name, src_dir_fd=self._descriptor)
            self._named = name
        except OSError:  # systems that take O_TMPFILE but forbid this; or no folder any more
            self._named, copy = self._beside()
            with open(self.path, "rb") as whole, open(copy, "wb", closefd=False) as file:
                shutil.copyfileobj(whole, file)
            with suppress(OSError):
                self._named.chmod(self.path.stat().st_mode & 0o777)

    def keep_old(self) -> None:
        """Keep what is there under a second name, where the file system can, for `restore`.

        Raises PermissionError where Windows will not replace it: nor would it remove that name.
        """
        if sys.platform == "win32" and self._final.exists():
            _move_to_itself(self._final)
        old = _new_name(self._final)
        try:
            os.link(self._final, old)
            self._old = old
        except FileNotFoundError:
            self._was_there = False
            return
        except OSError:  # no hard links here
            return
        if sys.platform != "win32":  # where an open file could not be replaced
            with suppress(OSError):  # not ours to read
                self._open.append(os.open(old, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK))
                lock(self._open[-1], wait=False)

    def replace(self) -> None:
        """Move the finished file over its target."""
        assert self._named
        self._release()
        replace_file(self._named, self._final)

    def restore(self) -> None:
        """Undo `replace`, if it was done: put back what `keep_old` kept, and take the file away."""
        if self._named is None or self._named.exists():
            return
        if self._old:
            with suppress(OSError):
                os.link(self._final, self._named)
            replace_file(self._old, self._final)
        elif not self._was_there:
            replace_file(self._final, self._named)

    def keep_beside(self) -> Path | None:
        """Move the finished file to a new visible name beside its target, and return that.

        None where it is in its place, or cannot be moved there either.
        """
        if self._named is None or not self._named.exists():
            return None
        self._release()
        with suppress(OSError):
            path = _new_visible_name(self._final)
            try:
                replace_file(self._named, path)
            except BaseException:
                path.unlink()
                raise
            shown = self.target.with_name(path.name)  # which is another where that is a link
            return shown if shown.exists() and shown.samefile(path) else path
        return None

    def close(self) -> None:
        """Let go of the file, and of all other names it and its predecessor had."""
        self._let_go()
        for name in (self._named, self._old):
            if name:
                with suppress(OSError):
                    name.unlink()

    def _beside(self) -> tuple[Path, int]:
        """A new hidden file beside the target, open and locked until this one is let go of."""
        while True:
            path = _new_name(self._final)
            try:
                descriptor = os.open(path, NEW_FILE, 0o666)
            except FileExistsError:
                continue
            self._open.append(descriptor)
            lock(descriptor)
            if path.exists():  # another run may have taken it for left over just before
                return path, descriptor

    def _release(self) -> None:
        """Close the file where an open one cannot be moved; young as it is, nobody removes it."""
        if sys.platform == "win32" and self._named and self._open:
            os.utime(self._named)
            self._let_go()

    def _let_go(self) -> None:
        while self._open:
            os.close(self._open.pop())


class StreamedFile:
    """A new file that goes down an open stream when it is finished; see AtomicFile."""

    def __init__(self, target: str | os.PathLike[str], stream: int) -> None:
        self.target, self._stream = Path(target), stream
        self._file = SharedFile()
        self.path = self._file.path

    def finish(self) -> None:
        """Write all of it to the stream."""
        with open(self.path, "rb") as whole, open(self._stream, "wb", closefd=False) as stream:
            shutil.copyfileobj(whole, stream)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def stream_of(target: str | os.PathLike[str]) -> int | None:
    """The descriptor that a name such as /dev/stdout stands for, where that is an open file.

    Opening such a name would write from the file's start, over what `>>` is to keep.
    """
    found = _STREAM.fullmatch(os.fspath(target))
    if not found:
        return None
    name = found[1] or found[2]
    number = _STANDARD.get(name)
    return (int(name) if number is None else number) if Path(target).is_file() else None


def resolved(target: str | os.PathLike[str]) -> Path:
    """The path of the file itself, without links: as os.path.realpath, but not all are followed.

    A link, or a pipe, in a folder that all may write to, such as /tmp, may be a trap. Raises
    OutputError where one is of another user; Linux' fs.protected_symlinks has the same rule.
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
    """Raise OutputError where a file is there that cannot be replaced; it is left as it is."""
    path = resolved(target)
    if path.exists() and (why := _why_not_replaced(path)):
        raise OutputError(f"{target} cannot be replaced, {why}")


def _why_not_replaced(path: Path) -> str:
    """The cause and the remedy where a file cannot be replaced, as far as can be known; or ""."""
    found = path.stat()
    read_only = not found.st_mode & stat.S_IWUSR
    if sys.platform != "win32":
        folder, user = path.parent.stat(), os.geteuid()
        owners = (0, folder.st_uid, found.st_uid)  # root is one everywhere
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
    """Rename a file to its own name, which changes nothing, but fails where others have it open."""
    patiently(lambda: os.rename(path, path))  # noqa: PTH104 (it is replaced in tests)


def _check_own(entry: Path, target: str | os.PathLike[str]) -> None:
    """Raise OutputError for another user's link or pipe in a folder that all may write to."""
    folder, owner = entry.parent.stat(), entry.lstat().st_uid
    shared = folder.st_mode & _SHARED == _SHARED
    if shared and owner not in (os.geteuid(), folder.st_uid):
        raise OutputError(
            f"{target} is not written, as {entry} is another user's, in a folder that all may write"
            " to: give a name in another folder"
        )


def _new_name(final: Path) -> Path:
    before, after = _ends(final)
    return final.with_name(f"{before}{secrets.token_hex(4)}{after}")


def _ends(final: Path) -> tuple[str, str]:
    """What stands before and after the random part of a name beside `final`."""
    # Not the whole stem: the name may be as long as names can be.
    return f".{final.stem[:32]}{_MARK}", final.suffix


def _new_visible_name(final: Path) -> Path:
    """A free name beside `final` that people see, with an empty file that keeps it so."""
    stem = final.stem
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    for number in count(1):
        path = final.with_name(f"{stem}-new{'' if number == 1 else number}{final.suffix}")
        with suppress(FileExistsError):
            os.close(os.open(path, NEW_FILE, 0o666))
            return path
    raise AssertionError("numbers do not end")


def _remove_left_over(final: Path) -> None:
    """Remove hidden files of this target whose programs were killed: those that nobody locks."""
    before, after = _ends(final)
    ours = re.compile(f"{re.escape(before)}[0-9a-f]{{8}}{re.escape(after)}")
    with suppress(OSError):
        for path in [path for path in final.parent.iterdir() if ours.fullmatch(path.name)]:
            remove_abandoned(path)
