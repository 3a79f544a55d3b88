"""Owns the field: which pixel of which source frame each pixel of a composed frame shows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..counting import TOLERANCE
from ..errors import ArgumentError

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
Value = npt.ArrayLike | Callable[[Any], npt.ArrayLike]  # or a function of a frame number


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """A look-up: composed frame k shows, at pixel (r, c), pixel (y, x) of source frame k - delay.

    delay: how many frames ago, 0 or more. Fractions are allowed: without interpolation, the
        nearest frame is shown, and halfway the older one.
    y, x: row and column in the source frame, which may be fractions too, and which are limited to
        the picture; None for the pixel's own row or column.
    follows: the frame of whose number y and x are functions. With "source" it is the frame that is
        looked up, so that a slit can move through the video; with "composed" it is the frame that
        is made, so that the picture as a whole can move. With "moment" they are functions of an
        array of times in frames, each pixel's own: its frame's number less its delay, with the
        fraction that rounding to a whole frame takes away. So a slit that moves fast leaves no
        gaps.
    tall, wide: of how many rows and columns around its place each pixel shows the mean, if that is
        more than 1: where neighbouring pixels show places that are so far apart. They need a delay,
        or places, that stand still.

    Each of the first three is an array that is broadcast to (H, W), or, where it moves, a function
    that returns such an array for the number of a frame. Numbers are counted from the first frame
    shown; those of the pre-roll are negative. In a loop, the functions must repeat with its period.
    Arrays of float32 take half the memory.
    tall and wide are arrays of whole numbers that are broadcast to (H, W).

    >>> Layer(delay=1, x=lambda j: j % 3).is_captured()
    True
    """

    delay: Value = 0
    y: Value | None = None
    x: Value | None = None
    follows: Literal["source", "composed", "moment"] = "source"
    tall: npt.ArrayLike = 1
    wide: npt.ArrayLike = 1

    def is_captured(self) -> bool:
        """Whether delays stand still and places follow the source.

        Then each source frame can be rearranged when it arrives, and kept until it is due.
        """
        moves = callable(self.y) or callable(self.x)
        return not callable(self.delay) and (self.follows != "composed" or not moves)


LIVE = Layer()  # the picture of now


@dataclass(frozen=True, kw_only=True, eq=False)
class Field(Layer):
    """All that an effect does to a picture: a layer, and what lies over it.

    over: a second layer, such as LIVE. share: of the second layer in the sum, from 0 to 1.
    shade: the factor by which the picture is darkened, from 0 to 1; None to leave it as it is.
    line: where a line is drawn, as booleans; None for none. colour: its red, green and blue.
    before: what is shown where a delay reaches before the first frame of a video: that "first"
        frame, or the "live" picture. In a loop there is always an earlier frame.
    reach: the greatest delay, in frames. It has to be given if a delay moves.
    period: the number of frames after which the source starts over, if every column of a composed
        frame is one of a source frame, or every row is (then y is given, and no x). Each frame of
        a period is then kept once, however far the field reaches. None for any other field.
    has_live: whether what is not late is a live picture. If it is not, it is shown as history is
        where a loop dissolves, see frames.Dissolve.

    share, shade and line are arrays or functions as those of a Layer, of the composed frame's
    number.

    >>> Field(delay=[[2, 1, 0]]).history
    2
    """

    over: Layer | None = None
    share: Value = 0
    shade: Value | None = None
    line: Value | None = None
    colour: tuple[int, int, int] = (255, 255, 255)
    before: Literal["first", "live"] = "first"
    reach: int | None = None
    period: int | None = None
    has_live: bool = True

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, the lower one first."""
        return (self,) if self.over is None else (self, self.over)

    @property
    def history(self) -> int:
        """How many frames before a composed frame it needs. Raises ArgumentError if unknown."""
        if self.reach is not None:
            return self.reach
        if self.period is not None:
            return self.period
        if any(callable(layer.delay) for layer in self.layers):
            raise ArgumentError("the field's delay moves, and its reach is not given: give both")
        most = max(float(np.max(layer.delay)) for layer in self.layers)  # type: ignore[arg-type]
        return math.ceil(most - TOLERANCE)


def at(value: Value, number: int | Floats | Whole) -> npt.NDArray[Any]:
    """The array for the frame of this number, or for the times of all pixels."""
    return np.asarray(value(number) if callable(value) else value)


def nearest(values: Floats | Whole) -> Whole:
    """The nearest whole numbers, of frames, rows or columns.

    Halves are rounded up: to the older frame, to the lower row and to the right column.
    """
    whole: Whole
    if values.dtype.kind in "iu":
        whole = values.astype(np.intp, copy=False)
        return whole
    sums = np.asarray(values + (0.5 + TOLERANCE))
    whole = np.floor(sums, out=sums).astype(np.intp)  # in place, as these arrays are large
    return whole


def delays(layer: Layer, number: int, size: tuple[int, int]) -> Floats:
    """The delay of each pixel of composed frame `number`, in frames: (H, W).

    size: width and height in pixels. Raises ArgumentError for delays that are no numbers from 0 on,
    and for an array of another size.
    """
    return _spread("delay", at(layer.delay, number), size, least=0)


def places(
    layer: Layer, number: int | Floats | Whole, size: tuple[int, int]
) -> tuple[Floats, Floats]:
    """The row and the column that each pixel shows: two 2-D arrays that broadcast to (H, W).

    number: of the frame that the layer follows, or the times of all pixels. Raises ArgumentError
    for an array of another size.
    """
    width, height = size
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    y = rows if layer.y is None else _checked("y", at(layer.y, number), size)
    x = columns if layer.x is None else _checked("x", at(layer.x, number), size)
    return np.atleast_2d(np.clip(y, 0, height - 1)), np.atleast_2d(np.clip(x, 0, width - 1))


def boxes(layer: Layer, size: tuple[int, int]) -> tuple[Whole, Whole]:
    """The height and the width of the box of which each pixel shows the mean: two (H, W) arrays."""
    tall, wide = (
        np.broadcast_to(_checked(name, np.asarray(side), size, least=1).astype(np.intp), size[::-1])
        for name, side in (("tall", layer.tall), ("wide", layer.wide))
    )
    return tall, wide


def looked_up(
    layer: Layer,
    axis: Literal[0, 1],
    late: Floats | Whole,
    number: int,
    size: tuple[int, int],
    first: int,
) -> Floats:
    """The row (axis 0) or column (axis 1) that each pixel of composed frame `number` shows.

    late: the delays. size: width and height in pixels. first: the number of the first frame that
    there is, in whose place those before it are taken. The result is 2-D and broadcasts to (H, W).
    """
    if layer.follows == "composed" or not callable((layer.y, layer.x)[axis]):
        return places(layer, number, size)[axis]
    lags = nearest(late)
    if layer.follows == "moment":
        return places(layer, np.maximum(number - lags, first) - (late - lags), size)[axis]
    # The frames that are looked up have places of their own.
    found = {
        lag: places(layer, max(number - int(lag), first), size)[axis] for lag in np.unique(lags)
    }
    shape = np.broadcast_shapes(late.shape, *(place.shape for place in found.values()))
    lags, result = np.broadcast_to(lags, shape), np.empty(shape)
    for lag, place in found.items():
        here = lags == lag
        result[here] = np.broadcast_to(place, shape)[here]
    return result


def _spread(
    name: str, values: npt.NDArray[Any], size: tuple[int, int], *, least: float = -math.inf
) -> Floats:
    """The values broadcast to (H, W)."""
    return np.broadcast_to(_checked(name, values, size, least=least), size[::-1])


def _checked(
    name: str, values: npt.NDArray[Any], size: tuple[int, int], *, least: float = -math.inf
) -> Floats:
    shape = size[::-1]
    try:
        floats = values if values.dtype == np.float32 else values.astype(np.float64, copy=False)
        np.broadcast_to(floats, shape)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"the field's {name} is {values.dtype} {values.shape}: give numbers that broadcast to"
            f" {shape}, the height and the width"
        ) from None
    if not (np.isfinite(floats).all() and floats.min() >= least - TOLERANCE):
        raise ArgumentError(
            f"the field's {name} goes from {floats.min()} to {floats.max()}: give finite numbers"
            + (f" from {least:g} on" if math.isfinite(least) else "")
        )
    return floats
