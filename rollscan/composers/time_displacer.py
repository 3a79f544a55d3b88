"""Owns time displacement: the composition of pictures from pixels of different moments."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import check_opencv, check_seconds
from ..counting import TOLERANCE
from ..frames import Frame
from .composer import Composer
from .delay_line import DelayLine, Lags
from .interpolate import Interpolation
from .maps import Map, time_map

_STRIP = 64  # rows that are interpolated at a time, as intermediate results take memory
_BETWEEN_BYTES = 64  # about the memory per pixel that an interpolation takes
_MOST_FRAMES = 2.0**31  # of depth: more than any clip has


class TimeDisplacer(Composer):
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
        super().__init__(frames, fps, pre_roll=pre_roll)
        check_seconds("depth", depth)
        if smooth:
            check_opencv("smooth")
        self._map = map
        self._depth = depth
        self._smooth = smooth
        self._share: npt.NDArray[np.float32] | None = None  # (H, W), see _made_between
        self._before: Frame | None = None  # a copy of the latest frame, if `smooth`
        self._delay_line: DelayLine | None = None
        self._like: tuple[tuple[int, ...], np.dtype[Any]] | None = None
        self._start()

    def close(self) -> None:
        """Close the frames and the delay line. No frames can be composed afterwards."""
        super().close()
        if self._delay_line:
            self._delay_line.close()

    def _begin(self, like: Frame) -> None:
        self._before = None
        if self._delay_line and self._like == (like.shape, like.dtype):
            self._delay_line.restart()
            return
        height, width = like.shape[:2]
        frames = min(self._depth * self.fps, _MOST_FRAMES)
        late = time_map(self._map, (width, height)) * frames
        self._like = like.shape, like.dtype
        if self._smooth:
            # A delay of n + f frames is a delay of n, in the picture at 1 - f between two frames.
            lags = np.floor(late + TOLERANCE).astype(np.intp)
            self._share = np.clip(1 - (late - lags), 0, 1).astype(np.float32)
        else:
            lags = nearest(late)
        beside = _BETWEEN_BYTES * lags.size if self._smooth else 0
        self._delay_line = DelayLine(lags, like, beside=beside)

    def _take_in(self, frame: Frame, index: int) -> None:
        assert self._delay_line
        if self._share is None:
            self._delay_line.take(frame)
            return
        self._delay_line.take(frame if self._before is None else self._made_between(frame))
        self._before = frame.copy()

    def _made_between(self, frame: Frame) -> Frame:
        """The picture with each pixel at its own share of the way from the frame before."""
        assert self._before is not None and self._share is not None
        if np.array_equal(self._before, frame):
            return frame
        between = Interpolation(self._before, frame)
        made = np.empty_like(frame)
        height, width = self._share.shape
        for top in range(0, height, _STRIP):
            rows = slice(top, min(top + _STRIP, height))
            y = np.arange(rows.start, rows.stop)[:, None]
            made[rows] = between.finished(between.pixels(y, np.arange(width), self._share[rows]))
        return made

    def _composed(self) -> Frame:
        assert self._delay_line
        return self._delay_line.picture()


def nearest(late: Map) -> Lags:
    """The nearest whole number of frames; halves are rounded up, to the older frame."""
    return np.floor(late + (0.5 + TOLERANCE)).astype(np.intp)
