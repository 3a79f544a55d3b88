"""What the page is told to begin with, whatever the clip: settings, looks, platforms, formats."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

from ..deliver.formats import FORMATS
from ..deliver.listing import limits
from ..deliver.platforms import load, resolved
from ..effect import effects
from ..job import settings
from ..look import Look, named_looks
from ..setting import Setting, settings_of
from .loops import kinds

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
        "loops": kinds(),
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
            told |= _of_effects(each)
            excluded = [other.name for other in grouped if other.excludes == each.excludes != ""]
            told |= {"excludes": [name for name in excluded if name != each.name]}
        yield told


def _of_effects(shared: Setting) -> dict[str, Any]:
    """What the choices of a setting are for each effect that has it, and the usual one."""
    kinds = {name: settings_of(effects()[name])[shared.name].kind for name in shared.effects}
    if not shared.kind.choices:
        return {}
    told = {name: (kind.choices, (kind.control or {}).get("usual")) for name, kind in kinds.items()}
    return {"of": {name: {"only": only, "usual": usual} for name, (only, usual) in told.items()}}
