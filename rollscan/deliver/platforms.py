"""Owns the limits of platforms, and the names by which people choose them.

It knows no encoder. platforms.toml says where each limit comes from.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any, get_type_hints

from ..checks import one_of
from ..errors import ArgumentError
from ..tables import tables_in, text_of
from .formats import FORMATS

Size = tuple[int, int]  # width, height in pixels


@dataclass(frozen=True)
class Platform:
    """What a platform takes in one format. None stands for no limit.

    platforms.toml gives the units. A platform with several formats has a target for each.
    """

    name: str
    format: str  # its name, see formats.FORMATS
    max_bytes: int | None = None
    width: int | None = None  # exactly; there is an exact height then, too
    height: int | None = None
    min_width: int | None = None
    min_height: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    one_side: int | None = None  # one side is exactly this long, the other no longer
    shape: str = ""  # "square", "4:5", "4:5 to 1.91:1", or any
    max_pixels: int | None = None  # width x height
    max_total_pixels: int | None = None  # width x height x frames
    max_frames: int | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    min_fps: float | None = None
    max_fps: float | None = None
    min_delay: float | None = None  # seconds
    max_bit_rate: int | None = None  # bits per second, of the whole file
    max_level: float | None = None  # of H.264
    part_seconds: float | None = None  # that are shown of a long video, if no length is asked for
    sound: bool = True  # whether a video may have sound
    source: str = ""  # the address of the page with these limits
    date: str = ""  # the month in which they were noted: "2026-08"
    sure: str = ""  # how sure they are: "high", "medium" or "low"
    unsure: tuple[str, ...] = ()  # the limits that are less sure than that
    note: str = ""
    place: str = ""  # another target, or any name, that stands for this one where its format fits
    aliases: tuple[str, ...] = ()  # other names of it
    title: str = ""  # what people call it, where that is not the name in words, see `called`

    @property
    def called(self) -> str:
        """What people call it: its title, or else its name in words: "Discord emoji"."""
        return self.title or self.name.replace("-", " ").capitalize()

    @property
    def exact(self) -> Size | None:
        """The exact size that it takes, or None."""
        return (self.width, self.height) if self.width and self.height else None

    @property
    def shapes(self) -> tuple[Fraction, Fraction] | None:
        """The smallest and the largest aspect ratio, width over height; None: any."""
        if self.exact:
            return Fraction(*self.exact), Fraction(*self.exact)
        return shapes_of(self.shape)


def shapes_of(shape: str) -> tuple[Fraction, Fraction] | None:
    """The smallest and the largest aspect ratio of "square", "4:5" or "4:5 to 1.91:1".

    An aspect ratio is width over height. None for "", which stands for any. Raises ValueError for
    another text.
    """
    if not shape:
        return None
    if shape == "square":
        return Fraction(1), Fraction(1)
    ends = [_SHAPE.fullmatch(end) for end in shape.split(" to ")]
    ratios = [Fraction(end[1]) / Fraction(end[2]) for end in ends if end and Fraction(end[2])]
    if not (len(ratios) == len(ends) <= 2 and 0 < ratios[0] <= ratios[-1]):
        raise ValueError(f"{shape!r} is no shape")
    return ratios[0], ratios[-1]


_SHAPE = re.compile(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")


# Reading.

_FIELDS = {field: kind for field, kind in get_type_hints(Platform).items() if field != "name"}
_LIMITS = [field for field, kind in _FIELDS.items() if kind in (int | None, float | None)]
_CHOICES = {
    "format": tuple(FORMATS),
    "sure": ("high", "medium", "low"),
}
_NAME = re.compile(r"[A-Za-z0-9_-]+")  # it becomes part of a file name
MOST = {  # the upper limits, and what they count
    "max_width": "pixels wide",
    "max_height": "pixels high",
    "max_pixels": "pixels",
    "max_total_pixels": "pixels in all frames",
    "max_frames": "frames",
    "max_seconds": "s",
    "max_fps": "fps",
}
LEAST = {  # the lower limits, and what they count
    "min_width": "pixels wide",
    "min_height": "pixels high",
    "min_seconds": "s",
    "min_fps": "fps",
}


def load(path: str | os.PathLike[str] | None = None) -> dict[str, Platform]:
    """All targets by name: the built-in ones, and those that the TOML file `path` adds or changes.

    path: default None, for the built-in ones only. Raises ArgumentError for a mistake in the file,
    with the target and the field.
    """
    built_in = resources.files(__package__) / "platforms.toml"
    platforms = _with_targets({}, built_in.read_bytes(), "platforms.toml")
    if path is None:
        return platforms
    return _with_targets(platforms, text_of(Path(path)), os.fspath(path))


def _with_targets(known: dict[str, Platform], text: bytes, file: str) -> dict[str, Platform]:
    """The known targets with those of a TOML text added or changed."""
    tables = tables_in(text, file)
    return known | {name: _target(known.get(name), name, tables[name], file) for name in tables}


def _target(known: Platform | None, name: str, table: Any, file: str) -> Platform:
    """The target `name` with the fields of its table, and all others from `known`."""
    where = f"{file}, target {name}"
    if not _NAME.fullmatch(name):
        raise ArgumentError(f"{file}, target {name!r}: name it with letters, digits, - and _ only")
    if not isinstance(table, dict):
        raise ArgumentError(f"{file}: {name} stands outside a target: put it under a [target]")
    for field, value in table.items():
        if field not in _FIELDS:
            raise ArgumentError(f"{where}: no field {field!r}, give one of {', '.join(_FIELDS)}")
        if allowed := _what_is_allowed(field, value):
            raise ArgumentError(f"{where}: {field} is {value!r}, give {allowed}")
    if known is None and "format" not in table:
        raise ArgumentError(f"{where}: format is missing, give one of {_one_of('format')}")
    given: dict[str, Any] = {
        field: tuple(value) if isinstance(value, list) else value for field, value in table.items()
    }
    platform = replace(known or Platform(name, table["format"], source=file), **given)
    if (platform.width is None) != (platform.height is None):
        raise ArgumentError(f"{where}: width and height go together, give both")
    for least, most in (("min_seconds", "max_seconds"), ("min_fps", "max_fps")):
        if (getattr(platform, least) or 0) > (getattr(platform, most) or math.inf):
            raise ArgumentError(f"{where}: {least} is over {most}, give less")
    return platform


def _what_is_allowed(field: str, value: Any) -> str:
    """What a field takes instead of the value; "" if the value is right."""
    if _FIELDS[field] == tuple[str, ...]:
        return _allowed_list(field, value)
    if _FIELDS[field] is str:
        if field in _CHOICES:
            return "" if value in _CHOICES[field] else f"one of {_one_of(field)}"
        if not isinstance(value, str):
            return "text in quotes"
        return _allowed_text(field, value)
    if _FIELDS[field] is bool:
        return "" if isinstance(value, bool) else "true or false"
    whole = _FIELDS[field] == int | None
    right = type(value) is int or (type(value) is float and not whole)
    if right and 0 < value < math.inf:
        return ""
    return "a whole number over 0" if whole else "a number over 0"


def _allowed_list(field: str, value: Any) -> str:
    """The same as _not_allowed for a field of several names."""
    names = value if isinstance(value, list) else [None]
    if field == "unsure":
        return "" if all(name in _LIMITS for name in names) else "names of limits in brackets"
    right = all(isinstance(name, str) and _NAME.fullmatch(name) for name in names)
    return "" if right else "names of letters, digits, - and _ in brackets"


def _allowed_text(field: str, value: str) -> str:
    """The same as _not_allowed for a field of text."""
    if field == "place":
        return "" if not value or _NAME.fullmatch(value) else "letters, digits, - and _ only"
    if field == "shape":
        try:
            shapes_of(value)
        except ValueError:
            return '"square", a shape such as "4:5", or from narrow to wide "4:5 to 1.91:1"'
    return ""


def _one_of(field: str) -> str:
    return ", ".join(f'"{choice}"' for choice in _CHOICES[field])


def over(
    platform: Platform, size: Size, n_frames: int, seconds: float = 0, fps: float = 0
) -> list[tuple[float, float, str]]:
    """Each number that exceeds its upper limit, with that limit and what both count."""
    width, height = size
    pixels = width * height
    numbers = (width, height, pixels, pixels * n_frames, n_frames, seconds, fps)
    limits = ((getattr(platform, field), unit) for field, unit in MOST.items())
    pairs = zip(numbers, limits, strict=True)
    return [(number, most, unit) for number, (most, unit) in pairs if number > (most or math.inf)]


def under(
    platform: Platform, size: Size, seconds: float = math.inf, fps: float = math.inf
) -> list[tuple[float, float, str]]:
    """Each number that is below its lower limit, with that limit and what both count."""
    limits = ((getattr(platform, field), unit) for field, unit in LEAST.items())
    pairs = zip((*size, seconds, fps), limits, strict=True)
    return [(number, least, unit) for number, (least, unit) in pairs if number < (least or 0)]


# Names.


def resolved(name: str, known: Mapping[str, Platform]) -> list[Platform]:
    """The targets that a name stands for, one for each format of the platform.

    name: of a target, a place or an alias; case matters only if it is the exact name of a target. A
    target of that name comes first; if it is the place of other targets, these follow.
    Raises ArgumentError, with all names, for an unknown name.
    """
    wanted = name.strip().casefold()
    called = [known[name]] if name in known else []
    if not called:
        called = [one for one in known.values() if one.name.casefold() == wanted]
    if not called and wanted:
        also = {one.name: (one.place, *one.aliases) for one in known.values()}
        called = [one for one in known.values() if wanted in map(str.casefold, also[one.name])]
    if not called:
        others = {other for one in known.values() for other in (one.place, *one.aliases) if other}
        allowed = one_of(name, list(known), sorted(others))
        raise ArgumentError(f"names has {name!r}: {allowed}", "names")
    names = {one.name for one in called}
    found: dict[str, Platform] = {}  # by format
    for one in [*called, *(one for one in known.values() if one.place in names)]:
        found.setdefault(one.format, one)
    return list(found.values())
