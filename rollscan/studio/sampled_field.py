"""Owns a field as the page is sent it: its planes, sampled at the size of the preview."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..composers.field import (
    LIVE,
    Field,
    Floats,
    Layer,
    Whole,
    at,
    delays,
    looked_up,
    nearest,
)
from ..effect import Effect, Extent

SHARES = 32767  # stands for a share of 1
MOST = 32767  # of the numbers sent
_PIECE = 192 << 10  # bytes of a piece of a field that moves
_MOST_TRACKS = 64  # places that move, of a plane

Plane = npt.NDArray[np.int16]
Ends = tuple[float, float]


@dataclass(frozen=True)
class _Track:
    """Places that move with the source frame: each pixel has one of a few.

    values: takes the number of a source frame, and returns the places, rows or columns: (n,).
    which: the index of the one that each pixel has, an array that broadcasts to (H, W).
    """

    values: Callable[[int], Floats]
    which: Whole


class Sampled:
    """A field that is sampled for the preview, whose width and height in pixels are `size`."""

    def __init__(self, field: Field, effect: Effect, extent: Extent, size: tuple[int, int]) -> None:
        self._field, self._effect, self._extent = field, effect, extent
        self._made, self._size = extent.size, size

    @property
    def can_be_sent(self) -> bool:
        """Whether the field stands still, or each row, or each column, is alike in itself."""
        return not self._moves or 1 in self._spread

    @property
    def wraps(self) -> bool:
        """Whether delays go round the loop, as of a field that has a period."""
        return self._field.period is not None

    @property
    def total(self) -> int:
        """How many frames the field has; source frames if the loop is made of composed ones."""
        looped = self._effect.loops_composed
        return self._extent.count if looped else self._extent.period

    def frames(self, first: int, most: int) -> range:
        """The frames to send: one if the field stands still; of one that moves, a piece."""
        if not self._moves:
            return range(1)
        first = min(first, self.total - 1)
        each = sum(plane.nbytes for plane in self._drawn(first))
        return range(first, min(self.total, first + min(most, max(1, _PIECE // each))))

    def facts(self, frames: range) -> dict[str, Any]:
        """What the page has to know to draw these frames, as JSON values by name.

        moves: whether the field moves. total: see `total`. first, count: the frames sent. planes:
        the names of what is sent of each of them, in this order. shape: of each plane, (1, W) if
        all pixels of a column are alike, (H, 1) if all of a row are. tracks: for each place that
        is one of several that move, how many there are; their planes follow those of the frames,
        each with one row for each frame of the field. before: see Field. reach: the greatest delay
        in frames. colour: of the line; None if there is none. sideways: whether the slit is a
        column. slit: where it is, for each frame sent, or as one item if it does not move; None if
        there is none. outer: whether the loop is made of composed frames. hasLive: see Field.
        wraps: see `wraps`.
        """
        field = self._field
        return {
            "moves": self._moves,
            "total": self.total,
            "first": frames.start,
            "count": len(frames),
            "planes": self._names,
            "shape": self._shape,
            "tracks": {name: np.size(track.values(0)) for name, track in self._tracks.items()},
            "before": field.before,
            "reach": field.history,
            "colour": None if field.line is None else field.colour,
            "sideways": self._effect.is_sideways,
            "slit": self._slit(frames),
            "outer": self._effect.loops_composed,
            "hasLive": field.has_live,
            "wraps": self.wraps,
        }

    def planes(self, frames: range) -> Iterator[Plane]:
        """The planes of the frames, and after them the tracks."""
        for k in frames:
            yield from self._drawn(k)
        for name, track in self._tracks.items():
            axis = _axis(name)
            most = self._made[1 - axis] - 1
            table = np.array([np.clip(track.values(j), 0, most) for j in range(self.total)])
            yield self._scaled(nearest(table), axis).astype(np.int16)

    def _slit(self, frames: range) -> list[Ends] | None:
        place = self._effect.slit_at(self._extent)
        if not place:
            return None
        ends = [place(k) for k in (frames if self._moves else range(self.total))]
        ends = [(round(start, 5), round(stop, 5)) for start, stop in ends]
        return ends[:1] if not self._moves and len(set(ends)) == 1 else ends

    # What the field consists of

    @property
    def _layers(self) -> dict[str, Layer]:
        """The layers whose look-ups are sent, by the prefix of their planes."""
        over = self._field.over
        if over is None or over is LIVE:
            return {"": self._field}
        return {"": self._field, "over_": over}

    @cached_property
    def _tracks(self) -> dict[str, _Track]:
        """The places that are one of a few that move with the source frame, by their plane."""
        found = {}
        for prefix, layer in self._layers.items():
            if layer.follows == "composed" or callable(layer.delay):
                continue
            for name in ("y", "x"):
                track = _track(getattr(layer, name), layer, self._made)
                if track:
                    found[prefix + name] = track
        return found

    @cached_property
    def _values(self) -> dict[str, Any]:
        """What the planes are made of, by name, tracks by the index of each pixel's place."""
        field = self._field
        found = {
            prefix + name: getattr(layer, name)
            for prefix, layer in self._layers.items()
            for name in ("delay", "y", "x")
        }
        found |= {name: track.which for name, track in self._tracks.items()}
        found["share"] = field.share if field.over is not None else None
        found |= {"shade": field.shade, "line": field.line}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def _names(self) -> list[str]:
        return [name for name in self._values if name != "line"]  # see _drawn

    @cached_property
    def _moves(self) -> bool:
        return any(callable(value) for value in self._values.values())

    @cached_property
    def _spread(self) -> tuple[int, int]:
        """The shape of the arrays at the size of the file: (H, 1), (1, W) or (H, W)."""
        width, height = self._made
        shapes = [np.shape(at(value, 0)) for value in self._values.values()]
        tall, wide = np.broadcast_shapes((1, 1), *shapes)
        return (height if tall > 1 or wide == 1 else 1), (width if wide > 1 else 1)

    @property
    def _shape(self) -> tuple[int, int]:
        """The shape of the planes."""
        width, height = self._size
        tall, wide = self._spread
        return (height if tall > 1 or wide == 1 else 1), (width if wide > 1 else 1)

    # What is sent of it

    def _drawn(self, k: int) -> Iterator[Plane]:
        """The planes of frame k. Where its line is, the delay is -1."""
        for name in self._names:
            plane = self._sampled(self._plane(name, k))
            if name == "delay" and self._field.line is not None:
                plane = np.where(self._sampled(at(self._field.line, k)), -1, plane)
            yield plane.astype(np.int16)

    def _plane(self, name: str, k: int) -> Whole:
        """A plane at the size of the file."""
        prefix = "over_" if name.startswith("over_") else ""
        if name in ("share", "shade"):
            shares: Whole = np.rint(np.clip(at(self._values[name], k), 0, 1) * SHARES).astype(int)
            return shares
        if name in self._tracks:
            return self._tracks[name].which
        layer = self._layers[prefix]
        tall, wide = self._spread
        late = delays(layer, k, self._made)[:tall, :wide]
        if name == f"{prefix}delay":
            return nearest(late).clip(0, MOST)
        axis = _axis(name)
        has_earlier = (self._extent.cyclic or self.wraps) and not self._effect.loops_composed
        first = k - int(nearest(late).max()) if has_earlier else 0
        return self._scaled(nearest(looked_up(layer, axis, late, k, self._made, first)), axis)

    def _scaled(self, places: Whole, axis: Literal[0, 1]) -> Whole:
        """Rows (axis 0) or columns (axis 1) of the file, as those of the preview."""
        made, shown = self._made[1 - axis], self._size[1 - axis]
        return (2 * places + 1) * shown // (2 * made)

    def _sampled(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values at the size of the file, as those of the preview."""
        values = np.broadcast_to(values, self._spread)
        for axis, length in enumerate(self._shape):
            if length > 1:
                made = self._made[1 - axis]
                values = values.take((2 * np.arange(length) + 1) * made // (2 * length), axis)
        return np.broadcast_to(values, self._shape)


def _axis(name: str) -> Literal[0, 1]:
    return 0 if name.endswith("y") else 1


def _track(place: Any, layer: Layer, size: tuple[int, int]) -> _Track | None:
    """A place that moves, as one of a few; None if it stands still, or has many."""
    if not callable(place) or np.size(place(0)) > 1:
        return None
    if layer.follows == "source":
        return _Track(lambda number: np.ravel(place(number)), np.zeros((1, 1), int))
    late = delays(layer, 0, size)
    rests, which = np.unique(late - nearest(late), return_inverse=True)
    if len(rests) > _MOST_TRACKS:
        return None
    return _Track(lambda number: np.ravel(place(number - rests)), which.reshape(late.shape))
