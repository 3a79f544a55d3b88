"""Owns the composition of any field: its layers looked up, mixed, and painted over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks import check_opencv
from ..errors import ArgumentError
from ..frames import Frame
from .composer import Composer
from .field import Field, at
from .lookup import LookUp, look_up, rounded_as, size_of


class FieldComposer(Composer):
    """The composition of a sequence of frames by a field, as a function of time.

    frames: iterable of (H, W, 3) uint8 arrays (any (H, W, ...) dtype does), all of one shape.
    fps: rate at which they arrive, in frames per second.
    field: a Field, or a function that returns the one for frames of some width and height.
    pre_roll: how many of the first frames come before frame 0, and only fill the history.
    smooth: whether moments between two frames are interpolated along the motion, see
        interpolate.Interpolation. It needs OpenCV, and delays that stand still.

    Where delays stand still, each pixel is stored as often as it is frames late, see DelayLine; if
    a few pixels of each frame are looked up, only these are stored. Where delays move, as many
    frames are stored as the field reaches back.

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
        self._like: tuple[tuple[int, ...], np.dtype[Any]] | None = None
        self._start()

    def close(self) -> None:
        """Close the frames and what is kept of them. No frames can be composed afterwards."""
        super().close()
        for layer in self._layers:
            layer.close()

    def _begin(self, like: Frame) -> None:
        if self._like == (like.shape, like.dtype):
            for layer in self._layers:
                layer.restart()
            return
        self._like = like.shape, like.dtype
        field = self._field = self._field_of(size_of(like))
        if self._smooth and not all(layer.is_captured() for layer in field.layers):
            raise ArgumentError("smooth needs delays that stand still: leave it out", "smooth")
        reach, is_live = field.history, field.before == "live"
        self._layers = [
            look_up(layer, like, reach=reach, shows_live=is_live, smooth=self._smooth)
            for layer in field.layers
        ]

    def _take_in(self, frame: Frame, index: int) -> None:
        for layer in self._layers:
            layer.take(frame, index)

    def _composed(self) -> Frame:
        field, k = self._field, self._index
        picture, *over = (layer.picture() for layer in self._layers)
        if over:
            share = self._spread(at(field.share, k), picture)
            picture = rounded_as(over[0] * share + picture * (1 - share), picture)
        if field.shade is not None:
            picture = rounded_as(picture * self._spread(at(field.shade, k), picture), picture)
        if field.line is not None:
            line = np.broadcast_to(at(field.line, k), picture.shape[:2])
            picture[line] = 1 if picture.ndim == 2 else field.colour  # in a mask it is opaque
        return picture

    @staticmethod
    def _spread(values: npt.NDArray[Any], picture: Frame) -> npt.NDArray[Any]:
        """Values for each pixel, which broadcast to the channels of a picture."""
        return values.reshape(*values.shape, *[1] * (picture.ndim - values.ndim))
