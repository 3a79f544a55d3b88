"""Which tests need what Windows lacks: they get the mark posix, and -m "not posix" leaves them out.

A test needs it where its code, a fixture that it takes, or a function of the tests that one of them
calls names one of POSIX, or has a text like PATHS. Other tests bear the mark themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

POSIX = {
    *("SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "killpg", "send_signal", "setitimer"),
    *("chmod", "geteuid", "getuid", "link", "mkfifo", "symlink_to", "umask"),
    *("fcntl", "fork", "openpty", "preexec_fn", "pty", "resource", "start_new_session", "termios"),
}
PATHS = re.compile(r"#!/bin/sh|^/(bin|dev|etc)/|\bimport resource\b|\bsignal\.SIG")


def is_posix(item: pytest.Function) -> bool:
    """Whether a test needs what Windows lacks."""
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    functions = [item.function, *(each[-1].func for each in fixtures)]
    seen: set[FunctionType] = set()
    return any(_needs(function, seen) for function in functions) or _texts(item)


def _texts(item: pytest.Function) -> bool:
    """Whether a parameter of the test is a path or a script of a Unix."""
    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return any(isinstance(value, str) and PATHS.search(value) for value in values)


def _needs(function: Any, seen: set[FunctionType]) -> bool:
    function = getattr(function, "__wrapped__", function)
    if not isinstance(function, FunctionType) or function in seen:
        return False
    seen.add(function)
    if function.__module__.startswith("rollscan"):
        return False
    for code in _codes(function.__code__):
        if POSIX & {*code.co_names, *code.co_varnames}:
            return True
        if any(isinstance(text, str) and PATHS.search(text) for text in code.co_consts):
            return True
        if any(_needs(function.__globals__.get(name), seen) for name in code.co_names):
            return True
    return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code of a function, and of those within it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)
