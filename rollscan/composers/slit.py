"""Owns the place of the slit: its rows, its path, and how far history reaches from it.

Rows are counted along the direction of the flow: for left and right, they are columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..checks import brief, check_whole
from ..errors import ArgumentError
from ..kinds import Position, Width, check_slit, is_fixed, slit_points
from ..path import ValuePath, is_moving
from .directions import FLOWS

if TYPE_CHECKING:
    from .extent import Extent

_FINENESS = 16  # moments of a frame, between which a path is taken as a line
FILL_SECONDS = 3.0  # the time in which a slit width of "auto" fills the history side


def slit_rows(slit: float, slit_width: int, length: int) -> slice:
    """The rows of a slit at the fraction `slit` of `length` rows, moved away from the edge to fit.

    Raises ArgumentError unless 0 <= slit <= 1 and 1 <= slit_width <= length.
    """
    check_slit(slit)
    check_whole("slit_width", slit_width, least=1)
    if slit_width > length:
        raise ArgumentError(
            f"slit_width is {brief(slit_width)}: give 1 to {length}, the frame's side"
        )
    row = min(int(slit * length), length - slit_width)
    return slice(row, row + slit_width)


def rows_rolled(previous: slice, slit: slice, length: int, *, up: bool) -> int:
    """By how many rows history rolls from one frame to the next, so that it has no gap.

    Upward, the slit before moves away by its own width, from the first row of the slit; downward,
    by the width of the new one. Nothing comes in from beyond the picture's edge.

    previous, slit: the rows of the slit in the two frames. length: the rows of the picture.
    """
    if not up:
        return int(slit.stop - slit.start)
    return int(min(previous.stop - previous.start, length - slit.start))


def slit_path(slit: Position, period: int) -> Callable[[int], float]:
    """The position of the slit as a function of the frame number, which may be negative.

    The position repeats after `period` frames. The slit moves through several positions in equal
    times. It reaches the last one in the last frame of the period; but if that is equal to the
    first one, it reaches it one frame later, when the next period begins. A function is returned
    as it is.
    """
    if callable(slit):
        return slit
    import numpy as np  # not needed for the settings of an effect

    points = slit_points(slit)
    closed = points[0] == points[-1]
    stages = np.linspace(0, period if closed else max(1, period - 1), len(points))
    return lambda k: float(np.interp(k % period, stages, points))


def slit_along(slit: Position, extent: Extent) -> Callable[[int], Any]:
    """The position of the slit as a function of the frame number: a path, or as slit_path."""
    if is_moving(slit):
        return extent.along(slit)
    return slit_path(slit, extent.period)


def eased_path(slit: Position, extent: Extent, rounds: int = 1) -> Callable[[Any], Any]:
    """The positions of the slit at an array of times, in frames, which may be fractions.

    As slit_path, but the slit comes to rest at each of its positions, and goes its way so many
    times in a period. A path has times of its own, and a function gives the position at each time.
    """
    import numpy as np

    period = extent.period / rounds
    if isinstance(slit, ValuePath):
        moments = np.arange(extent.period * _FINENESS + 1) / _FINENESS
        at_moment = list(map(extent.along(slit), moments.tolist()))
        return lambda times: np.interp(np.mod(times, extent.period), moments, at_moment)
    if callable(slit):
        return np.vectorize(slit, otypes=[np.float64])
    points = np.asarray(slit_points(slit))
    if len(points) == 1:
        points = np.repeat(points, 2)
    end = period if points[0] == points[-1] else max(1, period - 1)

    def at(times: Any) -> Any:
        stages = np.minimum(np.asarray(times) % period / end, 1) * (len(points) - 1)
        stage = np.minimum(stages.astype(np.intp), len(points) - 2)
        share = (1 - np.cos(np.pi * (stages - stage))) / 2
        return points[stage] * (1 - share) + points[stage + 1] * share

    return at


def history_rows(slit: Position, slit_width: int, direction: str, length: int) -> int:
    """The greatest number of rows that history can cover on one side of the slit."""
    rows = slit_rows(slit if is_fixed(slit) else 0, slit_width, length)
    if not is_fixed(slit):
        return length - slit_width
    sides: list[int] = [rows.start if up else length - rows.stop for up in FLOWS[direction]]
    return max(sides)


def frames_to_fill(slit: Position, slit_width: int, direction: str, length: int) -> int:
    """The number of frames after which the history side is full."""
    return -(-history_rows(slit, slit_width, direction, length) // slit_width)


def filling_width(
    width: Width,
    slit: Position,
    direction: str,
    length: int,
    rate: float,
    *,
    seconds: float = FILL_SECONDS,
) -> int:
    """The slit width in rows. "auto" fills the history in so many seconds, at `rate` a second."""
    if width != "auto":
        check_whole("slit_width", width, least=1)
        return int(width)
    rows = history_rows(slit, 1, direction, length)
    return min(max(1, round(rows / (seconds * rate))), length)
