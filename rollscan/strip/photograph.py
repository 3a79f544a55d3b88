"""Owns the strip photograph: the slits of frames from the whole clip, side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..checks import check_choice
from ..composers.directions import DIRECTIONS, Direction, is_sideways
from ..composers.slit import slit_path, slit_rows
from ..frames import Picture
from ..kinds import Position, Width, is_fixed
from ..look import Look
from ..tracker import SILENT, Tracker
from ..video.source import Video
from .slits import path_of, width_of

if TYPE_CHECKING:
    from typing_extensions import Self


class StripPhotograph:
    """A strip photograph of a video, of the size of its frames: (H, W, 3) uint8.

    direction: where history flows, as in the roll. With "left", strips of a vertical slit are laid
        down from left to right, the oldest leftmost; with "up", strips of a horizontal slit from
        top to bottom. "right" and "down" are the reverse. "out" runs from both ends to the middle.
    slit, slit_width: as in a Look, but "auto" makes the strips just wide enough for all frames,
        and the width does not move. path: the position of a slit that moves, by the number of a
        frame; None if it goes its way once.

    If the video has fewer frames than the picture has strips, frames are repeated. If it has more,
    some of them are skipped.

    Raises ArgumentError for a value out of range.
    """

    def __init__(
        self,
        video: Video,
        *,
        slit: Position = 0.5,
        direction: Direction = "left",
        slit_width: Width = 1,
        path: Callable[[int], float] | None = None,
    ) -> None:
        check_choice("direction", direction, DIRECTIONS)
        width, height = video.size
        self._video = video
        self._sideways = is_sideways(direction)
        self._length = width if self._sideways else height
        strips = min(-(-self._length // len(video)), self._length)
        strip = width_of(slit_width, int(strips))
        self._slit_width = strip
        self._fixed = slit_rows(slit, strip, self._length) if is_fixed(slit) else None
        self._path = path or slit_path(slit, len(video))
        self._picture = np.zeros((height, width, 3), np.uint8)
        self._frame_of = _frames_in_strips(direction, -(-self._length // strip), len(video))
        self._last: tuple[int, Picture] | None = None  # the latest frame's number and slit

    @classmethod
    def of(cls, video: Video, look: Look, speed: float = 1) -> Self:
        """The strip photograph of a video, with the slit of a look.

        speed: at which the video plays, for the times of a path.
        """
        return cls(
            video,
            slit=look.slit,
            direction=look.direction or "left",
            slit_width=look.slit_width,
            path=path_of(video, look, speed),
        )

    def watch(self, frames: Iterable[Picture]) -> Iterator[Picture]:
        """Yield the same frames, which must be all of the video, and take the slit of each."""
        for k, frame in enumerate(frames):
            rows = self._fixed or slit_rows(self._path(k), self._slit_width, self._length)
            self._take(k, self._along(frame)[rows])
            yield frame

    def read(self, tracker: Tracker = SILENT) -> None:
        """Take the slits from the video. If the slit does not move, ffmpeg crops frames to it."""
        if self._fixed:
            start, across = self._fixed.start, self._video.size[1 if self._sideways else 0]
            crop = (start, 0, self._slit_width, across)
            if not self._sideways:
                crop = (0, start, across, self._slit_width)
            for k, slit in enumerate(tracker.passing(self._video.frames(crop=crop))):
                self._take(k, self._along(slit))
        else:
            deque(tracker.passing(self.watch(self._video)), maxlen=0)

    def picture(self) -> Picture:
        """The strip photograph. If the video ended early, its last slit fills missing strips."""
        if self._last:
            k, slit = self._last
            self._lay(slit, np.flatnonzero(self._frame_of > k))
        return self._picture

    def _take(self, k: int, slit: Picture) -> None:
        self._lay(slit, np.flatnonzero(self._frame_of == k))
        self._last = (k, slit.copy())

    def _lay(self, slit: Picture, strips: npt.NDArray[np.intp]) -> None:
        """Copy the slit to each of these strips, cropped at the edge of the picture."""
        for start in strips * len(slit):
            place = self._along(self._picture)[start : start + len(slit)]
            place[:] = slit[: len(place)]

    def _along(self, picture: Picture) -> Picture:
        return picture.swapaxes(0, 1) if self._sideways else picture


def _frames_in_strips(direction: str, strips: int, n_frames: int) -> npt.NDArray[np.intp]:
    """The number of the frame, from 0, in each strip, from the left or the top of the picture."""
    place = np.arange(strips)
    if direction in ("right", "down"):
        place = place[::-1]
    elif direction == "out":
        place = np.minimum(place, place[::-1])
    frames: npt.NDArray[np.intp] = place * n_frames // (place.max() + 1)
    return frames
