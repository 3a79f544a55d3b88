"""Owns the effect "plane": an inclined plane through time, which may turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..counting import whole_ceil
from ..kinds import angle, movable
from ..setting import setting
from . import Effect, Extent
from .shared_settings import depth_setting, smooth_setting, spin_setting

if TYPE_CHECKING:
    from ..composers.field import Field


@dataclass(frozen=True)
class Plane(Effect):
    """Each pixel in its own place, evenly later in one direction.

    {settings}

    >>> Plane(angle="90deg").angle
    0.25
    """

    name: ClassVar[str] = "plane"
    help: ClassVar[str] = "the delay grows evenly from one side of the picture to the other"
    rank: ClassVar[int] = 8

    angle: float = setting(
        0.125,
        movable(angle(slider=(-0.5, 0.5, 0.01))),
        "for plane: where the oldest pixels are, in turns clockwise: 0 at the top, 0.25 at the"
        " right",
    )
    spin: int = spin_setting()
    depth: float = depth_setting()
    smooth: bool = smooth_setting()

    def field(self, extent: Extent) -> Field:
        """The plane, which goes through now at one side or corner."""
        from ..composers.field import Field
        from ..composers.geometry import within

        depth = self.depth * extent.rate
        if not self.spin:
            return Field(delay=within(self._share(extent, 0) * depth, extent))
        return Field(
            delay=lambda k: within(self._share(extent, k) * depth, extent),
            reach=min(whole_ceil(depth), extent.period),
        )

    def _share(self, extent: Extent, k: int) -> Any:
        """How late each pixel of frame k is, from 0 to 1."""
        import numpy as np

        from ..composers.geometry import TURN, grid

        down, right = grid(extent.size)
        angle = TURN * (self.angle + (self.spin * k % extent.period) / extent.period)
        along = right * np.sin(angle) - down * np.cos(angle)
        most = np.abs(right).max() * abs(np.sin(angle)) + np.abs(down).max() * abs(np.cos(angle))
        return np.clip(along / max(most, 0.5) / 2 + 0.5, 0, 1)
