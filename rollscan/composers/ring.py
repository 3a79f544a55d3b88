"""Owns what look-ups share: their methods, and the rings of pictures that they keep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..frames import Frame, strips
from .delay_line import file_for
from .interpolate import Interpolation

BETWEEN_BYTES = 64  # about the memory per pixel that an interpolation takes
FINENESS = 4  # moments a frame that are stored with smooth, see Moments


class LookUp(ABC):
    """The look-ups of a layer, while frames arrive one after the other."""

    @abstractmethod
    def restart(self) -> None:
        """Discard all frames."""

    @abstractmethod
    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame, with its number as the field counts."""

    @abstractmethod
    def picture(self) -> Frame:
        """The layer as of the frame that was taken in last, as a new array."""

    def close(self) -> None:  # noqa: B027, as most hold nothing open
        """Release what is on disk."""


class Ring:
    """Pictures by their place, in memory or on disk, see DelayLine.

    count: of the places. like: a picture of their shape and dtype. smooth: whether memory is taken
    by interpolations besides.

    pictures: (count, ...) array of all pictures. Only `write` changes it.
    """

    def __init__(self, count: int, like: Frame, *, smooth: bool) -> None:
        beside = BETWEEN_BYTES * like.shape[0] * like.shape[1] if smooth else 0
        shape = (count, *like.shape)
        self._file = file_for(count * like.nbytes + beside)
        self.pictures: Frame
        if self._file:
            self.pictures = self._file.view(shape, like.dtype)
        else:
            self.pictures = np.empty(shape, like.dtype)

    def __len__(self) -> int:
        return len(self.pictures)

    def write(self, place: int, picture: Frame) -> None:
        """Store a picture."""
        if self._file:
            self._file.write(place * picture.nbytes, picture)
        else:
            self.pictures[place] = picture

    def take(self, pixels: npt.NDArray[np.intp]) -> Frame:
        """Pixels of the pictures, numbered through all pictures in order."""
        flat = self.pictures.reshape(-1, *self.pictures.shape[3:])
        taken: Frame = np.take(flat, pixels, axis=0)
        if self._file:
            self._file.forget()
        return taken

    def picture(self, place: int) -> Frame:
        """A picture that was stored, which is not to be changed."""
        found: Frame = self.pictures[place]
        if not self._file:
            return found
        found = np.empty_like(found)
        self._file.read(place * found.nbytes, found)
        return found

    def read(self, lines: npt.NDArray[np.intp]) -> Frame:
        """Rows of the pictures, numbered through all pictures in order: (n, W, ...).

        From the disk, only what is asked for is read into the memory of this process.
        """
        like = self.pictures[0, 0]
        if not self._file:
            found: Frame = np.take(self.pictures.reshape(-1, *like.shape), lines, axis=0)
            return found
        found = np.empty((len(lines), *like.shape), like.dtype)
        for into, line in zip(found, lines.tolist(), strict=True):
            self._file.read(line * like.nbytes, into)
        return found

    def close(self) -> None:
        """Close the file on disk, if there is one."""
        if self._file:
            self._file.close()


class Cuts:
    """Which of the latest frames a cut separates from the frame before. reach: how many frames."""

    def __init__(self, reach: int) -> None:
        self._are_cut = np.zeros(reach, bool)  # a ring

    def note(self, count: int, is_cut: bool) -> None:
        """Note it of the frame that makes their number `count`."""
        self._are_cut[count % len(self._are_cut)] = is_cut

    def shares(
        self, shares: npt.NDArray[Any], lags: npt.NDArray[np.intp], count: int
    ) -> npt.NDArray[Any]:
        """The shares of the moment before in the look-ups so many frames ago, 0 or 1 across a cut.

        count: of the frames so far.
        """
        if not self._are_cut.any():
            return shares
        is_cut = self._are_cut[(count - lags) % len(self._are_cut)]
        return np.where(is_cut, np.rint(shares), shares)


class Moments:
    """The moments of a video, as finely as they are stored: `fineness` a frame, numbered from 0.

    Moment n * fineness is frame n; those between two frames are interpolated along the motion. A
    look-up between two moments is a blend of them: with four moments a frame, it is as sharp as
    one along the motion, where the nearest of eight moments still shows steps.

    smooth: whether there are any but the frames, so that `fineness` is not 1. reach: the greatest
        lag, in frames.
    """

    def __init__(self, smooth: bool, reach: int) -> None:
        self.fineness = FINENESS if smooth else 1
        self._cuts = Cuts(reach + 1)
        self.restart()

    def restart(self) -> None:
        """Discard all frames."""
        self.count = 0  # of the frames
        self._before: Frame | None = None

    @property
    def last(self) -> int:
        """The number of the latest moment."""
        return (self.count - 1) * self.fineness

    def take(self, frame: Frame) -> Iterator[tuple[int, Frame]]:
        """Take in the next frame, and yield each new moment with its number."""
        self.count += 1
        if self.fineness == 1:
            yield self.last, frame
            return
        before, self._before = self._before, frame.copy()
        if before is not None:
            first = self.last - self.fineness
            shares = np.arange(1, self.fineness) / self.fineness
            yield from enumerate(self._between(before, frame, shares), first + 1)
        yield self.last, frame

    def shares(
        self, late: npt.NDArray[np.float64], lags: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float32]:
        """The share that the moment before has in the picture, 0 or 1 across a cut.

        late: the delays, in moments. lags: those of the later one of the two moments.
        """
        shares = np.clip(late - lags, 0, 1).astype(np.float32)
        return self._cuts.shares(shares, lags // self.fineness, self.count)

    def _between(self, before: Frame, frame: Frame, shares: Any) -> Iterator[Frame]:
        self._cuts.note(self.count, False)
        if np.array_equal(before, frame):
            yield from [frame] * len(shares)
            return
        between = Interpolation(before, frame)
        self._cuts.note(self.count, between.is_cut)
        y, x = np.ogrid[: len(frame), : frame.shape[1]]
        for share in shares:
            yield interpolated(between, frame, y, x, np.full(frame.shape[:2], share, np.float32))


def interpolated(
    between: Interpolation,
    like: Frame,
    y: npt.NDArray[Any],
    x: npt.NDArray[Any],
    shares: npt.NDArray[np.float32],
) -> Frame:
    """The pixels at rows y and columns x, each at its own share of the way between two frames.

    like: a picture of the shape of the result. y and x broadcast to it, shares are (H, W).
    """
    made = np.empty_like(like)
    for rows in strips(len(like)):
        pixels = between.pixels(part_of(y, rows), part_of(x, rows), shares[rows])
        made[rows] = between.finished(pixels)
    return made


def part_of(place: npt.NDArray[Any], rows: slice) -> npt.NDArray[Any]:
    """The part for some rows of an array that broadcasts to (H, W)."""
    return place[rows] if len(place) > 1 else place


def size_of(frame: Frame) -> tuple[int, int]:
    """The width and the height of a frame in pixels."""
    return frame.shape[1], frame.shape[0]
