"""Owns the effect "roll": history flows away from the slit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..composers.directions import ARROWS, DIRECTIONS, FLOWS, Direction, is_sideways
from ..composers.slit import filling_width, frames_to_fill, slit_path, slit_rows
from ..kinds import Position, Width, auto_or, choice, is_fixed, optional, pixels, position
from ..setting import setting
from . import Effect, Extent
from .fits import to_fill, to_most_crossed
from .shared_settings import smooth_setting

if TYPE_CHECKING:
    from ..composers.composer import Composer
    from ..composers.field import Field, Layer, Value, Whole
    from ..frames import Frame

_BAND = 1 / 24  # of the picture: the band on each side of the slit in which motion counts

_USUAL: Direction = "up"


@dataclass(frozen=True)
class Roll(Effect):
    """The roll: history flows away from the slit. See FrameComposer.

    {settings}

    >>> Roll(slit="20%:80%").slit
    (0.2, 0.8)
    """

    name: ClassVar[str] = "roll"
    help: ClassVar[str] = "history flows away from the slit"
    rank: ClassVar[int] = 0
    group: ClassVar[str] = "slit"
    usual: ClassVar[float] = 0.008

    slit: Position = setting(
        0.5,
        position(width="slit_width", direction="direction"),
        "where the slit is, from 0, the top (left), to 1, the bottom (right)."
        " 0.2:0.8 moves it from there to there, 0.2:0.8:0.2 and back",
        fits=to_most_crossed,
    )
    direction: Direction | None = setting(
        None,
        optional(choice(*DIRECTIONS, labels=ARROWS), usual=_USUAL),
        "where history flows; out is up and down at once; default up, for a still left",
    )
    slit_width: Width = setting(
        1,
        auto_or(pixels(1, slider=(1, 32, 1))),
        "rows taken and rolled per frame; auto fills the history in about 3 s",
        fits=to_fill,
    )
    feather: int = setting(
        0,
        pixels(0, slider=(0, 48, 1)),
        "rows of history next to the slit that blend into the live picture",
    )
    smooth: bool = smooth_setting()

    @property
    def flow(self) -> Direction:
        """The direction in which history flows."""
        return self.direction or _USUAL

    @property
    def is_sideways(self) -> bool:
        """Whether the slit is a column."""
        return is_sideways(self.flow)

    def width(self, extent: Extent) -> int:
        """The slit width in rows, which are taken and rolled per frame."""
        length = self._length(extent)
        return filling_width(self.slit_width, self.slit, self.flow, length, extent.rate)

    def width_to_fill(self, extent: Extent, seconds: float) -> int:
        """The slit width, in rows, with which history fills its side in so many seconds."""
        about = self.slit, self.flow, self._length(extent), extent.rate
        return filling_width("auto", *about, seconds=seconds)

    def history(self, extent: Extent) -> int:
        """How many frames fill the history so that the first round of a loop is like all others."""
        if not self.smooth:
            return self.full(extent)
        from ..composers.smooth import MARGIN

        return self.full(extent) + MARGIN

    def full(self, extent: Extent) -> int:
        """The number of the first composed frame with a full history, without a pre-roll."""
        return frames_to_fill(self.slit, self.width(extent), self.flow, self._length(extent))

    def comes_to(self, extent: Extent) -> Mapping[str, Any]:
        """The direction, and the slit width in rows."""
        return {"direction": self.flow, "slit_width": self.width(extent)}

    def slit_at(self, extent: Extent) -> Callable[[int], tuple[float, float]]:
        """Where the slit is in a frame."""
        tops, width, length = self._tops(extent), self.width(extent), self._length(extent)

        def span(k: int) -> tuple[float, float]:
            top = int(tops[k % len(tops)])
            return top / length, (top + width) / length

        return span

    def band(self) -> tuple[float, float, float, float]:
        """The band around the slit, or around its path, as fractions of the picture."""
        points: tuple[float, ...] = (0.0, 1.0)  # a function may lead anywhere
        if not callable(self.slit):
            points = (self.slit,) if is_fixed(self.slit) else tuple(self.slit)  # type: ignore[arg-type]
        least, most = max(0.0, min(points) - _BAND), min(1.0, max(points) + _BAND)
        return (least, 0, most, 1) if self.is_sideways else (0, least, 1, most)

    def field(self, extent: Extent) -> Field:
        """Each row of history as late as it is frames since it left the slit. See `_rolled`."""
        from ..composers.field import LIVE, Field

        late: Value
        place: Value
        share: Value
        over: Layer | None = None
        if is_fixed(self.slit):
            late, place, share = self._rolled(extent, 0, self._tops(extent))
            reach = None
        else:
            tops, reach = self._tops(extent), -(-self._length(extent) // self.width(extent))
            rolled = lru_cache(maxsize=1)(lambda k: self._rolled(extent, k, tops))
            late, place, share = (partial(lambda n, k: rolled(k)[n], n) for n in range(3))
        if self.feather:
            over = self._slit_alone(extent) if self._is_double else LIVE
        return Field(
            delay=late,
            y=None if self.is_sideways else place,
            x=place if self.is_sideways else None,
            follows="composed",
            over=over,
            share=share,
            before="live",
            reach=reach,
            has_live=not self._is_double,
        )

    @property
    def _is_double(self) -> bool:
        """Whether history flows to both sides, so that nothing but the slit is live."""
        return len(FLOWS[self.flow]) > 1

    def _slit_alone(self, extent: Extent) -> Layer:
        """The slit, again and again over the whole picture: what history blends into."""
        import numpy as np

        from ..composers.field import Layer

        tops, width = self._tops(extent), self.width(extent)
        rows = np.arange(self._length(extent))
        across = np.s_[None, :] if self.is_sideways else np.s_[:, None]

        def place(k: int) -> Any:
            top = tops[k % len(tops)]
            return (top + (rows - top) % width)[across]

        slit: Value = place if len(tops) > 1 else place(0)
        return Layer(
            y=None if self.is_sideways else slit,
            x=slit if self.is_sideways else None,
            follows="composed",
        )

    def _rolled(self, extent: Extent, k: int, tops: Whole) -> tuple[Any, Any, Any]:
        """How late each row of frame k is, where it was, and the share of the live picture over it.

        Row r of history was at row r + d w of the frame d frames ago, if it moves w rows a frame.
        d is the least number for which that row was in the slit, or in the live picture that a
        moving slit has passed since. tops: the first row of the slit in each frame of a period.
        """
        import numpy as np

        length, width = self._length(extent), self.width(extent)
        rows, ago = np.arange(length), np.arange(1, -(-length // width) + 1)
        top, earlier = tops[k % len(tops)], tops[(k - ago) % len(tops)]
        late, moved, share = np.zeros(length, int), np.zeros(length, int), np.zeros(length)
        for up in FLOWS[self.flow]:
            if up:
                side, away = rows < top, top - rows
                met = np.minimum.accumulate(earlier - ago * width)
                since = 1 + np.searchsorted(-met, -rows)
            else:
                side, away = rows >= top + width, rows - (top + width - 1)
                met = np.maximum.accumulate(earlier + width + ago * width)
                since = 1 + np.searchsorted(met, rows, side="right")
            late[side] = since[side]
            moved[side] = (since if up else -since)[side] * width
            live = np.maximum(self.feather + 1 - away, 0) / (self.feather + 1)
            share[side] = live[side]
        across = np.s_[None, :] if self.is_sideways else np.s_[:, None]
        return late[across], (rows + moved)[across], share[across]

    def _tops(self, extent: Extent) -> Whole:
        """The first row of the slit in each frame of a period."""
        import numpy as np

        length, width = self._length(extent), self.width(extent)
        if is_fixed(self.slit):
            return np.array([slit_rows(self.slit, width, length).start])
        path = slit_path(self.slit, extent.period)
        return np.array([slit_rows(path(k), width, length).start for k in range(extent.period)])

    def composer(self, frames: Iterable[Frame], extent: Extent, *, pre_roll: int = 0) -> Composer:
        """A FrameComposer of the frames. A moving slit takes one period for its path."""
        from ..composers.frame_composer import FrameComposer

        return FrameComposer(
            frames,
            extent.rate,
            slit=self.slit if is_fixed(self.slit) else slit_path(self.slit, extent.period),
            direction=self.flow,
            slit_width=self.width(extent),
            pre_roll=pre_roll,
            feather=self.feather,
            smooth=self.smooth,
        )

    def _length(self, extent: Extent) -> int:
        return extent.size[0 if self.is_sideways else 1]
