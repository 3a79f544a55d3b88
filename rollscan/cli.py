"""Owns the command line: argv to a Job, errors to exit statuses. The only module that prints."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from .errors import RollscanError

if TYPE_CHECKING:
    from .job import Written

# Ctrl-C, a polite kill, a closed terminal or ended ssh, Ctrl-\; Windows has the first two.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
_HANG_UP = getattr(signal, "SIGHUP", None)  # which nohup has a program ignore


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 done, 1 the job failed, 2 the command line is wrong."""
    for number in _SIGNALS:
        with suppress(ValueError):  # not in the main thread, where signals do not come
            if number != _HANG_UP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _stop)
    try:
        return _run(argv)
    except KeyboardInterrupt:
        for number in _SIGNALS:  # Python forgets its handlers on the way out, but not this
            signal.signal(number, signal.SIG_IGN)
        return _complain("stopped; what was not finished was not written", 1)
    except RollscanError as error:
        return _complain(str(error), error.exit_status)
    except BrokenPipeError:
        return _complain("whoever was reading the output has stopped: let it read to the end", 1)
    except MemoryError:
        return _complain("not enough memory: give a smaller --scale", 1)
    except OSError as error:
        return _complain(f"{error.strerror or error}: {error.filename or 'check the disk'}", 1)


def _run(argv: Sequence[str] | None) -> int:
    from .options import job_of, parser

    options = vars(parser().parse_args(argv))
    quiet = options.pop("quiet")
    if options.pop("list_platforms"):
        from .deliver.platforms import load, table

        _say(table(load(options.get("platforms"))))
        return 0
    job = job_of(options)
    from .pipeline import render

    logger = None if quiet or not sys.stderr.isatty() else "bar"
    for made in render(job, logger):
        if not quiet:
            width, height = made.size
            shown = f"{made.frames} frames, {made.seconds:.2f} s"
            if made.is_poster:
                shown = f"the frame at {made.seconds:.2f} s"
            _say(
                f"{made.path}: {width}x{height}, {shown},"
                f" {in_bytes(made.bytes)}{_notes(made)}, took {made.took:.1f} s"
            )
    return 0


def _say(line: str) -> None:
    """Print a line to whoever still reads; the work is done even if nobody does."""
    try:
        print(line, flush=True)
    except BrokenPipeError:  # and keep Python from trying again on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _notes(made: Written) -> str:
    """What the closing line says of what was given up, and of the loop."""
    given_up = f": {made.given_up}" if made.given_up else ""
    part = f", from {made.part[0]:.2f} to {made.part[1]:.2f} s" if made.part else ""
    seam = "" if made.seam is None else f", seam {made.seam:.2f}"
    return given_up + part + seam


def _complain(message: str, status: int) -> int:
    with suppress(BrokenPipeError):
        print(f"rollscan: error: {message}", file=sys.stderr)
    return status


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Told to stop: clean up, which further ones must not disturb."""
    for each in _SIGNALS:
        signal.signal(each, _ignore)
    raise KeyboardInterrupt


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing. SIG_IGN would not do yet: a signal already noted would be complained about."""


def in_bytes(count: int) -> str:
    """A number of bytes for people: 1.39 MB."""
    if count < 1000:
        return f"{count} bytes"
    amount, unit = (count / 1e3, "kB") if count < 1e6 else (count / 1e6, "MB")
    return f"{amount:.3g} {unit}" if amount < 100 else f"{amount:.0f} {unit}"
