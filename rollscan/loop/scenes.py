"""Owns the detection of cuts, where a film goes from one scene to the next.

The criterion is that of PySceneDetect's AdaptiveDetector: at a cut, the change from one frame to
the next is large, and several times as large as the changes around it. So neither fast motion nor a
moving camera is taken for a cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile

import numpy as np

from ..frames import Frame, Lent, SizedSource, Span, mean_difference

# Changes are the mean absolute difference of pixels, in levels from 0 to 255.
_WIDTH = 64  # pixels, about: the width at which frames are compared
_LEAST = 16.0  # levels: the least change at a cut
_TIMES = 3.0  # times the average change around it: the least change at a cut
_AROUND = 2  # changes before it, and after it, that make this average
_FLAT = 1.0  # levels: a frame whose pixels deviate less has a plain colour, and is no scene
_STILL = 0.5  # levels: a change below this is a repeated frame, as at an uneven frame rate
_STAYS = 0.5  # of the change: what must remain over two frames, as it is a flash otherwise
_KEPT = 300  # small frames, at most, that are remembered of a source
_AHEAD = 12  # frames after a frame that are read to decide whether it begins a scene


class SceneMeter:
    """Finds the cuts in a sequence of (H, W, 3) uint8 frames."""

    def __init__(self) -> None:
        self._changes: list[float] = []  # from frame k to frame k + 1
        self._later: list[float] = []  # from frame k to frame k + 2
        self._last: list[Frame] = []  # the last two frames, small
        self._flat: list[bool] = []  # whether each frame has a plain colour

    def take(self, frame: Frame) -> Frame:
        """Compare the next frame with the two before it. Returns its small copy."""
        thin = max(1, frame.shape[1] // _WIDTH)
        small = np.ascontiguousarray(frame[::thin, ::thin])
        self._flat.append(False)
        if self._last:
            self._changes.append(mean_difference(self._last[-1], small))
            if self._changes[-1] >= _LEAST:  # else it is no cut, and nobody asks
                self._flat[-2:] = [_is_flat(self._last[-1]), _is_flat(small)]
        if len(self._last) > 1:
            self._later.append(mean_difference(self._last[-2], small))
        self._last = [*self._last[-1:], small]
        return small

    @property
    def cuts(self) -> list[int]:
        """The numbers of the frames that begin a new scene, frame 0 left out."""
        return [k + 1 for k in range(len(self._changes)) if self.is_cut(k + 1)]

    def is_cut(self, frame: int) -> bool:
        """Whether this frame, 1 or later, begins a new scene, judged by the frames taken so far."""
        k = frame - 1
        change = self._changes[k]
        if change < _LEAST or (self._flat[k] and self._flat[frame]):
            return False
        before = self._moved(range(k - 1, max(-1, k - 1 - _AHEAD), -1))
        after = self._moved(range(k + 1, min(len(self._changes), k + 1 + _AHEAD)))
        around = [*before, *after]
        usual = sum(around) / len(around) if around else 0.0
        # A flash comes and goes, so over two frames, from before it to after it, little changes.
        over_two = [self._later[i] for i in (k - 1, k) if 0 <= i < len(self._later)]
        stays = min(over_two, default=change)
        return change >= _TIMES * usual and stays >= _STAYS * change

    def _moved(self, numbers: Iterable[int]) -> list[float]:
        """The first changes with these numbers that are not those of repeated frames."""
        moved = (self._changes[k] for k in numbers if self._changes[k] > _STILL)
        return [change for change, _ in zip(moved, range(_AROUND), strict=False)]


class WatchedSource(Lent):
    """A Lent source that finds the cuts among its frames while they are read, in any order.

    It remembers small copies of the first frames that are read, too.
    """

    def __init__(self, source: SizedSource) -> None:
        super().__init__(source)
        self._meters: list[tuple[int, SceneMeter]] = []  # for each reading, from a first frame on
        self._small: dict[int, Frame] = {}  # by the number of the frame

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` (None: to the end)."""
        meter = SceneMeter()
        self._meters.append((first, meter))
        return self._watched(super().frames(first, stop), meter, first)  # decoding starts now

    def scenes(self, first: int, stop: int) -> list[Span]:
        """The scenes of the frames `first` up to `stop`, as far as they have been read."""
        cuts = {begin + cut for begin, meter in self._meters for cut in meter.cuts}
        return scenes_between(sorted(cut for cut in cuts if first < cut < stop), first, stop)

    def small_part(self, first: int, stop: int) -> list[Frame]:
        """Small copies of the frames `first` up to `stop`, up to the first one not remembered."""
        there = takewhile(self._small.__contains__, range(first, stop))
        return [self._small[number] for number in there]

    def _watched(self, frames: Iterator[Frame], meter: SceneMeter, first: int) -> Iterator[Frame]:
        for number, frame in enumerate(frames, first):
            small = meter.take(frame)
            if len(self._small) < _KEPT:
                self._small.setdefault(number, small)
            yield frame


def scenes_between(cuts: Iterable[int], first: int, stop: int) -> list[Span]:
    """The scenes of the frames `first` up to `stop`. cuts: those after `first`, in order."""
    return list(pairwise([first, *cuts, stop]))


def with_scenes(frames: Iterable[Frame]) -> Iterator[tuple[Frame, int]]:
    """Each frame with the number of the first frame of its scene. It reads 12 frames ahead."""
    meter, held, start, taken = SceneMeter(), deque[Frame](), 0, 0

    def next_of() -> tuple[Frame, int]:
        nonlocal start
        number = taken - len(held)
        if number and meter.is_cut(number):
            start = number
        return held.popleft(), start

    for frame in frames:
        meter.take(frame)
        held.append(frame)
        taken += 1
        if len(held) > _AHEAD:
            yield next_of()
    while held:
        yield next_of()


def _is_flat(frame: Frame) -> bool:
    """Whether a frame is all of one colour."""
    return float(frame.std(axis=(0, 1)).max()) < _FLAT
