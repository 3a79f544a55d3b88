"""Owns the slit of a strip photograph: how wide it is, and where it is in each frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..checks import check_opencv
from ..composers.slit import slit_path, slit_rows
from ..composers.smooth import reach_of
from ..errors import ArgumentError
from ..kinds import Position, Width, is_fixed
from ..look import Look, extent_of
from ..path import ValuePath, is_moving

if TYPE_CHECKING:
    from ..video.source import Video


class Slit:
    """Where the slit of a strip is, counted along the strip: in columns, or in rows.

    length: how many columns the picture has.

    slit: the position, which may move, as of a Look. width: of the slit. count: how many frames
    there are. path: the position by the number of a frame; None if it goes its way once.
    is_smooth: whether what lies between frames is made of what is around the slit.

    needed: the columns of the frames that are needed; None, which is all, for a slit that moves.
    """

    def __init__(
        self,
        slit: Position,
        width: int,
        length: int,
        count: int,
        *,
        path: Callable[[int], float] | None = None,
        is_smooth: bool = False,
    ) -> None:
        if is_smooth:
            check_opencv("smooth")
        self._place = path or slit_path(slit, count)
        self._width, self.length, self._start = width, length, 0
        self.needed: slice | None = None
        rows, around = self.rows(0), reach_of(length) if is_smooth else 0
        if is_fixed(slit):
            self._start = max(0, rows.start - around)
            self.needed = slice(self._start, min(length, rows.stop + around))

    def rows(self, number: int) -> slice:
        """The columns of the slit in what is needed of a frame, by the number of the frame."""
        rows = slit_rows(self._place(number), self._width, self.length)
        return slice(rows.start - self._start, rows.stop - self._start)


def width_of(slit_width: Width, automatic: int) -> int:
    """The width of the slit in columns. automatic: of "auto". Raises ArgumentError if it moves."""
    if is_moving(slit_width):
        raise ArgumentError(
            "slit_width moves, and the strips of a strip photograph are of one width: give a"
            " number, or auto",
            "slit_width",
        )
    return automatic if isinstance(slit_width, str) else slit_width


def path_of(video: Video, look: Look, speed: float) -> Callable[[int], float] | None:
    """The position of the slit by the number of a frame, if it is a path; None otherwise.

    speed: at which the video plays, for the times of the path. Raises ArgumentError for a path that
    is longer than the loop.
    """
    if not isinstance(look.slit, ValuePath):
        return None
    extent = extent_of(look, video.size, float(video.rate * speed), len(video))
    look.slit.check_times("slit", extent.period / extent.rate, cyclic=extent.cyclic)
    return extent.along(look.slit)
