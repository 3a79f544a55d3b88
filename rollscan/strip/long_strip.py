"""Owns strip photographs that are as long as the film is, or as what passes the slit.

The idea is that of the photo-finish camera, whose film runs past a slit. If it runs as fast as what
is photographed, nothing is stretched: a train that slows down has round wheels, and a camera that
turns makes a panorama.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from ..checks import brief
from ..composers.directions import Direction, is_sideways
from ..composers.slit import slit_rows
from ..errors import ArgumentError
from ..frames import Picture
from ..kinds import Position, Width, is_fixed
from . import FILM, MOVING, REVERSED, USUAL
from .between import between
from .long_picture import LongPicture
from .slices import Slices
from .slits import Slit, path_of, width_of
from .strip import Strip

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..look import Look
    from ..video.source import Video


class LongStrip(Strip):
    """A strip that every frame of a video lengthens.

    strip: "film", each frame adds its slit; or "moving", each adds a slice that is as wide as
        things moved at the slit since the frame before, so that nothing is stretched. Where nothing
        moves, nothing is added.
    pace: pixels per second: each frame of a "film" adds a slice so wide. None for the slit.
    direction: as of a FittedStrip; "out" is as "up", and then back. None is "left", but for
        "moving" "right" if most things move to the right, as they would be mirrored otherwise; and
        what was added while things moved in the other way is laid in the reverse order.
    slit: as of a Look, but slices are taken at one place. slit_width: how many columns a slit has;
        "auto" is 1. path: the position of a slit that moves, by the number of a frame; None if it
        goes its way once.
    smooth: whether each column of a "film" shows a moment of its own, also between two frames,
        where a frame adds more than one column. The slit is then one column wide.

    Raises ArgumentError for a value out of range, and OutputError if the temporary folder is full.
    """

    def __init__(
        self,
        video: Video,
        *,
        strip: str = FILM,
        pace: float | None = None,
        slit: Position = 0.5,
        direction: Direction | None = None,
        slit_width: Width = 1,
        path: Callable[[int], float] | None = None,
        smooth: bool = False,
    ) -> None:
        self.sideways = is_sideways(direction or USUAL)
        length, across = video.size if self.sideways else video.size[::-1]
        self.picture = LongPicture(across, sideways=self.sideways)
        self.picture.reverse = direction in REVERSED
        self.picture.twofold = direction == "out"
        self._turns = strip == MOVING and direction is None
        width = width_of(slit_width, 1)
        if strip != MOVING:
            self.per_frame = Fraction(width) if pace is None else Fraction(pace) / video.rate
        self._is_smooth = smooth and (self.per_frame or 0) > 1
        self._slices: Slices | None = None
        if (strip == MOVING or pace is not None) and not self._is_smooth:
            self._slices = self._slices_at(slit, length)
            self.band = self._slices.band
        else:
            self._slit = Slit(slit, width, length, len(video), path=path, is_smooth=self._is_smooth)
            self.band = self._slit.needed

    @classmethod
    def of(cls, video: Video, look: Look, strip: str, pace: float | None, speed: float = 1) -> Self:
        """The strip of a video, with the slit of a look.

        speed: at which the video plays, for the times of a path.
        """
        return cls(
            video,
            strip=strip,
            pace=pace,
            slit=look.slit,
            direction=look.direction,
            slit_width=look.slit_width,
            path=path_of(video, look, speed),
            smooth=look.smooth,
        )

    def added(self, frames: Iterator[Picture]) -> Iterator[Picture]:
        """What each frame adds, and in the end the direction is settled. See Strip."""
        if self._is_smooth and self.per_frame:
            yield from between(frames, self.per_frame, self._slit)
        elif self._slices:
            for frame in frames:
                yield self._slices.take(frame)
            yield self._slices.finish()
            if self._turns:
                self._turn(self._slices)
        else:
            for k, frame in enumerate(frames):
                slit = frame[self._slit.rows(k)]
                yield slit[::-1] if self.picture.reverse else slit  # as it is in the video

    def _turn(self, slices: Slices) -> None:
        """Lay what moved to the right from right to left, so that nothing is mirrored."""
        self.picture.reverse = reverse = slices.moved > 0
        self.picture.flipped = [run[:2] for run in slices.runs if (run[2] > 0) != reverse]

    def _slices_at(self, slit: Position, length: int) -> Slices:
        """What takes slices at this slit of a picture with so many columns."""
        if not is_fixed(slit):
            raise ArgumentError(
                f"slit is {brief(slit)}, and slices are taken at one place: give one, as 0.5",
                "slit",
            )
        step = None if self.per_frame is None else float(self.per_frame)
        if step is not None and not self.picture.reverse:
            step = -step  # as things that move to the left lengthen the strip to the right
        return Slices(slit_rows(slit, 1, length).start, length, step)
