"""Owns what each place takes: the limits, and their table.

It makes no pictures and knows no encoder; platforms.toml says where each limit comes from.
"""

from __future__ import annotations

import math
import os
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from itertools import zip_longest
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from ..errors import ArgumentError
from ..tables import tables_in

Size = tuple[int, int]  # width, height in pixels


@dataclass(frozen=True)
class Platform:
    """What one place takes; a limit that is None does not exist. The units: see platforms.toml."""

    name: str
    format: str  # "gif", "webm" or "webp"
    max_bytes: int | None = None
    width: int | None = None  # exactly; so is the height, which then is given too
    height: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    one_side: int | None = None  # one side is exactly this long, the other no longer
    shape: str = ""  # "square" or any
    max_pixels: int | None = None  # width x height
    max_total_pixels: int | None = None  # width x height x frames
    max_frames: int | None = None
    max_seconds: float | None = None
    max_fps: float | None = None
    min_delay: float | None = None  # seconds
    sound: bool = True  # whether a video may have any
    source: str = ""  # the page that says so
    date: str = ""  # the month it was noted: "2026-08"
    sure: str = ""  # "high", "medium" or "low"
    note: str = ""

    @property
    def exact(self) -> Size | None:
        """The one size it takes, if there is only one."""
        return (self.width, self.height) if self.width and self.height else None

    @property
    def aspect(self) -> Size | None:
        """The width and height, or two numbers in their proportion; None: any will do."""
        return (1, 1) if self.shape == "square" else self.exact


# Reading.

_FIELDS = {field: kind for field, kind in get_type_hints(Platform).items() if field != "name"}
_CHOICES = {
    "format": ("gif", "webm", "webp"),
    "shape": ("square",),
    "sure": ("high", "medium", "low"),
}
_NAME = re.compile(r"[A-Za-z0-9_-]+")  # it becomes part of a file name
_MOST = {  # the limits that a number may reach, and what they count
    "max_width": "pixels wide",
    "max_height": "pixels high",
    "max_pixels": "pixels",
    "max_total_pixels": "pixels in all frames",
    "max_frames": "frames",
    "max_seconds": "s",
    "max_fps": "fps",
}


def load(path: str | os.PathLike[str] | None = None) -> dict[str, Platform]:
    """All targets by name: the built-in ones, with those that the TOML file `path` adds or changes.

    Raises ArgumentError, naming file, target and field, for anything in the file that is not right.
    """
    built_in = resources.files(__package__) / "platforms.toml"
    platforms = _with_targets({}, built_in.read_bytes(), "platforms.toml")
    if path is None:
        return platforms
    if Path(path).exists() and not Path(path).is_file():  # a pipe would be waited for, for ever
        raise ArgumentError(f"{path} is not a file: give the name of a TOML file")
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise ArgumentError(f"{path} cannot be read, {error.strerror}: check the name") from error
    return _with_targets(platforms, text, os.fspath(path))


def _with_targets(known: dict[str, Platform], text: bytes, file: str) -> dict[str, Platform]:
    tables = tables_in(text, file)
    return known | {name: _target(known.get(name), name, tables[name], file) for name in tables}


def _target(known: Platform | None, name: str, table: Any, file: str) -> Platform:
    """The target `name` with the fields of its table, the others as they are `known`."""
    where = f"{file}, target {name}"
    if not _NAME.fullmatch(name):
        raise ArgumentError(f"{file}, target {name!r}: name it with letters, digits, - and _ only")
    if not isinstance(table, dict):
        raise ArgumentError(f"{file}: {name} stands outside a target: put it under a [target]")
    for field, value in table.items():
        if field not in _FIELDS:
            raise ArgumentError(f"{where}: no field {field!r}, give one of {', '.join(_FIELDS)}")
        if allowed := _not_allowed(field, value):
            raise ArgumentError(f"{where}: {field} is {value!r}, give {allowed}")
    if known is None and "format" not in table:
        raise ArgumentError(f"{where}: format is missing, give one of {_one_of('format')}")
    platform = replace(known or Platform(name, table["format"], source=file), **table)
    if (platform.width is None) != (platform.height is None):
        raise ArgumentError(f"{where}: width and height go together, give both")
    return platform


def _not_allowed(field: str, value: Any) -> str:
    """What the field takes instead of the value; empty where the value is right."""
    if _FIELDS[field] is str:
        if field in _CHOICES:
            return "" if value in _CHOICES[field] else f"one of {_one_of(field)}"
        return "" if isinstance(value, str) else "text in quotes"
    if _FIELDS[field] is bool:
        return "" if isinstance(value, bool) else "true or false"
    whole = _FIELDS[field] == int | None
    right = type(value) is int or (type(value) is float and not whole)
    if right and 0 < value < math.inf:
        return ""
    return "a whole number over 0" if whole else "a number over 0"


def _one_of(field: str) -> str:
    return ", ".join(f'"{choice}"' for choice in _CHOICES[field])


# Listing.

_COLUMNS = {  # and their widths in characters: 100 with two spaces between
    "name": 16,
    "format": 6,
    "bytes": 7,
    "size": 15,
    "other limits": 18,
    "sure": 6,
    "source": 20,
}


def table(platforms: dict[str, Platform]) -> str:
    """The targets and their limits as text of at most 100 columns, for people."""
    rows = [tuple(_COLUMNS), tuple("-" * width for width in _COLUMNS.values())]
    rows += [_row(platform) for platform in platforms.values()]
    return "\n".join(line for row in rows for line in _lines(row))


def limits(platform: Platform) -> str:
    """The format and the limits in one line, for people: "gif, 10.5 MB"."""
    return ", ".join(filter(None, (cell.strip() for cell in _row(platform)[1:5])))


def _lines(row: tuple[str, ...]) -> Iterator[str]:
    """A row of the table, each cell wrapped to the width of its column."""
    widths = _COLUMNS.values()
    cells = (textwrap.wrap(cell, width) for cell, width in zip(row, widths, strict=True))
    for line in zip_longest(*cells, fillvalue=""):
        pairs = zip(line, widths, strict=True)
        yield "  ".join(part.ljust(width) for part, width in pairs).rstrip()


def _row(platform: Platform) -> tuple[str, ...]:
    size = ""
    if platform.exact:
        size = f"exactly {platform.width}x{platform.height}"
    elif platform.one_side:
        size = f"one side {platform.one_side}"
    elif platform.max_width or platform.max_height:
        size = f"up to {platform.max_width or 'any'}x{platform.max_height or 'any'}"
    limits = [platform.shape] if platform.shape else []
    for field, unit in _MOST.items():
        most = getattr(platform, field)
        if most is not None and field not in ("max_width", "max_height"):
            limits.append(f"{most / 1e6:g} million {unit}" if most >= 1e6 else f"{most:,} {unit}")
    if platform.min_delay is not None:
        limits.append(f"{platform.min_delay * 1000:g} ms or more a frame")
    limits += [] if platform.sound else ["no sound"]
    note = f"({platform.note})" if platform.note else ""
    return (
        platform.name,
        platform.format,
        "" if platform.max_bytes is None else in_bytes(platform.max_bytes),
        size,
        f"{', '.join(limits)} {note}",
        platform.sure,
        f"{urlsplit(platform.source).netloc or platform.source} {platform.date}",
    )


def in_bytes(count: int) -> str:
    """A number of bytes for people, to three digits: 10.5 MB. Decimal, 1 MB is 1,000,000 bytes."""
    amount, unit = float(count), "B"
    for larger in ("KB", "MB", "GB"):
        if amount >= 999.5:
            amount, unit = amount / 1000, larger
    return f"{amount:.3g} {unit}"


def over(
    platform: Platform, size: Size, n_frames: int, seconds: float = 0, fps: float = 0
) -> list[tuple[float, float, str]]:
    """Each number that is over its limit, the limit, and what they count."""
    width, height = size
    pixels = width * height
    numbers = (width, height, pixels, pixels * n_frames, n_frames, seconds, fps)
    limits = ((getattr(platform, field), unit) for field, unit in _MOST.items())
    pairs = zip(numbers, limits, strict=True)
    return [(number, most, unit) for number, (most, unit) in pairs if number > (most or math.inf)]
