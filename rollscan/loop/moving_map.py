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
from ..path import CLOSING
from .loops import NONE, Table
from .scenes import with_scenes
from .spool import Spool

MAP_WIDTH = 160  # pixels, of the frames of which maps are made

Map = npt.NDArray[np.float32]  # (H, W): from 0, now, to 1, the oldest
Levels = npt.NDArray[np.uint8]  # the same, from 0 to 255

_BLUR = 0.03  # of the width: a map without edges of its own leaves those of the picture whole
_WEIGHTS = (1, 2, 3, 2, 1)  # of the maps of frames around one, so that no pixel jumps in time
_LUMA = (0.299, 0.587, 0.114)
_DARK, _BRIGHT = 2.0, 98.0  # percentiles of the luma that are now and the oldest
_FASTEST = 99.5  # the percentile of the motion that is the oldest
_GAIN = 4  # of the motion, whose blurred values would otherwise be few
_LEAST = 16  # of 255: what is more alike is noise
_FITTING = 1.25  # times as long as the loop: what is no longer is made to fit
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
    return _spooled(_blurred(_luma(frame)) for frame in frames)


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

    In a loop, the video plays a whole number of times, a little faster or slower for that. Of one
    that is longer than the loop by over a quarter, the beginning plays, which over the last fifth
    dissolves into its first frame. Without a loop, a shorter one starts over.

    maps: of the frames of the other video. rate: its frames per second. period: how many frames the
    loop has, and at: its frames per second. cyclic: whether it is one.
    """

    def __init__(self, maps: Spool, rate: float, period: int, at: float, *, cyclic: bool) -> None:
        self._maps, self._step, self._period, self._cyclic = maps, rate / at, period, cyclic
        frames = period * self._step  # of the other video, in one round
        self._is_longer = cyclic and maps.count > _FITTING * frames
        if cyclic and not self._is_longer:
            self._step = max(1, round(frames / maps.count)) * maps.count / period

    def __call__(self, k: int) -> Map:
        """The map of frame k."""
        k = k % self._period if self._cyclic else k
        found = self._between(k * self._step)
        rest = self._period - k
        fading = CLOSING * self._period
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


def _luma(frame: Frame) -> Map:
    return np.asarray(frame @ np.array(_LUMA, np.float32), np.float32)


def _blurred(values: Map) -> Levels:
    """The values, 0 to 255, blurred in space."""
    soft = ImageFilter.GaussianBlur(_BLUR * values.shape[1])
    return np.asarray(Image.fromarray(np.rint(values).astype(np.uint8)).filter(soft))


def _motion(frames: Iterable[Frame]) -> Iterator[Levels]:
    """By how much each pixel of a frame differs from the frame before; nothing at a cut."""
    before: Map | None = None
    for number, (frame, begin) in enumerate(with_scenes(frames)):
        luma = _luma(frame)
        if before is None or number == begin:
            yield np.zeros(luma.shape, np.uint8)
        else:
            yield _blurred(np.minimum(_GAIN * np.abs(luma - before), _LEVELS))
        before = luma


def _normalized(maps: Iterable[Levels], least: float, most: float) -> Spool:
    """The maps, of which 0 and 255 become these percentiles of all values."""
    counts = np.zeros(256, np.int64)

    def counted() -> Iterator[Frame]:
        for each in maps:
            counts[:] += np.bincount(each.ravel(), minlength=256)
            yield each

    with closing(Spool(counted())) as aside:
        aside.fill()
        shares = np.cumsum(counts) / max(counts.sum(), 1)
        low, high = np.searchsorted(shares, (least / 100, most / 100))
        reach = max(int(high) - int(low), _LEAST)
        levels = np.rint(np.clip((np.arange(256) - low) / reach, 0, 1) * _LEVELS).astype(np.uint8)
        return _spooled(levels[aside[k]] for k in range(aside.count))


def _spooled(maps: Iterator[Frame]) -> Spool:
    spool = Spool(maps)
    spool.fill()
    return spool
