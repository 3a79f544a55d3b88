"""Owns the effect "scan": a line sweeps over the picture and freezes it behind the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..composers.directions import SWEEPS, Direction, is_sideways
from ..counting import whole_ceil
from ..kinds import choice, colour, colour_of, optional, seconds
from ..setting import setting
from . import Effect, Extent
from .fits import to_way

if TYPE_CHECKING:
    from ..composers.composer import Composer
    from ..composers.field import Field
    from ..frames import Frame, Source


_USUAL: Direction = "down"


@dataclass(frozen=True)
class Scan(Effect):
    """The scan. See LineScanner. A loop is made of the composed frames, not of the source frames.

    So in a boomerang, the line moves back and unfreezes the picture; a crossfade dissolves the
    frozen picture into the next sweep; and in other loops, the sweep starts over.

    {settings}

    >>> Scan(direction="left", sweep="2s").sweep
    2.0
    """

    name: ClassVar[str] = "scan"
    help: ClassVar[str] = (
        "a line sweeps over the picture, and behind it the picture stays as it was when the line"
        " passed"
    )
    rank: ClassVar[int] = 2
    usual: ClassVar[float] = 0.01
    loops_composed: ClassVar[bool] = True

    direction: Direction | None = setting(
        None,
        optional(choice(*SWEEPS, why="a scan has a line"), usual=_USUAL),
        "which way the line moves; default down",
        fits=to_way,
    )
    sweep: float | None = setting(
        None,
        optional(seconds(slider=(0.2, 10, 0.1)), "clip"),
        "for scan: seconds in which the line crosses the picture (default: those of the clip)",
    )
    line: str | None = setting(
        None, optional(colour()), "for scan: draw the line in this colour, such as red or #ff0000"
    )

    @property
    def is_sideways(self) -> bool:
        """Whether the line is a column."""
        return is_sideways(self._towards)

    @property
    def _towards(self) -> Direction:
        """Where the line moves."""
        return self.direction or _USUAL

    def comes_to(self, extent: Extent) -> Mapping[str, Any]:
        """The direction, and the seconds that a sweep takes."""
        return {"direction": self._towards, "sweep": self._seconds(extent)}

    def slit_at(self, extent: Extent) -> Callable[[int], tuple[float, float]]:
        """Where the line is in a frame."""
        from ..composers.line_scanner import rows_passed

        length, steps = self._length(extent), self._seconds(extent) * extent.rate

        def span(k: int) -> tuple[float, float]:
            passed = rows_passed(k, length, steps) / length
            place = 1 - passed if self._towards in ("up", "left") else passed
            return place, place

        return span

    def history(self, extent: Extent) -> int:
        """No frames, as every sweep begins with a live picture."""
        return 0

    def full(self, extent: Extent) -> int:
        """The number of the first frame of the loop in which the whole picture is frozen."""
        last = whole_ceil(self._seconds(extent) * extent.rate) - 1
        return max(0, last - extent.first)

    def field(self, extent: Extent) -> Field:
        """Rows that the line has passed are as late as it passed them; the others are live."""
        import numpy as np

        from ..composers.field import Field
        from ..composers.line_scanner import line_thickness, rows_passed

        length = self._length(extent)
        steps = self._seconds(extent) * extent.rate
        count = min(whole_ceil(steps), extent.count)
        passed = np.array([rows_passed(number, length, steps) for number in range(count)])
        # The frame in which each row freezes, by the row's distance from where the line begins.
        frozen = np.searchsorted(passed, np.arange(length), side="right")
        frozen[frozen == count] = extent.count
        thickness = line_thickness(length)

        def oriented(rows: Any) -> Any:
            rows = rows[::-1] if self._towards in ("up", "left") else rows
            return rows[None, :] if self.is_sideways else rows[:, None]

        def line(k: int) -> Any:
            rows = np.arange(length) - rows_passed(k, length, steps)
            return oriented((rows >= 0) & (rows < thickness))

        return Field(
            delay=lambda k: oriented(np.maximum(k - frozen, 0)),
            line=None if self.line is None else line,
            colour=colour_of(self.line or "white"),
            reach=extent.count,
        )

    def looping(self, source: Source, extent: Extent) -> Source:
        """The scan of the source if there is a loop; otherwise the source itself."""
        if not extent.cyclic:
            return source
        from ..composers.line_scanner import Scanned

        return Scanned(
            source,
            extent.rate,
            direction=self._towards,
            seconds=self._seconds(extent),
            line=self.line,
        )

    def composer(self, frames: Iterable[Frame], extent: Extent, *, pre_roll: int = 0) -> Composer:
        """A LineScanner of the frames, or a Player if `looping` has composed them already."""
        from ..composers.line_scanner import LineScanner, Player

        if extent.cyclic:
            return Player(frames, extent.rate)
        return LineScanner(
            frames,
            extent.rate,
            direction=self._towards,
            seconds=self._seconds(extent),
            line=self.line,
        )

    def _length(self, extent: Extent) -> int:
        return extent.size[0 if self.is_sideways else 1]

    def _seconds(self, extent: Extent) -> float:
        """How long the sweep takes; default the clip without what precedes the loop."""
        return self.sweep or max(1, extent.count - extent.first) / extent.rate
