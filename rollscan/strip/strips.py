"""Owns strip photographs of one slit or of several, all of which are made of one decoding."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import tee
from typing import TYPE_CHECKING

import numpy as np

from ..frames import Picture
from ..kinds import Position
from ..tracker import SILENT, Tracker
from . import FITTED
from .fitted_strip import FittedStrip
from .long_strip import LongStrip
from .stacked_picture import StackedPicture
from .strip import Strip

if TYPE_CHECKING:
    from ..look import Look
    from ..video.source import Video


class Strips:
    """A strip photograph: a strip, or several under one another, or side by side if they are rows.

    picture: what has been laid down. Close the strips to delete it.

    strips: at least one, all of one kind and of one direction.
    """

    def __init__(self, video: Video, strips: Sequence[Strip]) -> None:
        self._video, self._strips = video, strips
        self.picture = StackedPicture([strip.picture for strip in strips])
        self.sideways = strips[0].sideways

    @classmethod
    def of(
        cls,
        video: Video,
        look: Look,
        strip: str,
        *,
        pace: float | None = None,
        slits: Sequence[Position] = (),
        speed: float = 1,
    ) -> Strips:
        """The strip photograph of a video with the slit of a look.

        strip, pace: as of a Job. slits: several, in place of the slit of the look. speed: at which
        the video plays, for the times of a path.
        """
        looks = [look.over(slit=slit) for slit in slits] or [look]
        if strip == FITTED:
            return cls(video, [FittedStrip.of(video, each, speed) for each in looks])
        return cls(video, [LongStrip.of(video, each, strip, pace, speed) for each in looks])

    def close(self) -> None:
        """Delete the picture, which is set aside on disk."""
        for strip in self._strips:
            strip.picture.close()

    @property
    def per_frame(self) -> Fraction | None:
        """How many columns, or rows, each frame adds to a strip; None if that differs."""
        return self._strips[0].per_frame

    @property
    def empty(self) -> list[int]:
        """The numbers of the strips to which nothing was added, from 0."""
        return [k for k, strip in enumerate(self._strips) if not strip.picture.length]

    def watch(self, frames: Iterable[Picture]) -> Iterator[Picture]:
        """Yield the same frames, which must be all of the video, and add what each adds."""
        return self._watched(iter(frames), 0)

    def read(self, tracker: Tracker = SILENT) -> None:
        """Add what all frames of the video add."""
        deque(self._watched(*self._read(tracker)), maxlen=0)

    def added(self, tracker: Tracker = SILENT) -> Iterator[Picture]:
        """What each frame of the video adds, in the order of time, and then what is left.

        Yields (n, H, 3) uint8; of several strips, which must add equally much, H is that of all.
        """
        for each in self._added(*self._read(tracker)):
            yield np.concatenate(each, axis=1)

    def _read(self, tracker: Tracker) -> tuple[Iterator[Picture], int]:
        """The frames, cropped to what is needed of them, and the first column, or row, of that."""
        bands = [strip.band for strip in self._strips]
        fixed = [band for band in bands if band]
        if len(fixed) < len(bands):
            return iter(tracker.passing(self._video.frames(crop=None))), 0
        start, stop = min(band.start for band in fixed), max(band.stop for band in fixed)
        width, height = self._video.size
        crop = (0, start, width, stop - start)
        if self.sideways:
            crop = (start, 0, stop - start, height)
        return iter(tracker.passing(self._video.frames(crop=crop))), start

    def _watched(self, frames: Iterator[Picture], start: int) -> Iterator[Picture]:
        """Yield the frames, which begin with the column, or row, `start`, and add what each adds.

        A strip may read ahead. If that fails, it raises the error when it comes to that frame.
        """
        passing, read = tee(frames)
        adding = self._added(read, start)
        for frame in passing:
            self._lay(next(adding))
            yield frame
        for each in adding:
            self._lay(each)

    def _lay(self, added: Sequence[Picture]) -> None:
        for strip, strips in zip(self._strips, added, strict=True):
            strip.picture.append(strips)

    def _added(self, frames: Iterator[Picture], start: int) -> Iterator[tuple[Picture, ...]]:
        """What each frame adds to each of the strips, and then what is left."""
        each = tee(frames, len(self._strips))
        adding = (
            strip.added(map(partial(self._needed, strip.band, start), own))
            for strip, own in zip(self._strips, each, strict=True)
        )
        return zip(*adding, strict=True)

    def _needed(self, band: slice | None, start: int, frame: Picture) -> Picture:
        """The rows of a frame that a strip needs, turned so that the slit is a row."""
        along = frame.swapaxes(0, 1) if self.sideways else frame
        return along[band.start - start : band.stop - start] if band else along
