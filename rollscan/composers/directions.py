"""Owns the directions in which history flows, a line moves, or a map gets older."""

from __future__ import annotations

from typing import Literal, get_args

Direction = Literal["up", "down", "left", "right", "out"]
MapName = Literal["up", "down", "left", "right", "out", "in", "radial"]

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
SWEEPS: tuple[Direction, ...] = ("up", "down", "left", "right")  # of the line of a scan
MAPS: tuple[MapName, ...] = get_args(MapName)
SEEN_MAPS = ("luma", "motion")  # which are made of the video itself
MAP_NAMES = (*MAPS, *SEEN_MAPS)

ARROWS = {"up": "↑", "down": "↓", "left": "←", "right": "→", "out": "↕"}

# For each direction: whether each history side flows up, towards row 0. The upper side is first.
FLOWS = {"up": (True,), "down": (False,), "left": (True,), "right": (False,), "out": (True, False)}


def is_sideways(direction: str) -> bool:
    """Whether history flows along the width, past a slit that is a column."""
    return direction in ("left", "right")
