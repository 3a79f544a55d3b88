"""Owns what counts as a failure, whatever the case is."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

from .case import Case, Ran, Room
from .stamp import FFMPEG

MOST_MEMORY = 1 << 30  # bytes in one process
Things = dict[Path, str]
_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_NONSENSE = re.compile(r"Error number -?\d|width None|end of 0\.00|object at 0x|\(<class ")
_NOISE = re.compile(r"Traceback|Exception ignored|Warning:|Error in sys\.excepthook|Fatal Python")
CLOSING = re.compile(r": (\d+)x(\d+), (\d+) frames, ([\d.]+) s, ")


def things(room: Room) -> Things:
    """What lies in the room's folders, each with what tells if it changed."""
    found = {}
    for folder in (room.given, room.out, room.tmp):
        for path in folder.rglob("*"):
            found[path] = _print_of(path)
    return found


def failure(case: Case, room: Room, ran: Ran, before: Things) -> str:
    """Why the case failed, in one line; "" where it did not."""
    if ran.status is None:
        return "hang: had to be killed"
    after = things(room)
    for why in (
        _of_words(case, ran),
        _of_status(case, ran),
        f"{ran.orphans} processes left running" if ran.orphans else "",
        f"took {ran.memory >> 20} MiB of memory" if ran.memory > MOST_MEMORY else "",
        _of_files(case, room, ran, before, after),
        _of_outputs(case, ran, before, after) if ran.status == 0 else "",
    ):
        if why:
            return why
    if ran.status == 0 and case.check:
        return case.check(os.fsdecode(ran.out))
    return ""


def _of_status(case: Case, ran: Ran) -> str:
    assert ran.status is not None
    if case.sent and ran.status == -case.sent:
        return ""
    if ran.status < 0:
        return f"died by {signal.Signals(-ran.status).name}"
    if ran.status not in case.statuses:
        return f"status {ran.status}, not {case.statuses}: {_last(ran.err)}"
    return ""


def _of_words(case: Case, ran: Ran) -> str:
    said = os.fsdecode(ran.err)
    lines = said.rstrip("\n").split("\n") if said else []
    for text in (said, os.fsdecode(ran.out)):
        if found := _NOISE.search(text):
            return f"{found[0]} on a stream: {_last(text.encode(errors='replace'))}"
    if _CONTROLS.search(ran.err) or _CONTROLS.search(ran.out):
        return f"control characters reach the terminal: {(ran.err or ran.out)[:200]!r}"
    if len(lines) > 1:
        return f"{len(lines)} lines on stderr: {said[:200]!r}"
    failed = case.many and re.match(r"\[ *\d+/\d+\] failed: .", said)
    if lines and not failed and not lines[0].startswith("rollscan: "):
        return f"not a line of rollscan: {said[:200]!r}"
    mute = "2>" in case.streams
    told = failed or said.startswith("rollscan: error: ")
    if ran.status and ran.status > 0 and not mute and not told:
        return f"status {ran.status} and no error said: {said[:200]!r}"
    if ran.status == 0 and told:
        return f"status 0, and yet an error is said: {_last(ran.err)}"
    if found := _NONSENSE.search(said):
        return f"not for people ({found[0]}): {_last(ran.err)}"
    if case.never_says and re.search(case.never_says, said):
        return f"the wrong cause: {_last(ran.err)}"
    if case.says and ran.status != 0 and not mute and not re.search(case.says, said):
        return f"does not say {case.says}: {_last(ran.err)}"
    return ""


def _of_files(case: Case, room: Room, ran: Ran, before: Things, after: Things) -> str:
    """Leftovers, lost files, and outputs of a run that said it has none."""
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    asked = {_real(path) for path in case.outputs} | {_aim(path) for path in case.outputs}
    if case.ours:
        changed = {path for path in changed if not re.search(case.ours, path.name)}
    families = case.families
    asked |= {aim(family.asked) for family in families for aim in (_real, _aim)}
    others = {path for path in changed if _real(path) not in asked}
    others -= {path for path in others if any(family.has(path) for family in families)}
    if case.sent == signal.SIGKILL:
        others -= {path for path in others if _may_stay(path)}
    if others:
        path = min(others)
        how = "left behind" if path not in before else "changed" if path in after else "lost"
        return f"{how}: {path.relative_to(room.folder)!r}"
    if ran.status == 0 or not changed:
        return ""
    done = {path for path in changed if path in after and after[path] and not _broken(path)}
    if case.sent and {_real(path) for path in done} == asked:
        return ""  # the signal came when all was done
    names = ", ".join(repr(path.name) for path in sorted(changed))
    return f"status {ran.status}, and yet there is something new: {names}"


def _of_outputs(case: Case, ran: Ran, before: Things, after: Things) -> str:
    new = {path for path in after if before.get(path) != after[path]}
    made: list[tuple[Path, set[Path]]] = [(path, {_aim(path)} & new) for path in case.outputs]
    for family in case.families:
        found = {path for path in new if family.has(path)}
        made.append((family.asked, found | ({_aim(family.asked)} & new)))
    for asked, paths in made:
        real = _aim(asked)
        elsewhere = real.exists() and not real.is_dir() and real not in after  # or a device
        if not paths and not elsewhere:
            return f"status 0 without {asked.name!r}"
        for path in sorted(paths):
            if broken := _broken(path):
                return f"status 0 with a broken {path.name!r}: {broken}"
    return ""


def _broken(path: Path) -> str:
    """Why a picture or video does not decode to its end, or ""."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / f"made{path.suffix}"  # ffmpeg takes some names for patterns
        plain.symlink_to(path)
        decoding = subprocess.run(
            [FFMPEG, "-v", "error", "-xerror", "-nostdin", "-i", plain, "-f", "null", "-"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
    return _last(decoding.stderr) if decoding.returncode else ""


def _may_stay(path: Path) -> bool:
    """Whether a SIGKILL may leave it: ffmpeg needs names for what it goes back in, GIF none."""
    nameless = hasattr(os, "O_TMPFILE")
    return path.name.startswith(".") and not (nameless and path.suffix == ".gif")


def _real(path: Path) -> Path:
    try:
        return path.parent.resolve() / path.name if path.is_symlink() else path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def _aim(path: Path) -> Path:
    """What a link leads to, which may not be there yet."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def _print_of(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{stat.S_IFMT(mode):o}" + (str(path.readlink()) if stat.S_ISLNK(mode) else "")


def _last(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines() or [""]
    return lines[-1][:200]
