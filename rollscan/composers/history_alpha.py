"""Owns how much of each pixel of a composition is history: what lies over a live picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ArgumentError
from ..kinds import Area
from .extent import Extent
from .field import LIVE, Field, Layer, at, delays, nearest
from .still_area import StillArea

Alpha = npt.NDArray[np.float32]  # (H, W), from 0 to 1


class HistoryAlpha:
    """How opaque each pixel of a composition is: the frames of a composition, as a source.

    A pixel is as opaque as what it shows comes from earlier frames. Where a feather or a soft edge
    mixes history with the live picture, it is partly so; where moments between frames are
    interpolated, less than a frame counts as its share of one. A drawn line is opaque.

    field: what the composition looks up. extent: its size, rate, length, and whether it is a loop.
    smooth: whether the composition interpolates. still_area: see StillArea. is_hole: whether, the
    other way about, history is what is transparent.

    Each frame is a new array, (H, W) float32 from 0 to 1. The iteration of a loop never ends.
    Raises ArgumentError for a field in which no picture is live, so that nothing is transparent.
    """

    def __init__(
        self,
        field: Field,
        extent: Extent,
        *,
        smooth: bool,
        still_area: Area | None,
        is_hole: bool,
    ) -> None:
        if not field.has_live:
            raise ArgumentError(
                "background tells history from the live picture, and with this direction no picture"
                " is live: leave background out, or choose another direction",
                "background",
            )
        self._field, self._extent = field, extent
        self._smooth, self._is_hole = smooth, is_hole
        self._still = StillArea(still_area, extent.size) if still_area else None
        moving = (field.share, field.line, *(layer.delay for layer in field.layers))
        self._moves = not extent.cyclic or any(map(callable, moving))
        self._stands: Alpha | None = None  # the alpha of every frame, if it does not move

    def __len__(self) -> int:
        return self._extent.count

    def __iter__(self) -> Iterator[Alpha]:
        return map(self.alpha, count() if self._extent.cyclic else range(len(self)))

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Alpha]:
        """The frames `first` up to but not including `stop` (None: to the end)."""
        return map(self.alpha, range(first, len(self) if stop is None else stop))

    def alpha(self, number: int) -> Alpha:
        """How opaque each pixel of a composed frame is."""
        if self._stands is None or self._moves:
            self._stands = self._alpha(number)
        return self._stands.copy()

    def _alpha(self, number: int) -> Alpha:
        field = self._field
        alpha = self._history(field, number)
        if field.over is not None:
            share = np.asarray(at(field.share, number), np.float32)
            alpha = alpha * (1 - share) + self._history(field.over, number) * share
        alpha = np.array(np.broadcast_to(alpha, self._extent.size[::-1]), np.float32)
        if field.line is not None:
            alpha[np.broadcast_to(at(field.line, number), alpha.shape)] = 1
        if self._still:
            alpha *= 1 - self._still.shares(whole=True)
        return 1 - alpha if self._is_hole else alpha

    def _history(self, layer: Layer, number: int) -> npt.NDArray[Any]:
        """How much of what a layer shows is history."""
        if layer is LIVE:
            return np.zeros((1, 1), np.float32)
        late: npt.NDArray[Any] = delays(layer, number, self._extent.size)
        late = late if self._smooth else nearest(late)
        if not self._extent.cyclic:
            before = 0 if self._field.before == "live" else number
            late = np.where(late > number, before, late)
        return np.clip(late, 0, 1)


def with_alpha(picture: npt.NDArray[np.uint8], alpha: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """A picture, (H, W, 3) uint8, with its alpha, (H, W) from 0 to 1, as (H, W, 4) uint8."""
    levels = np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint8)
    return np.dstack([picture, levels])


def product(*alphas: Callable[[float], npt.NDArray[Any]]) -> Callable[[float], npt.NDArray[Any]]:
    """The product of alphas, each of which is a function of the time in seconds."""
    return lambda t: np.prod([alpha(t) for alpha in alphas], axis=0)
