"""Owns the scan: a line that sweeps over the picture and freezes what it passes. Knows no files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from ..checks import check_choice, check_seconds
from ..frames import Frame, Source
from ..kinds import colour_of
from .composer import Composer
from .directions import SWEEPS, Direction, is_sideways

_HAIR = 1e-6  # of a row: a quotient may fall this much short of the whole row it should be
_THIN = 270  # rows for one row of line


class LineScanner(Composer):
    """Frames with a line that sweeps over them, as a function of time: the time warp scan.

    Behind the line the picture stays as it was when the line passed, before it the picture is
    live. The sweep begins with frame 0 and takes N = seconds * fps frames; frame k of them freezes
    the rows from floor(k H / N) up to floor((k + 1) H / N), counted from where the line begins.
    Then all of the picture stays.

    frames: iterable of (H, W, 3) uint8 arrays (any (H, W, ...) dtype does), all of one shape.
    fps: rate at which they arrive, in frames per second.
    direction: where the line moves: "down", "up", "left" or "right".
    seconds: how long it takes over the picture.
    pre_roll: how many of the first frames come before frame 0; they are passed over.
    line: a colour, by name or as #rrggbb, in which to draw the line; None: not. In a mask it is
        opaque.

    Keeps one picture beside the frame.
    Raises ArgumentError (a ValueError) where one of these is out of range.

    A line that passes a row a frame; row 0 stays as it was when the line passed it:

    >>> frames = [np.full((3, 1, 3), number, np.uint8) for number in (10, 11, 12)]
    >>> frozen = LineScanner(frames, fps=25, seconds=3 / 25)
    >>> frozen.make_frame(2 / 25)[:, 0, 0]
    array([10, 11, 12], dtype=uint8)
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        fps: float,
        *,
        direction: Direction = "down",
        seconds: float,
        pre_roll: int = 0,
        line: str | None = None,
    ) -> None:
        super().__init__(frames, fps, pre_roll=pre_roll)
        check_choice("direction", direction, SWEEPS)
        check_seconds("seconds", seconds)
        self._direction = direction
        self._steps = seconds * fps  # frames in which the line sweeps over all rows
        self._colour = None if line is None else colour_of(line)
        self._start()

    def _begin(self, like: Frame) -> None:
        self._frozen = np.empty_like(like)
        self._passed = 0  # rows

    def _take_in(self, frame: Frame, index: int) -> None:
        if index < 0:
            return
        live, frozen = self._along(frame), self._along(self._frozen)
        reached = len(live) * (index + 1) / self._steps
        passed = min(len(live), math.floor(reached + _HAIR))
        frozen[self._passed : passed] = live[self._passed : passed]
        self._passed = passed

    def _composed(self) -> Frame:
        picture = self._frame.copy()
        rows = self._along(picture)
        rows[: self._passed] = self._along(self._frozen)[: self._passed]
        if self._colour is not None:
            thick = max(1, round(len(rows) / _THIN))
            is_mask = picture.ndim == 2
            rows[self._passed : self._passed + thick] = 1 if is_mask else self._colour
        return picture

    def _along(self, picture: Frame) -> Frame:
        """The picture turned so that the line moves along axis 0, from row 0: a view."""
        if is_sideways(self._direction):
            picture = picture.swapaxes(0, 1)
        return picture[::-1] if self._direction in ("up", "left") else picture


class Scanned:
    """A source's frames with the line sweeping over them, as a source: so a loop is made of these.

    rate: frames per second. The other settings are LineScanner's.
    """

    def __init__(
        self,
        source: Source,
        rate: float,
        *,
        direction: Direction,
        seconds: float,
        line: str | None,
    ) -> None:
        self._source, self._rate = source, rate
        self._direction, self._seconds, self._line = direction, seconds, line

    def __len__(self) -> int:
        return len(self._source)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop`; the line sets out in frame 0."""
        scanner = LineScanner(
            self._source.frames(0, stop),
            self._rate,
            direction=self._direction,
            seconds=self._seconds,
            line=self._line,
        )
        try:
            for k in range(first, len(self) if stop is None else stop):
                yield scanner.make_frame(k / self._rate)
        finally:
            scanner.close()


class Player(Composer):
    """Frames that are composed already, as a function of time."""

    def __init__(self, frames: Iterable[Frame], fps: float) -> None:
        super().__init__(frames, fps, pre_roll=0)
        self._start()

    def _begin(self, like: Frame) -> None:
        """Nothing is kept but the frame taken last."""

    def _take_in(self, frame: Frame, index: int) -> None:
        """Nothing comes of it but the frame itself."""

    def _composed(self) -> Frame:
        return self._frame.copy()
