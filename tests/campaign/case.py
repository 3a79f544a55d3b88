"""Owns what a case is, and its run: a child in a room of its own, watched until it is gone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds, on a machine that has nothing else to do
_FADING = 5.0  # seconds in which an ffmpeg whose reader has gone must be gone as well


@dataclass(frozen=True)
class Room:
    """The folders of one case: what is read, what is written, and its TMPDIR."""

    folder: Path

    @property
    def given(self) -> Path:
        return self.folder / "given"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def tmp(self) -> Path:
        return self.folder / "tmp"

    def furnish(self) -> None:
        """Make the folders."""
        for folder in (self.given, self.out, self.tmp):
            folder.mkdir(parents=True)


@dataclass(frozen=True)
class Family:
    """Files of which the program chooses the names: one for each place, or in a folder."""

    asked: Path  # as it is given
    names: str  # a pattern of their whole names
    folder: Path

    def has(self, path: Path) -> bool:
        """Whether the path is one of them."""
        return path.parent == self.folder and bool(re.fullmatch(self.names, path.name, re.DOTALL))


@dataclass
class Case:
    """A command line, what surrounds it, and what must hold besides what always must."""

    what: str
    arguments: list[str]
    outputs: list[Path] = field(default_factory=list)  # files asked for
    families: list[Family] = field(default_factory=list)  # and those that the program names
    many: bool = False  # whether clips have a line each, also those that fail
    environment: dict[str, str] = field(default_factory=dict)
    limits: str = ""  # shell commands before it, such as ulimit
    streams: str = ""  # the shell's redirections
    during: Callable[[subprocess.Popen[bytes]], None] | None = None
    sent: signal.Signals | None = None  # the signal that `during` sends
    statuses: tuple[int, ...] = (0, 1, 2)
    says: str = ""  # what stderr must match
    never_says: str = ""  # what it must not: a wrong cause
    check: Callable[[str], str] | None = None  # stdout to what is wrong with the picture, or ""
    ours: str | None = None  # a pattern of other names that it may write


@dataclass(frozen=True)
class Ran:
    """How a case ended."""

    status: int | None  # None: it did not end
    out: bytes
    err: bytes
    orphans: int
    memory: int  # bytes at most in one process


def run(case: Case, room: Room) -> Ran:
    """Run the case until it ends or patience does; nothing of it is left running."""
    with (room.folder / "stdout").open("wb") as out, (room.folder / "stderr").open("wb") as err:
        child = subprocess.Popen(
            line(case),
            cwd=room.out,
            env=_environment(case, room),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    if case.during:
        case.during(child)
    status, memory = _ended(child)
    # Only who was killed cannot have waited for its ffmpeg.
    deadline = time.monotonic() + (_FADING if case.sent == signal.SIGKILL else 0.5)
    while (left := _living(room)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        with suppress(OSError):  # gone meanwhile
            os.kill(pid, signal.SIGKILL)
    said = [(room.folder / name).read_bytes() for name in ("stdout", "stderr")]
    return Ran(status, *said, orphans=0 if status is None else len(left), memory=memory)


def line(case: Case) -> list[str]:
    """The case's command line."""
    command = [sys.executable, "-m", "rollscan", *case.arguments]
    if not (case.limits or case.streams):
        return command
    return ["/bin/sh", "-c", f'{case.limits}\nexec "$@" {case.streams}', "sh", *command]


def _environment(case: Case, room: Room) -> dict[str, str]:
    plain = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(room.tmp)}
    plain |= {"ROLLSCAN_ROOM": str(room.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return plain | case.environment


def _ended(child: subprocess.Popen[bytes]) -> tuple[int | None, int]:
    """Its status, None if it had to be killed, and its memory; both also of those it waited for."""
    busy = min(3.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
    deadline = time.monotonic() + PATIENCE * busy
    timed_out = False
    while True:
        pid, status, used = os.wait4(child.pid, 0 if timed_out else os.WNOHANG)
        if pid:
            break
        if time.monotonic() > deadline:
            timed_out = True
            os.killpg(child.pid, signal.SIGKILL)
        else:
            time.sleep(0.01)
    child.returncode = os.waitstatus_to_exitcode(status)
    scale = 1 if sys.platform == "darwin" else 1024
    return None if timed_out else child.returncode, used.ru_maxrss * scale


def _living(room: Room) -> list[int]:
    """Processes that come from this room, by what every child inherits."""
    mark = f"ROLLSCAN_ROOM={room.folder}\0".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # gone meanwhile
            if mark in entry.read_bytes() + b"\0":
                found.append(int(entry.parent.name))
    return found
