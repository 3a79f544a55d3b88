"""Owns the frames of a MoviePy clip, as a source that can be composed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from moviepy.Clip import Clip

from .counting import whole_floor
from .frames import Frame, thinned


class ClipFrames:
    """The frames of a MoviePy clip, or of its mask. timed: the clip, with its fps and duration."""

    def __init__(self, clip: Clip, timed: Clip) -> None:
        self.size: tuple[int, int] = tuple(clip.size)
        self._clip = clip
        self._fps = timed.fps
        self._count = max(1, whole_floor(timed.duration * timed.fps))

    def __len__(self) -> int:
        return self._count

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop`."""
        for k in range(first, self._count if stop is None else stop):
            frame = self._clip.get_frame(k / self._fps)
            yield frame if self._clip.is_mask else frame.astype(np.uint8, copy=False)

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, subsampled to about `width` pixels."""
        return thinned(self, width)

    def close(self) -> None:
        """Do nothing, as the caller owns the clip."""
