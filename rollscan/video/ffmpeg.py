"""Owns the running of ffmpeg: which program it is, how it is started, read and ended.

The errors of a program that is no ffmpeg, or does not run, are made here.
"""

from __future__ import annotations

import errno
import os
import re
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
from ..signals import detached, signal_name
from ..systems import FFMPEG_VARIABLE, ffmpeg_remedy
from ..tracker import SILENT, Tracker
from .input import Input
from .log import Log
from .watchdog import Watchdog

PICTURE = "0:V:0"  # ffmpeg's specifier of the first video stream that is not cover art

_PRINT_PROGRESS = ("-progress", "pipe:1", "-stats_period", "0.2")
_SHORT_WAIT = 0.05  # seconds

_started: weakref.WeakSet[subprocess.Popen[bytes]] = weakref.WeakSet()


@cache
def ffmpeg() -> str:
    """The path of the ffmpeg that FFMPEG_VARIABLE names, or imageio-ffmpeg brings, or is installed.

    Raises SourceError where there is none, or it does not run.
    """
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        # It raises this too where ffmpeg is installed, but memory or processes are short.
        for bundled in Path(imageio_ffmpeg.__file__).parent.glob("binaries/ffmpeg-*"):
            version_of(str(bundled))
            return str(bundled)
        raise SourceError(f"no ffmpeg found: {ffmpeg_remedy()}") from error


def version_of(program: str) -> str:
    """The version of an ffmpeg program. Raises SourceError where it is no ffmpeg, or fails."""
    try:
        answer = subprocess.run(
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
    found = re.match(r"ffmpeg version (\S+)", answer.stdout.decode(errors="replace"))
    if not found:
        raise _no_ffmpeg(
            program,
            f"asked for its version, it was ended by {signal_name(-answer.returncode)}"
            if answer.returncode < 0
            else f"asked for its version, it ends with status {answer.returncode} and names none",
        )
    return found[1]


class FfmpegProcess(subprocess.Popen[bytes]):
    """A running ffmpeg. Leaving its `with` block ends it.

    log: its standard error, as a Log.

    command, reads, grace, note: as in `start_ffmpeg`. Where it reads a file and produces nothing
    for longer than the limit max_stall, it is ended, and whoever waits for it gets a LimitError.
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
        """Kill the process, and wait until it has ended."""
        self._watchdog.close()
        self.kill()
        for pipe in (self.stdin, self.stdout):
            if pipe:
                with suppress(OSError):  # unwritten data is of no use any more
                    pipe.close()
        self.wait()

    def fill(self, into: memoryview) -> bool:
        """Fill `into` with bytes from standard output; return False where that ends before."""
        with self._watchdog.waiting():
            return read_whole(cast(RawIOBase, self.stdout), into)

    def read(self, max_bytes: int) -> bytes:
        """Read standard output to its end, or the first `max_bytes` bytes of it."""
        assert self.stdout is not None
        with self._watchdog.waiting():
            return self.stdout.read(max_bytes)

    def lines(self) -> Iterator[bytes]:
        """The lines of standard output, as they come."""
        assert self.stdout is not None
        return self._watchdog.lines(self.stdout)

    def wait(self, timeout: float | None = None, *, made: Callable[[], int] | None = None) -> int:
        """Wait until the process ends, for at most `timeout` seconds; return its exit status.

        made: returns a number that grows for as long as ffmpeg works, such as the size of a file.
        Where it is given, and there is no timeout, the limit max_stall applies.
        Raises subprocess.TimeoutExpired where the process still runs after `timeout` seconds.
        """
        if timeout is not None:
            return super().wait(timeout)
        before = -1
        with self._watchdog.waiting() if made else nullcontext():
            while True:
                if made and (now := made()) != before:
                    before = now
                    self._watchdog.restart()
                # On Windows nothing interrupts a wait, Ctrl-C neither, so each has to be short.
                with suppress(subprocess.TimeoutExpired):
                    return super().wait(_SHORT_WAIT)


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
    """Start ffmpeg detached from the terminal, so that Ctrl-C reaches Python alone.

    reads: the file that ffmpeg reads. Where it is given, the limit max_stall applies, and the
    file's name is left out of the log. grace: seconds that ffmpeg may take in addition to that
    limit. stdin, stdout, bufsize: as in subprocess.Popen. note: is called with every line of the
    log, see Log. tracker: of the job; ffmpeg is ended when the job is. counted: whether each frame
    that ffmpeg finishes is a step of the tracker's stage; stdout is then used to count them.
    Raises SourceError where ffmpeg cannot be started.
    """
    is_counting = counted and tracker.is_counting
    if is_counting:
        arguments, stdout = [*_PRINT_PROGRESS, *arguments], subprocess.PIPE
    command = [ffmpeg(), "-hide_banner", "-nostdin", *arguments]
    streams: dict[str, Any] = {"stdin": stdin, "stdout": stdout, "bufsize": bufsize}
    try:
        started = FfmpegProcess(command, reads, grace, note, **streams, **detached())
    except OSError as error:
        raise _not_started(command[0], error) from error
    _started.add(started)
    _limit_memory(started)
    tracker.ends(started)
    if is_counting:
        pipe, started.stdout = started.stdout, None  # only the thread reads the pipe, and closes it
        Thread(target=_count_frames, args=(pipe, tracker.counter()), daemon=True).start()
    return started


def run_ffmpeg(
    arguments: list[str],
    reads: Input | None = None,
    *,
    made: Callable[[], int] = lambda: 0,
    **how: Any,
) -> tuple[int, str]:
    """Run ffmpeg to its end; return its exit status and its log.

    reads, how: as in `start_ffmpeg`. made: returns a number that grows for as long as ffmpeg works;
    without it, an ffmpeg that reads a file must end within the limit max_stall.
    Raises SourceError where ffmpeg cannot be started, LimitError where it stalls.
    """
    with start_ffmpeg(arguments, reads, **how) as ffmpeg:
        return ffmpeg.wait(made=made), ffmpeg.log.text()


def end_all_ffmpegs() -> None:
    """Kill every ffmpeg that this process started. Whoever reads from one of them then fails."""
    for ffmpeg in list(_started):
        ffmpeg.kill()


def _limit_memory(started: subprocess.Popen[bytes]) -> None:
    """Apply the limit max_memory to an ffmpeg, on Linux, where this is possible from outside.

    RLIMIT_DATA limits the memory that it can write to. The address space is not limited: threads
    and libraries reserve several times as much of it as they use.
    """
    max_memory = current_limits().max_memory
    if sys.platform == "linux" and max_memory is not None:
        import resource

        with suppress(OSError, ValueError):  # it has ended, or has a lower limit already
            resource.prlimit(started.pid, resource.RLIMIT_DATA, (max_memory, max_memory))


def _count_frames(pipe: IO[bytes], report: Callable[[float], None]) -> None:
    """Report how many frames ffmpeg has finished, by the progress that it prints."""
    with pipe:
        for line in pipe:
            name, _, value = line.partition(b"=")
            if name == b"frame":
                report(int(value))


def _not_started(program: str, error: OSError) -> SourceError:
    if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN):
        return SourceError(
            f"ffmpeg cannot be started ({error.strerror}): close other programs, or raise the"
            " limit (ulimit)"
        )
    return _no_ffmpeg(program, error.strerror or str(error))


def _no_ffmpeg(program: str, why: str) -> SourceError:
    remedy = "reinstall imageio-ffmpeg"
    if os.environ.get(FFMPEG_VARIABLE) == program:
        remedy = f"let {FFMPEG_VARIABLE} name an ffmpeg, or unset it"
    return SourceError(f"{program} is no ffmpeg that runs ({why}): {remedy}")
