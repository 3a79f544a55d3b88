"""Owns the effect "swapped": time runs across the picture, and its columns follow in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..composers.slit import eased_path
from ..kinds import Position, position, switch, whole
from ..setting import setting
from . import Effect, Extent
from .fits import to_span
from .shared_settings import smooth_setting

if TYPE_CHECKING:
    from ..composers.field import Field


@dataclass(frozen=True)
class Swapped(Effect):
    """Time for space: a composed frame is one column of the video, through all of the loop.

    Without a loop, the end of the video is followed by its beginning, as in a wrap.

    {settings}

    >>> Swapped(slit=0.5).slit
    0.5
    """

    name: ClassVar[str] = "swapped"
    help: ClassVar[str] = (
        "time and width change places: each frame shows one column of the video at all times, from"
        " left to right, and the next frame shows the next column"
    )
    rank: ClassVar[int] = 21
    usual: ClassVar[float] = 0.015
    reads_once: ClassVar[bool] = True
    followed: ClassVar[tuple[str, ...]] = ("slit",)

    slit: Position = setting(
        (0.1, 0.9, 0.1),
        position(),
        "the columns that are shown one after the other, from 0, the left, to 1, the right",
        fits=to_span,
    )
    drift: int = setting(
        0,
        whole(-8, 8, slider=(-2, 2, 1)),
        "for swapped: how many times all of the time passes through the picture in a loop",
    )
    upright: bool = setting(
        False, switch("rows"), "show rows instead of columns, with time from top to bottom"
    )
    smooth: bool = smooth_setting()

    def field(self, extent: Extent) -> Field:
        """In each frame one column, whose place in the picture is the time at which it was."""
        import numpy as np

        from ..composers.field import Field

        period = extent.period
        length = extent.size[1 if self.upright else 0]
        time = np.arange(length) * (period / length)
        across = np.s_[:, None] if self.upright else np.s_[None, :]
        path = eased_path(self.slit, extent)

        def place(k: int) -> Any:
            return np.full(length, float(path(k)) * (length - 1))[across]

        return Field(
            delay=lambda k: np.mod(k * (1 - self.drift) - time, period)[across],
            y=place if self.upright else None,
            x=None if self.upright else place,
            follows="composed",
            period=period,
        )
