"""Owns Moving: how much moves in a part of a video, where, and how fast."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..frames import Frame, Point
from .motion import CLEAR, counted_motion, liveliest_window
from .scenes import SceneMeter

_STEP = 0.2  # seconds between the frames that are compared to tell what moves
_MOVES = 1.0  # level of change, on average, of a pixel in which something moves
_LAGS = (0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 1.6, 2.4)  # seconds
_CHANGED = 0.7  # of the greatest change: what moves looks different
_USUAL_PACE = 0.4  # seconds, of people who walk and dance
_MOST_FRAMES = 600  # that are looked at
_WINDOW = 0.5  # of the width and height: the window whose middle is the centre of motion
_USUAL_HEIGHT = 0.35  # of the picture, of people who walk and dance
_DIFFERS = 10.0  # levels: a change that shows where something is
_AS_CROSSED = 0.8  # of what crosses the best slit: it is about as good
_OUTLIERS = 0.06  # of all motion, at either end of a span


class Moving:
    """What moves in the frames of one part of a video.

    frames: small frames, (H, W, 3) uint8, which are iterated once; the first 600 are looked at.
    rate: frames per second. It holds a small grey copy of them.
    """

    def __init__(self, frames: Iterable[Frame], rate: float) -> None:
        grey: list[npt.NDArray[np.float32]] = []
        scenes = SceneMeter()
        for frame in frames:
            if len(grey) == _MOST_FRAMES:
                break
            scenes.take(frame)
            grey.append(frame.mean(axis=-1, dtype=np.float32))
        self._grey = np.stack(grey)
        self.rate = rate
        self._scene = np.zeros(len(grey), int)  # of each frame, its number
        for cut in scenes.cuts:
            self._scene[cut:] += 1

    @cached_property
    def _map(self) -> npt.NDArray[np.float64]:
        """How much each pixel changes: (H, W), in levels of 255."""
        counted = counted_motion(self._changes(_STEP))
        if not len(counted):
            return np.zeros(self._grey.shape[1:])
        return np.asarray(counted.mean(axis=0, dtype=np.float64))

    def _changes(self, seconds: float) -> npt.NDArray[np.float32]:
        """The changes of each pixel in so many seconds, within a scene: (N, H, W)."""
        lag = max(1, round(seconds * self.rate))
        within = self._scene[lag:] == self._scene[:-lag]
        return np.asarray(np.abs(self._grey[lag:] - self._grey[:-lag])[within])

    @property
    def light(self) -> float:
        """The mean lightness, 0 to 255."""
        return float(self._grey.mean())

    @cached_property
    def share(self) -> float:
        """The share of the picture in which something moves, 0 to 1."""
        return float((self._map > _MOVES).mean())

    @cached_property
    def pace(self) -> float:
        """Seconds after which what moves looks different, over those that are usual.

        It is less than 1 for what moves fast, more for what moves slowly, and 1 for a picture in
        which nothing moves.
        """
        changes = {seconds: self._change_after(seconds) for seconds in _LAGS}
        most = max(changes.values())
        if most <= 0:
            return 1.0
        lag = next(each for each, change in changes.items() if change >= _CHANGED * most)
        return float(max(lag, 1 / self.rate) / _USUAL_PACE)

    @cached_property
    def height(self) -> float:
        """How tall what moves is, over what is usual. It is 1 where nothing moves."""
        differs = (self._changes(_STEP) > _DIFFERS).swapaxes(1, 2)
        length = differs.shape[2]
        columns = np.pad(differs.reshape(-1, length), ((0, 0), (1, 1)))
        columns[:, 1:-1] |= columns[:, :-2] & columns[:, 2:]  # gaps of a pixel
        edges = np.diff(columns.astype(np.int8), axis=1)
        runs = np.nonzero(edges.ravel() < 0)[0] - np.nonzero(edges.ravel() > 0)[0]
        if not len(runs):
            return 1.0
        return float((runs**2).sum() / runs.sum() / (length * _USUAL_HEIGHT))

    @cached_property
    def jump(self) -> float:
        """How much what moves changes from one frame to the next, of its change in the long run."""
        most = max(self._change_after(seconds) for seconds in _LAGS)
        return float(self._change_after(1 / self.rate) / most) if most > 0 else 0.0

    def _change_after(self, seconds: float) -> float:
        """The mean change after so many seconds, in levels, of where something moves."""
        change = self._changes(seconds)
        weights = self._map
        if not len(change) or not weights.any():
            return 0.0
        where = np.minimum(change, CLEAR).mean(axis=0) * weights
        return float(where.sum() / weights.sum())

    @cached_property
    def centre(self) -> Point:
        """The middle of what moves most, as fractions of the width and the height."""
        middle = liveliest_window(self._map, _WINDOW, _WINDOW)
        found = []
        for axis, around in zip((0, 1), middle, strict=True):
            profile = self._map.sum(axis=axis)
            places = (np.arange(len(profile)) + 0.5) / len(profile)
            weights = profile * (np.abs(places - around) <= _WINDOW / 2)
            total = weights.sum()
            found.append(float((weights * places).sum() / total) if total > 0 else around)
        return found[0], found[1]

    def radius(self, centre: Point, share: float) -> float:
        """The radius of the circle round a point in which so large a share of the motion is.

        It is a fraction of half the picture's shorter side.
        """
        height, width = self._map.shape
        down = np.arange(height)[:, None] + 0.5 - centre[1] * height
        right = np.arange(width)[None, :] + 0.5 - centre[0] * width
        away = np.hypot(down, right).ravel()
        order = np.argsort(away)
        inside = np.cumsum(self._map.ravel()[order])
        if inside[-1] <= 0:
            return 0.0
        reached = away[order[np.searchsorted(inside, share * inside[-1])]]
        return float(reached / (min(height, width) / 2))

    def span(self, *, across: bool) -> tuple[float, float]:
        """From where to where something moves: fractions of the width, or else of the height.

        A little of the motion may lie outside. Where nothing moves, it is all of the picture.
        """
        profile = np.cumsum(self._profile(across=across))
        if profile[-1] <= 0:
            return 0.0, 1.0
        ends = np.searchsorted(profile, [_OUTLIERS * profile[-1], (1 - _OUTLIERS) * profile[-1]])
        return float(ends[0] / len(profile)), float((ends[1] + 1) / len(profile))

    def most_crossed(self, least: float, most: float, usual: float, *, across: bool) -> float:
        """Where, between two places, a slit is crossed by most: a fraction, see span.

        Of the places that are about as good as the best, it is the one nearest to `usual`, which
        is itself preferred.
        """
        profile = self._smooth_profile(across=across)
        places = (np.arange(len(profile)) + 0.5) / len(profile)
        within = np.where((places >= least) & (places <= most), profile, -1)
        if within.max() <= 0:
            return usual
        good = np.flatnonzero(within >= _AS_CROSSED * within.max())
        if min(int(usual * len(profile)), len(profile) - 1) in good:
            return usual
        return float(places[good[np.argmin(np.abs(places[good] - usual))]])

    def crossed(self, place: float, *, across: bool) -> float:
        """How much crosses a slit at a place, over what crosses one where most does: 0 to 1."""
        profile = self._smooth_profile(across=across)
        most = float(profile.max())
        here = profile[min(int(place * len(profile)), len(profile) - 1)]
        return float(here) / most if most > 0 else 1.0

    def _profile(self, *, across: bool) -> npt.NDArray[np.float64]:
        """The motion in each column, or else in each row."""
        return np.asarray(self._map.sum(axis=0 if across else 1))

    def _smooth_profile(self, *, across: bool) -> npt.NDArray[np.float64]:
        return np.asarray(np.convolve(self._profile(across=across), np.ones(3) / 3, "same"))
