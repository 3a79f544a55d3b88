"""Owns the types of frames, and of sources from which frames can be read at any place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .checks import brief
from .errors import ArgumentError

Frame = npt.NDArray[Any]  # (H, W, 3) uint8; a mask is (H, W) floats
Picture = npt.NDArray[np.uint8]  # (H, W, 3)
Point = tuple[float, float]  # x, y in a picture: fractions of its width and its height
Span = tuple[int, int]  # a range of frames: the first one, and the one after the last


def mean_difference(a: Picture, b: Picture) -> float:
    """The mean absolute difference of the values of two frames of one shape, 0 to 255."""
    return int((np.maximum(a, b) - np.minimum(a, b)).sum(dtype=np.int64)) / a.size


class Source(Protocol):
    """A sequence of frames that can be read from any frame on, as often as needed."""

    def __len__(self) -> int: ...

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` (None: to the end)."""


class SizedSource(Source, Protocol):
    """A source of frames of one size, such as a Video, or the frames of a MoviePy clip."""

    size: tuple[int, int]  # width, height in pixels

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, about `width` pixels wide."""

    def close(self) -> None:
        """Release what the source holds open."""


def check_frame(frame: object, like: Frame | None = None) -> None:
    """Raise ArgumentError unless it is a frame. like: one whose shape and dtype it must have."""
    if not isinstance(frame, np.ndarray) or frame.ndim < 2 or not frame.size:
        what = getattr(frame, "shape", type(frame).__name__)
        raise ArgumentError(f"frames has a frame that is {what}: give (H, W, 3) arrays")
    if like is not None and (frame.shape != like.shape or frame.dtype != like.dtype):
        raise ArgumentError(
            f"frames changes from {like.shape} {like.dtype} to {frame.shape} {frame.dtype}: give"
            " frames of one shape and type"
        )


def check_frames(frames: object) -> None:
    """Raise ArgumentError unless it is iterable, and not a single picture."""
    if not isinstance(frames, Iterable):
        raise ArgumentError(f"frames is {brief(frames)}: give a list, or an iterator, of frames")
    if isinstance(frames, np.ndarray) and frames.ndim == 3 and frames.shape[-1] in (3, 4):
        raise ArgumentError(f"frames is one picture, {frames.shape}: give a list of pictures")


def thinned(source: SizedSource, width: int) -> Iterator[Frame]:
    """All frames of a source, subsampled to about `width` pixels."""
    thin = max(1, source.size[0] // width)
    return (frame[::thin, ::thin] for frame in source.frames())


class Part:
    """The frames `first` up to but not including `stop` of a source, as a source."""

    def __init__(self, source: Source, first: int, stop: int) -> None:
        self._source, self._first, self._stop = source, first, stop

    def __len__(self) -> int:
        return self._stop - self._first

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` of the part (None: to the end)."""
        stop = self._stop if stop is None else min(self._first + stop, self._stop)
        return self._source.frames(self._first + first, stop)


class Lent:
    """A source that several readers use one after the other, and that none of them closes."""

    def __init__(self, source: SizedSource) -> None:
        self.size = source.size
        self._source = source

    def __len__(self) -> int:
        return len(self._source)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` (None: to the end)."""
        return self._source.frames(first, stop)

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, about `width` pixels wide."""
        return self._source.small(width)

    def close(self) -> None:
        """Do nothing, as other readers use the source."""
