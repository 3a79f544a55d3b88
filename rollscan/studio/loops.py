"""Owns the description of the loops for the page: their settings, and their tables of sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..checks import check_choice, check_rate, check_whole
from ..errors import ArgumentError
from ..look import Look, loop_of
from ..loop.loops import LOOPS, Loop
from ..setting import settings_of


def kinds() -> dict[str, dict[str, Any]]:
    """Each loop's `settings`, whether it `chooses` its part of the clip, and whether it `dissolves`
    into its beginning, by the loop's name.
    """
    return {
        name: {
            "settings": _own(name),
            "chooses": kind().bounds is not None,
            "dissolves": kind.dissolve is not Loop.dissolve,
        }
        for name, kind in LOOPS.items()
    }


@dataclass(frozen=True)
class Played:
    """How source frames are played and composed: the look, its loop, and frames per second."""

    look: Look
    loop: Loop
    rate: float


def played(settings: Any, names: Iterable[str], count: int, clip_rate: Fraction) -> Played | None:
    """How `count` source frames are played by settings of the page; None if a value is wrong.

    settings: of a look, and `speed`. names: of those that may be given. clip_rate: frames per
    second of the clip. A loop that does not suit so few frames is adapted to them.
    Raises ArgumentError where `settings` are none.
    """
    if not isinstance(settings, dict):
        raise ArgumentError("settings are missing: give them by name")
    check_choice("loop", settings.get("loop"), list(LOOPS))
    for name in settings:
        check_choice("a setting", name, [*names, "speed"])
    given = dict(settings)
    speed = given.pop("speed", 1)
    try:
        check_rate("speed", speed)
        look = Look(**given)
    except ArgumentError:  # the plan tells the page what is wrong
        return None
    rate = float(clip_rate * speed)
    return Played(look, loop_of(look).fitted(count, rate), rate)


def table(settings: Any, count: Any, clip_rate: Fraction, most: int) -> tuple[bool, bytes]:
    """Whether a loop of `count` source frames is cyclic, and its table as bytes, see Table.rows.

    settings: `loop`, which is its name, the loop's own settings, and `speed`, see `played`. Where a
    value is out of range, the table is empty. clip_rate: frames per second of the clip. most: how
    many frames it has.
    Raises ArgumentError where `settings` or `count` are none.
    """
    check_whole("count", count, least=1, most=most)
    name = settings.get("loop") if isinstance(settings, dict) else None
    own = _own(name) if isinstance(name, str) and name in LOOPS else ()
    found = played(settings, ["loop", *own], count, clip_rate)
    if not found:
        return False, b""
    return found.loop.cyclic, found.loop.table(count, found.rate).rows().tobytes()


def _own(name: str) -> list[str]:
    return list(settings_of(LOOPS[name]))
