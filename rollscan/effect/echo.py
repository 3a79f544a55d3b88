"""Owns the effect "echo": the subject of now, and of each step before, in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..errors import ArgumentError
from ..kinds import choice, seconds, whole
from ..setting import setting
from . import Effect, Extent
from .fits import to_pace

if TYPE_CHECKING:
    from ..composers.field import Field

_NOW, _OLDEST = "now", "oldest"
_MASK_BYTES = 2**24  # of masks that are remembered, as each is used for several moments


@dataclass(frozen=True)
class Echo(Effect):
    """Chronophotography, as by Marey: what moves before a camera that stands, at several moments.

    The subjects are cut out by the masks of a survey, and laid over the live picture.

    {settings}

    >>> Echo(step="0.2s").step
    0.2
    """

    name: ClassVar[str] = "echo"
    help: ClassVar[str] = (
        "things that move in front of a camera that stands still are seen at several moments at"
        " once, as in Marey's chronophotographs"
    )
    rank: ClassVar[int] = 22
    usual: ClassVar[float] = 0.08
    sees: ClassVar[Literal["subject"] | None] = "subject"

    step: float = setting(
        0.4,
        seconds(slider=(0.04, 2, 0.02)),
        "for echo: seconds from one moment to the one before it",
        fits=to_pace,
    )
    count: int = setting(
        6, whole(1, 48, slider=(1, 16, 1)), "for echo: how many moments are seen besides now"
    )
    order: str = setting(
        _NOW,
        choice(_NOW, _OLDEST, labels={_NOW: "now on top", _OLDEST: "oldest on top"}),
        "which moment is on top where subjects overlap",
    )

    def lags(self, extent: Extent) -> list[int]:
        """How many frames ago each moment is, the latest one first."""
        step = max(1, round(min(self.step * extent.rate, extent.count)))
        lags = [n * step for n in range(self.count + 1)]
        if extent.cyclic:
            return [lag % extent.period for lag in lags]
        return [lag for lag in lags if lag < extent.count]

    def field(self, extent: Extent) -> Field:
        """Of the moments that are seen at a pixel, the two that count most, see CutOuts.

        Raises ArgumentError, when it is looked up, if the extent has no masks.
        """
        from ..composers.cut_out import CutOuts, scaled_up
        from ..composers.field import Field, Layer

        lags = self.lags(extent)
        from_top = lags if self.order == _NOW else lags[::-1]

        @lru_cache(maxsize=_MASK_BYTES // (extent.size[0] * extent.size[1]))
        def mask(k: int) -> Any:
            if extent.seen is None:
                raise ArgumentError(
                    "effect echo has to see the subject first: compose a video, or a clip"
                )
            return scaled_up(extent.seen(k), extent.size)

        @lru_cache(maxsize=1)
        def cut_outs(k: int) -> CutOuts:
            return CutOuts(((mask(k - lag), lag) for lag in from_top), extent.size)

        return Field(
            delay=lambda k: cut_outs(k).under,
            over=Layer(delay=lambda k: cut_outs(k).over),
            share=lambda k: cut_outs(k).share,
            reach=max(lags),
        )
