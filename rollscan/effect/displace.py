"""Owns the effect "displace": each pixel is as late as a map says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..composers.directions import ARROWS, MAP_NAMES, MAPS, SEEN_MAPS
from ..counting import TOLERANCE, whole_ceil
from ..errors import ArgumentError
from ..kinds import name_or_file
from ..path import is_moving
from ..setting import setting
from . import Effect, Extent, ToSee
from .fits import to_size
from .shared_settings import depth_setting, smooth_setting

if TYPE_CHECKING:
    from ..composers.field import Field

_LABELS = {**ARROWS, "in": "≍", "radial": "◎", "luma": "luma", "motion": "motion"}


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
    help: ClassVar[str] = (
        "each pixel has its own delay, which a map gives, so that something that turns is twisted"
    )
    rank: ClassVar[int] = 1
    bounded: ClassVar[bool] = True
    followed: ClassVar[tuple[str, ...]] = ("depth",)

    map: str = setting(
        "up",
        name_or_file(*MAP_NAMES, what="a picture or a video", labels=_LABELS),
        f"for displace: where the oldest pixels are: {', '.join(MAPS)}; luma: where the video is"
        " bright; motion: where much moves; or a picture or another video, in which black is now"
        " and white the oldest",
    )
    depth: float = depth_setting(1.0, longest=4, fits=to_size)
    smooth: bool = smooth_setting()

    def to_see(self) -> ToSee | None:
        """The light or the motion of the video, or the video that is the map."""
        if self.map in SEEN_MAPS:
            return self.map  # type: ignore[return-value]
        if not isinstance(self.map, str) or self.map in MAPS:
            return None
        from ..composers.maps import is_still_picture

        return None if is_still_picture(self.map) else Path(self.map)

    def full(self, extent: Extent) -> int:
        """How many frames the depth reaches back, rounded up."""
        return whole_ceil(self._deepest(extent) * extent.rate)

    def field(self, extent: Extent) -> Field:
        """Each pixel in its own place, as late as the map says.

        Raises ArgumentError for a map that is not valid, and for a depth longer than the loop.
        """
        import numpy as np

        from ..composers.field import Field
        from ..composers.geometry import lateness, within
        from ..composers.maps import time_map

        length = extent.period / extent.rate
        if extent.cyclic and (depth := self._deepest(extent)) > length + TOLERANCE / extent.rate:
            raise ArgumentError(
                f"depth is {depth:g} s, and the loop has {length:.2f} s: give no more than that,"
                " or loop 'cut'",
                "depth",
            )
        if not self.to_see():
            return Field(**lateness(time_map(self.map, extent.size), self.depth, extent))
        seconds = extent.along(self.depth)

        def late(k: int) -> Any:
            return within(self._seen(k, extent) * np.float32(seconds(k) * extent.rate), extent)

        return Field(delay=late, reach=min(self.full(extent), extent.period))

    def _seen(self, k: int, extent: Extent) -> Any:
        """The map that moves, in frame k."""
        from ..composers.maps import in_full

        if extent.seen is None:
            raise ArgumentError(
                f"map {self.map} has to be seen first: compose a video, or a clip", "map"
            )
        return in_full(extent.seen(k), extent.size)

    def _deepest(self, extent: Extent) -> float:
        """The depth, or the greatest one if it moves, in seconds."""
        if not is_moving(self.depth):
            return self.depth
        return float(max(map(extent.along(self.depth), range(extent.period))))
