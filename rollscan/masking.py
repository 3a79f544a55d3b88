"""Owns the masking of URLs: their user, password and query are not shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

# After "://": everything up to the last @ before the path; or user:password with a slash in the
# password, unless it is a port, which has digits only.
_USER = re.compile(r"(?<=://)(?:[^\s/?#]*@|[^\s/?#@:\[]*:(?!\d*(?:[/?#]|$))[^\s@]*@)")
_CLOSING = r"['\"()<>\[\],.;:]*"  # what may follow a URL in a sentence
_QUERY = re.compile(rf"(?<=://)([^?#\n]*?)([?#])(?!{_CLOSING}(?:\s|$))\S*?(?={_CLOSING}(?:\s|$))")


def masked_url(url: str) -> str:
    """A URL with its user, password, query and fragment masked. A path is not changed."""
    protocol, mark, rest = url.partition("://")
    if not mark:
        return url
    rest = _USER.sub(f"{MASK}@", f"://{rest}").removeprefix("://")
    first = re.search(r"[?#].", rest, re.DOTALL)
    if first:
        rest = rest[: first.start() + 1] + MASK
    return f"{protocol}://{rest}"


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with every URL in it masked, such as the error message of a store.

    names: URLs that the text is known to have. They may contain spaces.
    """
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, masked_url(name))
    return _QUERY.sub(rf"\1\2{MASK}", _USER.sub(f"{MASK}@", text))
