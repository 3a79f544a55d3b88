"""Owns completion with the Tab key: scripts for shells, which are generated from the parser."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from .composers.directions import MAP_NAMES
from .deliver.platforms import load
from .look import known_looks
from .parser import made_parser

_FILES = ("OUT", "FILE", "SHEET")  # the metavars of files begin with these


def script(shell: str) -> str:
    """A script that completes options, their values and names of files in bash, zsh or fish."""
    import shtab

    described = made_parser()
    words: dict[str, list[str]] = {
        "look": list(known_looks()),
        "names": list(load()),
        "map": list(MAP_NAMES),
        "help": ["all"],
    }
    for action in described._actions:
        action.help = re.split(r"[.;] ", action.help or "")[0]  # a menu has one line for each
        if action.dest in words:
            action.choices = words[action.dest]
        elif _is_file(action):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    return shtab.complete(described, shell)


def _is_file(action: argparse.Action) -> bool:
    named = isinstance(action.metavar, str) and action.metavar.startswith(_FILES)
    return action.dest == "input" or action.type is Path or named
