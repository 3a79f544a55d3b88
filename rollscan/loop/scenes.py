"""Owns the search for cuts, where a film goes from one scene to the next; knows nothing of slits.

The measure is that of PySceneDetect's AdaptiveDetector: a change from one frame to the next that is
large, and several times as large as those around it; so fast motion and a moving camera are none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from ..frames import Frame, Lent, SizedSource, Span

_WIDTH = 64  # pixels of the frames that are compared, about
_LEAST = 16.0  # levels, of 255, by which pixels change at a cut on average
_TIMES = 3.0  # times the average change around it
_AROUND = 2  # changes before and after that count for that
_FLAT = 1.0  # levels, the deviation of pixels: less is a plain colour, and no scene
_STILL = 0.5  # levels: less is a frame that is shown again, as at an uneven rate
_STAYS = 0.5  # of the change that must be there over two frames, or it was a flash
_AHEAD = 12  # frames after one that are waited for, to judge whether it begins a scene


class SceneMeter:
    """Finds the cuts among frames that pass by: (H, W, 3) uint8."""

    def __init__(self) -> None:
        self._changes: list[float] = []  # of frame k + 1 from frame k
        self._later: list[float] = []  # of frame k + 2 from frame k
        self._last: list[Frame] = []  # the last two frames, small
        self._flat: list[bool] = []  # whether each frame is all of one colour

    def take(self, frame: Frame) -> None:
        """Compare the next frame with those before."""
        thin = max(1, frame.shape[1] // _WIDTH)
        small = np.ascontiguousarray(frame[::thin, ::thin])
        self._flat.append(False)
        if self._last:
            self._changes.append(_change(self._last[-1], small))
            if self._changes[-1] >= _LEAST:  # else it is no cut, and nobody asks
                self._flat[-2:] = [_is_flat(self._last[-1]), _is_flat(small)]
        if len(self._last) > 1:
            self._later.append(_change(self._last[-2], small))
        self._last = [*self._last[-1:], small]

    @property
    def cuts(self) -> list[int]:
        """The frames that begin a new scene, but for frame 0."""
        return [k + 1 for k in range(len(self._changes)) if self.is_cut(k + 1)]

    def is_cut(self, frame: int) -> bool:
        """Whether that frame, 1 or later, begins a new scene, by the frames that have passed."""
        k = frame - 1
        change = self._changes[k]
        if change < _LEAST or (self._flat[k] and self._flat[frame]):
            return False
        before = self._moved(range(k - 1, max(-1, k - 1 - _AHEAD), -1))
        after = self._moved(range(k + 1, min(len(self._changes), k + 1 + _AHEAD)))
        around = [*before, *after]
        usual = sum(around) / len(around) if around else 0.0
        # Over two frames, from before it and after it: a flash comes and goes.
        over_two = [self._later[i] for i in (k - 1, k) if 0 <= i < len(self._later)]
        stays = min(over_two, default=change)
        return change >= _TIMES * usual and stays >= _STAYS * change

    def _moved(self, numbers: Iterable[int]) -> list[float]:
        """The first changes of those numbers that are any."""
        moved = (self._changes[k] for k in numbers if self._changes[k] > _STILL)
        return [change for change, _ in zip(moved, range(_AROUND), strict=False)]


class WatchedSource(Lent):
    """A source that is lent, of whose frames the cuts are found as they are read, in any order."""

    def __init__(self, source: SizedSource) -> None:
        super().__init__(source)
        self._meters: list[tuple[int, SceneMeter]] = []  # of each reading, from which frame on

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` (None: to the end)."""
        meter = SceneMeter()
        self._meters.append((first, meter))
        return _watched(super().frames(first, stop), meter)  # which are on their way from now on

    def scenes(self, first: int, stop: int) -> list[Span]:
        """The scenes of a part, by what was read of it."""
        cuts = {begin + cut for begin, meter in self._meters for cut in meter.cuts}
        return scenes_between(sorted(cut for cut in cuts if first < cut < stop), first, stop)


def _watched(frames: Iterator[Frame], meter: SceneMeter) -> Iterator[Frame]:
    for frame in frames:
        meter.take(frame)
        yield frame


def scenes_between(cuts: Iterable[int], first: int, stop: int) -> list[Span]:
    """The scenes of the frames `first` up to `stop`, which begin with these frames as well."""
    return list(pairwise([first, *cuts, stop]))


def with_scenes(frames: Iterable[Frame]) -> Iterator[tuple[Frame, int]]:
    """Each frame, and the number of the one with which its scene begins; 12 are read ahead."""
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


def _change(a: Frame, b: Frame) -> float:
    """The mean difference of two frames, in levels of 255."""
    return int((np.maximum(a, b) - np.minimum(a, b)).sum(dtype=np.int64)) / a.size


def _is_flat(frame: Frame) -> bool:
    """Whether a frame is all of one colour."""
    return float(frame.std(axis=(0, 1)).max()) < _FLAT
