"""Owns the passage from the live side of a roll to its history, while a loop dissolves.

See near_now.py, which does the same for fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..frames import Frame, rounded_as
from .dissolving import live_shares

if TYPE_CHECKING:
    from .frame_composer import Flow


class SlitBetween(Protocol):
    """Makes rows of history that show the slit at moments between frames."""

    def rows(self, previous: int, latest: int, count: int, shown: int) -> Frame:
        """The first rows of history, the one next to the slit first, see SmoothSlit.rows."""


class NearSlit:
    """The rows that left the slit in the latest frames, in their live form.

    rows, numbers: flows like that of the history, which have taken no frame in: of the pictures,
        and of numbers, (H,), that tell of which frame each row is.
    """

    def __init__(self, rows: Flow, numbers: Flow) -> None:
        self._rows, self._numbers = rows, numbers
        self._count = 0
        self._before: Frame | None = None  # a copy of the latest frame, if history is smooth

    def take(self, live: Frame, slit: slice, *, smooth: bool) -> None:
        """Take in a frame, turned so that it rolls along axis 0."""
        between = None
        if smooth:
            between = None if self._before is None else _Blend(self._before, live)
            self._before = live.copy()
        self._count += 1
        self._rows.take(live, slit, between)
        self._numbers.take(np.full(len(live), self._count), slit, None)

    def mix(self, picture: Frame, history: slice) -> None:
        """Mix the rows into a picture whose history is painted, and is in these rows."""
        known = self._rows.history
        first, stop = max(known.start, history.start), min(known.stop, history.stop)
        if first >= stop:
            return
        shares = live_shares(self._count - self._numbers.rolled(slice(first, stop)))
        (near,) = np.nonzero(shares)
        if not len(near):
            return
        rows = slice(first + int(near[0]), first + int(near[-1]) + 1)
        part = shares[near[0] : near[-1] + 1].astype(np.float32)
        part = part.reshape(-1, *[1] * (picture.ndim - 1))
        mixed = self._rows.rolled(rows) * part + picture[rows] * (1 - part)
        picture[rows] = rounded_as(mixed, picture)


class _Blend:
    """The slit between two frames, as a blend of them, which is enough for what dissolves."""

    def __init__(self, before: Frame, after: Frame) -> None:
        self._before, self._after = before, after

    def rows(self, previous: int, latest: int, count: int, shown: int) -> Frame:
        """The first rows of history, the one next to the slit first, see SmoothSlit.rows."""
        ago = np.arange(1, shown + 1) / count
        place = np.rint(latest + (previous - latest) * ago).astype(np.intp)
        share = ago.astype(np.float32).reshape(-1, *[1] * (self._after.ndim - 1))
        blend = self._after[place] * (1 - share) + self._before[place] * share
        return rounded_as(blend, self._after)
