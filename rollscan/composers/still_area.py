"""Owns the still area: a rectangle of a composed frame that shows the live picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..frames import Frame, Source
from ..kinds import Area

Shares = npt.NDArray[np.float32]

_EDGE = 0.05  # of the picture's shorter side: how wide the edge is, around the rectangle


class StillArea:
    """A rectangle that shows the live picture, and around it an edge in which the two are mixed.

    area: left, top, width and height, as fractions of the picture. size: its width and height in
        pixels. Where the rectangle reaches an edge of the picture, it has none there.

    >>> StillArea((0.5, 0, 0.5, 1), (8, 1)).shares(whole=True)[0].tolist()[4:]
    [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, area: Area, size: tuple[int, int]) -> None:
        left, top, width, height = area
        self._size = size
        edge = max(1.0, _EDGE * min(size))
        x = _outside(left, width, size[0], edge)
        y = _outside(top, height, size[1], edge)
        self.where = _extent_of(y < 1), _extent_of(x < 1)
        rows, columns = self.where
        away = np.minimum(np.hypot(y[rows, None], x[None, columns]), 1)
        self._shares: Shares = ((1 - away) ** 2 * (1 + 2 * away)).astype(
            np.float32
        )  # an S without corners

    def shares(self, *, whole: bool = False) -> Shares:
        """The share of the live picture: (h, w), of the part `where`, or (H, W), of all."""
        if not whole:
            return self._shares
        shares: Shares = np.zeros(self._size[::-1], np.float32)
        shares[self.where] = self._shares
        return shares

    def keep(self, picture: Frame, live: Frame) -> None:
        """Mix the live picture into a composed one, which is changed."""
        here = picture[self.where]
        shares = self._shares.reshape(*self._shares.shape, *[1] * (picture.ndim - 2))
        mixed = here + (live[self.where] - here.astype(np.float32)) * shares
        here[:] = np.rint(mixed) if picture.dtype.kind in "iu" else mixed


class KeptSource:
    """Composed frames, as a source, in which a rectangle shows the live picture.

    composed, live: the frames before and after the composition. area: as in StillArea. size: width
    and height in pixels.
    """

    def __init__(self, composed: Source, live: Source, area: Area, size: tuple[int, int]) -> None:
        self._composed, self._live = composed, live
        self._still = StillArea(area, size)

    def __len__(self) -> int:
        return len(self._composed)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` (None: to the end)."""
        for picture, live in zip(
            self._composed.frames(first, stop), self._live.frames(first, stop), strict=True
        ):
            kept = picture.copy()
            self._still.keep(kept, live)
            yield kept


def _outside(first: float, share: float, length: int, edge: float) -> npt.NDArray[Any]:
    """How far each pixel's middle lies outside of an interval, in widths of the edge; 0 inside."""
    middles = np.arange(length) + 0.5
    away = np.maximum(first * length - middles, middles - (first + share) * length)
    outside: npt.NDArray[Any] = np.maximum(away, 0) / edge
    return outside


def _extent_of(is_there: npt.NDArray[np.bool_]) -> slice:
    """The part of a line that has everything that is there."""
    found = np.flatnonzero(is_there)
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)
