"""Owns the strip photograph: the slits of frames spread over the clip, side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from .checks import check_choice
from .compose.directions import DIRECTIONS, Direction, is_sideways
from .compose.slit import slit_path, slit_rows
from .frames import Picture
from .kinds import Position, Width, is_fixed
from .tracker import SILENT, Tracker
from .video.source import Video


class StripPhotograph:
    """A strip photograph of a video, the size of the video's frames: (height, width, 3) uint8.

    direction: where history flows, as in the rolling picture. With "left" a vertical slit is laid
    down from left to right, the oldest leftmost; with "up" a horizontal one from top to bottom;
    "right" and "down" are the other way round; "out" runs from both ends to the middle.
    slit, slit_width: as in RollScan, but "auto" makes the strips just wide enough for the frames.
    Where the video has fewer frames than the picture has strips, a frame serves several; where it
    has more, those between are passed over.
    """

    def __init__(
        self,
        video: Video,
        *,
        slit: Position = 0.5,
        direction: Direction = "left",
        slit_width: Width = 1,
    ) -> None:
        check_choice("direction", direction, DIRECTIONS)
        width, height = video.size
        self._video = video
        self._sideways = is_sideways(direction)
        self._length = width if self._sideways else height
        strip = slit_width
        if isinstance(strip, str):
            strip = int(min(-(-self._length // len(video)), self._length))
        self._slit_width = strip
        self._fixed = slit_rows(slit, strip, self._length) if is_fixed(slit) else None
        self._path = slit_path(slit, len(video))
        self._picture = np.zeros((height, width, 3), np.uint8)
        self._frame_of = _frames_in_strips(direction, -(-self._length // strip), len(video))
        self._last: tuple[int, Picture] | None = None  # the frame taken last, and its slit

    def watch(self, frames: Iterable[Picture]) -> Iterator[Picture]:
        """The same frames, each one's slit taken on the way. They must be the whole video's."""
        for k, frame in enumerate(frames):
            rows = self._fixed or slit_rows(self._path(k), self._slit_width, self._length)
            self._take(k, self._along(frame)[rows])
            yield frame

    def read(self, tracker: Tracker = SILENT) -> None:
        """Take the slits from the video; of a slit that stays, nothing else leaves ffmpeg."""
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
        """The strip photograph; if the video ended early, its last slit fills what is missing."""
        if self._last:
            k, slit = self._last
            self._lay(slit, np.flatnonzero(self._frame_of > k))
        return self._picture

    def _take(self, k: int, slit: Picture) -> None:
        self._lay(slit, np.flatnonzero(self._frame_of == k))
        self._last = (k, slit.copy())

    def _lay(self, slit: Picture, strips: npt.NDArray[np.intp]) -> None:
        """Lay the slit down at each of these strips, cut off at the picture's edge."""
        for start in strips * len(slit):
            place = self._along(self._picture)[start : start + len(slit)]
            place[:] = slit[: len(place)]

    def _along(self, picture: Picture) -> Picture:
        return picture.swapaxes(0, 1) if self._sideways else picture


def _frames_in_strips(direction: str, strips: int, n_frames: int) -> npt.NDArray[np.intp]:
    """Which frame (0-based) each strip shows, from the picture's left or top on."""
    place = np.arange(strips)
    if direction in ("right", "down"):
        place = place[::-1]
    elif direction == "out":
        place = np.minimum(place, place[::-1])
    frames: npt.NDArray[np.intp] = place * n_frames // (place.max() + 1)
    return frames
