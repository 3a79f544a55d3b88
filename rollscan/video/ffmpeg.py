"""Owns the running of ffmpeg: which one, how it is started, heard and ended.

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
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from functools import cache
from io import RawIOBase
from pathlib import Path
from threading import Thread
from typing import IO, Any, cast

from ..errors import SourceError
from ..files import read_whole
from ..limits import current_limits
from ..tracker import SILENT, Tracker
from .input import Input
from .log import Log
from .watchdog import Watchdog

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

_COUNTS = ("-progress", "pipe:1", "-stats_period", "0.2")
_SHORT = 0.05  # seconds of a wait that nothing interrupts

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


class FfmpegProcess(subprocess.Popen[bytes]):
    """An ffmpeg that was started, with what it says in `log`. A `with` block ends it.

    Where it reads a file, LimitError is raised, and it is ended, once it brings nothing for longer
    than the limit max_stall allows.
    """

    def __init__(
        self,
        command: list[str],
        reads: Input | None,
        grace: float,
        note: Callable[[str], bool],
        **options: Any,
    ) -> None:
        super().__init__(command, stderr=subprocess.PIPE, **options)
        assert self.stderr is not None
        self.log = Log(self.stderr, self.kill, reads.opened if reads else None, note)
        self._watchdog = Watchdog(self.kill, reads.path if reads else None, grace)

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Stop it, whatever it is doing, and wait until it is gone."""
        self._watchdog.close()
        self.kill()
        for pipe in (self.stdin, self.stdout):
            if pipe:
                with suppress(OSError):  # what is still to be written comes too late
                    pipe.close()
        self.wait()

    def fill(self, into: memoryview) -> bool:
        """Fill `into` with bytes from its standard output; False where that ends before."""
        with self._watchdog.waiting():
            return read_whole(cast(RawIOBase, self.stdout), into)

    def read(self, most: int) -> bytes:
        """Read its standard output to the end, or the first `most` bytes of it."""
        assert self.stdout is not None
        with self._watchdog.waiting():
            return self.stdout.read(most)

    def lines(self) -> Iterator[bytes]:
        """The lines of its standard output, as they come."""
        assert self.stdout is not None
        return self._watchdog.lines(self.stdout)

    def wait(self, timeout: float | None = None, *, made: Callable[[], int] | None = None) -> int:
        """Wait until it has ended, or for `timeout` seconds, and return its status.

        made: what grows for as long as ffmpeg works, such as the size of a file; where it is given,
        the limit max_stall holds.
        Windows hears no Ctrl-C during a wait, so a long one is made of short ones. Raises
        subprocess.TimeoutExpired where the seconds are over.
        """
        if timeout is not None:
            return super().wait(timeout)
        before = -1
        with self._watchdog.waiting() if made else nullcontext():
            while True:
                if made and (now := made()) != before:
                    before = now
                    self._watchdog.restart()
                with suppress(subprocess.TimeoutExpired):
                    return super().wait(_SHORT)


def start_ffmpeg(
    arguments: list[str],
    reads: Input | None = None,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    bufsize: int = -1,
    grace: float = 0.0,
    note: Callable[[str], bool] = lambda line: False,
    counted: bool = False,
    tracker: Tracker = SILENT,
) -> FfmpegProcess:
    """Start ffmpeg apart from the terminal: Ctrl-C reaches Python alone, which then ends it.

    reads: the file that it reads, if the limit max_stall is to hold, and its name to be left out of
    the log. grace: seconds that ffmpeg may take besides that limit.
    stdin, stdout, bufsize: as for subprocess.Popen. note: is given every line that ffmpeg says, see
    Log. tracker: of the job, with which ffmpeg ends. counted: whether the frames that ffmpeg
    finishes are steps of its stage; stdout then serves to count them.
    Raises SourceError where ffmpeg cannot be started.
    """
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    counting = counted and tracker.is_counting
    if counting:
        arguments, stdout = [*_COUNTS, *arguments], subprocess.PIPE
    command = [ffmpeg(), "-hide_banner", "-nostdin", *arguments]
    streams: dict[str, Any] = {"stdin": stdin, "stdout": stdout, "bufsize": bufsize}
    try:
        started = FfmpegProcess(command, reads, grace, note, **streams, **apart)
    except OSError as error:
        raise _not_started(command[0], error) from error
    _started.add(started)
    _limit_memory(started)
    tracker.ends(started)
    if counting:
        pipe, started.stdout = started.stdout, None  # which the thread alone reads, and closes
        Thread(target=_count, args=(pipe, tracker.counter()), daemon=True).start()
    return started


def run_ffmpeg(
    arguments: list[str],
    reads: Input | None = None,
    *,
    made: Callable[[], int] = lambda: 0,
    **how: Any,
) -> tuple[int, str]:
    """Run ffmpeg to its end; return its status and what it said.

    reads, how: as for `start_ffmpeg`. made: what grows as long as ffmpeg works; without it, ffmpeg
    that reads a file must be done within the limit max_stall.
    Raises SourceError where ffmpeg cannot be started, LimitError where it stalls.
    """
    with start_ffmpeg(arguments, reads, **how) as ffmpeg:
        return ffmpeg.wait(made=made), ffmpeg.log.text()


def end_all_ffmpegs() -> None:
    """End all that this process started, where it has to stop at once; whoever reads them fails."""
    for ffmpeg in list(_started):
        ffmpeg.kill()


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


def _count(pipe: IO[bytes], reached: Callable[[float], None]) -> None:
    """Count the frames that ffmpeg says it has finished."""
    with pipe:
        for line in pipe:
            name, _, value = line.partition(b"=")
            if name == b"frame":
                reached(int(value))


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
