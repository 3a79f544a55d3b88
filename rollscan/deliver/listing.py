"""Owns the printed table of platforms and their limits."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import zip_longest

from ..checks import in_bytes
from .platforms import LEAST, MOST, Platform

_COLUMNS = {  # widths in characters; with two spaces between columns, a line has 80
    "name": 16,
    "format": 6,
    "bytes": 7,
    "size": 17,
    "other limits": 26,
}
_LEGEND = "? is a limit that is less sure than the rest of its line."


def table(platforms: dict[str, Platform]) -> str:
    """A text with the platforms, their limits, and the sources of these.

    Its lines have at most 80 characters, but for addresses, which have lines of their own.
    """
    rows = [tuple(_COLUMNS), tuple("-" * width for width in _COLUMNS.values())]
    rows += [_row(platform) for platform in platforms.values()]
    lines = [line for row in rows for line in _lines(row)]
    sources = [line for platform in platforms.values() for line in _source_lines(platform)]
    return "\n".join(
        [*lines, "", _LEGEND, "", "Where this is said, when it was noted, how sure:", *sources]
    )


def limits(platform: Platform) -> str:
    """The format and the limits in one line: "gif, 10.5 MB, perhaps up to 50 fps"."""
    limits = ", ".join(filter(None, _row(platform)[1:])).split(", ")
    return ", ".join(f"perhaps {one.replace('?', '')}" if "?" in one else one for one in limits)


def _lines(row: tuple[str, ...]) -> Iterator[str]:
    """The lines of a row, with each cell wrapped to the width of its column."""
    widths = _COLUMNS.values()
    cells = (textwrap.wrap(cell, width) for cell, width in zip(row, widths, strict=True))
    for line in zip_longest(*cells, fillvalue=""):
        pairs = zip(line, widths, strict=True)
        yield "  ".join(part.ljust(width) for part, width in pairs).rstrip()


def _row(platform: Platform) -> tuple[str, ...]:
    return (
        platform.name,
        platform.format,
        _marked(platform, "max_bytes", in_bytes(platform.max_bytes or 0)),
        _size(platform),
        ", ".join(_other_limits(platform)),
    )


def _size(platform: Platform) -> str:
    if platform.exact:
        return _marked(platform, "width", f"exactly {platform.width}x{platform.height}")
    if platform.one_side:
        return _marked(platform, "one_side", f"one side {platform.one_side}")
    if platform.max_width or platform.max_height:
        most = f"up to {platform.max_width or 'any'}x{platform.max_height or 'any'}"
        return _marked(platform, "max_width", most)
    return ""


def _other_limits(platform: Platform) -> Iterator[str]:
    """The limits that have no column of their own, in words."""
    if platform.shape:
        yield platform.shape
    for name, unit in (("seconds", "s"), ("fps", "fps")):
        least, most = getattr(platform, f"min_{name}"), getattr(platform, f"max_{name}")
        if least is not None and most is not None:
            ends = _marked(platform, f"min_{name}", f"{least:g}"), f"{most:g} {unit}"
            yield f"{ends[0]} to {_marked(platform, f'max_{name}', ends[1])}"
    both = [f"max_{name}" for name in ("seconds", "fps") if getattr(platform, f"min_{name}")]
    both += [f"min_{name.removeprefix('max_')}" for name in both]
    for field, unit in (MOST | LEAST).items():
        limit = getattr(platform, field)
        if limit is None or field in ("max_width", "max_height") or field in both:
            continue
        count = f"{limit / 1e6:g} million {unit}" if limit >= 1e6 else f"{limit:,} {unit}"
        yield _marked(platform, field, f"{count} or more" if field in LEAST else count)
    if platform.min_delay is not None:
        shortest = f"{platform.min_delay * 1000:g} ms or more a frame"
        yield _marked(platform, "min_delay", shortest)
    if platform.max_bit_rate is not None:
        most = f"{platform.max_bit_rate / 1e6:g} Mbit/s"
        yield _marked(platform, "max_bit_rate", most)
    if not platform.sound:
        yield "no sound"
    if platform.max_level is not None:
        yield _marked(platform, "max_level", f"H.264 level {platform.max_level:g}")


def _marked(platform: Platform, field: str, limit: str) -> str:
    """The limit, with a ? if it is less sure than the others; "" if there is no such limit."""
    if getattr(platform, field) is None:
        return ""
    return f"{limit}?" if field in platform.unsure else limit


def _source_lines(platform: Platform) -> Iterator[str]:
    """The lines about the source of a platform's limits, with its other names."""
    sure = platform.sure + (", but for what has a ?" if platform.unsure else "")
    names = ", ".join(name for name in (platform.place, *platform.aliases) if name)
    notes = [platform.date, sure, platform.note, names and f"also called {names}"]
    text = f"{platform.name}: {', '.join(filter(None, notes)) or 'your own'}"
    yield from textwrap.wrap(text, sum(_COLUMNS.values()) + 8, subsequent_indent="  ")
    yield f"  {platform.source}"
