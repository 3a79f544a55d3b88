"""Owns the effect "turning": the cut through space and time sways from a picture to all time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..kinds import movable, optional, point, seconds, switch
from ..setting import setting
from . import Effect, Extent
from .fits import to_centre
from .shared_settings import smooth_setting

if TYPE_CHECKING:
    from ..composers.field import Field


@dataclass(frozen=True)
class Turning(Effect):
    """The turning cut.

    The frames of a loop are a block of width, height and time. A picture is a cut across time. The
    cut turns about an axis, up to where it shows one column through all of the time, and back.
    Without a loop, the end of the video is followed by its beginning, as in a wrap.

    {settings}

    >>> Turning(centre="40%,50%").centre
    (0.4, 0.5)
    """

    name: ClassVar[str] = "turning"
    help: ClassVar[str] = (
        "the picture turns about an upright axis until it shows one column at all times, and turns"
        " back, so that something that spins is unrolled"
    )
    rank: ClassVar[int] = 20
    usual: ClassVar[float] = 0.02
    reads_once: ClassVar[bool] = True

    centre: tuple[float, float] = setting(
        (0.5, 0.5),
        movable(point()),
        "a point on the axis, which stays where it is",
        fits=to_centre,
    )
    depth: float | None = setting(
        None,
        movable(optional(seconds(slider=(0.05, 10, 0.05)), "clip")),
        "seconds from the left edge to the right edge of the turned picture; without this, those"
        " of the loop",
    )
    upright: bool = setting(False, switch("rows"), "turn about a level axis")
    smooth: bool = smooth_setting()

    def field(self, extent: Extent) -> Field:
        """Each column one of a source frame: cos(angle) from the axis, sin(angle) in time."""
        import numpy as np

        from ..composers.field import Field

        period = extent.period
        length = extent.size[1 if self.upright else 0]
        axis = self.centre[1 if self.upright else 0] * (length - 1)
        away = np.arange(length) - axis
        late = away * ((self.depth * extent.rate if self.depth else period) / length)
        across = np.s_[:, None] if self.upright else np.s_[None, :]

        def angle(k: int) -> float:
            return float(np.pi / 4 * (1 - np.cos(2 * np.pi * k / period)))

        def place(k: int) -> Any:
            return (axis + np.cos(angle(k)) * away)[across]

        return Field(
            delay=lambda k: np.mod(-np.sin(angle(k)) * late, period)[across],
            y=place if self.upright else None,
            x=None if self.upright else place,
            follows="composed",
            period=period,
        )
