"""Owns Extent: what an effect may know of the frames that it composes. It imports no NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..path import ValuePath

if TYPE_CHECKING:
    from ..frames import Frame


@dataclass(frozen=True)
class Extent:
    """What an effect may know of the frames that it composes.

    size: width and height in pixels. rate: frames per second. count: the number of source frames.
    first: the source frame with which the loop begins. period: the number of frames after which
    the loop starts over; without a loop, the number of frames. cyclic: whether there is a loop.
    seen: takes the number of a frame, and returns what the survey saw in it, as Effect.to_see says.
        None where nothing was surveyed, as in a plan.

    >>> Extent((64, 48), rate=25, count=50, first=0, period=98, cyclic=True).size
    (64, 48)
    """

    size: tuple[int, int]
    rate: float
    count: int
    first: int
    period: int
    cyclic: bool
    seen: Callable[[int], Frame] | None = field(default=None, compare=False)

    def along(self, value: Any) -> Callable[[float], Any]:
        """The value of a setting as a function of a frame's number, whether it moves or not.

        A path is made to close in a loop, see ValuePath. A function is returned as it is.
        """
        if isinstance(value, ValuePath):
            return value.along(self.period, self.rate, cyclic=self.cyclic)
        return value if callable(value) else lambda _: value
