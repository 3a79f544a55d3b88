"""What the page is told to begin with, whatever the clip: settings, looks, platforms, formats."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

from ..deliver.formats import FORMATS
from ..deliver.listing import limits
from ..deliver.platforms import load, resolved
from ..job import settings
from ..look import Look, named_looks

# The groups of settings in the order in which a section of the page has their controls.
_ORDER = ("effect", "slit", "look", "loop", "size", "places", "files")


@cache
def start() -> dict[str, Any]:
    """The rest of the state, by name."""
    looks = [
        {"name": name, "shows": look.shows, "film": look.film, "settings": look.look.settings}
        for name, look in named_looks().items()
    ]
    known = load()
    platforms = [
        {
            "name": name,
            "formats": [one.format for one in resolved(name, known)],
            "max_bytes": platform.max_bytes,
            "text": limits(platform),
        }
        for name, platform in known.items()
    ]
    return {
        "looks": looks,
        "platforms": platforms,
        "formats": {name: format.title for name, format in FORMATS.items()},
        "settings": list(_told()),
        "smooth": find_spec("cv2") is not None,
    }


def _told() -> Iterator[dict[str, Any]]:
    """What the page knows of each setting: what it needs, and how it is set.

    A look's are marked: a look chosen by name sets all of them.
    """
    of_look = Look.declared()
    grouped = [each for each in settings().values() if each.group in _ORDER]
    for each in sorted(grouped, key=lambda each: _ORDER.index(each.group)):
        told: dict[str, Any] = {
            "name": each.name,
            "look": each.name in of_look,
            "default": each.default,
            "needs": [{"of": need.of, "values": need.values} for need in each.needs],
        }
        if each.section and each.kind.control:
            told |= {"section": each.section, "label": each.label, **each.kind.control}
        yield told
