"""Owns strip photographs that are as long as the film is, or as what passes the slit.

The idea is that of the photo-finish camera, whose film runs past a slit. If it runs as fast as what
is photographed, nothing is stretched: a train that slows down has round wheels, and a camera that
turns makes a panorama.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ..checks import brief
from ..composers.directions import Direction, is_sideways
from ..composers.slit import slit_path, slit_rows
from ..errors import ArgumentError
from ..frames import Picture
from ..kinds import Position, Width, is_fixed
from ..tracker import SILENT, Tracker
from . import FILM, MOVING
from .long_picture import LongPicture
from .slices import Slices
from .slits import path_of, width_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..look import Look
    from ..video.source import Video


class LongStrip:
    """A strip photograph that every frame of a video lengthens.

    picture: what has been laid down. Close the strip to delete it.

    strip: "film", each frame adds its slit; or "moving", each adds a slice that is as wide as
        things moved at the slit since the frame before, so that nothing is stretched. Where nothing
        moves, nothing is added.
    pace: pixels per second: each frame of a "film" adds a slice so wide. None for the slit.
    direction: as of a StripPhotograph; "out" is as "up", and then back. None is "left", but for
        "moving" "right" if most things move to the right, as they would be mirrored otherwise.
    slit: as of a Look, but slices are taken at one place. slit_width: how many columns a slit has;
        "auto" is 1. path: the position of a slit that moves, by the number of a frame; None if it
        goes its way once.

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
    ) -> None:
        self._video = video
        self._sideways = is_sideways(direction or "left")
        length, across = video.size if self._sideways else video.size[::-1]
        self.picture = LongPicture(across, sideways=self._sideways)
        self.picture.reverse = direction in ("right", "down")
        self.picture.twofold = direction == "out"
        self._turns = strip == MOVING and direction is None
        width, place = width_of(slit_width, 1), path or slit_path(slit, len(video))

        def rows(number: int) -> slice:
            return slit_rows(place(number), width, length)

        self._rows = rows
        self._band: slice | None = self._rows(0) if is_fixed(slit) else None
        self._slices: Slices | None = None
        if strip == MOVING or pace is not None:
            if not is_fixed(slit):
                raise ArgumentError(
                    f"slit is {brief(slit)}, and slices are taken at one place: give one, as 0.5",
                    "slit",
                )
            step = None if pace is None else float(pace / video.rate)
            if step is not None and not self.picture.reverse:
                step = -step  # as things that move to the left lengthen the strip to the right
            self._slices = Slices(slit_rows(slit, 1, length).start, length, step)
            self._band = self._slices.band

    @classmethod
    def of(cls, video: Video, look: Look, strip: str, pace: float | None, speed: float = 1) -> Self:
        """The strip photograph of a video, with the slit of a look.

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
        )

    def close(self) -> None:
        """Delete the picture, which is set aside on disk."""
        self.picture.close()

    def watch(self, frames: Iterable[Picture]) -> Iterator[Picture]:
        """Yield the same frames, which must be all of the video, and add what each adds."""
        for k, frame in enumerate(frames):
            self.picture.append(self._added(self._along(frame)[self._band or self._rows(k)]))
            yield frame
        for strips in self._finished():
            self.picture.append(strips)

    def read(self, tracker: Tracker = SILENT) -> None:
        """Add what all frames of the video add."""
        for strips in self.strips(tracker):
            self.picture.append(strips)

    def strips(self, tracker: Tracker = SILENT) -> Iterator[Picture]:
        """What the frames add, in the order of time: columns, or rows, (n, H, 3) uint8.

        ffmpeg crops the frames to what is needed, unless the slit moves.
        """
        for k, frame in enumerate(tracker.passing(self._video.frames(crop=self._crop()))):
            along = self._along(frame)
            yield self._added(along if self._band else along[self._rows(k)])
        yield from self._finished()

    def _added(self, band: Picture) -> Picture:
        if self._slices:
            return self._slices.take(band)
        return band[::-1] if self.picture.reverse else band  # as it is in the video

    def _finished(self) -> Iterator[Picture]:
        """What the slices add in the end, when the direction is settled."""
        if not self._slices:
            return
        last = self._slices.finish()
        if self._turns:
            self.picture.reverse = self._slices.moved > 0
        yield last

    def _crop(self) -> tuple[int, int, int, int] | None:
        """The part of the frames that is needed: left, top, width and height in pixels."""
        if not self._band:
            return None
        start, width = self._band.start, self._band.stop - self._band.start
        if self._sideways:
            return start, 0, width, self._video.size[1]
        return 0, start, self._video.size[0], width

    def _along(self, picture: Picture) -> Picture:
        return picture.swapaxes(0, 1) if self._sideways else picture
