"""Owns the effect "clock": each pixel is as late as a hand says that goes round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..counting import TOLERANCE, whole_ceil
from ..kinds import movable, optional, seconds, turns, whole
from ..setting import setting
from . import Effect, Extent
from .shared_settings import centre_setting, smooth_setting

if TYPE_CHECKING:
    from ..composers.field import Field

_USUAL = 3.0  # seconds that once round takes, if it need not be a whole loop


@dataclass(frozen=True)
class Clock(Effect):
    """Delay by the angle round the centre, clockwise from noon, or since a hand went by.

    In a loop, once round is a whole number of periods late, which is the same moment, so that
    noon shows no seam. Where that is not so, the delay grows up to half past and shrinks again.

    {settings}

    >>> Clock(twist=0.5).twist
    0.5
    """

    name: ClassVar[str] = "clock"
    help: ClassVar[str] = "the delay grows clockwise round the centre"
    rank: ClassVar[int] = 5

    depth: float | None = setting(
        None,
        movable(optional(seconds(slider=(0.05, 10, 0.05)), "clip")),
        "seconds for once round; without this, those of the loop, or 3 without a loop or with"
        " --hands",
    )
    twist: float = setting(
        0.0,
        movable(turns(slider=(-3, 3, 0.05))),
        "for clock: turns by which the delays are wound up from the centre to the corners",
    )
    hands: int = setting(
        0,
        whole(0, 12, slider=(0, 6, 1)),
        "for clock: hands that go round and leave the picture behind them as it was when they"
        " passed. With 0 there are none, and all of the clock moves",
    )
    centre: tuple[float, float] = centre_setting()
    smooth: bool = smooth_setting()

    def field(self, extent: Extent) -> Field:
        """Each pixel in its own place."""
        import numpy as np

        from ..composers.field import Field
        from ..composers.geometry import folded, grid, polar, within

        radius, angle = polar(*grid(extent.size, self.centre))
        angle = (angle + self.twist * radius / max(radius.max(), 1)) % 1
        around = self._around(extent)
        if self.hands:
            return self._swept(angle, around / self.hands)
        is_closed = extent.cyclic and around % extent.period == 0
        share = angle if is_closed else folded(2 * angle, 1)
        return Field(delay=within(np.asarray(share * around), extent))

    def _around(self, extent: Extent) -> float:
        """How many frames once round takes."""
        usual = extent.period if extent.cyclic and not self.hands else _USUAL * extent.rate
        around = usual if self.depth is None else self.depth * extent.rate
        if not (self.hands and extent.cyclic):
            return around
        # Hands come round in the loop. One that did so once would always leave the same picture.
        return extent.period / max(2 if self.hands == 1 else 1, round(extent.period / around))

    def _swept(self, angle: Any, step: float) -> Field:
        """Each pixel as it was when one of the hands, which come by every `step` frames, did."""
        import numpy as np

        from ..composers.field import Field

        # A hand that is there now must not be taken for one that was a step ago.
        passed = angle * self.hands % 1 * step - TOLERANCE

        def late(k: int) -> Any:
            return np.maximum((k - passed) % step - TOLERANCE, 0)

        return Field(delay=late, reach=whole_ceil(step))
