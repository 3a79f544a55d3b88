"""Owns the exceptions of rollscan. A message is one line: the cause, the value, the remedy."""

from __future__ import annotations

import errno
import sys

_EXHAUSTED = {
    errno.ENOMEM: "not enough memory: close other programs, or give a smaller --scale",
    errno.EMFILE: "too many files are open at once: raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine: close other programs",
    errno.EAGAIN: "no more processes can be started: close other programs, or raise ulimit -u",
}


class RollscanError(Exception):
    """The base of all errors of rollscan. The command line exits with `exit_status`.

    message: one line, with the cause, the value and the remedy.
    names: the parameters that the message mentions, in order, so that the command line can replace
        them by their options, such as --min-loop.
    """

    exit_status = 1

    def __init__(self, message: str = "", *names: str) -> None:
        super().__init__(message)
        self.names = names


class ArgumentError(RollscanError, ValueError):
    """An argument is out of range. The message has its name, its value and what is allowed."""

    exit_status = 2


class SourceError(RollscanError):
    """A video cannot be read, or cannot be read to its end."""


class LimitError(SourceError):
    """A file needs more than a limit allows. See Limits."""


class OutputError(RollscanError):
    """A file cannot be written."""


class NotReplacedError(OutputError):
    """An existing file cannot be replaced. The finished file is kept beside it."""


class BudgetError(OutputError):
    """A file cannot be made small enough."""


class ClusterError(RollscanError):
    """A cluster cannot be reached, is lost, or does not fit."""


class RewindError(RollscanError):
    """Frames would have to start over, but they are closed, or come from an iterator."""


def explained(error: Exception) -> str | None:
    """The meaning of a system error, with the remedy; None for a defect of rollscan."""
    if isinstance(error, MemoryError):
        return _EXHAUSTED[errno.ENOMEM]
    if isinstance(error, ImportError):
        short = "failed to map segment" in str(error) or "annot allocate memory" in str(error)
        return _EXHAUSTED[errno.ENOMEM] if short else None
    if isinstance(error, OSError):
        if is_broken_pipe(error):
            return "whoever was reading the output has stopped: let it read to the end"
        unknown = f"{error.strerror or error}: {error.filename or 'check the disk'}"
        return _EXHAUSTED.get(error.errno or 0, unknown)
    return None


def is_broken_pipe(error: OSError) -> bool:
    """Whether nobody reads any more what is written. Windows calls that an invalid argument."""
    is_invalid = sys.platform == "win32" and error.errno == errno.EINVAL and not error.filename
    return isinstance(error, BrokenPipeError) or is_invalid


def in_words(error: Exception) -> str:
    """The message of any error, in one line. An unknown error is called a fault of rollscan."""
    if isinstance(error, RollscanError):
        return str(error)
    fault = " ".join(f"{type(error).__name__}: {error}".split())
    return explained(error) or f"a fault of rollscan's own, please report it ({fault})"
