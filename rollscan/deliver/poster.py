"""Owns the choice of the poster: the frame that is shown where a loop does not play."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..frames import Frame


class PosterChooser:
    """Chooses a poster from a stream of frames: the most detailed one with a full history.

    Detail is how much neighbouring blocks of 2 x 2 pixels differ in their mean green. Noise hardly
    changes it; blur, darkness and an empty scene lower it.

    full_from: the first frame (0-based) whose history is full. If there is no such frame, the last
    one is chosen, whose history is the fullest.
    """

    def __init__(self, full_from: int) -> None:
        self._full_from = full_from
        self._seen = 0
        self._most = -1.0
        self.best = 0  # the number of the chosen frame (0-based)

    def watch(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Pass the frames on, and consider each as a poster."""
        for frame in frames:
            detail = _detail(frame) if self._seen >= self._full_from else -1.0
            if detail > self._most or self._seen < self._full_from:
                self.best, self._most = self._seen, detail
            self._seen += 1
            yield frame


def _detail(frame: Frame) -> float:
    """The mean difference between neighbouring blocks of 2 x 2 pixels, across plus down."""
    green = frame[..., 1].astype(np.int16)
    pairs = green[:-1:2] + green[1::2]
    blocks = pairs[:, :-1:2] + pairs[:, 1::2]
    steps = [np.abs(np.diff(blocks, axis=axis)) for axis in (0, 1)]
    return sum(float(step.mean()) for step in steps if step.size)
