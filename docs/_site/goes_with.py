"""Writes what goes with which effect into docs/looks.md: python docs/_site/goes_with.py."""

from __future__ import annotations

import re
from pathlib import Path

from rollscan.effect import Effect, effects
from rollscan.loop.loops import LOOPS
from rollscan.setting import settings_of

PAGE = Path(__file__).parents[1] / "looks.md"
MARKED = re.compile(r"(<!-- what goes with what[^\n]*-->\n\n).*?(\n\n<!-- end -->)", re.S)


def table() -> str:
    """The table, as Markdown."""
    head = (
        "| effect | may move | `--smooth` | `--feather` | `--rgb` | history before the first frame"
        " | loops |"
    )
    rows = (_row(name, effect) for name, effect in effects().items())
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows])


def _row(name: str, effect: type[Effect]) -> str:
    own = settings_of(effect)
    has = ["yes" if each in own else "no" for each in ("smooth", "feather")]
    loops = f"all {len(LOOPS)}"
    if effect.loops_composed:
        loops += ", made of composed frames"
    elif effect.reads_once:
        loops += "; with cut, the end is followed by the beginning"
    moves = ", ".join(f"`{each.option}`" for each in own.values() if each.kind.moves) or "no"
    history = "no" if effect.loops_composed else "yes, in a loop"
    return f"| {name} | {moves} | {' | '.join(has)} | yes | {history} | {loops} |"


def page() -> str:
    """The page with the table in its place."""
    return MARKED.sub(lambda found: found[1] + table() + found[2], PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
