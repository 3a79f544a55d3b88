"""Owns what the history of a loop takes of a dissolve: one of the two pictures in each pixel.

A dissolve would travel through the history as a blurred bar. So there each pixel switches from the
first picture to the second one in the moment in which both are most alike there.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..frames import Frame, rounded_as, strips

Moments = npt.NDArray[np.float32]

SOFTNESS = 4  # frames in which a pixel switches
_ACROSS = 96  # blocks, about, on the longer side, in which the pictures are compared
_BLUR = 2  # blocks around each, and moments around each, over which their difference is averaged
_EVEN = 0.02  # of the difference: by so much less do those in the middle of the dissolve count


class Switch:
    """When each pixel switches in a dissolve of `count` frames, which are numbered from 0.

    moments: (H, W) float32: in that frame, half of the pixel is of each picture. softness: frames
    that the switch takes.
    """

    def __init__(self, moments: Moments, count: int) -> None:
        self.moments, self.softness = moments, softness_of(count)

    def shares(self, number: int) -> Moments:
        """The share of the second picture in a frame of the dissolve, from 0 to 1: (H, W)."""
        shares: Moments = np.clip((number - self.moments) / self.softness + 0.5, 0, 1)
        return shares

    def mixed(self, number: int, first: Frame, second: Frame) -> Frame:
        """A frame of the dissolve, made of both pictures, as history takes it."""
        shares = self.shares(number).reshape(*first.shape[:2], *[1] * (first.ndim - 2))
        made = np.empty_like(first)
        for rows in strips(len(made)):
            under = first[rows]
            mixed = under + (second[rows].astype(np.float32) - under) * shares[rows]
            made[rows] = rounded_as(mixed, made)
        return made


def softness_of(count: int) -> int:
    """How many frames a switch takes in a dissolve of so many: all of a short one."""
    return min(SOFTNESS, count + 1)


def switch_of(pairs: Iterable[tuple[Frame, Frame]]) -> Switch:
    """The switch of a dissolve, from the two pictures of each of its frames.

    Each pair is looked at once, and none is kept.
    """
    apart, size = [], (0, 0)
    for first, second in pairs:
        size = first.shape[1], first.shape[0]
        apart.append(_apart(first, second))
    count = len(apart)
    differences = _blurred(np.stack(apart))
    # Where nothing tells one moment from another, such as on a wall, it is the middle.
    away = np.abs(np.arange(count) - (count - 1) / 2) / count
    differences += (_EVEN * differences.mean() + 1e-3) * away[:, None, None]
    edge = softness_of(count) / 2
    moments = np.clip(np.argmin(differences, axis=0), edge - 1, count - edge).astype(np.float32)
    scaled = Image.fromarray(moments).resize(size, Image.Resampling.BILINEAR)
    return Switch(np.array(scaled), count)


def _apart(first: Frame, second: Frame) -> Moments:
    """How much two pictures differ, in the mean of each block: (h, w)."""
    thin = max(1, max(first.shape[:2]) // (4 * _ACROSS))  # some of the pixels are enough
    first, second = first[::thin, ::thin], second[::thin, ::thin]
    step = max(1, round(max(first.shape[:2]) / _ACROSS))
    apart = np.abs(first.astype(np.float32) - second)
    if apart.ndim > 2:
        apart = apart.sum(axis=tuple(range(2, apart.ndim)))
    for axis in (0, 1):
        edges = np.arange(0, apart.shape[axis], step)
        counts = np.diff(np.append(edges, apart.shape[axis]))
        apart = np.add.reduceat(apart, edges, axis=axis) / np.expand_dims(counts, 1 - axis)
    return apart.astype(np.float32)


def _blurred(values: Moments) -> Moments:
    """Values with those around them averaged, along every axis: twice, which has no corners."""
    for axis in (0, 0, 1, 1, 2, 2):
        values = _averaged(values, axis)
    return values


def _averaged(values: Moments, axis: int) -> Moments:
    """The mean of the values up to _BLUR before and after each along an axis."""
    padding = [(0, 0)] * values.ndim
    padding[axis] = (_BLUR + 1, _BLUR)
    sums = np.cumsum(np.pad(values, padding, mode="edge"), axis=axis, dtype=np.float64)
    width, length = 2 * _BLUR + 1, values.shape[axis]
    later, earlier = (sums.take(range(first, first + length), axis) for first in (width, 0))
    return ((later - earlier) / width).astype(np.float32)
