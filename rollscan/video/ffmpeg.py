"""Owns the running of ffmpeg: which one, how it is started, what it is told of time, how it ends.

What goes wrong with ffmpeg itself, not with a video, is said here.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import IO, Any

from ..errors import SourceError
from ..limits import current_limits
from ..progress import current

PICTURE = "0:V:0"  # for ffmpeg: the first video stream that is no cover art

_NAMED = "IMAGEIO_FFMPEG_EXE"
_STOPPED_STATUS = 255  # after a polite signal
_STOPPED = re.compile(r"received signal (\d+)")
# What ffmpeg says where it does not get what it needs; what that is, and the remedy.
_SCARCE = {
    os.strerror(errno.ENOMEM): (
        "more memory than there is for it",
        "close other programs, or give a shorter part or a higher --max-memory",
    ),
    os.strerror(errno.EAGAIN): (
        "more threads or memory than it may have",
        "close other programs, or raise the limit (ulimit -u, ulimit -v, --max-memory)",
    ),
    os.strerror(errno.EMFILE): (
        "more open files than it may have",
        "raise the limit (ulimit -n)",
    ),
}

_started: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()


@cache
def ffmpeg() -> str:
    """The ffmpeg that imageio-ffmpeg brings (or the one IMAGEIO_FFMPEG_EXE names)."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        # It says so too of an ffmpeg that is there, and for which memory or processes are short.
        for brought in Path(imageio_ffmpeg.__file__).parent.glob("binaries/ffmpeg-*"):
            version_of(str(brought))
            return str(brought)
        raise SourceError(
            f"no ffmpeg found: reinstall imageio-ffmpeg, or name one in {_NAMED}"
        ) from error


def version_of(program: str) -> str:
    """The version of an ffmpeg. Raises SourceError where it is none, or does not run."""
    try:
        said = subprocess.run(
            [program, "-version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=20,
        )
    except subprocess.TimeoutExpired:
        raise _no_ffmpeg(program, "it does not answer") from None
    except OSError as error:
        raise _not_started(program, error) from error
    found = re.match(r"ffmpeg version (\S+)", said.stdout.decode(errors="replace"))
    if not found:
        raise _no_ffmpeg(
            program,
            f"asked for its version, it was ended by {_signal(-said.returncode)}"
            if said.returncode < 0
            else f"asked for its version, it ends with status {said.returncode} and names none",
        )
    return found[1]


def start_ffmpeg(
    arguments: list[str], *, stdin: int = subprocess.DEVNULL, **streams: Any
) -> subprocess.Popen[bytes]:
    """Start ffmpeg apart from the terminal: Ctrl-C reaches Python alone, which then ends it."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    command = [ffmpeg(), "-hide_banner", "-nostdin", *arguments]
    try:
        started = subprocess.Popen(command, stdin=stdin, **streams, **apart)
    except OSError as error:
        raise _not_started(command[0], error) from error
    _started.add(started)
    _limit_memory(started)
    if work := current():
        work.ends(started)
    return started


def _limit_memory(started: subprocess.Popen[bytes]) -> None:
    """Keep an ffmpeg from more memory than it may have, where the system can do so from outside.

    What counts is what it may write to (RLIMIT_DATA), not what it reserves, which threads and
    libraries make several times as much.
    """
    most = current_limits().max_memory
    if sys.platform == "linux" and most is not None:
        import resource

        with suppress(OSError, ValueError):  # it has ended, or may have even less
            resource.prlimit(started.pid, resource.RLIMIT_DATA, (most, most))


def end_all_ffmpegs() -> None:
    """End all that this process started, where it has to stop at once; whoever reads them fails."""
    for ffmpeg in list(_started):
        ffmpeg.kill()


def start_counted(arguments: list[str], **streams: Any) -> subprocess.Popen[bytes]:
    """Start ffmpeg as `start_ffmpeg` does; the frames it finishes are steps of a job's stage.

    Its standard output serves to count them, where there is a job.
    """
    work = current()
    if work is None:
        return start_ffmpeg(arguments, **streams)
    counts = ["-progress", "pipe:1", "-stats_period", "0.2"]
    started = start_ffmpeg([*counts, *arguments], stdout=subprocess.PIPE, **streams)
    pipe, started.stdout = started.stdout, None  # which the thread alone reads, and closes
    assert pipe is not None
    Thread(target=_count, args=(pipe, work.counter()), daemon=True).start()
    return started


def _count(pipe: IO[bytes], reached: Callable[[float], None]) -> None:
    """Count the frames that ffmpeg says it has finished."""
    with pipe:
        for line in pipe:
            name, _, value = line.partition(b"=")
            if name == b"frame":
                reached(int(value))


def end_ffmpeg(ffmpeg: subprocess.Popen[bytes]) -> None:
    """Stop an ffmpeg, whatever it is doing, and wait until it is gone."""
    if ffmpeg.stdout:
        ffmpeg.stdout.close()
    ffmpeg.kill()
    ffmpeg.wait()


def ended_by(status: int, log: str) -> tuple[str, str] | None:
    """The cause and the remedy where ffmpeg ended for none of the video's; None where it did not.

    status: what it ended with. log: what it said.
    """
    stopped = _STOPPED.search(log)
    number = int(stopped[1]) if stopped and status else -status
    if number > 0 or status == _STOPPED_STATUS:
        by = _signal(number) if number > 0 else "a signal"
        cause = f"ffmpeg {version_of(ffmpeg())} was ended by {by}"
        if by == "SIGKILL":
            return f"{cause}, as systems short of memory do", "free some memory, and try again"
        if stopped or status == _STOPPED_STATUS:
            return cause, "try again"
        return cause, f"name another ffmpeg in {_NAMED}, or convert the file"
    for said, (needs, remedy) in _SCARCE.items():
        if status and said in log:
            return f"ffmpeg needs {needs}: {said}", remedy
    return None


def trim(start: float, limit: float | None) -> list[str]:
    """ffmpeg input options that seek to `start` and stop after `limit` seconds."""
    seek = ["-ss", f"{start:.6f}"] if start > 0 else []
    return seek if limit is None else [*seek, "-t", f"{limit:.6f}"]


def _not_started(program: str, error: OSError) -> SourceError:
    if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN):
        return SourceError(
            f"ffmpeg cannot be started ({error.strerror}): close other programs, or raise the"
            " limit (ulimit)"
        )
    return _no_ffmpeg(program, error.strerror or str(error))


def _no_ffmpeg(program: str, why: str) -> SourceError:
    remedy = "reinstall imageio-ffmpeg"
    if os.environ.get(_NAMED) == program:
        remedy = f"let {_NAMED} name an ffmpeg, or unset it"
    return SourceError(f"{program} is no ffmpeg that runs ({why}): {remedy}")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
