"""Owns the masks for the page: which of its pixels are live, and when they switch in a dissolve.

They depend on the frames of the preview, which the page has, and on the settings of a look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks import check_whole
from ..composers.dissolving import NEAR
from ..composers.still_area import StillArea
from ..frames import Picture
from ..loop.switch import switch_of
from .fields import packed
from .loops import Played
from .sampled_field import SHARES, Plane

MOMENT = 128  # stands for one frame
_MOST = 32767 / MOMENT  # frames

Read = Callable[[int], Picture]


@dataclass(frozen=True)
class Request:
    """What the page asks for. Raises ArgumentError for a value out of range.

    count: of the frames that are composed. first: the one of the preview with which they begin.
    """

    count: int
    first: int

    @classmethod
    def of(cls, body: Mapping[str, Any], most: int) -> Request:
        """The request that the page sends as a JSON object. most: frames that the preview has."""
        count, first = body.get("count"), body.get("first")
        check_whole("count", count, least=1, most=most)
        check_whole("first", first, least=0, most=most - int(count or 0))
        return cls(int(count or 0), int(first or 0))


def answer(played: Played, request: Request, size: tuple[int, int], read: Read) -> bytes:
    """The masks of a look, as the page reads them, see fields.packed.

    size: of the preview, width and height in pixels. read: takes the number of one of its frames,
    and returns it.

    The facts have for `switch` the first frame of the loop that dissolves and how many frames a
    pixel takes to switch, and how many frames late history is `near`; for `still` whether there is
    a still area. The planes are those of the facts that are not None, (H, W), in this order: the
    moments at which pixels switch, in frames / MOMENT after the first one that dissolves; and the
    shares of the live picture, of SHARES.
    """
    facts: dict[str, Any] = {"switch": None, "still": None, "near": NEAR, "moment": MOMENT}
    planes: list[Plane] = []
    table = played.loop.table(request.count, played.rate)
    dissolve = played.loop.dissolve(request.count, played.rate)
    if 0 < len(dissolve) < _MOST:
        switch = switch_of(
            (read(request.first + table.under[k]), read(request.first + table.over[k]))
            for k in dissolve
        )
        facts["switch"] = [dissolve.start, switch.softness]
        planes.append(np.rint(switch.moments * MOMENT).astype(np.int16))
    if played.look.still_area:
        still = StillArea(played.look.still_area, size).shares(whole=True)
        facts["still"] = True
        planes.append(np.rint(still * SHARES).astype(np.int16))
    return packed(facts, planes)
