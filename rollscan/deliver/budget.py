"""Owns the search for a byte budget: what to give up, in which order, and how much.

How each format differs in it is data, a `Way`. The files are written by attempts.py.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from ..errors import BudgetError

_AIM = 0.95  # of the budget: the rest is for the guess to be wrong
_AT_FLOOR = 0.99  # a level this near to the floor might as well be it


@dataclass(frozen=True)
class Settings:
    """What an encoding may give up: quality 1 to 100, frames per second, width in pixels."""

    quality: float
    fps: float
    width: float


LEAST = Settings(quality=1, fps=5, width=64)  # nobody wants to see less


@dataclass(frozen=True)
class Way:
    """How files of a format are made smaller, and what that usually brings.

    stages: what to give up first, as shares of the full quality, frame rate and width.
    per_quality, per_fps, per_width: by how much the natural logarithm of the bytes falls with the
        quality, and with the logarithms of the others.
    most: encodings. enough: the share of the budget that ends the search. safe: the share to aim at
        where the last guess must not be wrong.
    bent: whether three attempts tell how that bends. whole: whether qualities are whole numbers.
    station: a level that is tried before those beyond it, where other things are given up.
    few_bits: a pixel, for which so much has to be given up that small drafts of a long video tell
        where to begin; 0: no drafts.
    scaling, smaller: the work of a frame that is made hardly smaller, and how much of it is to
        scale it; 1 is the work of a frame at full width, which is not scaled.
    """

    stages: tuple[Settings, ...]
    per_quality: float
    per_fps: float
    per_width: float
    most: int
    safe: float
    bent: bool = False
    whole: bool = False
    enough: float = 0.9
    station: float = 1.0
    few_bits: float = 0.0
    scaling: float = 0.3
    smaller: float = 1.0


@dataclass(frozen=True)
class Crf:
    """An encoder's scale of constant rate factors (CRF), of which a lower one is better.

    usual: where no budget asks for more, hardly told from the source. end: just beyond the worst
    that is tried. A quality is the distance from the end.
    """

    usual: float
    end: float

    @property
    def quality(self) -> float:
        """The quality of the usual one."""
        return self.end - self.usual

    def stages(self, *stages: tuple[float, float, float]) -> tuple[Settings, ...]:
        """Stages of a Way by their CRF, and their shares of the full frame rate and width."""
        full = self.quality
        return tuple(Settings((self.end - crf) / full, fps, width) for crf, fps, width in stages)


# Fewer frames a second leave each picture as it was; a smaller picture loses less than a coarser
# one of the same bytes; so quality goes last. Measured against giving up quality alone and size
# alone: docs/delivery.md. What it usually brings is the average over the benchmark's clips.
PICTURES = Way(
    (
        Settings(1.0, 1.0, 1.0),
        Settings(1.0, 0.8, 0.9),
        Settings(1.0, 0.6, 0.6),
        Settings(0.9, 0.5, 0.3),
        Settings(0.75, 0.0, 0.0),
        Settings(0.0, 0.0, 0.0),
    ),
    per_quality=0.02,
    per_fps=0.5,
    per_width=1.75,
    most=5,
    safe=0.88,
    scaling=0.6,
    smaller=1.1,
)

# Coarser first, to where it begins to show: that costs a video less than a GIF. Then smaller and
# slower, before there are too few bits for each pixel.
H264_CRF = Crf(usual=18, end=51)
H264 = Way(
    H264_CRF.stages(
        *((18, 1.0, 1.0), (27, 1.0, 1.0), (29, 0.9, 0.7), (31, 0.7, 0.45), (34, 0.5, 0.25)),
        *((38, 0.0, 0.0), (51, 0.0, 0.0)),
    ),
    per_quality=0.12,
    per_fps=0.6,
    per_width=1.5,
    most=4,
    safe=0.92,
    bent=True,
    few_bits=0.015,
)
# VP9 is better coarse than small: size and rate go only where its worst CRF does not do.
VP9_CRF = Crf(usual=24, end=64)
VP9 = Way(
    VP9_CRF.stages(
        *((24, 1.0, 1.0), (63, 1.0, 1.0), (63, 0.8, 0.75), (63, 0.6, 0.45), (63, 0.0, 0.0))
    ),
    per_quality=0.06,
    per_fps=0.6,
    per_width=1.5,
    most=5,
    safe=0.92,
    enough=0.85,
    bent=True,
    whole=True,
    station=1 / 4,
)


def given_up(
    full: Settings, level: float, least: Settings = LEAST, way: Way = PICTURES
) -> Settings:
    """The settings at a level of giving up, from 0 (full) to 1 (the floor, `least`).

    Along the stages, quality goes evenly, frame rate and width by equal factors.
    """
    at = min(max(level, 0.0), 1.0) * (len(way.stages) - 1)
    stage = min(int(at), len(way.stages) - 2)
    before, after, share = way.stages[stage], way.stages[stage + 1], at - stage

    def between(name: str) -> float:
        most = getattr(full, name)
        floor = min(getattr(least, name), most)
        ends = [max(floor, getattr(stage, name) * most) for stage in (before, after)]
        if ends[0] == ends[1]:  # exactly so, as what differs is encoded anew
            return float(ends[0])
        return float(ends[0] ** (1 - share) * ends[1] ** share)

    quality = between("quality")
    return Settings(round(quality) if way.whole else quality, between("fps"), between("width"))


def told(full: Settings, settings: Settings) -> str:
    """What was given up, for people: "quality 80→71, 25→20 fps, 480→400 pixels wide"."""
    changes = []
    if round(settings.quality) != round(full.quality):
        changes.append(f"quality {full.quality:.0f}→{settings.quality:.0f}")
    if settings.fps < full.fps:
        changes.append(f"{full.fps:.3g}→{settings.fps:.3g} fps")
    if round(settings.width) != round(full.width):
        changes.append(f"{full.width:.0f}→{settings.width:.0f} pixels wide")
    return ", ".join(changes)


@dataclass(frozen=True)
class Encoding:
    """One attempt: how much was given up, and the bytes that came of it."""

    level: float
    settings: Settings
    file: IO[bytes]
    bytes: int


def fit(
    encode: Callable[[Settings], IO[bytes]],
    full: Settings,
    budget: int,
    least: Settings = LEAST,
    way: Way = PICTURES,
    first: float = 0.0,
) -> Encoding:
    """The best encoding that fits into `budget` bytes, of `way.most` at most.

    encode: gives a file with an encoding at these settings, positioned at its end.
    least: the floor. way: what to give up for it. first: the level to begin with.
    Sizes are first taken to shrink as they do on average, then as between the two attempts nearest
    to the budget. All files but the one returned are closed.
    Raises BudgetError, with the smallest size seen, where even the floor does not fit.
    """
    tried: list[Encoding] = []
    level = first
    while len(tried) < way.most:
        settings = given_up(full, level, least, way)
        if settings in [attempt.settings for attempt in tried]:
            break
        file = encode(settings)
        tried.append(Encoding(level, settings, file, file.tell()))
        fits = tried[-1].bytes <= budget
        if fits and (level == 0 or tried[-1].bytes >= way.enough * budget):
            break
        last_chance = len(tried) == way.most - 1 and min(t.bytes for t in tried) > budget
        aim = math.log(budget * (way.safe if last_chance else _AIM))
        level = _Guess(full, least, way, tried).level_for(aim)
        if not last_chance and way.station < level and all(t.level < way.station for t in tried):
            level = way.station
    fitting = [attempt for attempt in tried if attempt.bytes <= budget]
    best = min(fitting, key=lambda attempt: attempt.level) if fitting else None
    for attempt in tried:
        if attempt is not best:
            attempt.file.close()
    if best is None:
        raise BudgetError(
            f"max_bytes is {budget}, the smallest this clip gets is"
            f" {min(t.bytes for t in tried)}: allow that, or take a shorter part with --start and"
            " --end",
            "max_bytes",
        )
    return best


@dataclass(frozen=True)
class _Guess:
    """What is guessed of levels that have not been tried, by those that have."""

    full: Settings
    least: Settings
    way: Way
    tried: list[Encoding]

    def level_for(self, log_bytes: float) -> float:
        """The least level at which the size is guessed to be that small; 1 if it is nowhere."""
        low, high = 0.0, 1.0
        while high - low > 1e-4:
            middle = (low + high) / 2
            if self._size(middle) > log_bytes:
                low = middle
            else:
                high = middle
        return high if high < _AT_FLOOR else 1.0

    def _size(self, level: float) -> float:
        """The log of the bytes at a level."""
        x = self._usual(given_up(self.full, level, self.least, self.way))
        known = sorted((self._usual(t.settings), math.log(t.bytes)) for t in self.tried)
        if len(known) == 1:
            return known[0][1] + x - known[0][0]
        at = min(max(bisect_left(known, (x,)), 1), len(known) - 1)
        (x0, y0), (x1, y1) = known[at - 1], known[at]
        slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 1.0
        if x < x0:  # beyond all that has been tried the usual slope, 1, has a say too
            slope = math.sqrt(max(slope, 0.0))
        guess = y0 + slope * (x - x0)
        if self.way.bent and x0 < x < x1 and len(known) > 2:
            x2, y2 = known[at + 1] if at + 1 < len(known) else known[at - 2]
            bend = ((y2 - y1) / (x2 - x1) - slope) / (x2 - x0) if x2 not in (x0, x1) else 0.0
            guess = min(max(guess + bend * (x - x0) * (x - x1), y0), y1)
        return guess

    def _usual(self, settings: Settings) -> float:
        """The log of the bytes usual at these settings, over those at full settings."""
        return (
            self.way.per_quality * (settings.quality - self.full.quality)
            + self.way.per_fps * math.log(settings.fps / self.full.fps)
            + self.way.per_width * math.log(settings.width / self.full.width)
        )
