"""Owns the description of the loops for the page: their settings, and their tables of sources."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..checks import check_choice, check_rate, check_whole
from ..errors import ArgumentError
from ..look import Look, loop_of
from ..loop.loops import LOOPS
from ..setting import settings_of


def kinds() -> dict[str, dict[str, Any]]:
    """Each loop's `settings`, and whether it `chooses` its part of the clip, by the loop's name."""
    return {
        name: {"settings": _own(name), "chooses": kind().bounds is not None}
        for name, kind in LOOPS.items()
    }


def table(settings: Any, count: Any, clip_rate: Fraction, most: int) -> tuple[bool, bytes]:
    """Whether a loop of `count` source frames is cyclic, and its table as bytes, see Table.rows.

    settings: `loop`, which is its name, the loop's own settings, and `speed`. Values that do not
    suit so few frames are adapted to them. Where a value is out of range, the table is empty, as
    the plan tells the page what is wrong. clip_rate: frames per second of the clip. most: how many
    frames it has.
    Raises ArgumentError where `settings` or `count` are none.
    """
    check_whole("count", count, least=1, most=most)
    if not isinstance(settings, dict):
        raise ArgumentError("settings are missing: give them by name")
    check_choice("loop", settings.get("loop"), list(LOOPS))
    for name in settings:
        check_choice("a setting", name, ["loop", "speed", *_own(settings["loop"])])
    look = dict(settings)
    speed = look.pop("speed", 1)
    try:
        check_rate("speed", speed)
        loop = loop_of(Look(**look))
    except ArgumentError:
        return False, b""
    rate = float(clip_rate * speed)
    loop = loop.fitted(count, rate)
    return loop.cyclic, loop.table(count, rate).rows().tobytes()


def _own(name: str) -> list[str]:
    return list(settings_of(LOOPS[name]))
