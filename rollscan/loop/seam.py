"""Owns the score of a seam: how much a loop jumps where it starts over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..frames import Frame, mean_difference


class SeamMeter:
    """Measures how much a loop jumps where it starts over, while its frames are iterated."""

    def __init__(self) -> None:
        self._steps: list[float] = []
        self._ends: list[Frame] = []  # the first frame and the latest, at half the size

    def watch(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the same frames, and measure each of them."""
        for frame in frames:
            thin = frame[::2, ::2].copy()  # a quarter of the pixels is enough
            if self._ends:
                self._steps.append(mean_difference(self._ends[-1], thin))
            self._ends = [*self._ends[:1], thin]
            yield frame

    @property
    def score(self) -> float | None:
        """The mean absolute difference of the last frame and the first, in median steps.

        The median step is the median of that difference over consecutive frames that differ, so a
        seam of 1.0 cannot be told from any other step. None for fewer than three frames.
        """
        if len(self._steps) < 2:
            return None
        usual = [step for step in self._steps if step]
        seam = mean_difference(self._ends[-1], self._ends[0])
        return seam / float(np.median(usual)) if usual else 1.0
