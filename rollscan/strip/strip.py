"""Owns what strips of all kinds have in common: frames go by, and each adds what its slit shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from fractions import Fraction

from ..frames import Picture
from .long_picture import LongPicture


class Strip(ABC):
    """What one slit adds to a strip photograph.

    picture: what has been laid down. sideways: whether the slit is a column, not a row. band: the
    columns, or rows, of the frames that are needed; None for all of them. per_frame: the number of
    columns, or rows, that each frame adds, which may be a fraction; None if it differs.
    """

    picture: LongPicture
    sideways: bool
    band: slice | None = None
    per_frame: Fraction | None = None

    @abstractmethod
    def added(self, frames: Iterator[Picture]) -> Iterator[Picture]:
        """What each frame adds, in the order of time, (n, H, 3) uint8, and then what is left.

        frames: all frames of the video, of each the rows `band`, turned so that the slit is a row.
        """
