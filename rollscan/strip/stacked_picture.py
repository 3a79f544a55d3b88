"""Owns pictures that lie under one another, or side by side, as one picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..frames import Picture
from .long_picture import LongPicture


class StackedPicture:
    """Long pictures as one: under one another if they grow in width, side by side if in height.

    They all grow in the same way and are equally large across. Where one is shorter than the
    longest, the rest of its place is black.

    pictures: at least one, in their order. across: the side in which they do not grow, in pixels.
    """

    def __init__(self, pictures: Sequence[LongPicture]) -> None:
        self._pictures = pictures
        self.sideways = pictures[0].sideways
        self._each = pictures[0].across
        self.across = self._each * len(pictures)

    @property
    def length(self) -> int:
        """The number of columns, or rows, of the longest one."""
        return max(picture.length for picture in self._pictures)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        sides = self.length, self.across
        return sides if self.sideways else sides[::-1]

    def part(self, first: int, stop: int, across: slice = slice(None)) -> Picture:
        """The columns, or rows, `first` up to but not including `stop`, as a picture.

        across: the part of the other side; default all of it.
        """
        top, bottom, _ = across.indices(self.across)
        parts = []
        for number in range(top // self._each, -(-bottom // self._each)):
            begin = number * self._each
            inside = slice(max(top - begin, 0), min(bottom - begin, self._each))
            parts.append(self._part(self._pictures[number], first, stop, inside))
        return np.concatenate(parts, axis=0 if self.sideways else 1)

    def bands(self, first: int, stop: int, most: int) -> Iterator[Picture]:
        """The part from `first` to `stop` as bands of rows from the top.

        most: bytes that a band may take, but it has at least one row.
        """
        width = stop - first if self.sideways else self.size[0]
        rows = max(1, most // (3 * width))
        end = self.size[1] if self.sideways else stop
        for top in range(0 if self.sideways else first, end, rows):
            bottom = min(end, top + rows)
            if self.sideways:
                yield self.part(first, stop, slice(top, bottom))
            else:
                yield self.part(top, bottom)

    def _part(self, picture: LongPicture, first: int, stop: int, across: slice) -> Picture:
        """A part of one of the pictures, black from its end on."""
        end = min(stop, picture.length)
        found = picture.part(min(first, end), end, across)
        lacking = stop - first - (end - min(first, end))
        along = ((0, 0), (0, lacking)) if self.sideways else ((0, lacking), (0, 0))
        return np.pad(found, (*along, (0, 0))) if lacking else found
