"""Owns the effect "roll": history flows away from the slit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..composers.directions import ARROWS, DIRECTIONS, FLOWS, Direction, is_sideways
from ..composers.slit import (
    filling_width,
    frames_to_fill,
    history_rows,
    rows_rolled,
    slit_along,
    slit_rows,
)
from ..kinds import (
    Position,
    Width,
    auto_or,
    choice,
    is_fixed,
    movable,
    optional,
    pixels,
    position,
)
from ..path import ValuePath, is_moving
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
_ROWS = pixels(1, slider=(1, 32, 1))


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
    followed: ClassVar[tuple[str, ...]] = ("slit", "slit_width")

    slit: Position = setting(
        0.5,
        position(width="slit_width", direction="direction"),
        "where the slit is, from 0, the top (left), to 1, the bottom (right)."
        " 0.2:0.8 moves it from there to there, 0.2:0.8:0.2 and back, '0.2@0s 0.8@1.5s 0.2@3s' in"
        " these times. Given several times, it makes a strip photograph of several strips",
        fits=to_most_crossed,
    )
    direction: Direction | None = setting(
        None,
        optional(choice(*DIRECTIONS, labels=ARROWS), usual=_USUAL),
        "which way history flows; out is up and down at once; default up, or left for a strip"
        " photograph",
    )
    slit_width: Width = setting(
        1,
        movable(auto_or(_ROWS), _ROWS),
        "rows that each frame adds to history; auto fills history in about 3 s",
        fits=to_fill,
    )
    feather: int = setting(
        0,
        pixels(0, slider=(0, 48, 1)),
        "rows of history next to the slit that blend into the live picture",
        label="soft edge",
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
        """The slit width in rows, which are taken and rolled per frame; in frame 0 if it moves."""
        return self._width_along(extent)(0)

    def _width_along(self, extent: Extent) -> Callable[[int], int]:
        """The slit width, in rows, as a function of the frame number."""
        width: Any = self.slit_width
        if isinstance(width, ValuePath):
            rows = extent.along(width)
            return lambda k: round(rows(k))
        if callable(width):
            return width  # type: ignore[no-any-return]
        length = self._length(extent)
        still = filling_width(width, self.slit, self.flow, length, extent.rate)
        return lambda _: still

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

    def unmixed(self) -> Roll:
        """The roll without a feather."""
        return replace(self, feather=0)

    def full(self, extent: Extent) -> int:
        """The number of the first composed frame with a full history, without a pre-roll."""
        length = self._length(extent)
        if not is_moving(self.slit_width):
            return frames_to_fill(self.slit, self.width(extent), self.flow, length)
        if not is_fixed(self.slit):
            return self._reach(extent)
        least = min(slit.stop - slit.start for slit in self._slits(extent))
        return self._reach(extent, history_rows(self.slit, least, self.flow, length))

    def comes_to(self, extent: Extent) -> Mapping[str, Any]:
        """The direction, and the slit width in rows."""
        return {"direction": self.flow, "slit_width": self.width(extent)}

    def slit_at(self, extent: Extent) -> Callable[[int], tuple[float, float]]:
        """Where the slit is in a frame."""
        slits, length = self._slits(extent), self._length(extent)

        def span(k: int) -> tuple[float, float]:
            slit = slits[k % len(slits)]
            return slit.start / length, slit.stop / length

        return span

    def band(self) -> tuple[float, float, float, float]:
        """The band around the slit, or around its path, as fractions of the picture."""
        points: tuple[float, ...] = (0.0, 1.0)  # a function may lead anywhere
        if isinstance(self.slit, ValuePath):
            points = self.slit.values  # type: ignore[assignment]
        elif not callable(self.slit):
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
        reach = self._reach(extent)
        rolled = lru_cache(maxsize=1)(partial(self._rolled, extent, reach))
        if len(self._slits(extent)) == 1:
            late, place, share = rolled(0)
        else:
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
            reach=reach if callable(late) else None,
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

        slits, rows = self._slits(extent), np.arange(self._length(extent))
        across = np.s_[None, :] if self.is_sideways else np.s_[:, None]

        def place(k: int) -> Any:
            slit = slits[k % len(slits)]
            return (slit.start + (rows - slit.start) % (slit.stop - slit.start))[across]

        slit: Value = place if len(slits) > 1 else place(0)
        return Layer(
            y=None if self.is_sideways else slit,
            x=slit if self.is_sideways else None,
            follows="composed",
        )

    def _rolled(self, extent: Extent, reach: int, k: int) -> tuple[Any, Any, Any]:
        """How late each row of frame k is, where it was, and the share of the live picture over it.

        Row r of history was at row r + s of the frame d frames ago, if it has moved s rows since.
        d is the least number for which that row was in the slit, or in the live picture that a
        moving slit has passed since. reach: the greatest d.
        """
        import numpy as np

        length, slits = self._length(extent), self._slits(extent)
        rows, ago = np.arange(length), np.arange(1, reach + 1)
        slit, earlier = slits[k % len(slits)], [slits[(k - d) % len(slits)] for d in ago]
        late, moved, share = np.zeros(length, int), np.zeros(length, int), np.zeros(length)
        for up in FLOWS[self.flow]:
            steps = self._steps(extent, up=up)
            gone = np.cumsum(steps[(k + 1 - ago) % len(steps)])  # rows, in so many frames
            if up:
                side, away = rows < slit.start, slit.start - rows
                met = np.minimum.accumulate([each.start for each in earlier] - gone)
                since = 1 + np.searchsorted(-met, -rows)
            else:
                side, away = rows >= slit.stop, rows - (slit.stop - 1)
                met = np.maximum.accumulate([each.stop for each in earlier] + gone)
                since = 1 + np.searchsorted(met, rows, side="right")
            late[side] = since[side]
            moved[side] = (gone if up else -gone)[since[side] - 1]
            live = np.maximum(self.feather + 1 - away, 0) / (self.feather + 1)
            share[side] = live[side]
        across = np.s_[None, :] if self.is_sideways else np.s_[:, None]
        return late[across], (rows + moved)[across], share[across]

    def _slits(self, extent: Extent) -> tuple[slice, ...]:
        """The rows of the slit in each frame of a period; those of one if it stands still."""
        return _slits(self, extent)

    def _rows_of_slits(self, extent: Extent) -> Iterator[slice]:
        length, width = self._length(extent), self._width_along(extent)
        if is_fixed(self.slit) and not is_moving(self.slit_width):
            yield slit_rows(self.slit, width(0), length)
            return
        path = slit_along(self.slit, extent)
        for k in range(extent.period):
            yield slit_rows(path(k), width(k), length)

    def _steps(self, extent: Extent, *, up: bool) -> Whole:
        """By how many rows history rolls to each frame of a period from the one before."""
        return _steps(self, extent, up)

    def _reach(self, extent: Extent, rows: int | None = None) -> int:
        """In how many frames history always rolls by so many rows; None: by the whole picture."""
        import numpy as np

        most, rows = 1, self._length(extent) if rows is None else rows
        for up in FLOWS[self.flow]:
            steps = self._steps(extent, up=up)
            rounds = -(-rows // int(steps.sum())) + 1
            gone = np.concatenate([[0], np.cumsum(np.tile(steps, rounds))])
            ends = np.searchsorted(gone, gone[: len(steps)] + rows)
            most = max(most, int((ends - np.arange(len(steps))).max()))
        return most

    def composer(self, frames: Iterable[Frame], extent: Extent, *, pre_roll: int = 0) -> Composer:
        """A FrameComposer of the frames. A moving slit takes one period for its path."""
        from ..composers.frame_composer import FrameComposer

        width = self._width_along(extent)
        return FrameComposer(
            frames,
            extent.rate,
            slit=self.slit if is_fixed(self.slit) else slit_along(self.slit, extent),
            direction=self.flow,
            slit_width=width if is_moving(self.slit_width) else width(0),
            pre_roll=pre_roll,
            feather=self.feather,
            smooth=self.smooth,
        )

    def _length(self, extent: Extent) -> int:
        return extent.size[0 if self.is_sideways else 1]


@lru_cache(maxsize=4)
def _slits(roll: Roll, extent: Extent) -> tuple[slice, ...]:
    return tuple(roll._rows_of_slits(extent))


@lru_cache(maxsize=8)
def _steps(roll: Roll, extent: Extent, up: bool) -> Whole:
    import numpy as np

    slits, length = roll._slits(extent), roll._length(extent)
    pairs = zip((slits[-1], *slits), slits, strict=False)
    return np.array([rows_rolled(before, slit, length, up=up) for before, slit in pairs])
