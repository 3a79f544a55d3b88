"""Owns time displacement: the composition of pictures from pixels of different moments."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy.typing as npt

from ..checks import check_seconds
from ..frames import Frame
from .field import Field
from .field_composer import FieldComposer
from .maps import time_map

_MOST_FRAMES = 2.0**31  # of depth: more than any clip has


class TimeDisplacer(FieldComposer):
    """The time displacement of a sequence of frames: at time t, pixel p is of t - depth * map(p).

    With a ramp as the map, a body that turns is twisted. Without `smooth`, the pixel is that of the
    nearest frame; halfway between two frames, that of the older one. A time before the first frame
    shows the first frame. The method is known from Levin, An Informal Catalogue of Slit-Scan Video
    Artworks, 2005, and from TimeDisplacement among the examples of Processing.

    frames: iterable of (H, W, 3) uint8 arrays (any (H, W, ...) dtype does), all of one shape.
    fps: rate at which they arrive, in frames per second.
    map: the delay of each pixel, from 0, now, to 1, the oldest: "up", "down", "left", "right",
        "out", "in" or "radial", a picture file, or (H, W) floats. See maps.time_map.
    depth: the delay of the oldest pixels, in seconds.
    pre_roll: how many of the first frames only fill the history; the one after them is frame 0.
    smooth: whether moments between two frames are interpolated along the motion, see
        interpolate.Interpolation. It needs OpenCV.

    Each pixel is stored as often as it is frames late, see delay_line.DelayLine.
    Raises ArgumentError (a ValueError) if one of these is out of range.

    Three columns, the left one of which is two frames late:

    >>> frames = [np.full((1, 3, 3), number, np.uint8) for number in (10, 11, 12)]
    >>> late = TimeDisplacer(frames, fps=25, map=[[1, 0.5, 0]], depth=2 / 25)
    >>> late.make_frame(2 / 25)[0, :, 0]
    array([10, 11, 12], dtype=uint8)
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        fps: float,
        *,
        map: str | os.PathLike[str] | npt.ArrayLike,
        depth: float,
        pre_roll: int = 0,
        smooth: bool = False,
    ) -> None:
        check_seconds("depth", depth)
        self._map, self._depth = map, depth
        super().__init__(frames, fps, field=self._displaced, pre_roll=pre_roll, smooth=smooth)

    def _displaced(self, size: tuple[int, int]) -> Field:
        """The field of frames of this width and height."""
        frames = min(self._depth * self.fps, _MOST_FRAMES)
        return Field(delay=time_map(self._map, size) * frames)
