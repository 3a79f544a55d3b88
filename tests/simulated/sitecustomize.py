"""Shows rollscan another system, in every process that has this folder in its PYTHONPATH.

SIMULATED=win32 or darwin names the system. Python loads this file when it starts. The modules of
rollscan and of its tests then see that system's `sys.platform`, and neither the modules nor the
names that Python lacks there; the standard library stays as it is. As win32, a file that any
process has open is neither removed nor replaced, and names that Windows does not have are refused.
"""

from __future__ import annotations

import builtins
import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_SYSTEM = os.environ.get("SIMULATED", "")
_NO_MODULES = {"win32": {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}, "darwin": ()}
_NO_NAMES = {
    "win32": {
        os: "O_NOFOLLOW O_NONBLOCK O_TMPFILE fork geteuid getuid killpg mkfifo sched_getaffinity"
        " statvfs",
        signal: "SIGALRM SIGHUP SIGKILL SIGQUIT pthread_kill pthread_sigmask setitimer",
    },
    "darwin": {os: "O_TMPFILE sched_getaffinity"},
}
_MORE_NAMES = {
    "win32": {
        subprocess: {"CREATE_NO_WINDOW": 0, "CREATE_NEW_PROCESS_GROUP": 0},
        signal: {"SIGBREAK": signal.SIGUSR1},
    },
    "darwin": {},
}
_NO_NAME_OF_WINDOWS = re.compile(r'[<>:"|?*]|[. ]$|^(con|prn|aux|nul|(com|lpt)\d) *(\.|$)', re.I)
_SHOWN_TO = re.compile(r"(rollscan|conftest|test_\w+)(\.|$)")  # modules, by their names
_PROGRAMS = re.compile("python|pytest|rollscan|ffmpeg|wine")  # that may have a file of ours open


class _Module(ModuleType):
    """A module of Python's, without the names that another system lacks, and with its own."""

    def __init__(self, real: ModuleType, missing: set[str], more: dict[str, Any]) -> None:
        super().__init__(real.__name__)
        self.__dict__.update(_real=real, _missing=missing, _more=more)

    def __getattr__(self, name: str) -> Any:
        if name in self._missing:
            raise AttributeError(f"this system's {self._real.__name__} has no {name}")
        return self._more[name] if name in self._more else getattr(self._real, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._real, name, value)


def _begin() -> None:
    real_import = builtins.__import__
    shown = {"sys": _Module(sys, set(), {"platform": _SYSTEM})}
    for module in (os, signal, subprocess):
        missing = set(_NO_NAMES[_SYSTEM].get(module, "").split())
        more = _MORE_NAMES[_SYSTEM].get(module, {})
        shown[module.__name__] = _Module(module, missing, more)

    def import_(name: str, globals: Any = None, *how: Any, **named: Any) -> Any:
        importer = str((globals or {}).get("__name__", ""))
        if _SHOWN_TO.match(importer):
            if name in _NO_MODULES[_SYSTEM]:
                raise ModuleNotFoundError(f"this system has no {name}", name=name)
            if name in shown:
                return shown[name]
        return real_import(name, globals, *how, **named)

    builtins.__import__ = import_
    if _SYSTEM == "win32":
        sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what Windows does: Python tells of what it is about to do, before it does it."""
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        if isinstance(arguments[2], int) and arguments[2] & os.O_CREAT:
            _check_name(os.fsdecode(arguments[0]))
    elif event == "os.mkdir":
        _check_name(os.fsdecode(arguments[0]))
    elif event == "os.remove":
        _check_closed(arguments[0], arguments[1])
    elif event == "os.rename":  # and os.replace
        _check_name(os.fsdecode(arguments[1]))
        _check_closed(arguments[0], arguments[2])
        _check_closed(arguments[1], arguments[3])


def _check_name(path: str) -> None:
    if not path.startswith("/dev/") and _NO_NAME_OF_WINDOWS.search(Path(path).name):
        raise OSError(errno.EINVAL, "Invalid argument", path)


def _check_closed(path: Any, folder: int) -> None:
    """Raise PermissionError where any process has the file open."""
    try:
        found = os.stat(path, dir_fd=folder if folder >= 0 else None, follow_symlinks=False)
    except OSError:
        return
    for descriptors in _descriptors():
        for descriptor in descriptors:
            try:
                if os.path.samestat(found, descriptor.stat()):
                    raise PermissionError(errno.EACCES, f"open as {descriptor}", os.fspath(path))
            except (FileNotFoundError, ProcessLookupError):
                continue


def _descriptors() -> Any:
    """The open files of each process that may have one of ours open, as paths under /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if _PROGRAMS.search((process / "comm").read_text(encoding="utf-8")):
                yield list((process / "fd").iterdir())
        except OSError:
            continue


if _SYSTEM:
    _begin()
