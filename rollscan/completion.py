"""Owns completion on the Tab key: a script for a shell, made of the parser. Runs no Python then."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from .compose.directions import MAPS
from .deliver.platforms import load
from .look import named_looks
from .parser import made_parser

_FILES = ("OUT", "FILE", "SHEET")  # how the metavars of files begin


def script(shell: str) -> str:
    """What completes the options of rollscan, their words and files' names in bash, zsh or fish."""
    import shtab

    described = made_parser()
    words: dict[str, list[str]] = {
        "look": list(named_looks()),
        "names": list(load()),
        "map": list(MAPS),
    }
    for action in described._actions:
        action.help = re.split(r"[.;] ", action.help or "")[0]  # a menu has a line for each
        if action.dest in words:
            action.choices = words[action.dest]
        elif _is_file(action):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    return shtab.complete(described, shell)


def _is_file(action: argparse.Action) -> bool:
    named = isinstance(action.metavar, str) and action.metavar.startswith(_FILES)
    return action.dest == "input" or action.type is Path or named
