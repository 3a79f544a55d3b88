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


class Dissolve(np.ndarray[Any, np.dtype[Any]]):
    """A frame in which one picture of a loop dissolves into another: that of the live side.

    history: the frame as history takes it, in which each pixel is of one of the two pictures. None
        for an array that was computed from such a frame.
    """

    history: Frame | None = None

    @classmethod
    def of(cls, live: Frame, history: Frame) -> Dissolve:
        """A frame of its two forms, which share their memory with it."""
        frame = live.view(cls)
        frame.history = history
        return frame


def both_of(frame: Frame) -> tuple[Frame, Frame]:
    """A frame as the live side shows it, and as history takes it; mostly they are the same."""
    if not isinstance(frame, Dissolve):
        return frame, frame
    live = frame.view(np.ndarray)
    return live, live if frame.history is None else frame.history


def copied(frame: Frame) -> Frame:
    """A copy of a frame, with that of its form for history, if it has one."""
    live, history = both_of(frame)
    return live.copy() if history is live else Dissolve.of(live.copy(), history.copy())


Point = tuple[float, float]  # x, y in a picture: fractions of its width and its height
Span = tuple[int, int]  # a range of frames: the first one, and the one after the last

_STRIP = 64  # rows that are computed at a time, as intermediate results take memory


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


def strips(height: int) -> Iterator[slice]:
    """The rows of a picture, _STRIP at a time."""
    return (slice(top, min(top + _STRIP, height)) for top in range(0, height, _STRIP))


def rounded_as(floats: npt.NDArray[Any], like: Frame) -> Frame:
    """The floats in the dtype of a frame, rounded if that is of whole numbers."""
    return (np.rint(floats) if like.dtype.kind in "iu" else floats).astype(like.dtype, copy=False)


def thinned(source: SizedSource, width: int) -> Iterator[Frame]:
    """All frames of a source, subsampled to about `width` pixels."""
    thin = max(1, source.size[0] // width)
    return (frame[::thin, ::thin] for frame in source.frames())


def cleared(frame: Picture) -> Picture:
    """The frame, in which what is fully transparent is black, which takes fewer bytes."""
    if frame.shape[2] == 3:
        return frame
    return np.where(frame[..., 3:] == 0, np.uint8(0), frame)


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
