"""Owns the slit of a strip photograph: how wide it is, and where it is in each frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ArgumentError
from ..kinds import Width
from ..look import Look, extent_of
from ..path import ValuePath, is_moving

if TYPE_CHECKING:
    from ..video.source import Video


def width_of(slit_width: Width, automatic: int) -> int:
    """The width of the slit in columns. automatic: of "auto". Raises ArgumentError if it moves."""
    if is_moving(slit_width):
        raise ArgumentError(
            "slit_width moves, and the strips of a strip photograph are of one width: give a"
            " number, or auto",
            "slit_width",
        )
    return automatic if isinstance(slit_width, str) else slit_width


def path_of(video: Video, look: Look, speed: float) -> Callable[[int], float] | None:
    """The position of the slit by the number of a frame, if it is a path; None otherwise.

    speed: at which the video plays, for the times of the path. Raises ArgumentError for a path that
    is longer than the loop.
    """
    if not isinstance(look.slit, ValuePath):
        return None
    extent = extent_of(look, video.size, float(video.rate * speed), len(video))
    look.slit.check_times("slit", extent.period / extent.rate, cyclic=extent.cyclic)
    return extent.along(look.slit)
