"""Owns one file on its way to its place: without a name until it is whole, where the system can."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_MARK = "-rollscan-"  # in the names of files beside their targets: nobody else's are removed
_STREAM = re.compile(r"/dev/(?:fd/|(?=std))(\d+|stdin|stdout|stderr)|/proc/self/fd/(\d+)")
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}


class Draft:
    """A new file that becomes `target` in the end, or goes without a trace.

    On Linux it has no name at first (O_TMPFILE), so that nothing is left however the program ends.
    Elsewhere, and on file systems that cannot, it stands beside the target as a hidden file, locked
    while it is in use; the next draft of the same target removes one whose program has died.

    path: where to write it; this process and its children may open it again and again.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self.target = target
        self._stream = stream_of(target)
        self.final = Path(os.path.realpath(target))
        if self._stream is not None:
            self.final = Path(tempfile.gettempdir(), "stream")
        self._named: Path | None = None  # the file itself, once it has a name
        self._old: Path | None = None  # what it replaced, under another name
        self._was_there = True
        _remove_left_over(self.final)
        descriptor = _nameless(self.final.parent)
        self.path = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
        if descriptor is None:
            self.path, descriptor = _beside(self.final)
            self._named = self.path
        self._descriptor = descriptor
        with suppress(OSError):  # no such file yet, or a file system without permissions
            self.path.chmod(self.final.stat().st_mode & 0o777)

    def finish(self) -> None:
        """Do all that may fail for want of room, so that `replace` is a mere move."""
        if self._stream is not None:
            with open(self.path, "rb") as whole, open(self._stream, "wb", closefd=False) as stream:
                shutil.copyfileobj(whole, stream)
        elif self._named is None:
            self._named = _new_name(self.final)
            try:  # any src_dir_fd makes Python follow the link that the path is
                os.link(self.path, self._named, src_dir_fd=self._descriptor)
            except OSError:  # systems that take O_TMPFILE but forbid this; or no folder any more
                self._named, copy = _beside(self.final)
                os.close(copy)
                shutil.copy(self.path, self._named)

    def keep_old(self) -> None:
        """Keep what is there under a second name, where the file system can, for `restore`."""
        if self._stream is not None:
            return
        old = _new_name(self.final)
        try:
            os.link(self.final, old)
            self._old = old
        except FileNotFoundError:
            self._was_there = False
        except OSError:  # no hard links here
            pass

    def replace(self) -> None:
        """Move the finished file over its target."""
        if sys.platform == "win32":
            self._release()
        if self._stream is None and self._named:
            self._named.replace(self.final)

    def restore(self) -> None:
        """Put back what `keep_old` kept; where nothing was there, leave nothing."""
        if self._old:
            self._old.replace(self.final)
        elif not self._was_there:
            self.final.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file, and of all other names it and its predecessor had."""
        self._release()
        for name in (self._named, self._old):
            if name:
                with suppress(OSError):
                    name.unlink()

    def _release(self) -> None:
        with suppress(OSError):  # closed before
            os.close(self._descriptor)
        self._descriptor = -1


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


def _nameless(folder: Path) -> int | None:
    """An open file without a name; None where the system has none such."""
    if sys.platform != "linux":
        return None
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666)
    except OSError:
        return None  # a file system that cannot; any other trouble comes again with a name
    if not Path(f"/proc/{os.getpid()}/fd/{descriptor}").exists():
        os.close(descriptor)
        return None
    _lock(descriptor)
    return descriptor


def _beside(final: Path) -> tuple[Path, int]:
    """A new hidden file beside `final`, open and locked."""
    while True:
        path = _new_name(final)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        _lock(descriptor)
        if path.exists():  # another run may have taken it for left over just before
            return path, descriptor
        os.close(descriptor)


def _new_name(final: Path) -> Path:
    before, after = _ends(final)
    return final.with_name(f"{before}{secrets.token_hex(4)}{after}")


def _ends(final: Path) -> tuple[str, str]:
    """What stands before and after the random part of a name beside `final`."""
    # Not the whole stem: the name may be as long as names can be.
    return f".{final.stem[:32]}{_MARK}", final.suffix


def _remove_left_over(final: Path) -> None:
    """Remove hidden files of this target whose programs were killed: those that nobody locks."""
    before, after = _ends(final)
    ours = re.compile(f"{re.escape(before)}[0-9a-f]{{8}}{re.escape(after)}")
    with suppress(OSError):
        for path in [path for path in final.parent.iterdir() if ours.fullmatch(path.name)]:
            with suppress(OSError), open(path, "rb") as file:
                if sys.platform != "win32":  # where an open file cannot be removed anyway
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
            if sys.platform == "win32":
                with suppress(OSError):
                    path.unlink()


def _lock(descriptor: int) -> None:
    """Lock the file for as long as it is open, where there are locks."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
