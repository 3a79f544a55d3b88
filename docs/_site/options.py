"""Writes docs/options.md, every option, from the parser itself: python docs/_site/options.py."""

from __future__ import annotations

import argparse
from pathlib import Path

from rollscan.parser import parser

PAGE = Path(__file__).parents[1] / "options.md"

_BEFORE = """\
# Every option

<!-- Written by docs/_site/options.py from the options themselves: change those. -->

`{usage}`; `rollscan --help all` says the same.

INPUT is a video, or `-` for a pipe. [Many clips](many.md) take several of them, folders, patterns
and URLs. Values are taken as people write them: `50%` or `0.5`, `480px`, `24fps`, `2x`, `3s`,
`8M`, `UP`.
"""

_AFTER = """\
Exit status: 0 done, 1 the job failed, 2 the command line is wrong. An error is one line that says
what to do. Files appear only when they are whole; a failed or interrupted run leaves what was
there.
"""

# Where more is said of the options of a group, by how its title begins.
_MORE = {
    "the loop": "[Loops](loops.md) shows each of them.",
    "where it goes": "[Platforms](platforms.md) tells more.",
    "the studio": '[The studio](studio.md) needs `pip install "rollscan[ui]"`.',
    "many clips": "[Many clips](many.md) tells more.",
    "limits": "A file from a stranger may say that it is hours of a picture as large as a wall. One"
    " that meets a limit is refused before the work, in an error that names the limit. In Python"
    " they are the fields of `Limits`, in bytes, seconds, frames and pixels:"
    " `render(job, limits=Limits(max_frames=10_000))`.",
}


def page() -> str:
    """The page."""
    described = parser()
    parts = [_BEFORE.format(usage=described.usage)]
    for group in described._action_groups:
        rows = [_row(action) for action in group._group_actions if action.option_strings]
        if rows:
            title = group.title or ""
            more = [text for begin, text in _MORE.items() if title.startswith(begin)]
            table = "\n".join(["| option | what it does |", "|---|---|", *rows])
            parts.append("\n\n".join([f"## {title[0].upper()}{title[1:]}", *more, table]) + "\n")
    return "\n".join([*parts, _AFTER])


def _row(action: argparse.Action) -> str:
    long = [each for each in reversed(action.option_strings) if each.startswith("--")]
    named = "`, `".join(long)
    value = action.metavar or ("|".join(action.choices) if action.choices else "")
    if action.nargs != 0 and value:
        named += f" [{value}]" if action.nargs == "?" else f" {value}"
    cells = (f"`{named}`", str(action.help))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
