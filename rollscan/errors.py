"""Owns the errors raised on purpose: one line each, with the cause, the value and the remedy."""

from __future__ import annotations


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


class OutputError(RollscanError):
    """A file that cannot be written."""


class BudgetError(OutputError):
    """A file that cannot be made as small as it must be."""


class RewindError(RollscanError):
    """An earlier frame was asked for, and the frames come from an iterator that runs only once."""
