"""Owns the scan: a line sweeps over the picture and freezes what it passes. Knows no files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ..checks import check_choice, check_seconds
from ..counting import whole_floor
from ..frames import Frame, Source
from ..kinds import colour_of
from .composer import Composer
from .directions import SWEEPS, Direction, is_sideways

_THIN = 270  # rows of the picture for each row of the thickness of the line


class LineScanner(Composer):
    """The time warp scan of a sequence of frames, as a function of time.

    A line sweeps over the picture. Behind the line, the picture stays as it was when the line
    passed; ahead of the line, it is live. The sweep begins with frame 0 and takes N = seconds * fps
    frames. Its frame k freezes the rows from floor(k H / N) up to floor((k + 1) H / N), counted
    from the edge where the line begins. After the sweep, the whole picture is frozen.

    frames: iterable of (H, W, 3) uint8 arrays (any (H, W, ...) dtype does), all of one shape.
    fps: rate at which they arrive, in frames per second.
    direction: where the line moves: "down", "up", "left" or "right".
    seconds: how long the sweep takes.
    pre_roll: how many of the first frames come before frame 0. They are not used.
    line: the colour of the line, by name or as #rrggbb; None to draw no line. In a mask, the line
        is opaque.

    Memory holds one picture besides the latest frame.
    Raises ArgumentError (a ValueError) if one of these is out of range.

    A line that passes one row a frame. Row 0 stays as it was when the line passed it:

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
        self._steps = seconds * fps  # frames that the sweep takes
        self._colour = None if line is None else colour_of(line)
        self._start()

    def _begin(self, like: Frame) -> None:
        self._frozen = np.empty_like(like)
        self._passed = 0  # rows behind the line

    def _take_in(self, frame: Frame, index: int) -> None:
        if index < 0:
            return
        live, frozen = self._along(frame), self._along(self._frozen)
        passed = rows_passed(index, len(live), self._steps)
        frozen[self._passed : passed] = live[self._passed : passed]
        self._passed = passed

    def _composed(self) -> Frame:
        picture = self._frame.copy()
        rows = self._along(picture)
        rows[: self._passed] = self._along(self._frozen)[: self._passed]
        if self._colour is not None:
            thick = line_thickness(len(rows))
            is_mask = picture.ndim == 2
            rows[self._passed : self._passed + thick] = 1 if is_mask else self._colour
        return picture

    def _along(self, picture: Frame) -> Frame:
        """A view of the picture in which the line moves along axis 0, from row 0."""
        if is_sideways(self._direction):
            picture = picture.swapaxes(0, 1)
        return picture[::-1] if self._direction in ("up", "left") else picture


def rows_passed(number: int, length: int, steps: float) -> int:
    """How many of `length` rows the line has passed in a frame of a sweep of `steps` frames."""
    return min(length, whole_floor(length * (number + 1) / steps))


def line_thickness(length: int) -> int:
    """The thickness of the line, in rows, over a picture of `length` rows."""
    return max(1, round(length / _THIN))


class Scanned:
    """The scan of a source, as a source, so that a loop can be made of the composed frames.

    source: the frames. rate: frames per second. The other parameters are those of LineScanner.
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
        """The composed frames `first` up to, not including, `stop`. The sweep begins in frame 0."""
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
    """Frames that are composed already, as a function of time. See Composer."""

    def __init__(self, frames: Iterable[Frame], fps: float) -> None:
        super().__init__(frames, fps, pre_roll=0)
        self._start()

    def _begin(self, like: Frame) -> None:
        """Do nothing, as the base class keeps the latest frame."""

    def _take_in(self, frame: Frame, index: int) -> None:
        """Do nothing, as the frame is not changed."""

    def _composed(self) -> Frame:
        return self._frame.copy()
