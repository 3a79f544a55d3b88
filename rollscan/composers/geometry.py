"""Owns the geometry that fields share: pixels from a centre, mirrored places, bounded delays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..counting import whole_ceil
from ..path import is_moving

if TYPE_CHECKING:
    from .extent import Extent

TURN = 2 * np.pi  # radians

Floats = npt.NDArray[Any]


def grid(size: tuple[int, int], centre: tuple[float, float] = (0.5, 0.5)) -> tuple[Floats, Floats]:
    """How far each pixel is from the centre, in pixels: down, (H, 1), and to the right, (1, W).

    size: width and height in pixels. centre: fractions of both, as typed.
    """
    (width, height), (x, y) = size, middle(size, centre)
    return np.arange(height)[:, None] - y, np.arange(width)[None, :] - x


def middle(size: tuple[int, int], centre: tuple[float, float]) -> tuple[float, float]:
    """The column and the row, as fractional pixels, of a point that is given as fractions."""
    return centre[0] * (size[0] - 1), centre[1] * (size[1] - 1)


def polar(down: Floats, right: Floats) -> tuple[Floats, Floats]:
    """The radius, in pixels, and the angle, in turns from noon clockwise, 0 to under 1."""
    return np.hypot(down, right), np.arctan2(right, -down) / TURN % 1


def mirrored(places: Floats, length: int) -> Floats:
    """Places beyond the picture's edges, reflected into it: 0 to length - 1."""
    return folded(places, length - 1) if length > 1 else np.zeros_like(places)


def folded(values: Floats, most: float) -> Floats:
    """Values that go up to `most`, and from there back to 0, and so on."""
    rest = np.abs(values) % (2 * most)
    return np.minimum(rest, 2 * most - rest)


def power_of_two(values: npt.ArrayLike, most: int) -> npt.NDArray[np.intp]:
    """The nearest power of two, from 1 to `most`, by ratio."""
    powers = np.rint(np.log2(np.clip(values, 1, most)))
    return np.asarray(2**powers, np.intp)


def within(late: Floats, extent: Extent) -> Floats:
    """Delays in frames that show the same as these, and reach no further back than they need.

    In a loop, one period earlier is the same moment. Without a loop, everything before the first
    frame looks alike.
    """
    if late.max() <= extent.period:
        return late
    return late % extent.period if extent.cyclic else np.minimum(late, extent.period)


def lateness(share: Floats, depth: Any, extent: Extent) -> dict[str, Any]:
    """The delay and the reach of a field whose depth may move.

    share: of the depth, by which each pixel is late, from 0 to 1. depth: the setting, in seconds.
    """
    if not is_moving(depth):
        return {"delay": within(share * depth * extent.rate, extent)}
    at = extent.along(depth)
    most = max(at(k) for k in range(extent.period)) * extent.rate
    return {
        "delay": lambda k: within(share * (at(k) * extent.rate), extent),
        "reach": min(whole_ceil(most), extent.period),
    }
