"""A field looked up by its definition, pixel by pixel: what every composer is tested against."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rollscan.composers.field import Field, Layer, at, delays, nearest, places

Frame = npt.NDArray[Any]


def look_up(frames: Frame, k: int, field: Field, *, first: int = 0, lag: int = 0) -> Frame:
    """Composed frame k of (T, H, W, C) frames, of which frames[first] is frame 0.

    lag: how many frames each colour is later than the one before it.
    """
    height, width = frames.shape[1:3]
    picture = _layer(frames, k, field, field, first, lag)
    if field.over:
        over = _layer(frames, k, field.over, field, first, lag)
        share = np.broadcast_to(at(field.share, k), (height, width))[..., None]
        picture = np.where(share > 0, np.rint(over * share + picture * (1 - share)), picture)
    if field.shade is not None:
        shade = np.broadcast_to(at(field.shade, k), (height, width))[..., None]
        picture = np.rint(picture * shade)
    if field.line is not None:
        line = np.broadcast_to(at(field.line, k), (height, width))[..., None]
        picture = np.where(line, field.colour, picture)
    return picture.astype(frames.dtype)


def _layer(frames: Frame, k: int, layer: Layer, field: Field, first: int, lag: int) -> Frame:
    height, width, channels = frames.shape[1:]
    late = delays(layer, k, (width, height))
    j = k - nearest(late)  # the source frame of each pixel
    is_before = j < -first
    j = np.where(is_before, k if field.before == "live" else -first, j)
    picture = np.empty((height, width, channels), frames.dtype)
    tall, wide = (np.broadcast_to(side, (height, width)) for side in (layer.tall, layer.wide))
    followed = {
        "source": lambda j: j,
        "composed": lambda j: k,
        "moment": lambda j: j + nearest(late) - late,
    }
    looked_up = {
        number: [
            np.broadcast_to(place, (height, width))
            for place in places(layer, followed[layer.follows](number), (width, height))
        ]
        for number in set(j.ravel().tolist())
    }
    for row, column in np.ndindex(height, width):
        here = row, column
        number = int(j[here])
        y, x = (place[here] for place in looked_up[number])
        taken: Any = np.ix_(_box(y, tall[here], height), _box(x, wide[here], width))
        if is_before[row, column] and field.before == "live":
            taken = here
        for channel in range(channels):
            moment = max(0, first + number - lag * channel)
            mean = frames[moment, ..., channel][taken].mean()
            picture[row, column, channel] = np.floor(mean + 0.5) if mean % 1 else mean
    return picture


def _box(place: float, side: int, length: int) -> npt.NDArray[np.intp]:
    """The rows or columns around a place, limited to the picture."""
    first = nearest(np.asarray(place - (side - 1) / 2))
    return np.clip(first + np.arange(side), 0, length - 1)
