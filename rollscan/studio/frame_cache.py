"""Owns the frames that questions read, and their count: from the preview's file, or decoded."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeVar

import numpy as np

from ..files import read_at
from ..frames import Frame
from ..stages import EVERY
from ..tracker import Tracker
from ..video.source import Video

Item = TypeVar("Item")

_TOLD_EVERY = 0.1  # seconds


@dataclass(frozen=True)
class CachedFrames:
    """The first frames of a video, as raw RGB in a file."""

    path: Path
    size: tuple[int, int]  # width, height in pixels
    before: int  # how many frames the file has before the video's first one
    count: int  # how many frames of the video the file has


class QuestionCancelledError(Exception):
    """The question was cancelled, because nobody waits for the answer any more."""


class Counter:
    """Counts the frames that a question reads, and tells how far it is.

    cancelled: an event; once it is set, counting raises QuestionCancelledError. tell: is called
    with the share that is done, 0 to 1.
    """

    def __init__(self, tell: Callable[[float], None] = lambda done: None) -> None:
        self.cancelled = Event()
        self._tell = tell
        self._total, self._count, self._told_at = 0, 0, 0.0

    def expect(self, total: int) -> None:
        """Begin to count anew. total: how many frames will be read; 0: unknown, none is told."""
        self._total, self._count = total, 0

    @property
    def silent(self) -> Counter:
        """A counter that tells nothing, for the frames of the same question."""
        silent = Counter()
        silent.cancelled = self.cancelled
        return silent

    def passing(self, frames: Iterator[Item]) -> Iterator[Item]:
        """Pass frames on, and count them."""
        for frame in until_cancelled(frames, self.cancelled):
            yield frame
            self._count += 1
            if self._total and time.monotonic() > self._told_at + _TOLD_EVERY:
                self._told_at = time.monotonic()
                self._tell(min(self._count / self._total, 1.0))


class CountingTracker(Tracker):
    """A tracker that has a counter count the frames that are composed; it tells nothing itself."""

    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self._counter = counter

    def passing(self, items: Iterable[Item], of: Container[str] = EVERY) -> Iterable[Item]:
        """The same items, each counted, each time that they are iterated if they can be again."""
        if isinstance(items, Iterator):
            return self._counter.passing(items)
        return _CountedItems(items, self._counter)


@dataclass(frozen=True)
class _CountedItems(Iterable[Item]):
    """Items that can be iterated more than once, and are counted each time."""

    items: Iterable[Item]
    counter: Counter

    def __iter__(self) -> Iterator[Item]:
        return self.counter.passing(iter(self.items))


class Frames:
    """The frames `first` up to but not including `stop` of a video, as a SizedSource.

    video: is decoded for frames that are not in the cache, and closed with this source. counter:
    counts the frames that are read. cached: frames of the video in a file, which are used where
    their size is the video's. stop: None is the end.
    """

    def __init__(
        self,
        video: Video,
        counter: Counter,
        cached: CachedFrames | None = None,
        first: int = 0,
        stop: int | None = None,
    ) -> None:
        self.size = video.size
        self.video, self._counter = video, counter
        self._first, self._stop = first, len(video) if stop is None else stop
        self._cached = cached if cached and cached.size == video.size else None

    def __len__(self) -> int:
        return self._stop - self._first

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` (None: to the end)."""
        first += self._first
        stop = self._stop if stop is None else min(self._stop, self._first + stop)
        return self._counter.passing(self._read_or_decode(first, stop))

    def small(self, width: int) -> Iterator[Frame]:
        """All frames of the video, `width` pixels wide."""
        return self._counter.passing(self.video.small(width))

    def part(self, first: int, stop: int) -> Frames:
        """The frames `first` up to but not including `stop`, as a source.

        Closing it does not close the video.
        """
        return _Part(
            self.video, self._counter, self._cached, self._first + first, self._first + stop
        )

    def close(self) -> None:
        """Close the video."""
        self.video.close()

    def _read_or_decode(self, first: int, stop: int) -> Iterator[Frame]:
        """The frames by their numbers in the video."""
        if self._cached and stop <= self._cached.count:
            with suppress(OSError, EOFError):  # the file has been removed, or on Windows emptied
                for frame in _read(self._cached, first, stop):
                    yield frame
                    first += 1
        if first < stop:
            yield from self.video.frames(first, stop)


def until_cancelled(frames: Iterator[Item], cancelled: Event) -> Iterator[Item]:
    """Pass the frames on. Raises QuestionCancelledError once the event is set."""
    for frame in frames:
        if cancelled.is_set():
            raise QuestionCancelledError
        yield frame


class _Part(Frames):
    def close(self) -> None:
        """Do nothing: the video is closed by the source that this is a part of."""


def _read(cached: CachedFrames, first: int, stop: int) -> Iterator[Frame]:
    """The frames `first` up to but not including `stop` of the video, from the file.

    Raises OSError where there is no file, EOFError where it ends before.
    """
    width, height = cached.size
    with cached.path.open("rb", buffering=0) as file:
        for k in range(cached.before + first, cached.before + stop):
            frame = np.empty((height, width, 3), np.uint8)
            read_at(file, k * frame.nbytes, frame.data.cast("B"))
            yield frame
