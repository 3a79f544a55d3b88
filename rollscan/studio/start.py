"""Owns the choices that the page starts with: settings, looks, loops, platforms and formats."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from ..deliver.formats import FIT, FORMATS
from ..deliver.listing import limits
from ..deliver.platforms import load, resolved
from ..effect import effects
from ..job import settings
from ..look import Look, Registered, named_looks, registered
from ..result import JUMP
from ..setting import Setting, settings_of
from .loops import kinds
from .page_words import in_page_words

# The order in which a section of the page shows the controls of these groups of settings.
_ORDER = ("effect", "slit", "look", "loop", "size", "places", "files")


def start() -> dict[str, Any]:
    """The choices, as JSON values by name. They are the same for every clip."""
    return _start(registered())


@lru_cache(maxsize=4)
def _start(registered: Registered) -> dict[str, Any]:
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
        "settings": list(_describe_settings()),
        "loops": kinds(),
        "effects": {name: list(settings_of(effect)) for name, effect in effects().items()},
        "jump": JUMP,
        "fit": FIT,
        "smooth": find_spec("cv2") is not None,
    }


def _describe_settings() -> Iterator[dict[str, Any]]:
    """Describe each setting for the page: what it needs to have an effect, and its control.

    The settings of a look are marked, because choosing a look by name sets all of them, but for
    those that are about the clip.
    """
    of_look = Look.declared()
    grouped = [each for each in settings().values() if each.group in _ORDER]
    for each in sorted(grouped, key=lambda each: _ORDER.index(each.group)):
        described: dict[str, Any] = {
            "name": each.name,
            "look": each.name in of_look,
            "ofClip": each.of_clip,
            "default": each.default,
            "defaults": each.defaults,
            "needs": [{"of": need.of, "values": need.values} for need in each.needs],
        }
        if each.name == "fit_look":  # which options.job_of refuses without a look's name
            described["needs"].append({"of": "look", "values": ()})
        if each.section and each.kind.control:
            about = in_page_words(each.help)
            described |= {"section": each.section, "label": each.label, "about": about}
            described |= each.kind.control
            described |= _choices_by_effect(each)
            excluded = [other.name for other in grouped if other.excludes == each.excludes != ""]
            described |= {"excludes": [name for name in excluded if name != each.name]}
        yield described


def _choices_by_effect(shared: Setting) -> dict[str, Any]:
    """The choices of a setting, and the usual one, for each effect that has the setting."""
    kinds = {name: settings_of(effects()[name])[shared.name].kind for name in shared.effects}
    if not shared.kind.choices:
        return {}
    return {
        "of": {
            name: {"only": kind.choices, "usual": (kind.control or {}).get("usual")}
            for name, kind in kinds.items()
        }
    }
