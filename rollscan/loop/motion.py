"""Owns the search for the part of a video with the most motion."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from ..frames import Frame, Point, Span
from .scenes import SceneMeter, scenes_between

Levels = npt.NDArray[np.float32]  # of a picture, 0 to 255
Band = tuple[float, float, float, float]  # left, top, right, bottom: fractions of the picture

_NOISE = 6.0  # levels of 255: a pixel that changes less does not move
CLEAR = 40.0  # levels: a pixel that changes more counts as this much
_ABOUT_AS_GOOD = 0.95  # of the motion in the best window: nobody sees the difference


def liveliest(
    frames: Iterable[Frame], count: int, band: Band = (0, 0, 1, 1), *, exactly: bool = False
) -> Span:
    """The `count` consecutive frames with the most motion within the band, as (first, stop).

    They lie within one scene; if no scene has so many frames, they are all frames of a scene, or
    if `exactly`, so many frames of several scenes. Among equally good parts, the first one wins.
    Neither a cut nor a fade is motion.

    frames: small frames of the video, (H, W, 3) uint8. They are iterated once.
    """
    steps: list[float] = []
    before, scenes = None, SceneMeter()
    for frame in frames:
        scenes.take(frame)
        now = frame.astype(np.float32)
        if before is not None:
            steps.append(float(_within(_moved(now, before), band).mean()))
        before = now
    if not steps:
        return 0, 1
    for cut in scenes.cuts:
        steps[cut - 1] = 0.0
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    within = scenes_between(scenes.cuts, 0, len(steps) + 1)
    if exactly:
        within = [scene for scene in within if scene[1] - scene[0] >= count]
        within = within or [(0, len(steps) + 1)]
    parts = [_liveliest_of(sums, scene, count) for scene in within]
    most = max(moved for moved, _ in parts)
    return next(part for moved, part in parts if moved >= most - _as_good(most))


def _moved(now: Levels, before: Levels) -> Levels:
    """How much each value changes from one frame to the next, but for what becomes of the light.

    In a fade, everything would move. Where most of the picture rests, its light does not change.
    """
    light = np.median((now + 1) / (before + 1))
    return np.asarray(np.abs(now - before * light))


def motion_map(frames: Iterable[Frame], part: Span) -> npt.NDArray[np.float64]:
    """How much each pixel changes in a part of the video, (H, W).

    Noise does not count, and a cut no more than any motion. frames: small frames of the video,
    (H, W, 3) uint8. They are iterated once. part: (first, stop).
    """
    moved, before = np.zeros((1, 1)), None
    for frame in islice(frames, *part):
        now = frame.astype(np.int16)
        if before is None:
            moved = np.zeros(frame.shape[:2])
        else:
            moved += counted_motion(np.abs(now - before).mean(axis=2))
        before = now
    return moved


def counted_motion(change: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """How much each change, in levels, counts as motion: noise does not, and CLEAR at most."""
    return np.where(change < _NOISE, 0, np.minimum(change, CLEAR))


def liveliest_window(moved: npt.NDArray[np.float64], across: float, down: float) -> Point:
    """The middle of the window in which most moves, as fractions of the width and the height.

    Among windows that are about as good as the best, it is the one nearest the centre.
    moved: see motion_map. across, down: the size of the window, as fractions, too.
    """
    return _best_middle(moved.sum(axis=0), across), _best_middle(moved.sum(axis=1), down)


def _best_middle(moved: npt.NDArray[np.float64], share: float) -> float:
    """The middle of the best window along one side. moved: along it. share: of the window."""
    count = len(moved)
    window = max(1, round(share * count))
    if window >= count or not moved.any():
        return 0.5
    sums = np.concatenate([[0.0], np.cumsum(moved)])
    within = sums[window:] - sums[:-window]
    good = np.flatnonzero(within >= _ABOUT_AS_GOOD * within.max())
    middles = (good + window / 2) / count
    return float(middles[np.argmin(np.abs(middles - 0.5))])


def _liveliest_of(sums: npt.NDArray[np.float64], scene: Span, count: int) -> tuple[float, Span]:
    """The greatest amount of motion in a part of the scene, and that part.

    sums: for each frame of the video, the motion before it. count: frames of the part, at most.
    """
    first, stop = scene
    count = min(count, stop - first)
    moved = sums[first + count - 1 : stop] - sums[first : stop - count + 1]
    most = float(moved.max())
    first += int(np.flatnonzero(moved >= most - _as_good(most))[0])
    return most, (first, first + count)


def _as_good(most: float) -> float:
    """The tolerance for rounding errors among amounts of motion up to `most`."""
    return 1e-9 * max(1.0, most)


def _within(picture: Levels, band: Band) -> Levels:
    """The pixels of the picture within the band, at least one row and one column."""
    height, width = picture.shape[:2]
    left, top, right, bottom = band
    x, y = min(int(left * width), width - 1), min(int(top * height), height - 1)
    return picture[
        y : max(y + 1, math.ceil(bottom * height)), x : max(x + 1, math.ceil(right * width))
    ]
