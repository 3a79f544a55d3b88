"""Owns how docstrings become Markdown: parameters a list, examples code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import griffe

from rollscan.effect import own_effects

_PARAMETER = re.compile(r"(\w+(?:(?:, | or | and )\w+)*): (.*)")


class Readable(griffe.Extension):
    """Rewrites each docstring as it is loaded."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of the object, if it has one."""
        if obj.docstring:
            text = obj.docstring.value
            if "{settings}" in text:  # which are described when the class is made
                own_effects()  # which describes the settings of effects
                text = getattr(import_module(obj.parent.path), obj.name).__doc__
            lines = inspect.cleandoc(text).split("\n")
            obj.docstring.value = "\n".join(_markdown(lines))


def _markdown(lines: list[str]) -> Iterator[str]:
    in_code = in_list = False
    for line in lines:
        if line.startswith(">>>") and not in_code:
            in_code = True
            yield from ("", "```pycon")
        if in_code and not line:
            in_code = False
            yield "```"
        parameter = None if in_code else _PARAMETER.fullmatch(line)
        if parameter:
            if not in_list:
                yield ""
            in_list = True
            names = re.sub(r"\w+", lambda name: _code(name[0]), parameter[1])
            yield f"- {names}: {parameter[2]}"
        else:
            if in_list and line and not line.startswith(" "):
                in_list = False
                yield ""
            yield line
    if in_code:
        yield "```"


def _code(word: str) -> str:
    return word if word in ("or", "and") else f"`{word}`"
