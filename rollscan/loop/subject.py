"""Owns the search for what moves before a camera that stands: a mask for each frame of a video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ..frames import Frame
from .scenes import SceneMeter, scenes_between
from .spool import Spool

SUBJECT_WIDTH = 240  # pixels, of the frames in which it is searched

_SAMPLES = 48  # frames of a scene, of whose pixels the background is the median
# A pixel shows the subject if it differs from the background by more than _LEAST levels of 8 bits
# and _NOISES times the usual difference there; it does for sure if by _RANGE levels more.
_LEAST, _RANGE, _NOISES = 16, 18, 3.0
_SOLID = 1  # pixels around one that shows it for sure, which have to as well: less is a speck
_REACH = 24  # pixels: how far a subject extends from where it is that solid
_GAP = 3  # pixels: gaps of up to twice as much within the subject are closed
_AROUND = 1  # pixels around the subject that belong to its mask
_EDGE = 1.0  # pixels: the softness of a mask's edges


def subject_masks(frames: Iterable[Frame]) -> Spool:
    """How surely each pixel shows what moves, from 0, the background, to 255: (H, W) uint8 each.

    The background is the median over the frames of a scene, so a subject has to be at one place
    for less than half of the time. Light that changes everywhere at once is not taken for it. The
    edges of the masks are soft, and lie just outside of the subject.

    frames: small frames of the video, (H, W, 3) uint8. They are iterated once, and set aside.
    Returns a mask for each frame; the caller closes them.
    """
    meter = SceneMeter()
    count = 0

    def metered() -> Iterator[Frame]:
        nonlocal count
        for frame in frames:
            meter.take(frame)
            count += 1
            yield frame

    with closing(Spool(metered())) as aside:
        aside.fill()
        masks = Spool(_masks(aside, scenes_between(meter.cuts, 0, count)))
        masks.fill()
    return masks


def _masks(frames: Spool, scenes: Iterable[tuple[int, int]]) -> Iterator[Frame]:
    """The masks of all frames, scene by scene."""
    for first, stop in scenes:
        numbers = np.unique(np.linspace(first, stop - 1, _SAMPLES).round().astype(int))
        samples = np.stack([frames[int(number)] for number in numbers])
        background = np.median(samples, axis=0).astype(np.int16)
        changes = [_changed(frame, background) for frame in samples]
        noise = np.median(changes, axis=0)
        for number in range(first, stop):
            yield _mask(_changed(frames[number], background), noise)


def _changed(frame: Frame, background: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """By how much each pixel differs from the background, but for light that changes everywhere."""
    change = frame.astype(np.int16) - background
    change -= np.median(change[::4, ::4], axis=(0, 1)).astype(np.int16)
    return np.asarray(np.abs(change).max(axis=-1))


def _mask(changed: npt.NDArray[np.int16], noise: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """The mask of a frame whose pixels differ from the background by so much."""
    beyond = changed - _LEAST - _NOISES * noise
    differs = (beyond > 0).astype(np.uint8)
    closed = _eroded(_dilated(differs, _GAP), _GAP)
    found = _eroded((beyond > _RANGE).astype(np.uint8), _SOLID)
    for _ in range(_REACH):
        grown = np.minimum(_dilated(found, 1), closed)
        if np.array_equal(grown, found):
            break
        found = grown
    soft = ImageFilter.GaussianBlur(_EDGE)
    return np.asarray(Image.fromarray(_dilated(found, _AROUND) * np.uint8(255)).filter(soft))


def _dilated(mask: npt.NDArray[np.uint8], reach: int) -> npt.NDArray[np.uint8]:
    """The greatest value within so many pixels to all sides."""
    for axis in (0, 1):
        spread = mask.copy()
        for step in range(1, reach + 1):
            ahead = tuple(slice(step, None) if n == axis else slice(None) for n in (0, 1))
            behind = tuple(slice(None, -step) if n == axis else slice(None) for n in (0, 1))
            np.maximum(spread[ahead], mask[behind], out=spread[ahead])
            np.maximum(spread[behind], mask[ahead], out=spread[behind])
        mask = spread
    return mask


def _eroded(mask: npt.NDArray[np.uint8], reach: int) -> npt.NDArray[np.uint8]:
    """The least value within so many pixels to all sides."""
    return 1 - _dilated(1 - mask, reach)
