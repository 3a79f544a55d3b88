"""Owns the file that is read: that it is there, and a pipe's contents set aside as one."""

from __future__ import annotations

import os
import select
import stat
import sys
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import LimitError, SourceError
from ..files import SharedFile, temporary_room
from ..limits import check_limit, current_limits

_CHUNK = 1 << 20  # bytes
TRACK = "a file with sound, such as music.mp3"  # that is wanted where it is no video
PATIENCE = 10  # seconds that a named pipe is given to find a writer


@dataclass(frozen=True)
class Input:
    """A video file: how it was named, and what ffmpeg opens. Keep it for as long as it is read."""

    path: Path  # as errors call it
    opened: Path
    held: object = field(default=None, repr=False)  # the temporary file

    @classmethod
    def of(cls, name: str | os.PathLike[str]) -> Input:
        """The file of this name; "-" is standard input, which like every pipe is read now.

        A pipe's contents lie in the temporary folder, up to the limit max_input, until the Input
        goes.
        Raises SourceError where there is nothing to read, OutputError where that folder is full.
        """
        path = Path(name)
        if os.fspath(name) == "-":
            if sys.stdin is None or sys.stdin.isatty():
                raise SourceError("- is a terminal: give a file, or a video down a pipe")
            return cls._of_stream(path, sys.stdin.fileno())
        mode = _mode(path)
        if stat.S_ISFIFO(mode):
            return cls._of_pipe(path)
        if stat.S_ISCHR(mode):
            raise SourceError(f"{path} is a device: give a video file, or - for a pipe")
        check_readable(path)
        if path.parts[1:2] in (("dev",), ("proc",)):  # ffmpeg's own standard input is another
            with suppress(OSError):
                return cls(path, path.resolve(strict=True))
        return cls(path, path)

    @classmethod
    def _of_pipe(cls, path: Path) -> Input:
        """What comes down a named pipe. Without a writer it would wait for ever."""
        try:
            pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise _unopened(path, error) from None
        try:
            if not select.select([pipe], [], [], PATIENCE)[0]:
                raise SourceError(
                    f"{path} is a pipe that nothing came down in {PATIENCE} s: give a file, or"
                    " start what writes into it first"
                )
            os.set_blocking(pipe, True)
            return cls._of_stream(path, pipe)
        finally:
            os.close(pipe)

    @classmethod
    def _of_stream(cls, path: Path, stream: int) -> Input:
        """What is left to read of a file descriptor."""
        file = SharedFile()
        read = Input(path, file.path, file)
        weakref.finalize(read, file.close)
        count = 0
        with temporary_room():
            while chunk := _next_of(stream, path):
                count += file.write(chunk)
                remedy = "save it as a file, and give that"
                check_limit("max_input", count, path, "is a pipe that brings {} and more", remedy)
            file.flush()
        if not count:
            raise SourceError(f"{path} is empty: check what writes into it")
        return read


def _next_of(stream: int, path: Path) -> bytes:
    """What comes next down a pipe; empty at its end."""
    stall = current_limits().max_stall
    waits = stall is not None and sys.platform != "win32"  # where only sockets can be waited for
    if waits and not select.select([stream], [], [], stall)[0]:
        raise LimitError(
            f"{path} is a pipe that nothing came down for {stall:g} s, as long as max_stall allows:"
            " check what writes into it, or raise that limit",
            "max_stall",
        )
    return os.read(stream, _CHUNK)


def check_readable(path: Path, wanted: str = "a video file") -> None:
    """Raise SourceError unless `path` is a regular file that can be opened and holds something.

    wanted: what is to be given instead.
    """
    if not stat.S_ISREG(_mode(path, wanted)):  # a pipe would be waited for, for ever
        raise SourceError(f"{path} is no regular file, but a pipe or a device: give {wanted}")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise SourceError(f"{path} is empty: copy or download it again")
    except OSError as error:
        raise _unopened(path, error) from None


def _mode(path: Path, wanted: str = "a video file") -> int:
    """What kind of file it is. Raises SourceError where there is none, or a directory."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist: check the name") from None
    except OSError as error:
        raise _unopened(path, error) from None
    if stat.S_ISDIR(mode):
        raise SourceError(f"{path} is a directory: give {wanted}")
    return mode


def _unopened(path: Path, error: OSError) -> SourceError:
    remedy = "check the name, and where it leads"
    if isinstance(error, PermissionError):
        remedy = "ask for the right to read it, or give another file"
    return SourceError(f"{path} cannot be opened ({error.strerror}): {remedy}")
