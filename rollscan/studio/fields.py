"""Owns the fields for the page: what it looks up to draw composed frames, and what it says of them.

The page has the clip's frames at the size of its preview, and knows no effect. Fields are computed
at the size at which the file is composed, and sampled for the preview.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import numpy as np

from ..checks import check_rate, check_whole
from ..composers.field import Field
from ..composers.rgb import lag_of
from ..effect import Effect, Extent
from ..errors import ArgumentError
from ..look import Look, effect_of, extent_with
from .loops import Played, played
from .sampled_field import MOST, Plane, Sampled

_MOST_SIDE = 16_384  # pixels
_MOST_PIXELS = 1 << 26
_MOST_OF_CAMERA = 2048  # frames of a camera that the page keeps


@dataclass(frozen=True)
class Request:
    """What the page asks for. Raises ArgumentError for a value out of range.

    count: of source frames. size: of the preview, width and height in pixels. composed: the size
    at which the file is composed. first, most: the first frame of a field that moves, and how many
    at most.
    """

    count: int
    size: tuple[int, int]
    composed: tuple[int, int]
    first: int = 0
    most: int = MOST

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Request:
        """The request that the page sends as a JSON object, whose other keys are ignored."""
        given = {each.name: body[each.name] for each in fields(cls) if each.name in body}
        return cls(**{"count": None, "size": None, "composed": None, **given})

    def __post_init__(self) -> None:
        check_whole("count", self.count, least=1)
        for name in ("size", "composed"):
            sides = getattr(self, name)
            if not (isinstance(sides, list | tuple) and len(sides) == 2):
                raise ArgumentError(f"{name} is missing: give [width, height]")
            for side in sides:
                check_whole(name, side, least=1, most=_MOST_SIDE)
            check_whole(f"the pixels of {name}", sides[0] * sides[1], least=1, most=_MOST_PIXELS)
            object.__setattr__(self, name, tuple(sides))
        check_whole("first", self.first, least=0)
        check_whole("most", self.most, least=1)


def field_of_clip(
    body: Mapping[str, Any], rate: Fraction, most: int, read: Callable[[Any], Any]
) -> bytes:
    """The field of a look on a clip, see `answer`. It may be called in any thread.

    body: `settings` of a look, and the parameters of Request. rate, most: frames per second of the
    clip, and how many it has. read: what reads the settings of the page.
    Raises ArgumentError for wrong parameters, such as a count that the clip does not have.
    """
    request, settings = Request.of(body), body.get("settings")
    check_whole("count", request.count, least=1, most=most)
    how = played(read(settings), Look.declared(), request.count, rate)
    return answer(how, request) if how else b""


def field_of_camera(body: Mapping[str, Any], read: Callable[[Any], Any]) -> bytes:
    """The field of a look on the frames of a camera, of which the page keeps the last `count`.

    It is that of a loop of so many frames, since the newest one takes the place of the oldest.
    body: as of a clip; `camera` is its rate, in frames per second.
    """
    rate: Any = body.get("camera")
    check_rate("camera", rate)
    return field_of_clip(body, Fraction(rate), _MOST_OF_CAMERA, read)


def answer(played: Played, request: Request) -> bytes:
    """The field of a look, or a piece of it, as the page reads it; empty where the look has none.

    See `packed` and `Sampled.facts`.
    """
    try:
        return packed(*_answered(played, request))
    except ArgumentError:  # the plan tells the page what is wrong
        return b""


def _answered(played: Played, request: Request) -> tuple[dict[str, Any], list[Plane]]:
    look, count = played.look, request.count
    extent = extent_with(played.loop, request.composed, played.rate, count)
    effect, lag = effect_of(look), lag_of(look.rgb, played.rate, count)
    field = _field_of(effect, extent)
    sampled = Sampled(field or Field(), effect, extent, request.size)
    is_live = field is not None and not effect.to_see() and sampled.can_be_sent
    is_live &= not (lag and sampled.wraps and not extent.cyclic)  # colours do not go round
    if not is_live:
        sampled = Sampled(Field(), effect, extent, request.size)  # the picture of now
    frames = sampled.frames(request.first, request.most)
    planes = list(sampled.planes(frames))
    facts = sampled.facts(frames)
    facts |= {"live": is_live, "lag": lag, "comesTo": effect.comes_to(extent)}
    if 1 not in facts["shape"] and not facts["tracks"]:
        planes = _without_repetition(planes)
        facts["shape"] = planes[0].shape
    return facts, planes


def _without_repetition(planes: list[Plane]) -> list[Plane]:
    """One column of each plane, or one row, if all are alike; or else the planes as they are."""
    for axis in (1, 0):
        if all((plane == plane.take([0], axis)).all() for plane in planes):
            return [plane.take([0], axis) for plane in planes]
    return planes


def packed(facts: Mapping[str, Any], planes: list[Plane]) -> bytes:
    """Facts, as JSON values, and planes, as the page reads them.

    They are the length of a text, as 4 bytes, the text, which is JSON, and the planes as 16-bit
    integers, all in little-endian order.
    """
    text = json.dumps(facts, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    parts = (np.ascontiguousarray(plane, "<i2").tobytes() for plane in planes)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def _field_of(effect: Effect, extent: Extent) -> Field | None:
    """The field of an effect; None if it only has a composer."""
    try:
        return effect.moving_field(extent)
    except NotImplementedError:
        return None
