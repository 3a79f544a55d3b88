"""Owns the input file: the checks that it can be read, and the copy of a pipe into a file."""

from __future__ import annotations

import os
import re
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
from .motion_photo import film_in

_CHUNK = 1 << 20  # bytes
_DESCRIPTOR = re.compile(r"/dev/(fd/\d+|std(in|out|err))")
TRACK = "a file with sound, such as music.mp3"  # the remedy in errors about a file of sound
PATIENCE = 10  # seconds to wait for the first data from a named pipe


@dataclass(frozen=True)
class Input:
    """An input file, which must be kept for as long as it is read.

    path: the name that was given, as errors call it. opened: the path that ffmpeg opens.
    temporary: the temporary file that holds a pipe's contents, or the film of a motion photo. It
    goes with this object.
    """

    path: Path
    opened: Path
    temporary: object = field(default=None, repr=False)

    @classmethod
    def of(cls, name: str | os.PathLike[str]) -> Input:
        """The input of this name, where "-" is standard input.

        A pipe is read to its end now, up to the limit max_input, into a file in the temporary
        folder, which is removed with the Input.
        Of a motion photo, the film is taken out in the same way.
        Raises SourceError where there is nothing to read, LimitError where a pipe exceeds a limit,
        and OutputError where the temporary folder is full.
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
        # Names such as /dev/stdin mean another file to ffmpeg, whose standard input is another.
        if path.parts[1:2] in (("dev",), ("proc",)):
            with suppress(OSError):
                real = path.resolve(strict=True)
                if _DESCRIPTOR.fullmatch(os.fspath(real)):
                    return cls._of_descriptor(path)
                check_readable(path)
                return cls(path, real)
        check_readable(path)
        film = None
        with suppress(OSError):  # ffmpeg tells more of a file that cannot be read
            film = film_in(path)
        return cls(path, path) if film is None else cls._of_film(path, *film)

    @classmethod
    def _of_pipe(cls, path: Path) -> Input:
        """Read a named pipe. Raises SourceError if nobody writes to it within PATIENCE seconds."""
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
    def _of_descriptor(cls, path: Path) -> Input:
        """Copy an open file that the system, as macOS, gives no other name."""
        try:
            opened = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise _unopened(path, error) from None
        try:
            return cls._of_stream(path, opened)
        finally:
            os.close(opened)

    @classmethod
    def _of_film(cls, path: Path, offset: int, size: int) -> Input:
        """Copy the film of a motion photo, as ffmpeg reads no part of a file."""
        read, file = cls._set_aside(path)
        with temporary_room(), path.open("rb") as photo:
            photo.seek(offset)
            while size > 0 and (chunk := photo.read(min(size, _CHUNK))):
                size -= file.write(chunk)
            file.flush()
        return read

    @classmethod
    def _set_aside(cls, path: Path) -> tuple[Input, SharedFile]:
        """An input that reads a temporary file, which is empty, and that file."""
        file = SharedFile()
        read = cls(path, file.path, file)
        weakref.finalize(read, file.close)
        return read, file

    @classmethod
    def _of_stream(cls, path: Path, stream: int) -> Input:
        """Read the rest of a file descriptor."""
        read, file = cls._set_aside(path)
        count = 0
        with temporary_room():
            while chunk := _read_chunk(stream, path):
                count += file.write(chunk)
                remedy = "save it as a file, and give that"
                check_limit("max_input", count, path, "is a pipe that brings {} and more", remedy)
            file.flush()
        if not count:
            raise SourceError(f"{path} is empty: check what writes into it")
        return read


def _read_chunk(stream: int, path: Path) -> bytes:
    """The next bytes from a pipe; empty at its end. Raises LimitError if it stalls."""
    stall = current_limits().max_stall
    can_time_out = stall is not None and sys.platform != "win32"  # there, select takes sockets only
    if can_time_out and not select.select([stream], [], [], stall)[0]:
        raise LimitError(
            f"{path} is a pipe that nothing came down for {stall:g} s, as long as max_stall allows:"
            " check what writes into it, or raise that limit",
            "max_stall",
        )
    return os.read(stream, _CHUNK)


def check_readable(path: Path, wanted: str = "a video file") -> None:
    """Raise SourceError unless `path` is a regular file that can be opened and is not empty.

    wanted: what the error tells the user to give instead.
    """
    if not stat.S_ISREG(_mode(path, wanted)):  # opening a pipe without a writer would never return
        raise SourceError(f"{path} is no regular file, but a pipe or a device: give {wanted}")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise SourceError(f"{path} is empty: copy or download it again")
    except OSError as error:
        raise _unopened(path, error) from None


def _mode(path: Path, wanted: str = "a video file") -> int:
    """The file's st_mode. Raises SourceError where there is no file, or it is a directory."""
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
