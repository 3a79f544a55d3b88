"""Owns the keeping and the removing of looks of one's own, see `look.named_looks`."""

from __future__ import annotations

import json
import re
from threading import Lock
from typing import Any

from .checks import brief
from .effect import effects
from .errors import ArgumentError
from .kinds import NOT_CARRIED, UNNAMED_FILE
from .look import Look, built_in_looks, check_look_name, own_looks, own_looks_in
from .look_files import looks_file, looks_text, replace_looks_text

_writing = Lock()


def keep_look(name: str, look: Look, *, replace: bool = False) -> None:
    """Keep a look under a name, after which it is one of `look.named_looks`.

    replace: whether it may take the place of another one of that name. Raises ArgumentError for a
    name that is taken or no name, and for a look that cannot be written down; OutputError if the
    file cannot be written.
    """
    check_look_name(name)
    if effects()[look.effect].digest:
        raise ArgumentError(f"the effect {look.effect} comes from a file, which no look can name")
    with _writing:
        is_there = name in own_looks()
        if is_there and not replace:
            raise ArgumentError(f"there is a look {name} already: replace it, or give another name")
        kept = (_without(name, _text()) if is_there else _text()).strip()
        text = f"{kept}\n\n[{name}]\n{_written(look)}\n".lstrip()
        if own_looks_in(text.encode())[name].look != look:
            raise ArgumentError("this look cannot be written down: name its options in a script")
        replace_looks_text(text)


def remove_look(name: str) -> None:
    """Remove a look of one's own. Raises ArgumentError where there is none of that name."""
    with _writing:
        if name in built_in_looks() or name not in own_looks():
            raise ArgumentError(f"there is no look {brief(name)} of your own in {looks_file()}")
        replace_looks_text(_without(name, _text()))


def _text() -> str:
    return looks_text().decode()


def _without(name: str, text: str) -> str:
    """The text without the table of a look.

    Raises ArgumentError where it does not stand under a heading of its own.
    """
    heading = rf"^\[ *\"?{re.escape(name)}\"? *\][^\n]*\n(?:(?!\[)[^\n]*(?:\n|$))*"
    found, count = re.subn(heading, "", text, count=1, flags=re.MULTILINE)
    if count and {**own_looks(), name: None} == {**own_looks_in(found.encode()), name: None}:
        return found
    raise ArgumentError(f"{name} stands in {looks_file()} in another form: remove it there")


def _written(look: Look) -> str:
    """The line with the settings of a look. Raises ArgumentError for one that has no text."""
    declared, fields = look.declared(), []
    for name, value in look.settings.items():
        if declared[name].kind.carried(value) in (NOT_CARRIED, UNNAMED_FILE):
            raise ArgumentError(f"{name} is {brief(value)}, which no look of your own can hold")
        fields.append(f"{name} = {_value(value, declared[name].kind.write)}")
    return f"look = {{ {', '.join(fields)} }}" if fields else "look = {}"


def _value(value: Any, write: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else _quoted(write(value))


def _quoted(text: str) -> str:
    """Printable text in quotes, which TOML escapes as JSON does."""
    return json.dumps(text, ensure_ascii=False)
