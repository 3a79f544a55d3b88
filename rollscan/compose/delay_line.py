"""Owns the pixels kept until they are due, no longer than each has to be. Knows no maps."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..files import nameless_file, read_at, write_at
from ..frames import Frame

MOST_IN_MEMORY = 2**28  # bytes; what is kept beyond this lies on disk, all of it

Lags = npt.NDArray[np.intp]


class Rings:
    """A picture in which each pixel comes as many frames late as its lag says.

    lags: (H, W) whole numbers of frames, 0 or more. like: a frame, (H, W, ...) of any dtype.
    beside: bytes of memory that whoever asks takes as well.

    A pixel with a lag of n is kept n times, in a ring: n places that are filled in turn, and each
    again when what it held has been shown. Pixels of one lag share a ring, of whole rows where
    every row has one lag, else of whole columns where every column has, else pixel by pixel. Above
    MOST_IN_MEMORY in all, the rings lie in a nameless file in the system's temporary folder
    (TMPDIR); what that folder cannot take is an OutputError.
    """

    def __init__(self, lags: Lags, like: Frame, *, beside: int = 0) -> None:
        self._order: Lags | None = None  # of the pixels by lag, where they are taken one by one
        self._axis = 0  # along which neighbours may have other lags
        if (lags == lags[:, :1]).all():
            line = lags[:, 0]
        elif (lags == lags[:1]).all():
            line, self._axis = lags[0], 1
        else:
            self._order = np.argsort(lags, axis=None, kind="stable")
            self._places = np.argsort(self._order)  # of each pixel among those by lag
            line = lags.reshape(-1)[self._order]
        self._newest = np.array(self._arranged(like), order="C")
        self._bands = _bands(line, self._axis)
        kept = sum(band.lag * self._newest[band.where].nbytes for band in self._bands)
        self._file = _Unnamed() if kept + beside > MOST_IN_MEMORY else None
        self._rings = [self._ring(band) for band in self._bands]
        self._count = 0  # frames taken so far

    def restart(self) -> None:
        """Forget all that was taken."""
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
        """Each pixel as it was its lag ago, or in the first picture where that was before; new."""
        shown = np.empty_like(self._newest)
        last = self._count - 1
        for band, ring in zip(self._bands, self._rings, strict=True):
            if band.lag and last:
                shown[band.where] = ring[last % band.lag if last >= band.lag else 0]
            else:
                shown[band.where] = self._newest[band.where]
        if self._order is None:
            return shown
        picture: Frame = np.take(shown, self._places, axis=0)
        return picture.reshape(self._shape)

    def close(self) -> None:
        """Let go of the file, if there is one."""
        if self._file:
            self._file.close()

    def _arranged(self, picture: Frame) -> Frame:
        """The picture so that pixels of one lag lie together."""
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
    """Neighbours of one lag."""

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
    """So many places of one shape; an array of them is one as well."""

    def __getitem__(self, place: int, /) -> Any: ...

    def __setitem__(self, place: int, pixels: Any, /) -> None: ...


class _Unnamed:
    """A file without a name, gone with the program however it ends."""

    def __init__(self) -> None:
        self._file = nameless_file()
        self.close = weakref.finalize(self, self._file.close)
        self.reserved = 0  # bytes that have an owner

    def write(self, at: int, pixels: Frame) -> None:
        """Write the pixels from byte `at` on."""
        write_at(self._file, at, np.ascontiguousarray(pixels).data.cast("B"))

    def read(self, at: int, into: Frame) -> None:
        """Read from byte `at` on until `into`, which is contiguous, is full."""
        read_at(self._file, at, into.data.cast("B"))


class _RingOnDisk:
    """A ring in a part of a file, which takes no room on the disk until it is written."""

    def __init__(self, file: _Unnamed, places: int, like: Frame) -> None:
        self._file, self._like, self._at = file, like, file.reserved
        file.reserved += places * like.nbytes

    def __getitem__(self, place: int) -> Frame:
        pixels = np.empty(self._like.shape, self._like.dtype)
        self._file.read(self._at + place * pixels.nbytes, pixels)
        return pixels

    def __setitem__(self, place: int, pixels: Frame) -> None:
        self._file.write(self._at + place * pixels.nbytes, pixels)
