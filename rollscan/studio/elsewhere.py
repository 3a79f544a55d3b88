"""Owns the list of the options that the page leaves to the command line."""

from __future__ import annotations

from ..job import settings
from ..parser import parser
from .destinations import OFFERED, PICTURES
from .page_words import in_page_words

# Options that the page has in a form of its own: on the strip, as tiles, by dropping a file.
_SOUND = ("sound", "sound_reversed")
_ON_PAGE = ("start", "end", "look", "like", "names", *OFFERED, *PICTURES, *_SOUND)


def elsewhere() -> list[dict[str, str]]:
    """The options that are not on the page, each with its help."""
    on_page = {name for name, each in settings().items() if each.section and each.kind.control}
    on_page.update(_ON_PAGE)
    return [
        {"option": action.option_strings[-1], "help": in_page_words(action.help or "")}
        for action in parser()._actions
        if action.option_strings and action.dest not in on_page
    ]
