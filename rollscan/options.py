"""Owns what options given come to: the Job they make, and looks written as options."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from .checks import check_path
from .errors import ArgumentError, RollscanError
from .job import Job
from .look import Effect, Look, check_belong, named_looks
from .parser import parser
from .scopes import check_effective

_LOOK = {field.name for field in fields(Look)}
_STRIP = {"slit", "direction", "slit_width"}  # what a strip photograph takes, whatever the effect


def job_of(options: dict[str, Any]) -> Job:
    """The job that parsed options ask for; those given win over a look's settings."""
    if not options["input"]:
        raise ArgumentError("no INPUT: name the video (rollscan --help lists the options)")
    check_path("input", options["input"])
    given = {name: value for name, value in options.items() if name in _LOOK}
    others = {name: value for name, value in options.items() if name not in _LOOK}
    others["input"] = Path(options["input"])
    look = Look()
    if "look" in others:
        look = Look.named(others.pop("look"))
    elif "like" in others:
        look = Look.of(others.pop("like"))
    look = look.over(**given)
    check_belongs(options, look.effect)
    job = Job(look=look, **others)
    check_effective(options, _spellings(), job)
    return job


def _spellings() -> dict[str, str]:
    """What each option is called on the command line, by the field that it fills."""
    return {
        action.dest: action.option_strings[-1]
        for action in parser()._actions
        if action.option_strings
    }


def as_typed(error: RollscanError) -> str:
    """What the error says, with parameters called as their options are typed."""
    message, spellings = str(error), _spellings()
    for name in error.names:
        option = spellings.get(name, name)
        message = re.sub(rf"(?<![\w-]){name}(?!\w)", option, message, count=1)
    return message


def check_belongs(options: dict[str, Any], effect: Effect) -> None:
    """Raise ArgumentError for an option that is given, but not for this effect."""
    serving = _STRIP if "still" in options else set()
    check_belong([name for name in options if name not in serving], effect)


def looks_table() -> str:
    """The looks for people: each one's name, what it shows, what to film for it, its options."""
    looks = (
        f"{name}\n  {look.shows}\n  film: {look.film}\n  {as_options(look.look)}"
        for name, look in named_looks().items()
    )
    hint = "Add --smooth for history without torn edges. --looks sheet.png shows all on your clip."
    return "\n\n".join([*looks, hint])


def as_options(look: Look) -> str:
    """The look as one would type it: "--slit-width auto --loop boomerang"."""
    words = []
    for name, value in look.settings.items():
        words.append("--" + name.replace("_", "-"))
        if isinstance(value, tuple):
            value = ":".join(f"{point:g}" for point in value)
        words += [] if value is True else [str(value)]
    return " ".join(words)
