"""Owns the names and types of settings for type checkers, which cannot derive them.

tests/test_settings.py checks that they are equal to the declarations.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypedDict

from .checks import Seconds
from .compose.directions import Direction
from .kinds import Position


class LookSettings(TypedDict, total=False):
    """The settings of a Look, as keywords. See Look."""

    slit: Position
    direction: Direction | None
    slit_width: int | Literal["auto"]
    feather: int
    rgb: float
    steady: bool
    deflicker: bool
    smooth: bool
    effect: Literal["roll", "displace", "scan", "turning", "swapped", "echo"]
    map: str
    depth: float | None
    sweep: float | None
    line: str | None
    # of turning, swapped and echo
    centre: tuple[float, float]
    upright: bool
    drift: int
    step: float
    count: int
    order: Literal["now", "oldest"]
    loop: Literal["cut", "wrap", "boomerang", "crossfade", "match"]
    fade: float
    min_loop: float
    max_loop: float


class JobSettings(TypedDict, total=False):
    """The settings of a Job, as keywords, without its input and its look. See Job."""

    gif: str | Path | None
    mp4: str | Path | None
    webm: str | Path | None
    webp: str | Path | None
    poster: str | Path | None
    still: str | Path | None
    looks: str | Path | None
    scale: float | None
    width: int | None
    fps: float | None
    speed: float
    start: Seconds
    end: Seconds | None
    poster_first: bool
    names: tuple[str, ...]
    fit: Literal["crop", "pad", "blur"]
    platforms: str | Path | None
    repeat: int
    mp4_loops: int
    sound: str | Path | bool
    quality: int
    colors: int
    recipe: bool
    max_bytes: int | None
