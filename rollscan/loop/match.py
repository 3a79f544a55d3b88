"""Owns the search for the part of a video that makes the best loop."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from ..checks import brief
from ..errors import ArgumentError
from ..frames import Frame, Span
from ..tracker import SILENT, Tracker
from .scenes import with_scenes

_WIDTH = 32  # pixels: enough to distinguish people and their movements
_MOST_BYTES = 64_000_000  # of small frames in memory
_AS_GOOD = 1.1  # times the lowest cost: nobody sees the difference
_MOTION = (1, 2, 1)  # weights of the frame before, the frame itself, and the frame after
_REACH = len(_MOTION) // 2
_BLOCK = 48  # frames that are compared at a time, few enough to stay in the processor's cache
_ENDLESS = 1e12  # frames: more than any video has

Rows = npt.NDArray[np.generic]  # a row for each frame: (frames, pixels and channels)


def match_width(size: tuple[int, int], n_frames: int, rate: float, max_loop: float) -> int:
    """The width of the small frames for `best_loop`, in pixels: 2 to 32.

    It is below 32 if the frames of the longest loop, of some 20 minutes or more, would take too
    much memory. size, n_frames, rate: of the video. max_loop: in seconds.
    """
    held = min(n_frames, max_loop * rate)
    pixels = _MOST_BYTES / 3 / held
    return max(2, min(_WIDTH, int(math.sqrt(pixels * size[0] / size[1]))))


def best_loop(
    frames: Iterable[Frame],
    rate: float,
    min_loop: float,
    max_loop: float,
    tracker: Tracker = SILENT,
) -> Span:
    """The first frame of the best loop, and the frame after its last one.

    A loop from i to j is good if frame j looks like frame i, and so do their neighbours: then both
    picture and motion continue where it starts over (the transitions of Schoedl, Szeliski, Salesin
    and Essa, Video Textures, 2000). Among loops about as good as the best, the longest wins. No
    loop spans a cut, see scenes.SceneMeter.

    frames: small frames of the video, (H, W, 3) uint8. They are iterated once; memory holds those
        of the last `max_loop` seconds, 2 kB each at 32x18 pixels.
    rate: frames per second.
    min_loop, max_loop: bounds on the length of the loop, in seconds.
    tracker: of the job, which may end the search.

    Raises ArgumentError if no loop of that length fits in the video, or in one of its scenes.
    """
    given = f"min_loop is {brief(min_loop)} s and max_loop {brief(max_loop)} s"
    names = ("min_loop", "max_loop", "min_loop", "max_loop")  # as messages name them
    if not 0 < min_loop <= max_loop:
        raise ArgumentError(f"{given}: give 0 < min_loop <= max_loop", *names)
    shortest, longest = max(2.0, min_loop * rate), min(max_loop * rate, _ENDLESS)
    best = _BestLoops(round(shortest), round(longest), tracker)
    for block, starts in _blocks(frames):
        best.take(block, starts)
    longest = min(longest, best.count - 1 - 2 * _REACH)
    if shortest > longest:
        raise ArgumentError(
            f"{given}: give bounds of at least 2 frames, and a video longer than min_loop by 3"
            f" frames; this one has {best.count / rate:.2f} s",
            *names[:3],
        )
    if not best.has_any:
        raise ArgumentError(
            f"{given}, and no scene of the video, from cut to cut, is so long: give a lower"
            " min_loop, or a part within a scene",
            *names[:3],
        )
    return best.loop()


def _blocks(frames: Iterable[Frame]) -> Iterator[tuple[Rows, npt.NDArray[np.int64]]]:
    """Blocks of _BLOCK frames, as rows, with the number of the first frame of each one's scene.

    The last block may have fewer frames.
    """
    rest = with_scenes(frames)
    while block := list(islice(rest, _BLOCK)):
        rows = np.stack([frame.reshape(-1) for frame, _ in block])
        yield rows, np.array([start for _, start in block], np.int64)


class _BestLoops:
    """The best loop of each length among the frames that it has taken.

    shortest, longest: bounds on the length of a loop, in frames.
    """

    def __init__(self, shortest: int, longest: int, tracker: Tracker) -> None:
        self._tracker = tracker
        self.count = 0  # frames taken
        self._shortest, self._longest = shortest, longest
        self._recent: deque[Rows] = deque(maxlen=longest // _BLOCK + 2)  # the last blocks
        # For each length that fits in the frames, in ascending order: the lowest cost, the first
        # frame of the loop with that cost, and the differences of the latest frames so far apart.
        self._costs = np.empty(0)
        self._firsts = np.empty(0, np.int64)
        self._latest_differences = np.empty((0, 2 * _REACH), np.float32)

    def take(self, block: Rows, starts: npt.NDArray[np.int64]) -> None:
        """Take the next frames, and compare them with each other and with those before.

        starts: for each frame, the first frame of its scene, before which no loop may begin.
        """
        before = self.count
        self.count += len(block)
        self._recent.append(block)
        self._widen(min(self._longest, self.count - 1) + 1 - self._shortest)
        differences = np.full((len(self._costs), len(block)), np.inf, np.float32)
        new = block.astype(np.float32)
        for ago in range(len(self._recent)):  # blocks
            self._compare(new, ago, before, differences)
            self._tracker.step(0)  # so that the job can be ended during a long search
        firsts = before + np.arange(len(block)) - self._lengths[:, None]
        differences[firsts < starts] = np.inf
        differences = np.hstack([self._latest_differences, differences])
        self._latest_differences = differences[:, -2 * _REACH :].copy()
        costs = np.zeros((len(differences), len(block)))
        for i, weight in enumerate(_MOTION):
            costs += weight * differences[:, i : i + len(block)].astype(np.float64)
        best = np.argmin(costs, axis=1)
        least = np.take_along_axis(costs, best[:, None], axis=1)[:, 0]
        better = least < self._costs
        lengths = self._lengths[better]
        self._costs[better] = least[better]
        self._firsts[better] = before + best[better] - _REACH - lengths

    @property
    def has_any(self) -> bool:
        """Whether any loop lies within a scene."""
        return bool(np.isfinite(self._costs).any())

    @property
    def _lengths(self) -> npt.NDArray[np.int64]:
        """The lengths that fit in the frames taken so far, in frames."""
        return self._shortest + np.arange(len(self._costs))

    def _widen(self, lengths: int) -> None:
        """Extend the arrays to so many lengths."""
        more = lengths - len(self._costs)
        if more > 0:
            self._costs = np.append(self._costs, np.full(more, np.inf))
            self._firsts = np.append(self._firsts, np.zeros(more, np.int64))
            nothing = np.full((more, 2 * _REACH), np.inf, np.float32)
            self._latest_differences = np.concatenate([self._latest_differences, nothing])

    def _compare(
        self, new: npt.NDArray[np.float32], ago: int, before: int, squares: npt.NDArray[np.float32]
    ) -> None:
        """Fill in the differences between new frames and those `ago` to `ago + 1` blocks before.

        new: the new frames as rows. before: how many frames came before them.
        squares: for each length and each new frame, the squared difference between that frame and
            the one so far before it.
        """
        farthest = min((ago + 1) * _BLOCK - 1, self._longest, self.count - 1)
        nearest = max(ago * _BLOCK, self._shortest)
        if farthest < nearest:
            return
        # The older frames begin ago + 1 blocks before the new ones, or at frame 0.
        blocks = [self._recent[i] for i in range(-2 - ago, -ago) if -i <= len(self._recent)]
        old = np.concatenate(blocks).astype(np.float32)
        start = max(0, before - (ago + 1) * _BLOCK)  # the number of the first older frame
        for length in range(nearest, farthest + 1):
            skip = max(0, length - before)  # new frames that have no frame so far before them
            first = before + skip - length - start
            difference = new[skip:] - old[first : first + len(new) - skip]
            squares[length - self._shortest, skip:] = np.einsum("ij,ij->i", difference, difference)

    def loop(self) -> Span:
        """The longest loop among those about as good as the best, as (first, stop)."""
        good = _AS_GOOD * self._costs.min()
        i = int(np.flatnonzero(self._costs <= good)[-1])
        first = int(self._firsts[i])
        return first, first + self._shortest + i
