"""Owns the composition of any field: its layers looked up, mixed, and painted over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import check_opencv
from ..frames import Frame, rounded_as, strips
from .composer import Composer
from .field import LIVE, Field, Value, at
from .lookup import look_up
from .near_now import NearNow
from .ring import LookUp, size_of
from .space_time import SpaceTime


class FieldComposer(Composer):
    """The composition of a sequence of frames by a field, as a function of time.

    frames: iterable of (H, W, 3) uint8 arrays (any (H, W, ...) dtype does), all of one shape.
    fps: rate at which they arrive, in frames per second.
    field: a Field, or a function that returns the one for frames of some width and height.
    pre_roll: how many of the first frames come before frame 0, and only fill the history.
    smooth: whether moments between two frames are interpolated along the motion, see
        interpolate.Interpolation, and places between pixels are too. It needs OpenCV.

    Where delays stand still, each pixel is stored as often as it is frames late, see DelayLine; if
    a few pixels of each frame are looked up, only these are stored. Where delays move, as many
    frames are stored as the field reaches back, and with smooth, the moments between them.

    Raises ArgumentError (a ValueError) if one of these is out of range, or the field does not suit
    the frames.

    Three columns, the left one of which is two frames late, and the right one half as bright:

    >>> frames = [np.full((1, 3, 3), number, np.uint8) for number in (10, 11, 12)]
    >>> field = Field(delay=[[2, 1, 0]], shade=[[1, 1, 0.5]])
    >>> composer = FieldComposer(frames, fps=25, field=field)
    >>> composer.make_frame(2 / 25)[0, :, 0]
    array([10, 11,  6], dtype=uint8)
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        fps: float,
        *,
        field: Field | Callable[[tuple[int, int]], Field],
        pre_roll: int = 0,
        smooth: bool = False,
    ) -> None:
        super().__init__(frames, fps, pre_roll=pre_roll)
        if smooth:
            check_opencv("smooth")
        self._field_of = field if callable(field) else lambda _: field
        self._smooth = smooth
        self._layers: list[LookUp] = []  # the lower one first
        self._near: list[NearNow | None] = []  # of each layer, where it is history
        self._still_shade: npt.NDArray[Any] | None = None  # see _shade
        self._like: tuple[tuple[int, ...], np.dtype[Any]] | None = None
        self._start()

    def close(self) -> None:
        """Close the frames and what is kept of them. No frames can be composed afterwards."""
        super().close()
        for layer in self._kept:
            layer.close()

    @property
    def _kept(self) -> list[LookUp | NearNow]:
        """All that keeps frames."""
        return [*self._layers, *(near for near in self._near if near)]

    def _begin(self, like: Frame) -> None:
        if self._like == (like.shape, like.dtype):
            for layer in self._kept:
                layer.restart()
            return
        self._like = like.shape, like.dtype
        field = self._field = self._field_of(size_of(like))
        self._still_shade = None
        reach, is_live = field.history, field.before == "live"
        self._layers, self._near = [], []
        for each in field.layers:
            layer = look_up(
                each,
                like,
                reach=reach,
                shows_live=is_live,
                smooth=self._smooth,
                period=field.period,
                beside=self._layers[0] if self._layers else None,
            )
            self._layers.append(layer)
            is_history = not (each is LIVE or isinstance(layer, SpaceTime))
            self._near.append(NearNow(each, like, smooth=self._smooth) if is_history else None)

    def _take_in(self, frame: Frame, index: int) -> None:
        live = frame if self._field.has_live else self._past
        dissolves = self._past is not live
        for each, layer, near in zip(self._field.layers, self._layers, self._near, strict=True):
            layer.take(live if each is LIVE else self._past, index)
            if near:
                near.take(live, index, dissolves=dissolves)
            elif dissolves and isinstance(layer, SpaceTime):
                layer.take_live(live)

    def _live(self) -> Frame:
        for layer in self._layers:
            if isinstance(layer, SpaceTime):  # its frames come once
                return layer.live()
        return super()._live()

    def _composed(self) -> Frame:
        field, k = self._field, self._index
        picture, *over = map(self._looked_up, self._layers, self._near)
        if over:
            self._mix(picture, over[0], np.broadcast_to(at(field.share, k), picture.shape[:2]))
        if field.shade is not None:
            picture = rounded_as(picture * self._shade(field.shade, picture), picture)
        if field.line is not None:
            line = np.broadcast_to(at(field.line, k), picture.shape[:2])
            picture[line] = 1 if picture.ndim == 2 else field.colour  # in a mask it is opaque
        return picture

    def _looked_up(self, layer: LookUp, near: NearNow | None) -> Frame:
        """A layer, in which what is only a little late is mixed with its live form."""
        picture = layer.picture()
        if near and (live := near.picture()):
            self._mix(picture, *live)
        return picture

    def _mix(self, picture: Frame, over: Frame, shares: npt.NDArray[Any]) -> None:
        """Mix the second layer into the picture, where it has a share."""
        columns = np.flatnonzero(shares.any(axis=0))
        if not len(columns):
            return
        across = slice(int(columns[0]), int(columns[-1]) + 1)
        for rows in strips(len(picture)):
            here = rows, across
            if shares[here].any():
                share, mixed = self._spread(shares[here], picture), picture[here]
                mixed[:] = rounded_as(over[here] * share + mixed * (1 - share), picture)

    def _shade(self, shade: Value, picture: Frame) -> npt.NDArray[Any]:
        """The factor of each value of a picture; in one piece, which is quicker, if it is still."""
        if callable(shade):
            return self._spread(at(shade, self._index), picture)
        if self._still_shade is None:
            each = self._spread(np.asarray(shade), picture)
            self._still_shade = np.ascontiguousarray(np.broadcast_to(each, picture.shape))
        return self._still_shade

    @staticmethod
    def _spread(values: npt.NDArray[Any], picture: Frame) -> npt.NDArray[Any]:
        """Values for each pixel, which broadcast to the channels of a picture."""
        return values.reshape(*values.shape, *[1] * (picture.ndim - values.ndim))
