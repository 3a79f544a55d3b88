"""Owns colours out of step in time: red now, green a little ago, blue twice as long ago."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from ..frames import Frame


class OutOfStep:
    """Frames whose green is `lag` frames older than their red, and whose blue is twice that.

    frames: (H, W, 3) arrays, as often as they can be iterated. lag: 0 or more.
    cyclic: whether the first 2 * lag frames come before those asked for, and only lend their
    colours; if not, they are there too, and what is older than the first frame is that one.
    Frames without colours, such as masks, pass as they are.
    """

    def __init__(self, frames: Iterable[Frame], lag: int, *, cyclic: bool) -> None:
        self._frames = frames
        self._lag = lag
        self._cyclic = cyclic

    def __iter__(self) -> Iterator[Frame]:
        past: deque[Frame] = deque(maxlen=2 * self._lag + 1)
        for k, frame in enumerate(self._frames):
            past.append(frame)
            if self._cyclic and k < 2 * self._lag:
                continue
            yield self._mixed(past) if frame.ndim == 3 else frame

    def _mixed(self, past: deque[Frame]) -> Frame:
        mixed = past[-1].copy()
        for channel in (1, 2):
            mixed[..., channel] = past[max(-len(past), -1 - channel * self._lag)][..., channel]
        return mixed
