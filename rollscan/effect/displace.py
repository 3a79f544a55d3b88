"""Owns the effect "displace": each pixel is as late as a map says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..composers.directions import ARROWS, MAPS
from ..counting import TOLERANCE, whole_ceil
from ..errors import ArgumentError
from ..kinds import name_or_file
from ..setting import setting
from . import Effect, Extent
from .fits import to_size
from .shared_settings import depth_setting, smooth_setting

if TYPE_CHECKING:
    from ..composers.field import Field

_LABELS = {**ARROWS, "in": "≍", "radial": "◎"}


@dataclass(frozen=True)
class Displace(Effect):
    """Time displacement: each pixel is as late as a map says.

    TimeDisplacer composes the same of any frames.

    {settings}

    A map may also be an array, (H, W) numbers from 0, now, to 1, the oldest.

    >>> Displace(map=[[0, 0.5, 1]], depth=0.2).map
    <an array of 1 x 3 numbers>
    """

    name: ClassVar[str] = "displace"
    help: ClassVar[str] = "each pixel is as late as the map says, so what turns is twisted"
    rank: ClassVar[int] = 1
    bounded: ClassVar[bool] = True

    map: str = setting(
        "up",
        name_or_file(*MAPS, what="a picture file", labels=_LABELS),
        f"of displace, where the oldest is: {', '.join(MAPS)}, or a picture: black is now, white"
        " the oldest",
    )
    depth: float = depth_setting(1.0, longest=4, fits=to_size)
    smooth: bool = smooth_setting()

    def full(self, extent: Extent) -> int:
        """How many frames the depth reaches back, rounded up."""
        return whole_ceil(self.depth * extent.rate)

    def field(self, extent: Extent) -> Field:
        """Each pixel in its own place, as late as the map says.

        Raises ArgumentError for a map that is not valid, and for a depth longer than the loop.
        """
        import numpy as np

        from ..composers.field import Field
        from ..composers.maps import time_map

        values, period = time_map(self.map, extent.size), extent.period
        depth = self.depth * extent.rate  # frames
        if depth > period + TOLERANCE:
            if extent.cyclic:
                raise ArgumentError(
                    f"depth is {self.depth} s, and the loop has {period / extent.rate:.2f} s:"
                    " give no more than that, or loop 'cut'",
                    "depth",
                )
            # Times before the first frame all show it, so storing more frames would be a waste.
            values, depth = np.minimum(values * (depth / period), 1), period
        return Field(delay=values * depth)
