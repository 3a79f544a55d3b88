"""Owns the field of settings that move: in each frame it is another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from .field import LIVE, Field, Layer, Value, at, delays, looked_up

if TYPE_CHECKING:
    from .extent import Extent


def field_of_frames(of: Callable[[int], Field], telling: Iterable[int], extent: Extent) -> Field:
    """The field that in frame k is `of(k)`.

    telling: frames of which one has the greatest delay; a longer one is limited to that. The fields
    have the same parts. Each pixel shows a single one, not the mean of several.
    """
    frame = lru_cache(maxsize=1)(of)
    first = frame(0)
    reach = None
    if first.period is None:
        reach = min(max(frame(k).history for k in telling), extent.period)

    def late(n: int, k: int) -> npt.NDArray[Any]:
        found = at(frame(k).layers[n].delay, k)
        return found if reach is None else np.minimum(found, reach)

    def place(n: int, axis: Literal[0, 1], k: int) -> npt.NDArray[Any]:
        layer = frame(k).layers[n]
        value = (layer.y, layer.x)[axis]
        if value is not None and (layer.follows == "composed" or not callable(value)):
            return at(value, k)
        earliest = k - extent.period if extent.cyclic else 0
        return looked_up(layer, axis, delays(layer, k, extent.size), k, extent.size, earliest)

    def layer(n: int) -> dict[str, Any]:
        """The parts of a layer."""
        given = first.layers[n]
        return {
            "delay": partial(late, n),
            "y": None if given.y is None else partial(place, n, 0),
            "x": None if given.x is None else partial(place, n, 1),
            "follows": "composed",
        }

    def part(name: str) -> Value:
        return lambda k: at(getattr(frame(k), name), k)

    over = first.over
    return replace(
        first,
        **layer(0),
        tall=1,
        wide=1,
        over=over if over is None or over is LIVE else Layer(**layer(1)),
        share=0 if over is None else part("share"),
        shade=None if first.shade is None else part("shade"),
        line=None if first.line is None else part("line"),
        reach=reach,
    )
