"""Owns maps that move: how late each pixel is, as the light or motion of a video says.

They are made of small frames, blurred in space, and read a few at a time from the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ..frames import Frame
from .loops import NONE, Table
from .scenes import with_scenes
from .spool import Spool

MAP_WIDTH = 160  # pixels, of the frames of which maps are made

Map = npt.NDArray[np.float32]  # (H, W): from 0, now, to 1, the oldest

_BLUR = 0.03  # of the width: a map without edges of its own leaves those of the picture whole
_WEIGHTS = (1, 2, 3, 2, 1)  # of the maps of frames around one, so that no pixel jumps in time
_LUMA = (0.299, 0.587, 0.114)
_DARK, _BRIGHT = 2.0, 98.0  # percentiles of the luma that are now and the oldest
_FASTEST = 99.5  # the percentile of the motion that is the oldest
_GAIN = 4  # of the motion, whose blurred values would otherwise be few
_BINS = 4096
_LEVELS = 255.0


def luma_maps(frames: Iterable[Frame]) -> Spool:
    """The brightness of each pixel, of the whole video's: its dark is 0, its light 255.

    frames: small frames of the video, (H, W, 3) uint8. Returns (H, W) uint8 for each; the caller
    closes them.
    """
    return _normalized((_blurred(_luma(frame)) for frame in frames), _DARK, _BRIGHT)


def motion_maps(frames: Iterable[Frame]) -> Spool:
    """How much moves at each pixel, from 0, nothing, to 255, of the whole video's most.

    See luma_maps. At a cut, nothing moves.
    """
    return _normalized(_motion(frames), 0.0, _FASTEST)


def grey_maps(frames: Iterable[Frame]) -> Spool:
    """The brightness of each pixel as it is, from 0, black, to 255, white. See luma_maps."""
    return _spooled(np.rint(_blurred(_luma(frame))).astype(np.uint8) for frame in frames)


class OwnMap:
    """The maps of a loop's frames by the video itself: own_map(k) is (H, W), small, of frame k.

    They are means over a few frames. In a loop, frame k + period is frame k.

    maps: of the source frames. first: the number of the one with which the table begins. table: of
    the loop. cyclic: whether it is one.
    """

    def __init__(self, maps: Spool, first: int, table: Table, *, cyclic: bool) -> None:
        self._maps, self._first, self._table, self._cyclic = maps, first, table, cyclic
        self._one = lru_cache(maxsize=len(_WEIGHTS))(self._of)

    def __call__(self, k: int) -> Map:
        """The map of frame k."""
        half, most = len(_WEIGHTS) // 2, len(self._table)
        around = range(k - half, k + half + 1)
        numbers = (n % most if self._cyclic else min(max(n, 0), most - 1) for n in around)
        pairs = zip(_WEIGHTS, numbers, strict=True)
        maps = [self._one(n) * np.float32(weight / sum(_WEIGHTS)) for weight, n in pairs]
        return np.asarray(sum(maps), np.float32)

    def _of(self, k: int) -> Map:
        under, over = self._table.under[k], self._table.over[k]
        shares = self._table.shares[k]
        found = self._source(under) * np.float32(shares[0])
        return found if over == NONE else found + self._source(over) * np.float32(shares[1])

    def _source(self, number: int) -> Map:
        return np.asarray(self._maps[self._first + number], np.float32) / np.float32(_LEVELS)


class OtherMap:
    """The maps of a loop's frames by another video, at its own rate: other_map(k) is of frame k.

    In a loop, a video that is not longer plays whole times, a little faster or slower; of a longer
    one, the beginning plays, which over the last fifth dissolves into what comes before it, or if
    nothing does, into the first frame. Without a loop, a shorter one starts over.

    maps: of the frames of the other video. rate: its frames per second. period: how many frames the
    loop has, and at: its frames per second. cyclic: whether it is one.
    """

    def __init__(self, maps: Spool, rate: float, period: int, at: float, *, cyclic: bool) -> None:
        self._maps, self._step, self._period, self._cyclic = maps, rate / at, period, cyclic
        frames = period * self._step  # of the other video, in one round
        self._is_longer = cyclic and maps.count > frames
        if cyclic and not self._is_longer:
            self._step = max(1, round(frames / maps.count)) * maps.count / period

    def __call__(self, k: int) -> Map:
        """The map of frame k."""
        k = k % self._period if self._cyclic else k
        found = self._between(k * self._step)
        rest = self._period - k
        fading = _CLOSING * self._period
        if self._is_longer and rest < fading:
            share = np.float32(1 - rest / fading)
            found = found * (1 - share) + self._between(0.0) * share
        return found

    def _between(self, place: float) -> Map:
        """The mean of the two frames round a place, by how near they are."""
        count = self._maps.count
        before = int(place)
        share = np.float32(place - before)
        one = self._maps[before % count] * (1 - share) + self._maps[(before + 1) % count] * share
        return np.asarray(one / np.float32(_LEVELS), np.float32)


_CLOSING = 0.2  # of a loop: as a path that does not close, see path.py


def _luma(frame: Frame) -> Map:
    return np.asarray(frame @ np.array(_LUMA, np.float32), np.float32)


def _blurred(values: Map) -> Map:
    """The values, 0 to 255, blurred in space."""
    soft = ImageFilter.GaussianBlur(_BLUR * values.shape[1])
    levels = Image.fromarray(np.rint(values).astype(np.uint8)).filter(soft)
    return np.asarray(levels, np.float32)


def _motion(frames: Iterable[Frame]) -> Iterator[Map]:
    """By how much each pixel of a frame differs from the frame before; nothing at a cut."""
    before: Map | None = None
    for number, (frame, begin) in enumerate(with_scenes(frames)):
        luma = _luma(frame)
        if before is None or number == begin:
            yield np.zeros_like(luma)
        else:
            yield _blurred(np.minimum(_GAIN * np.abs(luma - before), _LEVELS))
        before = luma


def _normalized(maps: Iterable[Map], least: float, most: float) -> Spool:
    """The maps as uint8, of which 0 and 255 are these percentiles of all values."""
    counts = np.zeros(_BINS, np.int64)

    def counted() -> Iterator[Frame]:
        for each in maps:
            found, _ = np.histogram(each, _BINS, (0, _LEVELS + 1))
            counts[:] += found
            yield each

    with closing(Spool(counted())) as aside:
        aside.fill()
        shares = np.cumsum(counts) / max(counts.sum(), 1)
        edges = np.searchsorted(shares, (least / 100, most / 100)) * ((_LEVELS + 1) / _BINS)
        low = float(edges[0]) if least else 0.0
        reach = max(float(edges[1]) - low, 1.0)
        return _spooled(
            np.rint(np.clip((aside[k] - low) / reach, 0, 1) * _LEVELS).astype(np.uint8)
            for k in range(aside.count)
        )


def _spooled(maps: Iterator[Frame]) -> Spool:
    spool = Spool(maps)
    spool.fill()
    return spool
