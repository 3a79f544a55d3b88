"""Owns the errors raised on purpose: one line each, with the cause, the value and the remedy."""

from __future__ import annotations

import errno

_WANTING = {
    errno.ENOMEM: "not enough memory: close other programs, or give a smaller --scale",
    errno.EMFILE: "too many files are open at once: raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine: close other programs",
    errno.EAGAIN: "no more processes can be started: close other programs, or raise ulimit -u",
}


class RollscanError(Exception):
    """A job that cannot be done; the command line says why and exits with `exit_status`.

    message: one line, with the cause, the value and the remedy. names: the parameters that it
        names, so that the command line can call them as they are typed there, --min-loop.
    """

    exit_status = 1

    def __init__(self, message: str = "", *names: str) -> None:
        super().__init__(message)
        self.names = names


class ArgumentError(RollscanError, ValueError):
    """An argument outside its range: the message names it, its value and what is allowed."""

    exit_status = 2


class SourceError(RollscanError):
    """A video that cannot be read, or cannot be read to its end."""


class LimitError(SourceError):
    """A file that would take more than a limit allows; see Limits."""


class OutputError(RollscanError):
    """A file that cannot be written."""


class NotReplacedError(OutputError):
    """A file that is there and cannot be replaced; what is finished is kept beside it."""


class BudgetError(OutputError):
    """A file that cannot be made as small as it must be."""


class ClusterError(RollscanError):
    """A cluster that cannot be reached, is lost, or does not fit."""


class RewindError(RollscanError):
    """An earlier frame was asked for, and the frames come from an iterator that runs only once."""


def explained(error: Exception) -> str | None:
    """What an error of the system's means, and the remedy; None for a fault of our own."""
    if isinstance(error, MemoryError):
        return _WANTING[errno.ENOMEM]
    if isinstance(error, ImportError):
        short = "failed to map segment" in str(error) or "annot allocate memory" in str(error)
        return _WANTING[errno.ENOMEM] if short else None
    if isinstance(error, OSError):
        unknown = f"{error.strerror or error}: {error.filename or 'check the disk'}"
        return _WANTING.get(error.errno or 0, unknown)
    return None


def in_words(error: Exception) -> str:
    """What any error says, in one line: one of ours, the system's, or a fault of our own."""
    if isinstance(error, RollscanError):
        return str(error)
    fault = " ".join(f"{type(error).__name__}: {error}".split())
    return explained(error) or f"a fault of rollscan's own, please report it ({fault})"
