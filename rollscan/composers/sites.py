"""Owns the sites of a layer: the different places that it looks up in each source frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..frames import Frame
from .box_mean import Boxes, Places
from .field import Floats, Layer, Whole, at, boxes, nearest, places

STEP = 0.5  # pixels between the places of a slit, if it is smooth


@dataclass(frozen=True)
class Sites:
    """The different places of a source frame that are looked up, such as those of a slit.

    of: takes the number of a source frame, and returns the rows and the columns of the places, two
    arrays, in pixels. boxes: of the places, of which each site is the mean. which: the site that
    each pixel of the composed frame shows, (H, W). count: of the sites.
    """

    of: Callable[[int], tuple[Places, Places]]
    boxes: Boxes
    which: Whole
    count: int


def sites_of(layer: Layer, late: Floats, size: tuple[int, int], *, smooth: bool) -> Sites | None:
    """The sites of a layer; None if every pixel shows its own place, or if they cannot be known.

    late: the delay of each pixel in frames, (H, W). size: width and height in pixels.
    smooth: whether places are to be rounded to STEP, and moments between frames are looked up.
    """
    if (layer.y is None and layer.x is None) or (callable(layer.y) and callable(layer.x)):
        return None
    around, step = boxes_of(layer, size), STEP if smooth else 1
    first = first_places(*places(layer, 0, size), around, size)
    y, x = (nearest(place / step) for place in first)  # places are rounded to multiples of step
    kind = around.tall * (size[0] + 1) + around.wide
    if not (callable(layer.y) or callable(layer.x)):
        found, which = _different(kind, y, x)
        around = around.some(found)
        still = around.samples(y[found] * step, x[found] * step, size)
        return Sites(lambda _: still, around, which.reshape(late.shape), len(found))
    # One coordinate moves. If it has few values, few places of each frame are looked up.
    moving, along, sides, length = (
        (layer.x, y, around.wide, size[0])
        if callable(layer.x)
        else (layer.y, x, around.tall, size[1])
    )
    assert moving is not None
    rest = np.zeros_like(late) if smooth else late - nearest(late)
    if layer.follows == "moment":
        rests, chosen = np.unique(rest, return_inverse=True)
        chosen = chosen.ravel()
    elif np.size(at(moving, 0)) == 1:
        rests, chosen = np.zeros(1), np.zeros(late.size, np.intp)
    else:
        return None
    found, which = _different(kind, chosen, along)
    around, chosen, fixed = around.some(found), chosen[found], along[found] * step
    half = (sides[found] - 1) / 2

    def of(number: int) -> tuple[Places, Places]:
        values = at(moving, number - rests if layer.follows == "moment" else number)
        moved = np.clip(np.ravel(values), 0, length - 1)[chosen] - half
        y, x = (fixed, moved) if callable(layer.x) else (moved, fixed)
        return around.samples(y, x, size)

    return Sites(of, around, which.reshape(late.shape), len(found))


def boxes_of(layer: Layer, size: tuple[int, int]) -> Boxes:
    """The boxes of which the pixels of a layer show the mean, row by row."""
    sides = boxes(layer, size)
    if np.size(layer.tall) == np.size(layer.wide) == 1:  # one number for all, which takes no memory
        tall, wide = (np.broadcast_to(side[0, 0], side.size) for side in sides)
        return Boxes(tall, wide)
    return Boxes(*(side.ravel() for side in sides))


def first_places(
    y: Places, x: Places, around: Boxes, size: tuple[int, int]
) -> tuple[Places, Places]:
    """The row and the column of the first place in the box around each place, row by row: (n,)."""
    y, x = (np.broadcast_to(place, size[::-1]).ravel() for place in (y, x))
    return y - (around.tall - 1) / 2, x - (around.wide - 1) / 2


def still_means(layer: Layer, size: tuple[int, int]) -> Callable[[Frame], Frame] | None:
    """What makes of a frame one in which each pixel is the mean that the layer shows there.

    None if it shows single pixels, or places that move.
    """
    around = boxes_of(layer, size)
    if around.are_single or callable(layer.y) or callable(layer.x):
        return None
    y, x = first_places(*places(layer, 0, size), around, size)
    samples = around.samples(nearest(y), nearest(x), size)
    return lambda frame: around.means(taken(frame, *samples)).reshape(frame.shape)


def taken(frame: Frame, y: Floats, x: Floats) -> Frame:
    """The nearest pixels of a frame to places in it: (n, ...)."""
    pixels = frame.reshape(-1, *frame.shape[2:])
    found: Frame = np.take(pixels, nearest(y) * frame.shape[1] + nearest(x), axis=0)
    return found


def _different(*values: Whole) -> tuple[Whole, Whole]:
    """Where the different ones of several values together are found first, and which each is."""
    key = np.zeros(1, np.intp)
    for each in values:
        key = key * (int(each.max() - each.min()) + 1) + (each - each.min())
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return first, which
