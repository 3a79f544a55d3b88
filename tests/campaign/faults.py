"""Faults put in: too little of everything, a broken ffmpeg, closed streams, inputs that change."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from .case import Case, Room
from .pictures import as_far_as_decoded
from .seeds import SEEDS, Seeds
from .stamp import FFMPEG

_WRONG_CAUSE = "no ffmpeg found|not a video|ownload it|check the disk|cut short"
_NAMES = ("o.gif", "o-\u65e5\u672c\u8a9e.gif", "o-\u0634\u0643\u0644.gif", "o-\u20ac\xe9.gif")
# What stands in for ffmpeg. $REAL is the real one, $COUNT a file that counts the calls.
_FFMPEGS = {
    "says nothing": "exit 0",
    "fails": "exit 1",
    "fails with words": "echo 'Something odd' >&2; exit 69",
    "is killed": "kill -9 $$",
    "crashes": "kill -SEGV $$",
    "aborts": "kill -ABRT $$",
    "prints noise": "head -c 5000 /dev/urandom; exit 0",
    "stops half way": '"$REAL" "$@" | head -c 60000',
    "is killed half way": '"$REAL" "$@" | head -c 60000; kill -9 $$',
    "is slow": 'sleep 1; exec "$REAL" "$@"',
    "encodes nothing": 'case "$*" in *libx264*|*libvpx*) exit 1;; esac; exec "$REAL" "$@"',
    "is killed encoding": 'case "$*" in *libx264*|*libvpx*) kill -9 $$;; esac; exec "$REAL" "$@"',
    "gives nothing after one call": 'test $N -gt 1 && exit 0; exec "$REAL" "$@"',
    "gives nothing after two calls": 'test $N -gt 2 && exit 0; exec "$REAL" "$@"',
    "gives nothing after three calls": 'test $N -gt 3 && exit 0; exec "$REAL" "$@"',
    "is killed after one call": 'test $N -gt 1 && kill -9 $$; exec "$REAL" "$@"',
    "is killed after two calls": 'test $N -gt 2 && kill -9 $$; exec "$REAL" "$@"',
}
_STREAMS = (">&-", "2>&-", ">&- 2>&-", "<&-", ">&- 2>&- <&-", ">/dev/full", "2>/dev/full")
_STREAMS = (*_STREAMS, ">/dev/full 2>/dev/full")
_ENCODINGS: tuple[dict[str, str], ...] = (
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "C"},
    {"PYTHONIOENCODING": "utf-8:strict"},
    {"TERM": "dumb", "COLUMNS": "1"},
    {"PATH": ""},
    {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
)
_LOOPS = ("cut", "wrap", "match", "boomerang", "crossfade")


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """The six sorts in turn."""
    sorts = (_ffmpeg, _limit, _stream, _encoding, _changing, _temporary)
    return sorts[number % len(sorts)](number // len(sorts), room, seeds, random)


def _job(
    what: str, room: Room, source: Path, random: Random, *, kinds: str = "gif", loop: str = ""
) -> Case:
    """A job that would be done if nothing came between."""
    loop = loop or random.choice(_LOOPS)
    arguments = [str(source), "--loop", loop]
    arguments += ["--min-loop", "0.4"] if loop == "match" else []
    outputs = []
    for kind in kinds.split():
        outputs.append(room.out / f"o.{kind}")
        arguments += [f"--{kind}", str(outputs[-1])]
        if random.random() < 0.3:
            outputs[-1].write_bytes(b"old")
    return Case(f"{what}, {loop}, {kinds}", arguments, outputs)


def _ffmpeg(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """A broken ffmpeg."""
    programs = ["/bin/true", "/bin/false", "/nonexistent", "/etc/passwd", "/tmp", *_FFMPEGS]
    program = programs[number % len(programs)]
    kinds = "gif mp4" if "encod" in program else "gif"
    loop = _LOOPS[number // len(programs) % 3] if "call" in program else random.choice(_LOOPS)
    case = _job(f"ffmpeg: {program}", room, seeds["plain.mp4"], random, kinds=kinds, loop=loop)
    if program in _FFMPEGS:
        script = room.folder / "ffmpeg"
        count = room.folder / "count"
        calls = f"REAL={FFMPEG}\necho >> {count}\nN=$(wc -l < {count})"
        script.write_text(f"#!/bin/sh\n{calls}\n{_FFMPEGS[program]}\n")
        script.chmod(0o755)
        program = str(script)
    case.environment = {"IMAGEIO_FFMPEG_EXE": program}
    if not re.search("half way|gives nothing|with words", case.what):  # as with a damaged video
        case.never_says = "not a video|ownload it|cut short"
    case.check = as_far_as_decoded(seeds["plain.mp4"], room.out / "o.gif", loop)
    return case


def _limit(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """Too little memory, too few files, files that are too large."""
    limits = (
        f"ulimit -v {random.choice((random.randrange(100, 300), random.randrange(300, 3000)))}000",
        f"ulimit -n {max(6, random.randrange(3, 24))}",  # with fewer, Python itself fails
        f"ulimit -f {random.randrange(0, 400)}",
    )
    limit = limits[number % 3]
    kinds = random.choice(("gif", "gif", "mp4", "webm", "webp", "gif mp4"))
    case = _job(limit, room, seeds["plain.mp4"], random, kinds=kinds)
    case.limits = limit
    case.never_says = _WRONG_CAUSE
    return case


def _stream(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """Closed and full streams; a job that can be done, every third one that cannot."""
    streams = _STREAMS[number % len(_STREAMS)]
    case = _job(streams, room, seeds["plain.mp4"], random)
    case.streams = streams
    if number // len(_STREAMS) % 3 == 2:
        case.arguments[0] = str(room.given / "missing.mp4")
        case.statuses = (1,)
    else:
        case.statuses = (0,)
    return case


def _encoding(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """Terminals of another age, with names they cannot show."""
    environment = _ENCODINGS[number % len(_ENCODINGS)]
    case = _job(f"{environment}", room, seeds["plain.mp4"], random)
    names = (*_NAMES, os.fsdecode(b"o-\xff\xfe.gif"))
    made = room.out / names[number // len(_ENCODINGS) % len(names)]
    if number < len(_ENCODINGS):
        made = room.out / _NAMES[1]
    case.arguments[case.arguments.index("--gif") + 1] = str(made)
    case.outputs = [made]
    (room.out / "o.gif").unlink(missing_ok=True)
    case.what = f"{environment}, {made.name!r}"
    case.environment = environment
    case.statuses = (0,)
    return case


def _changing(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """An input that changes, or goes, while it is read."""
    source = room.given / "in.mp4"
    source.write_bytes(seeds.busy().read_bytes())
    changes: dict[str, Callable[[], object]] = {
        "cut off": lambda: os.truncate(source, random.randrange(source.stat().st_size)),
        "emptied": lambda: os.truncate(source, 0),
        "removed": source.unlink,
        "replaced": lambda: source.write_bytes(seeds[random.choice(list(SEEDS))].read_bytes()),
        "replaced by text": lambda: source.write_bytes(b"no video\n" * 99),
        "made longer": lambda: source.write_bytes(source.read_bytes() * 2),
    }
    how = list(changes)[number % len(changes)]
    after = random.uniform(0.1, 1.5)
    case = _job(f"{how} after {after:.2f} s", room, source, random)
    case.arguments += ["--width", "96"]
    case.ours = r"^in\.mp4$"

    def change(child: subprocess.Popen[bytes]) -> None:
        time.sleep(after)
        changes[how]()

    case.during = change
    return case


def _temporary(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """A TMPDIR that takes nothing."""
    file = room.given / "file"
    file.touch()
    folders = {"": "", "missing": str(room.given / "no"), "a file": str(file), "/proc": "/proc"}
    how = list(folders)[number % len(folders)]
    kinds = random.choice(("gif", "mp4", "gif webp", "webm"))
    case = _job(f"TMPDIR: {how}", room, seeds["plain.mp4"], random, kinds=kinds)
    case.environment = {"TMPDIR": folders[how]}
    return case
