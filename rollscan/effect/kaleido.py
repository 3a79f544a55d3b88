"""Owns the effect "kaleido": a kaleidoscope, in which time streams from the middle outward."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..kinds import movable, number, whole
from ..path import is_moving
from ..setting import setting
from . import Effect, Extent
from .shared_settings import centre_setting, depth_setting, smooth_setting, spin_setting

if TYPE_CHECKING:
    from ..composers.field import Field


@dataclass(frozen=True)
class Kaleido(Effect):
    """A wedge of the picture, mirrored round the middle, the later the farther out.

    {settings}

    >>> Kaleido(folds=8).folds
    8
    """

    name: ClassVar[str] = "kaleido"
    help: ClassVar[str] = "a kaleidoscope, in which time streams from the middle outward"
    rank: ClassVar[int] = 6
    followed: ClassVar[tuple[str, ...]] = ("zoom", "centre", "depth")

    folds: int = setting(
        8, whole(1, 64, slider=(2, 16, 1)), "for kaleido: how many wedges there are"
    )
    zoom: float = setting(
        1.0, movable(number(most=20, slider=(0.5, 4, 0.05))), "for kaleido: how much it magnifies"
    )
    spin: int = spin_setting()
    centre: tuple[float, float] = centre_setting()
    depth: float = depth_setting()
    smooth: bool = smooth_setting()

    def field(self, extent: Extent) -> Field:
        """Each pixel shows a point of the wedge, as late as it is far from the middle."""
        import numpy as np

        from ..composers.field import Field
        from ..composers.geometry import TURN, grid, lateness, polar

        # In single precision, which is enough for places, as these arrays are large.
        radius, angle = (each.astype(np.float32) for each in polar(*grid(extent.size)))
        wedge = 1 / self.folds
        within_wedge = np.abs((angle + wedge / 2) % wedge - wedge / 2) * TURN
        late = lateness(radius / max(radius.max(), 1), self.depth, extent)
        looked = radius * np.cos(within_wedge), radius * np.sin(within_wedge)  # up, to the right
        del radius, angle, within_wedge
        if not (self.spin or is_moving(self.zoom) or is_moving(self.centre)):
            y, x = self._turned(extent, looked, 0)
            mean = max(1, round(1 / self.zoom))
            return Field(**late, y=y, x=x, tall=mean, wide=mean)
        turned = lru_cache(maxsize=1)(partial(self._turned, extent, looked))
        return Field(
            **late,
            y=lambda k: turned(k)[0],
            x=lambda k: turned(k)[1],
            follows="composed",
        )

    def _turned(self, extent: Extent, looked: tuple[Any, Any], k: int) -> tuple[Any, Any]:
        """The row and the column of each point of the wedge in frame k."""
        from ..composers.geometry import TURN, middle, mirrored

        (up, right), (width, height) = looked, extent.size
        angle = TURN * (self.spin * k % extent.period) / extent.period
        x, y = middle(extent.size, extent.along(self.centre)(k))
        zoom = extent.along(self.zoom)(k)
        sine, cosine = math.sin(angle) / zoom, math.cos(angle) / zoom
        row = y - up * cosine + right * sine
        column = x + up * sine + right * cosine
        return mirrored(row, height), mirrored(column, width)
