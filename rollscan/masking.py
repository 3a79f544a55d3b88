"""Owns what is left out when an address is shown: its user, its password and its query."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

# After "://": all up to the last @ before the path; or user:password with a slash in the password,
# where no port (digits alone) can be meant.
_USER = re.compile(r"(?<=://)(?:[^\s/?#]*@|[^\s/?#@:\[]*:(?!\d*(?:[/?#]|$))[^\s@]*@)")
_CLOSING = r"['\"()<>\[\],.;:]*"  # what a sentence puts after an address
_QUERY = re.compile(rf"(?<=://)([^?#\n]*?)([?#])(?!{_CLOSING}(?:\s|$))\S*?(?={_CLOSING}(?:\s|$))")


def masked_url(url: str) -> str:
    """One address without its user, password, query and fragment; a path stays what it is."""
    protocol, mark, rest = url.partition("://")
    if not mark:
        return url
    rest = _USER.sub(f"{MASK}@", f"://{rest}").removeprefix("://")
    first = re.search(r"[?#].", rest, re.DOTALL)
    if first:
        rest = rest[: first.start() + 1] + MASK
    return f"{protocol}://{rest}"


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with every address in it masked, whoever wrote it: a store's own errors, say.

    names: those that are known to be in it, which may hold blanks.
    """
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, masked_url(name))
    return _QUERY.sub(rf"\1\2{MASK}", _USER.sub(f"{MASK}@", text))
