"""Owns the names and types of settings for type checkers, which cannot derive them.

tests/test_settings.py checks that they are equal to the declarations.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

from .checks import Seconds
from .composers.directions import Direction

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .effect import Effect
    from .loop.loops import Loop


Moving = float | str | Callable[[int], float]  # a number, or one that moves: a path as text


class LookSettings(TypedDict, total=False):
    """The settings of a Look, as keywords. See Look."""

    slit: Moving | Sequence[float]
    direction: Direction | None
    slit_width: int | str | Callable[[int], int]
    feather: int
    rgb: float
    still_area: tuple[float, float, float, float] | str | None
    background: Literal["live", "none", "hole"]
    crop: tuple[float, float, float, float] | str | None
    steady: bool
    deflicker: bool
    smooth: bool
    effect: (
        Literal[
            "roll",
            "displace",
            "scan",
            "stargate",
            "bloom",
            "clock",
            "kaleido",
            "tiles",
            "plane",
            "turning",
            "swapped",
            "echo",
        ]
        | Effect
    )
    map: str | os.PathLike[str] | ArrayLike
    depth: Moving | None
    sweep: float | None
    line: str | None
    walls: int
    far: int
    fog: float
    upright: bool
    centre: tuple[float, float] | str | Callable[[int], tuple[float, float]]
    perspective: float
    ring: Moving
    shape: Literal["circle", "frame"]
    whirl: Moving
    twist: Moving
    hands: int
    folds: int
    zoom: Moving
    spin: int
    columns: int
    rows: int
    order: Literal["rows", "columns", "diagonal", "middle", "now", "oldest"]
    angle: Moving
    drift: int
    step: float
    count: int
    loop: Literal["cut", "wrap", "boomerang", "crossfade", "match"] | Loop
    fade: float
    min_loop: float
    max_loop: float


class JobSettings(TypedDict, total=False):
    """The settings of a Job, as keywords, without its input and its look. See Job."""

    gif: str | Path | None
    mp4: str | Path | None
    webm: str | Path | None
    webp: str | Path | None
    avif: str | Path | None
    apng: str | Path | None
    prores: str | Path | None
    frames: str | Path | None
    poster: str | Path | None
    still: str | Path | None
    looks: str | Path | None
    scale: float | None
    width: int | None
    fps: float | None
    speed: float
    start: Seconds
    end: Seconds | None
    source_fps: float | None
    length: float | Literal["auto", "all"] | None
    strip: Literal["fit", "film", "moving"]
    pace: int | None
    slits: Sequence[Moving | Sequence[float]]
    fit_look: bool
    fits: tuple[str, ...]
    poster_first: bool
    names: tuple[str, ...]
    fit: Literal["crop", "pad", "blur"]
    focus: tuple[float, float] | None
    platforms: str | Path | None
    repeat: int
    mp4_loops: int
    sound: str | Path | bool
    sound_reversed: bool
    quality: int
    colors: int
    recipe: bool
    max_bytes: int | str | None


class LimitSettings(TypedDict, total=False):
    """The limits on what a job may use, as keywords. See Limits."""

    max_frames: int | None
    max_duration: float | None
    max_total_pixels: int | None
    max_expansion: int | None
    max_stall: float | None
    max_memory: int | str | None
    max_input: int | str | None
    max_fetch: int | str | None
    max_fetch_stall: float | None
    max_temporary: int | str | None


class StillOptions(LookSettings, LimitSettings, total=False):
    """The options of `still`, as keywords: those of a command line with a strip photograph."""

    strip: Literal["fit", "film", "moving"]
    pace: int | None
    slits: Sequence[Moving | Sequence[float]]
    scale: float | None
    width: int | None
    start: Seconds
    end: Seconds | None
    source_fps: float | None
    like: str | os.PathLike[str]


class Options(LookSettings, JobSettings, LimitSettings, total=False):
    """The options of `make`, as keywords: those of a command line, also as they are typed there."""

    like: str | os.PathLike[str]
    for_: str | tuple[str, ...]
    no_fit: bool
    no_recipe: bool
    max_size: int | str | None
