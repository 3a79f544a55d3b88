"""Owns the seam's score: how much a loop jumps where it starts over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..frames import Frame


class SeamMeter:
    """Measures how much a loop jumps where it starts over, from the frames that pass by."""

    def __init__(self) -> None:
        self._steps: list[float] = []
        self._ends: list[Frame] = []  # the first frame and the last, thinned out

    def watch(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames, each measured on the way."""
        for frame in frames:
            thin = frame[::2, ::2].astype(np.int16)  # a quarter of the pixels tells as much
            if self._ends:
                self._steps.append(_step(self._ends[-1], thin))
            self._ends = [*self._ends[:1], thin]
            yield frame

    @property
    def score(self) -> float | None:
        """The mean absolute difference of the last frame and the first, in usual steps.

        The usual step is the median of that difference between neighbours that differ, so 1.0 is a
        seam like any other step. None with fewer than three frames.
        """
        if len(self._steps) < 2:
            return None
        usual = [step for step in self._steps if step]
        seam = _step(self._ends[-1], self._ends[0])
        return seam / float(np.median(usual)) if usual else 1.0


def _step(a: Frame, b: Frame) -> float:
    return float(np.abs(a - b).mean())
