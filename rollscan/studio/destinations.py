"""Owns what the page offers as destinations: formats, places, and pictures beside them."""

from __future__ import annotations

from typing import Any

from ..checks import in_bytes
from ..deliver.formats import FORMATS
from ..deliver.listing import limits
from ..deliver.platforms import Platform, load, resolved
from ..job import settings

# The formats of which a file can be handed to a browser, by name.
OFFERED = {name: format for name, format in FORMATS.items() if format.is_one_file}
PICTURES = ("poster", "still")  # the outputs beside moving pictures that the page can make


def destinations() -> dict[str, Any]:
    """The destinations, as JSON values.

    `formats` has their titles by name, `called` what people call them, `words` what the help says
    of them, `sounding` the names of those that can have sound, and `pictures` what the help says of
    outputs that stand still. Each of `platforms` has its `name`, its `aliases`, its `title` for
    people, its `brief` limit and all of them as `text`, the `ratio` of its width to its height
    where it asks for one, the `formats` that it takes, and `isPart` where another one stands for it
    too.
    """
    known = load()
    return {
        "formats": {name: format.title for name, format in OFFERED.items()},
        "called": {name: format.called or format.title for name, format in OFFERED.items()},
        "sounding": [name for name, format in OFFERED.items() if format.sound],
        "words": {name: format.help for name, format in OFFERED.items()},
        "pictures": {name: settings()[name].help for name in PICTURES},
        "platforms": [
            {
                "name": name,
                "aliases": platform.aliases,
                "title": platform.called,
                "brief": _brief(platform),
                "text": limits(platform),
                "ratio": _ratio(platform),
                "formats": [one.format for one in resolved(name, known)],
                "isPart": platform.place in known,
            }
            for name, platform in known.items()
        ],
    }


def _brief(platform: Platform) -> str:
    """The limit that people know a place by: its bytes, unless these hardly ever matter."""
    if platform.max_bytes and platform.max_bytes < 50_000_000:
        return in_bytes(platform.max_bytes)
    if platform.exact:
        return f"{platform.width}×{platform.height}"
    return FORMATS[platform.format].title


def _ratio(platform: Platform) -> float | None:
    """The width over the height that a place asks for, or the tallest of several; None for any."""
    return float(platform.shapes[0]) if platform.shapes else None
