"""Owns a picture that grows to any length, and is set aside on disk."""

from __future__ import annotations

import weakref

import numpy as np

from ..files import nameless_file, read_at, write_at
from ..frames import Picture
from ..limits import check_limit

_BLOCK = 256  # strips, one pixel wide, that are stored together


class LongPicture:
    """A picture whose columns, or rows, are added one after the other, and read in any part.

    across: the other side, in pixels. sideways: whether columns are added, not rows.

    The picture is stored in a nameless file in the system's temporary folder, which is deleted by
    close(), with the picture, or when the program ends in any way. Memory holds 256 columns.

    flipped: ranges of what was added, in their order, each of which is laid in the reverse order.
    reverse: set it to lay what was added last at the left, or on top. twofold: set it to add the
    whole once more after it, in the reverse order.

    Raises OutputError if the temporary folder is full, and LimitError if what is stored exceeds the
    limit max_temporary.
    """

    def __init__(self, across: int, *, sideways: bool) -> None:
        self.reverse = self.twofold = False
        self.flipped: list[tuple[int, int]] = []
        self.across, self.sideways = across, sideways
        self._block = np.empty((across, _BLOCK, 3) if sideways else (_BLOCK, across, 3), np.uint8)
        self._file = nameless_file()
        self._finalizer = weakref.finalize(self, self._file.close)
        self._count = 0

    def close(self) -> None:
        """Delete what is stored."""
        self._finalizer()

    @property
    def length(self) -> int:
        """The number of columns, or rows, of the whole picture."""
        return self._count * (2 if self.twofold else 1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        sides = self.length, self.across
        return sides if self.sideways else sides[::-1]

    def append(self, strips: Picture) -> None:
        """Add columns, or rows: (n, across, 3) uint8, in the order in which they are added."""
        while len(strips):
            begin = self._count % _BLOCK
            some = strips[: _BLOCK - begin]
            self._along(self._block)[begin : begin + len(some)] = some
            self._count += len(some)
            strips = strips[len(some) :]
            if self._count % _BLOCK == 0:
                self._check_room()
                number = self._count // _BLOCK - 1
                write_at(self._file, number * self._block.nbytes, self._block.data.cast("B"))

    def _check_room(self) -> None:
        needed = self._count * self._block.nbytes // _BLOCK
        remedy = "take a part of the video with --start and --end, or give a smaller --scale"
        told = "takes over {} to set aside"
        check_limit("max_temporary", needed, "the strip photograph", told, remedy)

    def part(self, first: int, stop: int, across: slice = slice(None)) -> Picture:
        """The columns, or rows, `first` up to but not including `stop`, as a picture.

        across: the part of the other side; default all of it.
        """
        if not self.twofold or stop <= self._count:
            return self._half(first, stop, across, reverse=self.reverse)
        if first >= self._count:
            first, stop = first - self._count, stop - self._count
            return self._half(first, stop, across, reverse=not self.reverse)
        halves = self.part(first, self._count, across), self.part(self._count, stop, across)
        return np.concatenate(halves, axis=1 if self.sideways else 0)

    def _half(self, first: int, stop: int, across: slice, *, reverse: bool) -> Picture:
        if reverse:
            first, stop = self._count - stop, self._count - first
        parts, done = [self._added(0, 0, across)], first
        for begin, end in self.flipped:
            if end <= first or begin >= stop:
                continue
            low, high = max(begin, first), min(end, stop)
            parts.append(self._added(done, low, across))
            mirrored = self._added(begin + end - high, begin + end - low, across)
            parts.append(mirrored[self._backward])
            done = high
        parts.append(self._added(done, stop, across))
        found = np.concatenate(parts, axis=1 if self.sideways else 0)
        return found[self._backward] if reverse else found

    def _added(self, first: int, stop: int, across: slice) -> Picture:
        """What was added as `first` up to `stop`, in that order."""
        empty = np.empty_like(self._block[self._places(slice(0))])
        parts = [empty[across] if self.sideways else empty[:, across]]
        for number in range(first // _BLOCK, -(-stop // _BLOCK) if first < stop else 0):
            begin = number * _BLOCK
            inside = slice(max(first - begin, 0), min(stop - begin, _BLOCK))
            parts.append(self._stored(number, across)[self._places(inside)])
        return np.concatenate(parts, axis=1 if self.sideways else 0)

    @property
    def _backward(self) -> tuple[slice, slice]:
        return self._places(slice(None, None, -1))

    def _stored(self, number: int, across: slice) -> Picture:
        """A block, or the rows of one whose strips are columns that `across` tells."""
        if number == self._count // _BLOCK:
            block = self._block
        elif not self.sideways:
            block = np.empty_like(self._block)
            read_at(self._file, number * block.nbytes, block.data.cast("B"))
        else:
            top, bottom, _ = across.indices(len(self._block))
            rows = np.empty((bottom - top, *self._block.shape[1:]), np.uint8)
            begin = number * self._block.nbytes + top * self._block[0].nbytes
            read_at(self._file, begin, rows.data.cast("B"))
            return rows
        return block[across] if self.sideways else block[:, across]

    def _places(self, strips: slice) -> tuple[slice, slice]:
        return (slice(None), strips) if self.sideways else (strips, slice(None))

    def _along(self, picture: Picture) -> Picture:
        return picture.swapaxes(0, 1) if self.sideways else picture
