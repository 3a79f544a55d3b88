"""Owns the choices that the page starts with: settings, looks, loops, platforms and formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from ..checks import is_number
from ..composers.directions import DIRECTIONS, is_sideways
from ..deliver.formats import FIT
from ..effect import effects
from ..job import settings
from ..look import Look, Registered, known_looks, registered
from ..path import Wave
from ..result import JUMP
from ..setting import Setting, settings_of
from ..strip import FILM, FITTED, REVERSED, USUAL
from .destinations import destinations
from .elsewhere import elsewhere
from .job_request import as_json
from .loops import kinds
from .page_words import in_page_words

_PERIOD = 2.0  # seconds, of the wave in which a number of the page begins to move
# The order in which a section of the page shows the controls of these groups of settings.
_ORDER = ("effect", "slit", "look", "loop", "size", "places", "files")


def start() -> dict[str, Any]:
    """The choices, as JSON values by name. They are the same for every clip."""
    return {**_start(registered()), "looks": looks()}


def looks() -> list[dict[str, Any]]:
    """The looks: what each shows, what to film for it, its settings, whether it is one's own."""
    return [
        {
            **{"name": name, "shows": named.shows, "film": named.film, "own": named.own},
            "settings": as_json(named.look.settings),
        }
        for name, named in known_looks().items()
    ]


@lru_cache(maxsize=4)
def _start(registered: Registered) -> dict[str, Any]:
    return {
        **destinations(),
        "elsewhere": elsewhere(),
        "settings": list(_describe_settings()),
        "loops": kinds(),
        "effects": {name: list(settings_of(effect)) for name, effect in effects().items()},
        "jump": JUMP,
        "fit": FIT,
        "strip": _strip(),
        "smooth": find_spec("cv2") is not None,
    }


def _strip() -> dict[str, Any]:
    """What the page needs to draw a strip photograph: words for how long it is, and directions."""
    sideways = [direction for direction in DIRECTIONS if is_sideways(direction)]
    directions = {"usual": USUAL, "sideways": sideways, "reversed": REVERSED}
    return {"fitted": FITTED, "film": FILM, **directions}


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
            "rare": each.rare,
            "option": each.option,
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
            described |= _movement(each) if each.kind.moves else {}
            described |= _choices_by_effect(each)
            excluded = [other.name for other in grouped if other.excludes == each.excludes != ""]
            described |= {"excludes": [name for name in excluded if name != each.name]}
        yield described


def _movement(setting: Setting) -> dict[str, Any]:
    """How a setting moves, if it begins to, and the effects with which it does."""
    owners = [name for name in setting.effects if name not in setting.still_with]
    return {"path": _example_path(setting), "movesWith": owners}


def _example_path(setting: Setting) -> str:
    """A wave round the default, or the middle of the slider."""
    control: Mapping[str, Any] = setting.kind.control or {}
    if control["control"] == "point":
        return str(Wave((0.5, 0.5), (0.25, 0), _PERIOD))
    least, most, step = control["slider"]
    middle = setting.default if is_number(setting.default) else (least + most) / 2
    if not least < middle < most:
        middle = (least + most) / 2
    swing = max(step, min(middle - least, most - middle) / 2)
    middle, swing = (round(round(each / step) * step, 3) for each in (middle, swing))
    return str(Wave(middle, swing, _PERIOD))


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
