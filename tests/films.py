"""What tests of strip photographs share: a film in memory, and what its columns tell."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from conftest import Picture, numbers

from rollscan.strip.fitted_strip import FittedStrip
from rollscan.strip.long_strip import LongStrip
from rollscan.strip.strips import Strips
from rollscan.video.source import Video


class Film:
    """What a strip photograph needs of a video: frames, cut as it asks."""

    rate = Fraction(25)

    def __init__(self, frames: list[Picture]) -> None:
        self._frames = frames
        self.size = frames[0].shape[1::-1]

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Picture]:
        return iter(self._frames)

    def frames(self, crop: tuple[int, int, int, int] | None) -> Iterator[Picture]:
        x, y, width, height = crop or (0, 0, *self.size)
        return (frame[y : y + height, x : x + width] for frame in self._frames)


def columns(picture: Picture) -> list[int]:
    """From left to right, the number of the frame each column comes from."""
    (row,) = np.unique(numbers(picture), axis=0)
    found: list[int] = row.tolist()
    return found


def fitted(film: Film | Video, *slits: float, **how: object) -> Strips:
    """Strips as wide as the film, of these slits, or of one."""
    places = [{"slit": slit} for slit in slits] or [{}]
    return Strips(film, [FittedStrip(film, **place, **how) for place in places])


def long(film: Film | Video, *slits: float, **how: object) -> Strips:
    """Strips that each frame lengthens, of these slits, or of one."""
    places = [{"slit": slit} for slit in slits] or [{}]
    return Strips(film, [LongStrip(film, **place, **how) for place in places])


def shown(strips: Strips) -> Picture:
    """The picture that has been laid down."""
    return strips.picture.part(0, strips.picture.length)
