"""The rules by which settings suit a clip. A setting declares its rule: setting(…, fits=to_pace).

A rule takes the value that the look has and a Fitting, and returns the value that suits the clip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..checks import has_opencv
from ..composers.directions import FLOWS
from ..composers.slit import FILL_SECONDS
from ..kinds import is_fixed

if TYPE_CHECKING:
    from ..loop.moving import Moving
    from . import Effect, Extent

_ROOM = 0.4  # of the picture, on each side of the slit that history flows over
_EDGE = 0.15  # of the picture, on a side that stays live
_LEAST_PACE, _MOST_PACE = 0.6, 3.0  # what delays are multiplied by
_SMALLEST = 0.4  # of the usual height: something smaller needs no longer delays than this
_MOST_DEPTH = 4.0  # what the depth of a displacement is multiplied by
_WIDER = 1.5  # times as wide as high: what moves goes across
_INNER, _OUTER = 0.25, 0.75  # the bounds of a centre, as fractions of the width and the height
_ENCLOSED = 0.5  # of the motion: what a ring encloses, so that it cuts the subject
_LEAST_RING, _MOST_RING = 0.35, 0.7


@dataclass(frozen=True)
class Fitting:
    """What a rule may know: what moves in the clip, its extent, and the effect.

    The effect has the settings that are declared before the one that is fitted as they are fitted.
    """

    moving: Moving
    extent: Extent
    effect: Effect


Rule = Callable[[Any, Fitting], Any]


def to_pace(seconds: float, to: Fitting) -> float:
    """A delay: the longer, the more slowly things move."""
    return _rounded(seconds * _pace(to))


def to_size(seconds: float, to: Fitting) -> float:
    """The delay from one side of the picture to the other. 0 stays.

    It is the longer, the more slowly things move, and the smaller they are.
    """
    small = 1 / min(max(to.moving.height, _SMALLEST), 1)
    return _rounded(seconds * min(_pace(to) * small, _MOST_DEPTH))


def to_half_pace(seconds: float, to: Fitting) -> float:
    """A delay of what streams by, which is less sensitive to how fast things move."""
    return _rounded(seconds * float(_pace(to) ** 0.5))


def to_centre(_: Any, to: Fitting) -> tuple[float, float]:
    """The middle of what moves, away from the edges."""
    x, y = (min(max(each, _INNER), _OUTER) for each in to.moving.centre)
    return _rounded(x), _rounded(y)


def to_radius(ring: float, to: Fitting) -> float:
    """The radius of a ring round the effect's centre that cuts what moves."""
    reach = to.moving.radius(to.effect.centre, _ENCLOSED)  # type: ignore[attr-defined]
    return _rounded(min(max(reach, _LEAST_RING), _MOST_RING)) if reach else ring


def to_most_crossed(slit: Any, to: Fitting) -> Any:
    """A slit that stands: where most crosses it, with room for history on its side."""
    if not is_fixed(slit):
        return slit
    effect: Any = to.effect
    flows = FLOWS[effect.flow]
    least = _ROOM if True in flows else _EDGE
    most = 1 - (_ROOM if False in flows else _EDGE)
    return _rounded(to.moving.most_crossed(least, most, slit, across=effect.is_sideways))


def to_span(slit: Any, to: Fitting) -> Any:
    """A slit that goes there and back: over what moves."""
    if callable(slit) or is_fixed(slit) or len(slit) != 3 or slit[0] != slit[-1]:
        return slit
    upright = getattr(to.effect, "upright", False)
    first, last = (_rounded(each) for each in to.moving.span(across=not upright))
    return first, last, first


def to_fill(width: Any, to: Fitting) -> Any:
    """A slit width of "auto": history fills its side in the more time, the slower things move."""
    if width != "auto":
        return width
    effect: Any = to.effect
    return effect.width_to_fill(to.extent, to_half_pace(FILL_SECONDS, to))


def to_packages(smooth: bool, _: Fitting) -> bool:
    """Smooth where OpenCV is installed."""
    return smooth or has_opencv()


def to_way(direction: Any, to: Fitting) -> Any:
    """The direction of a line, if none is given: along the way of what goes across the picture."""
    if direction is not None:
        return direction
    spans = (to.moving.span(across=across) for across in (True, False))
    wide, high = (last - first for first, last in spans)
    return "right" if wide > _WIDER * high else None


def _pace(to: Fitting) -> float:
    """What delays are multiplied by."""
    return min(max(to.moving.pace, _LEAST_PACE), _MOST_PACE)


def _rounded(value: float) -> float:
    return round(value, 2)
