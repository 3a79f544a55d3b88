"""Owns strips as wide as the video: the slits of frames from the whole clip, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..checks import check_choice
from ..composers.directions import DIRECTIONS, Direction, is_sideways
from ..frames import Picture
from ..kinds import Position, Width
from ..look import Look
from ..video.source import Video
from . import REVERSED, USUAL
from .between import between
from .long_picture import LongPicture
from .slits import Slit, path_of, width_of
from .strip import Strip

if TYPE_CHECKING:
    from typing_extensions import Self


class FittedStrip(Strip):
    """A strip of the size of the video's frames.

    direction: where history flows, as in the roll. With "left", slits that are columns are laid
        down from left to right, the oldest leftmost; with "up", slits that are rows from top to
        bottom. "right" and "down" are the reverse. "out" runs from both ends to the middle.
    slit, slit_width: as in a Look, but "auto" makes the slits just wide enough for all frames, and
        the width does not move. path: the position of a slit that moves, by the number of a frame;
        None if it goes its way once.
    smooth: whether each column shows a moment of its own, also between two frames, where there are
        more columns than frames. The slit is then one column wide.

    If the video has fewer frames than the picture has columns, frames are repeated. If it has more,
    some of them are skipped.

    Raises ArgumentError for a value out of range.
    """

    per_frame: Fraction

    def __init__(
        self,
        video: Video,
        *,
        slit: Position = 0.5,
        direction: Direction = USUAL,
        slit_width: Width = 1,
        path: Callable[[int], float] | None = None,
        smooth: bool = False,
    ) -> None:
        check_choice("direction", direction, DIRECTIONS)
        self.sideways = is_sideways(direction)
        self._length, across = video.size if self.sideways else video.size[::-1]
        self.picture = LongPicture(across, sideways=self.sideways)
        width = width_of(slit_width, min(-(-self._length // len(video)), self._length))
        moments = _moments(direction, self._length)
        self.per_frame = Fraction(int(moments.max()) + 1, len(video))
        self._is_smooth = smooth and self.per_frame > 1
        self._slit = Slit(
            slit, width, self._length, len(video), path=path, is_smooth=self._is_smooth
        )
        if not self._is_smooth:
            moments = _moments(direction, -(-self._length // width))
            moments = moments * len(video) // (moments.max() + 1)
        self._moments = moments  # of each column; or of each slit, the number of its frame
        self.band = self._slit.needed

    @classmethod
    def of(cls, video: Video, look: Look, speed: float = 1) -> Self:
        """The strip of a video, with the slit of a look.

        speed: at which the video plays, for the times of a path.
        """
        return cls(
            video,
            slit=look.slit,
            direction=look.direction or USUAL,
            slit_width=look.slit_width,
            path=path_of(video, look, speed),
            smooth=look.smooth,
        )

    def added(self, frames: Iterator[Picture]) -> Iterator[Picture]:
        """Nothing for each frame, and in the end the strip. See Strip."""
        return self._smoothly(frames) if self._is_smooth else self._repeatedly(frames)

    def _smoothly(self, frames: Iterator[Picture]) -> Iterator[Picture]:
        made = []
        for columns in between(frames, self.per_frame, self._slit):
            made.append(columns)
            yield columns[:0]
        found = np.concatenate(made)
        yield found[np.minimum(self._moments, len(found) - 1)]

    def _repeatedly(self, frames: Iterator[Picture]) -> Iterator[Picture]:
        laid = np.zeros((self._length, self.picture.across, 3), np.uint8)
        k, slit = 0, laid[:0]
        for k, frame in enumerate(frames):
            slit = frame[self._slit.rows(k)]
            _lay(laid, slit, np.flatnonzero(self._moments == k))
            yield slit[:0]
        _lay(laid, slit, np.flatnonzero(self._moments > k))  # where the video ended early
        yield laid


def _lay(laid: Picture, slit: Picture, numbers: npt.NDArray[np.intp]) -> None:
    """Copy the slit to these places, cropped at the edge of the picture."""
    for start in numbers * len(slit):
        place = laid[start : start + len(slit)]
        place[:] = slit[: len(place)]


def _moments(direction: str, count: int) -> npt.NDArray[np.intp]:
    """Of each place in the picture, from the left or the top, how many in time are before it."""
    place = np.arange(count)
    if direction in REVERSED:
        return place[::-1]
    return np.minimum(place, place[::-1]) if direction == "out" else place
