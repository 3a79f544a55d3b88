"""Owns the delay line: pixels that are stored until each is due, in memory or on disk."""

from __future__ import annotations

import math
import mmap
import weakref
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..files import nameless_file, read_at, temporary_room, write_at
from ..frames import Frame

MOST_IN_MEMORY = 2**26  # bytes; a delay line that needs more lies on disk as a whole

_PIECE = 2**16  # bytes

Lags = npt.NDArray[np.intp]


class DelayLine:
    """A delay line for pictures, in which each pixel has a delay of its own.

    lags: (H, W) array of the delays, in whole frames, 0 or more.
    like: a frame, (H, W, ...) of any dtype, whose shape and dtype all frames have.
    beside: bytes of memory that the caller uses in addition.
    where: (H, W) array of the pixel of a frame that each pixel shows, as its index among those of
        the frame, row by row; None for its own.

    A pixel with a lag of n is stored n times in a ring buffer of n places. Pixels of equal lag
    share a ring: of whole rows if every row has a single lag, otherwise of whole columns if every
    column has one, otherwise of single pixels. If the rings and `beside` exceed MOST_IN_MEMORY,
    the rings lie in a nameless file in the system's temporary folder (TMPDIR). Raises OutputError
    if that folder is full.
    """

    def __init__(
        self, lags: Lags, like: Frame, *, beside: int = 0, where: Lags | None = None
    ) -> None:
        self._order: Lags | None = None  # the pixels sorted by lag, if rings are of single pixels
        self._axis = 0  # the axis along which lags differ
        if where is None and (lags == lags[:, :1]).all():
            lags_in_order = lags[:, 0]
        elif where is None and (lags == lags[:1]).all():
            lags_in_order, self._axis = lags[0], 1
        else:
            self._order = np.argsort(lags, axis=None, kind="stable")
            self._inverse_order = np.argsort(self._order)  # the index of each pixel in that order
            lags_in_order = lags.reshape(-1)[self._order]
            if where is not None:
                self._order = where.reshape(-1)[self._order]
        self._newest = np.array(self._arranged(like), order="C")
        self._bands = _bands(lags_in_order, self._axis)
        stored = sum(band.lag * self._newest[band.where].nbytes for band in self._bands)
        self._file = file_for(stored + beside)
        self._rings = [self._ring(band) for band in self._bands]
        self._count = 0  # frames taken so far

    def restart(self) -> None:
        """Discard all frames."""
        self._count = 0

    def take(self, picture: Frame) -> None:
        """Take in the next picture."""
        if self._count:
            for band, ring in zip(self._bands, self._rings, strict=True):
                if band.lag:
                    ring[(self._count - 1) % band.lag] = self._newest[band.where]
        self._newest[:] = self._arranged(picture)
        self._count += 1

    def picture(self) -> Frame:
        """A new picture, in which each pixel is as it was its lag ago.

        A pixel whose lag reaches back before the first frame is as in the first frame.
        """
        shown = np.empty_like(self._newest)
        last = self._count - 1
        for band, ring in zip(self._bands, self._rings, strict=True):
            if band.lag and last:
                shown[band.where] = ring[last % band.lag if last >= band.lag else 0]
            else:
                shown[band.where] = self._newest[band.where]
        if self._order is None:
            return shown
        picture: Frame = np.take(shown, self._inverse_order, axis=0)
        return picture.reshape(self._shape)

    def close(self) -> None:
        """Close the file on disk, if there is one."""
        if self._file:
            self._file.close()

    def _arranged(self, picture: Frame) -> Frame:
        """The picture, reordered so that pixels of equal lag are neighbours."""
        if self._order is None:
            return picture
        self._shape = picture.shape
        pixels = picture.reshape(-1, *picture.shape[2:])
        arranged: Frame = np.take(pixels, self._order, axis=0)
        return arranged

    def _ring(self, band: _Band) -> _Ring:
        like = self._newest[band.where]
        if self._file:
            return _RingOnDisk(self._file, band.lag, like)
        return np.empty((band.lag, *like.shape), like.dtype)


@dataclass(frozen=True)
class _Band:
    """Adjacent rows, columns or pixels of equal lag."""

    where: tuple[slice, ...]  # in the arranged picture
    lag: int


def _bands(line: Lags, axis: int) -> list[_Band]:
    """The runs of equal lags."""
    steps = np.flatnonzero(np.diff(line)) + 1
    edges = [0, *steps.tolist(), len(line)]
    before = (slice(None),) * axis
    return [
        _Band((*before, slice(start, stop)), int(line[start])) for start, stop in pairwise(edges)
    ]


class _Ring(Protocol):
    """A sequence of arrays of one shape, on disk or in memory, where it is a NumPy array."""

    def __getitem__(self, place: int, /) -> Any: ...

    def __setitem__(self, place: int, pixels: Any, /) -> None: ...


class NamelessFile:
    """A temporary file without a name, which the system deletes when the program ends."""

    def __init__(self) -> None:
        self._file = nameless_file()
        self.close = weakref.finalize(self, self._file.close)
        self.reserved = 0  # bytes that are assigned to rings
        self._mapped: mmap.mmap | None = None

    def write(self, at: int, pixels: Frame) -> None:
        """Write the pixels at byte offset `at`."""
        data = np.ascontiguousarray(pixels).data.cast("B")
        # Linux maps what was written at once as a whole, however little of it is looked at.
        piece = _PIECE if self._mapped else len(data)
        for start in range(0, len(data), piece):
            write_at(self._file, at + start, data[start : start + piece])

    def read(self, at: int, into: Frame) -> None:
        """Fill `into`, which must be contiguous, from byte offset `at`."""
        read_at(self._file, at, into.data.cast("B"))

    def view(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Frame:
        """The file as an array of this shape, which shows what is written, and cannot be changed.

        What is read of it counts as memory of this process until `forget` is called.
        """
        size = math.prod(shape) * dtype.itemsize
        with temporary_room():
            self._file.truncate(size)
            self._mapped = mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ)
        return np.frombuffer(self._mapped, dtype).reshape(shape)

    def forget(self) -> None:
        """Take what was read of the view out of the memory of this process, where that is possible.

        The system still has it, as long as nothing else needs the memory.
        """
        if self._mapped and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
            self._mapped.madvise(mmap.MADV_DONTNEED)


def file_for(n_bytes: int) -> NamelessFile | None:
    """A file for so many bytes; None if they may lie in memory."""
    return NamelessFile() if n_bytes > MOST_IN_MEMORY else None


class _RingOnDisk:
    """A ring in a part of a file. It takes no space on disk until it is written."""

    def __init__(self, file: NamelessFile, places: int, like: Frame) -> None:
        self._file, self._like, self._at = file, like, file.reserved
        file.reserved += places * like.nbytes

    def __getitem__(self, place: int) -> Frame:
        pixels = np.empty(self._like.shape, self._like.dtype)
        self._file.read(self._at + place * pixels.nbytes, pixels)
        return pixels

    def __setitem__(self, place: int, pixels: Frame) -> None:
        self._file.write(self._at + place * pixels.nbytes, pixels)
