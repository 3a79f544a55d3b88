"""Owns the kinds of cases, and one attack: a case made from its number, run and judged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from . import (
    clocks,
    edits,
    faults,
    hostile,
    joins,
    lines,
    mutants,
    outliers,
    playlists,
    signals,
    tags,
)
from .case import Case, Room, run
from .judge import failure, things
from .seeds import Seeds

Make = Callable[[int, Room, Seeds, Random], Case]
KINDS: dict[str, Make] = {
    "mutants": mutants.make,
    "lines": lines.make,
    "signals": signals.make,
    "faults": faults.make,
    "clocks": clocks.make,
    "playlists": playlists.make,
    "hostile": hostile.make,
    "joins": joins.make,
    "edits": edits.make,
    "tags": tags.make,
    "outliers": outliers.make,
}


@dataclass(frozen=True)
class Outcome:
    """What came of a case; `why` it failed, or ""."""

    kind: str
    number: int
    case: Case
    status: int | None
    why: str

    @property
    def verdict(self) -> str:
        """ok, refused or failed."""
        return "failed" if self.why else "ok" if self.status == 0 else "refused"

    def __str__(self) -> str:
        return f"{self.kind} {self.number} {self.verdict}: {self.why} | {self.case.what[:200]}"


def attack(kind: str, number: int, seed: int, folder: Path, seeds: Seeds) -> Outcome:
    """Make the case, run it and judge it. A room that failed stays."""
    room = Room(folder / f"{kind}-{number}")
    room.furnish()
    case = KINDS[kind](number, room, seeds, Random(f"{seed} {kind} {number}"))
    before = things(room)
    ran = run(case, room)
    why = failure(case, room, ran, before)
    if not why:
        shutil.rmtree(room.folder, ignore_errors=True)
    return Outcome(kind, number, case, ran.status, why)
