"""Signals at any moment after the program has begun, on every output, old files in place or not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from .case import Case, Room
from .seeds import Seeds

_SENT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL)
_OUTPUTS = (
    *(("gif",), ("gif",), ("mp4",), ("webm",), ("webp",), ("still",), ("gif", "mp4")),
    *(("gif", "webp"), ("mp4", "webm"), ("gif", "poster")),
)
_ENDING = {"still": "png", "poster": "png"}


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """A signal, or the same one several times."""
    sent = _SENT[number % len(_SENT)]
    kinds = _OUTPUTS[number // len(_SENT) % len(_OUTPUTS)]
    outputs = [room.out / f"o-{kind}.{_ENDING.get(kind, kind)}" for kind in kinds]
    arguments = [str(seeds.busy()), "--width", "160"]
    for kind, path in zip(kinds, outputs, strict=True):
        arguments += [f"--{kind}", str(path)]
        if random.random() < 0.5:
            path.write_bytes(b"old")
    if random.random() < 0.3:
        arguments += ["--loop", random.choice(("wrap", "boomerang", "match"))]
    after, times = random.uniform(0, 2.5), random.choice((1, 1, 1, 3))
    what = f"{sent.name} x {times} after {after:.2f} s, {' '.join(arguments[1:])}"
    during = sending(sent, after, times)
    return Case(what, arguments, outputs, during=during, sent=sent)


def sending(
    sent: signal.Signals, after: float, times: int = 1
) -> Callable[[subprocess.Popen[bytes]], None]:
    """Send it `after` seconds from when the program listens; Python's own start is not ours."""

    def send(child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and not _listens(child.pid):
            time.sleep(0.01)
        time.sleep(after)
        for _ in range(times):
            if _ended(child.pid):
                return
            os.kill(child.pid, sent)
            time.sleep(0.03)

    return send


def _listens(pid: int) -> bool:
    """Whether the process has a way of its own with SIGTERM."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return True
    caught = re.search(r"SigCgt:\s*([0-9a-f]+)", status)
    return bool(caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def _ended(pid: int) -> bool:
    """Whether it only waits to be waited for."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return True
