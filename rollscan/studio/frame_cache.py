"""Owns a part's frames for composing: from the file they were decoded into, or decoded anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import Event

import numpy as np

from ..files import read_at
from ..frames import Frame
from ..video.source import Video


@dataclass(frozen=True)
class Kept:
    """The first `count` frames of a video, raw in a file, where `before` others come before."""

    path: Path
    size: tuple[int, int]  # width, height
    before: int
    count: int


class NotAskedError(Exception):
    """Nobody waits for the answer any more."""


class Frames:
    """The frames `first` up to `stop` of a video, as a source.

    given_up: when it is set, the next frame is NotAskedError. kept: where they may lie already.
    """

    def __init__(
        self,
        video: Video,
        given_up: Event,
        kept: Kept | None = None,
        first: int = 0,
        stop: int | None = None,
    ) -> None:
        self.size = video.size
        self.video, self._given_up = video, given_up
        self._first, self._stop = first, len(video) if stop is None else stop
        self._kept = kept if kept and kept.size == video.size else None

    def __len__(self) -> int:
        return self._stop - self._first

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop`."""
        first += self._first
        stop = self._stop if stop is None else min(self._stop, self._first + stop)
        return asked(self._lying(first, stop), self._given_up)

    def small(self, width: int) -> Iterator[Frame]:
        """All frames of the video, about `width` pixels wide."""
        return asked(self.video.small(width), self._given_up)

    def part(self, first: int, stop: int) -> Frames:
        """Some of these frames; to close them closes nothing."""
        return _Some(
            self.video, self._given_up, self._kept, self._first + first, self._first + stop
        )

    def close(self) -> None:
        """End the decoding."""
        self.video.close()

    def _lying(self, first: int, stop: int) -> Iterator[Frame]:
        """The frames by their numbers in the video."""
        if self._kept and stop <= self._kept.count:
            with suppress(OSError):  # removed meanwhile
                before = self._kept.before
                return _read(
                    self._kept.path.open("rb", buffering=0),
                    self.size,
                    before + first,
                    before + stop,
                )
        return self.video.frames(first, stop)


def asked(frames: Iterator[Frame], given_up: Event) -> Iterator[Frame]:
    """The frames. Raises NotAskedError when `given_up` is set."""
    for frame in frames:
        if given_up.is_set():
            raise NotAskedError
        yield frame


class _Some(Frames):
    def close(self) -> None:
        """Leave the decoding to those that these are of."""


def _read(file: FileIO, size: tuple[int, int], first: int, stop: int) -> Iterator[Frame]:
    width, height = size
    with file:
        for k in range(first, stop):
            frame = np.empty((height, width, 3), np.uint8)
            read_at(file, k * frame.nbytes, frame.data.cast("B"))
            yield frame
