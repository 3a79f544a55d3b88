"""Frames to composed frames: a look's effect, and how much history it needs. Knows no files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..frames import Frame
from ..look import Direction, Look, is_fixed
from .between import Between
from .roll import FrameComposer
from .slit import filling_width, frames_to_fill, is_sideways, slit_path
from .smooth import MARGIN

__all__ = ["Between", "FrameComposer", "Roll"]


@dataclass(frozen=True)
class Roll:
    """The roll that a look asks for, in pictures of one size that come at one rate.

    size: width and height in pixels. rate: frames per second.
    """

    look: Look
    size: tuple[int, int]
    rate: float

    @property
    def direction(self) -> Direction:
        """Where history flows."""
        return self.look.direction or "up"

    @property
    def slit_width(self) -> int:
        """Rows taken and rolled per frame."""
        look = self.look
        return filling_width(look.slit_width, look.slit, self.direction, self._length, self.rate)

    @property
    def history(self) -> int:
        """How many frames fill the history, and make it what it will be in the next round."""
        needed = frames_to_fill(self.look.slit, self.slit_width, self.direction, self._length)
        return needed + MARGIN if self.look.smooth else needed

    def of(self, frames: Iterable[Frame], *, period: int, pre_roll: int) -> FrameComposer:
        """The composer of these frames; the first `pre_roll` of them come before frame 0.

        period: frames in which a moving slit comes to its end.
        """
        slit = self.look.slit
        return FrameComposer(
            frames,
            self.rate,
            slit=slit if is_fixed(slit) else slit_path(slit, period),
            direction=self.direction,
            slit_width=self.slit_width,
            pre_roll=pre_roll,
            feather=self.look.feather,
            smooth=self.look.smooth,
        )

    @property
    def _length(self) -> int:
        return self.size[0 if is_sideways(self.direction) else 1]
