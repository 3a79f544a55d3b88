"""Owns what the page is told to begin with, whatever the clip: looks, platforms, usual values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.util import find_spec
from typing import Any

from ..deliver.listing import limits
from ..deliver.platforms import load, resolved
from ..gif import DEFAULT_QUALITY
from ..job import Job
from ..look import BELONGS, Look, named_looks

_SHOWN = ("scale", "width", "fps", "speed", "start", "end", "colors", "max_bytes", "names", "fit")


@dataclass(frozen=True)
class Limits:
    """Which numbers the page takes for an option, both ends included. whole: no fractions."""

    least: float = 0.001  # the page writes three decimals
    most: float = 1e6  # where Python takes any: what the page can still work out
    whole: bool = False


# What Python's checks take, so that the page asks and shows nothing else; a test holds it to them.
LIMITS = {
    "slit": Limits(0, 1),
    "slit_width": Limits(1, whole=True),
    "feather": Limits(0, whole=True),
    **dict.fromkeys(("depth", "sweep", "fade", "min_loop", "max_loop"), Limits()),
    "rgb": Limits(0),
    "speed": Limits(most=1000),
    "width": Limits(1, 16_384, whole=True),  # as many pixels as a GPU's textures have
    "fps": Limits(most=50),
    "quality": Limits(1, 100, whole=True),
    "colors": Limits(2, 256, whole=True),
    "max_bytes": Limits(100, 1e12),
}


@cache
def start() -> dict[str, Any]:
    """The rest of the state, by name."""
    usual = {field.name: field.default for field in fields(Job) if field.name in _SHOWN}
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
    settings = {field.name: field.default for field in fields(Look)}
    return {
        "looks": looks,
        "platforms": platforms,
        "defaults": {**usual, **settings, "quality": DEFAULT_QUALITY},
        "belongs": BELONGS,
        "limits": {name: asdict(limits) for name, limits in LIMITS.items()},
        "smooth": find_spec("cv2") is not None,
    }
