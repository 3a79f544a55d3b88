"""Owns the wording of messages for the page, which has labels where a command line has options."""

from __future__ import annotations

import re
from functools import lru_cache

from ..job import settings
from ..look import Registered, registered

_COMMAND = re.compile(r'\brollscan [^,:;]*|\bpip install "[^"]*"|\bffmpeg .*')
_OPTION = re.compile(r"--[a-z][a-z0-9-]*|\b[a-z]+_[a-z_]+\b")


def in_page_words(message: str) -> str:
    """A message with the labels of the page in place of options and of names such as slit_width.

    Whole commands stay.
    """
    labels = _labels(registered())

    def label(found: re.Match[str]) -> str:
        option = found[0]
        if not option.startswith("--"):
            return labels.get(option, option)
        return labels.get(option) or option.removeprefix("--").replace("-", " ")

    words, at = [], 0
    for command in _COMMAND.finditer(message):
        words += [_OPTION.sub(label, message[at : command.start()]), command[0]]
        at = command.end()
    return "".join([*words, _OPTION.sub(label, message[at:])])


@lru_cache(maxsize=4)
def _labels(registered: Registered) -> dict[str, str]:
    known = [each for each in settings().values() if each.section]
    options = {each.option: each.label for each in known if each.option}
    return options | {each.name: each.label for each in known}
