"""Owns the command line: it runs what argv asks for, prints, and returns an exit status.

No other module prints.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TextIO

from .errors import NotReplacedError, RollscanError, explained, is_broken_pipe
from .masking import masked
from .signals import Signals, Stopped
from .terminal import StatusLine, printable

if TYPE_CHECKING:
    from pathlib import Path

    from .job import Job
    from .result import Progress, Written


# Python looks for garbage after so many new objects. It would find none among the several hundred
# thousand that importing MoviePy makes.
_COLLECT_AFTER = 20_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    argv: the words after the name of the command. None stands for those of this process, which is
        expected to end afterwards: signals that arrive after the job are ignored. Otherwise the
        previous handlers of signals are restored.

    Returns the exit status: 0 if all is done, 1 if the job failed, 2 for a wrong command line.
    """
    if argv is None:
        gc.set_threshold(_COLLECT_AFTER)
    _open_closed_streams()
    reported: list[Path] = []  # files reported as finished, which are not in place yet
    signals = Signals()
    try:
        signals.listen()
        status, message = _status_and_error(sys.argv[1:] if argv is None else list(argv), reported)
    except (Stopped, KeyboardInterrupt):
        status = 1
        message = "stopped" if reported else "stopped; what was not finished was not written"
    finally:
        signals.over = True
        signals.end(ignore=argv is None)
    if message:
        _print_error(message, reported)
    return status


def _status_and_error(words: list[str], reported: list[Path]) -> tuple[int, str]:
    """Run a command line. Returns the exit status, and the error message or ""."""
    try:
        return _run(words, reported), ""
    except RollscanError as error:
        from .parser import as_typed

        if isinstance(error, NotReplacedError):
            reported.clear()  # they exist, beside their place
        return error.exit_status, as_typed(error)
    except (MemoryError, ImportError, OSError) as error:
        if (message := explained(error)) is None:
            raise
        return 1, message


def _run(words: list[str], reported: list[Path]) -> int:
    """Run a command line. reported: receives each file that is reported before all are done."""
    from .effect_files import load_typed
    from .parser import SHORT_HELP, parser

    if not words:
        _print_lines(SHORT_HELP)
        return 0
    load_typed(words)
    options = vars(parser().parse_args(words))
    from .options import limits_of  # not needed for --help

    with limits_of(options).in_force():
        return _run_options(options, reported)


def _run_options(options: dict[str, Any], reported: list[Path]) -> int:
    """Do what parsed options ask for. See `_run`."""
    from .options import is_many, job_of, looks_table, studio_of

    quiet = options.pop("quiet")
    if options.pop("list_platforms"):
        from .deliver.listing import table
        from .deliver.platforms import load

        _print_lines(table(load(options.get("platforms"))))
        return 0
    if options.pop("list_looks"):
        _print_lines(looks_table())
        return 0
    if shell := options.get("completion"):
        from .completion import script

        _print_lines(script(shell))
        return 0
    how = studio_of(options)
    if how is not None:
        from .studio import open_studio

        open_studio(options, how, lambda line: None if quiet else _print_line(line, sys.stdout))
        return 0
    if is_many(options):
        return _run_many(options, quiet=quiet)
    job = job_of(options)
    from .run import render

    if quiet:
        render(job)
        return 0
    report = _Report(job, reported)
    try:
        written = render(job, report.tell if sys.stderr.isatty() else None)
    finally:
        report.erase()
    report.close(written)
    return 0


class _Report:
    """Prints the progress of a job, and a line for each finished file.

    reported: receives each file that is reported before all are finished.
    """

    def __init__(self, job: Job, reported: list[Path]) -> None:
        self._job, self._reported = job, reported
        self._advised = False
        self._status = StatusLine(sys.stderr)

    def tell(self, event: Progress | Written) -> None:
        """Show progress. Report a finished file at once only if the output is a terminal."""
        from .result import Written

        with suppress(OSError):  # the terminal is gone: the work goes on
            if not isinstance(event, Written):
                if event.done < 1:
                    self._status.show(event)
            elif sys.stdout.isatty() and not _is_standard_output(event.path):
                self._status.erase()
                self._reported.append(event.path)
                self._print_closing_line(event, sys.stdout)

    def erase(self) -> None:
        """Erase the line with the progress."""
        with suppress(OSError):
            self._status.erase()

    def close(self, written: list[Written]) -> None:
        """Report every written file that was not reported before."""
        piped = any(_is_standard_output(made.path) for made in written)
        for made in written:
            if made.path not in self._reported:
                with suppress(OSError):  # the work is done even if nobody reads it
                    self._print_closing_line(made, sys.stderr if piped else sys.stdout)

    def _print_closing_line(self, made: Written, stream: TextIO) -> None:
        from .summary import advice_for, closing_line

        advice = "" if self._advised else advice_for(made, self._job.look)
        self._advised = self._advised or bool(advice)
        _print_line(closing_line(made) + advice, stream)


def _run_many(options: dict[str, Any], *, quiet: bool) -> int:
    """Run a batch, and print a line for each clip and a summary. Returns the exit status."""
    from .many import running
    from .many.lines import Lines
    from .options import batch_of

    def tell(line: str) -> None:
        if not quiet:
            with suppress(OSError):
                _print_line(f"passed over: {line}", sys.stderr)

    batch = batch_of(options, tell)
    lines = Lines(len(batch), batch.look)
    status = StatusLine(sys.stderr)
    shown = not quiet and sys.stderr.isatty()

    def tick(share: float) -> None:
        with suppress(OSError):  # the terminal is gone: the work goes on
            status.show(lines.progress(share))

    def say(line: str, stream: TextIO) -> None:
        with suppress(OSError):
            status.erase()
            _print_line(line, stream)

    try:
        with closing(running.outcomes(batch, options, tick if shown else None)) as outcomes:
            for outcome in outcomes:
                line = lines.line(outcome)
                if outcome.status == "failed":
                    say(line, sys.stderr)
                elif not quiet:
                    say(line, sys.stdout)
    finally:
        with suppress(OSError):
            status.erase()
    if not quiet:
        say(lines.closing(), sys.stdout)
    return 1 if lines.failed else 0


def _is_standard_output(path: Path) -> bool:
    """Whether the file is standard output, so that no line may be printed there after it."""
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(1))
    return False


def _print_lines(lines: str) -> None:
    """Print lines, and ignore that the reader of a pipe has stopped."""
    for line in lines.split("\n"):
        try:
            _print_line(line, sys.stdout)
        except OSError as error:
            if not is_broken_pipe(error):
                raise


def _print_line(line: str, stream: TextIO) -> None:
    """Print a line. If that fails, keep Python from trying to flush it again when it exits."""
    try:
        print(printable(line, stream.encoding), file=stream, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


def _open_closed_streams() -> None:
    """Open the null device for each standard stream that is closed (2>&-).

    Otherwise the next file that is opened gets its descriptor, and ffmpeg writes messages into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = open(os.devnull, "r+", encoding="utf-8")  # noqa: SIM115 (for as long as the program runs)
            if null.fileno() == number:  # open() takes the lowest free descriptor
                os.set_inheritable(number, True)
            setattr(sys, name, null)


def _print_error(message: str, reported: Sequence[Path]) -> None:
    """Print an error message, and that the files reported as finished are not written."""
    names = " and ".join(path.name for path in reported)
    lost = f"; nothing is written, {names} neither" if reported else ""
    with suppress(OSError):
        _print_line(f"rollscan: error: {masked(message)}{lost}", sys.stderr)
