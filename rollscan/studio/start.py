"""Owns what the page is told to begin with, whatever the clip: looks, platforms, usual values."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from typing import Any

from ..deliver.listing import limits
from ..deliver.platforms import load, resolved
from ..gif import DEFAULT_QUALITY
from ..job import Job
from ..look import BELONGS, Look, named_looks
from .loops import kinds

_SHOWN = ("scale", "width", "fps", "speed", "start", "end", "colors", "max_bytes", "names", "fit")


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
        "loops": kinds(),
        "smooth": find_spec("cv2") is not None,
    }
