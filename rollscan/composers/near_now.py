"""Owns the passage from the live side to history, while a loop dissolves.

Then the live side shows another form of a frame than history, see frames.Dissolve. So that no edge
is seen between them, what is a few frames late shows both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..frames import Frame
from .dissolving import NEAR, Shares, live_shares
from .field import Layer, Value, at, delays, nearest
from .lookup import look_up
from .ring import LookUp, size_of


class NearNow:
    """The live forms of the latest frames, as a layer looks them up where it is a little late.

    They are taken in from the first frame on that dissolves, until NEAR frames after the last one.

    layer, like, smooth: as in lookup.look_up.
    """

    def __init__(self, layer: Layer, like: Frame, *, smooth: bool) -> None:
        self._layer, self._like, self._smooth = layer, like, smooth
        self._look_up: LookUp | None = None
        self._count = self._plain = 0  # frames taken in; the latest of them that do not dissolve

    def restart(self) -> None:
        """Discard all frames."""
        if self._look_up:
            self._look_up.close()
        self._look_up = None

    close = restart

    def take(self, frame: Frame, number: int, *, dissolves: bool) -> None:
        """Take in the next frame's live form. dissolves: whether history takes another form."""
        self._number = number
        self._plain = 0 if dissolves else self._plain + 1
        if self._plain >= NEAR:
            self.restart()
        elif dissolves and not self._look_up:
            self._count = 0
            self._look_up = self._made()
        if self._look_up:
            self._look_up.take(frame, number)
            self._count += 1

    def picture(self) -> tuple[Frame, Shares] | None:
        """The layer made of live forms, and the share of each pixel of it: (H, W); None if none."""
        if not self._look_up:
            return None
        late = delays(self._layer, self._number, size_of(self._like))
        if not self._smooth:
            late = nearest(late).astype(np.float64)
        shares = np.where(late > self._count - 1, 0, live_shares(late))
        return (self._look_up.picture(), shares) if shares.any() else None

    def _made(self) -> LookUp:
        layer = self._layer
        near = Layer(
            delay=self._near(layer.delay),
            y=layer.y,
            x=layer.x,
            follows=layer.follows,
            tall=layer.tall,
            wide=layer.wide,
        )
        return look_up(near, self._like, reach=NEAR, shows_live=False, smooth=self._smooth)

    @staticmethod
    def _near(delay: Value) -> Value:
        """The delay where it is less than NEAR, and elsewhere 0."""

        def of(k: Any) -> npt.NDArray[Any]:
            late = at(delay, k)
            return np.where(late < NEAR, late, 0)

        return of if callable(delay) else of(0)
