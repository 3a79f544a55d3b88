"""Owns the names of a picture in parts, where no file of its format can hold it: OUT-1.jpg, …"""

from __future__ import annotations

from pathlib import Path


def part_name(name: str, number: int) -> str:
    """The name of a part, whose numbers begin with 1; the name itself for 0."""
    ending = Path(name).suffix
    return f"{name.removesuffix(ending)}-{number}{ending}" if number else name


def number_of(made: str, name: str) -> int | None:
    """The number of the part that a file is of the picture `name`; 0 for the whole one.

    None if it is neither.
    """
    if made == name:
        return 0
    number = Path(made).stem.rpartition("-")[2]
    is_number = number.isascii() and number.isdigit()
    return int(number) if is_number and made == part_name(name, int(number)) else None
