"""Owns the list of the options that the page leaves to the command line."""

from __future__ import annotations

from ..deliver.formats import FORMATS
from ..job import settings
from ..parser import parser
from .destinations import PICTURES
from .page_words import in_page_words

# Settings that the page has in a form of their own: the strip's ends, the looks, the places.
_ON_PAGE = ("input", "start", "end", "look", "like", "names", *FORMATS, *PICTURES)
# What the page does by itself: it is open, it shows its messages, and lists what there is.
_OF_THE_STUDIO = ("ui", "quiet", "list_looks", "list_platforms", "looks")


def elsewhere() -> list[dict[str, str]]:
    """The options that the page has no control for: each with its help.

    What it shows in another form is left out, as are those of the studio itself.
    """
    known = settings()
    has = {name for name, each in known.items() if each.section and each.kind.control}
    left_out = {*has, *_ON_PAGE, *_OF_THE_STUDIO}
    return [
        {"option": action.option_strings[-1], "help": in_page_words(action.help or "")}
        for action in parser()._actions
        if action.option_strings and action.dest not in left_out
    ]
