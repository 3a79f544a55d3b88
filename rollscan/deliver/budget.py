"""Owns the search for settings that meet a byte budget: what is given up, in which order.

What differs between formats is data, a `Way`. attempts.py writes the files.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import IO

from ..errors import BudgetError

_AIM = 0.95  # of the budget; the rest is a margin for a wrong guess
_AT_FLOOR = 0.99  # levels from here on are taken for the floor, 1


@dataclass(frozen=True)
class Settings:
    """What an encoding may give up: quality 1 to 100, frames per second, width in pixels."""

    quality: float
    fps: float
    width: float


LEAST = Settings(quality=1, fps=5, width=64)  # nobody wants to see less


@dataclass(frozen=True)
class Way:
    """How files of a format are made smaller, and how many bytes that usually saves.

    stages: the settings at equally spaced levels of giving up, as shares of the full quality, frame
        rate and width.
    per_quality, per_fps, per_width: by how much the natural logarithm of the bytes falls for each
        unit of quality, and of the logarithms of frame rate and width.
    most: the largest number of encodings. enough: an encoding that uses this share of the budget
        ends the search. safe: the share of the budget to aim at where the last guess must fit.
    curved: whether three attempts are interpolated by a parabola. whole_quality: whether qualities
        are whole numbers.
    checkpoint: a level that is tried before any beyond it, where other things are given up; 1:
        none.
    few_bits: bits per pixel; a long video with a smaller budget begins with small drafts, as much
        has to be given up; 0: no drafts.
    smaller: the work that a frame takes if its width is a little reduced, where 1 is that of a
        frame at full width. scaling: how much of that work is scaling the frame.
    """

    stages: tuple[Settings, ...]
    per_quality: float
    per_fps: float
    per_width: float
    most: int
    safe: float
    curved: bool = False
    whole_quality: bool = False
    enough: float = 0.9
    checkpoint: float = 1.0
    few_bits: float = 0.0
    scaling: float = 0.3
    smaller: float = 1.0


@dataclass(frozen=True)
class Crf:
    """An encoder's scale of constant rate factors (CRF), of which a lower one is better.

    usual: is used where there is no budget, and can hardly be told from the source. end: just
    beyond the worst that is tried. The quality of a CRF is its distance from the end.
    """

    usual: float
    end: float

    @property
    def quality(self) -> float:
        """The quality of the usual CRF."""
        return self.end - self.usual

    def stages(self, *stages: tuple[float, float, float]) -> tuple[Settings, ...]:
        """The stages of a Way, each given as its CRF and its shares of frame rate and width."""
        full = self.quality
        return tuple(Settings((self.end - crf) / full, fps, width) for crf, fps, width in stages)


# A lower frame rate leaves each picture as it is, and a smaller picture loses less than a coarser
# one of the same bytes, so quality is given up last. benchmarks/results/budgets.md compares this
# with giving up only quality or only size. Savings are averages over the clips of the benchmark.
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

# Of exact colours, there is no quality to give up.
EXACT = replace(
    PICTURES,
    stages=tuple(replace(stage, quality=1.0) for stage in PICTURES.stages[:-1]),
    per_quality=0.0,
    per_fps=0.9,
)

# Quality is given up first, until that becomes visible, as it costs a video less than a GIF. Then
# size and frame rate are reduced, before there are too few bits for each pixel.
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
    curved=True,
    few_bits=0.015,
)
# VP9 looks better coarse than small: size and rate are reduced only beyond its worst CRF.
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
    curved=True,
    whole_quality=True,
    checkpoint=1 / 4,
)
# AV1 is as VP9 in that; it takes about three quarters of the bytes for the same likeness.
AV1_CRF = Crf(usual=26, end=64)
AV1 = replace(
    VP9,
    stages=AV1_CRF.stages(
        *((26, 1.0, 1.0), (60, 1.0, 1.0), (62, 0.8, 0.75), (63, 0.6, 0.45), (63, 0.0, 0.0))
    ),
    per_quality=0.05,
    checkpoint=1.0,
)


def given_up(
    full: Settings, level: float, least: Settings = LEAST, way: Way = PICTURES
) -> Settings:
    """The settings at a level of giving up, from 0 (`full`) to 1 (the floor, `least`).

    From one stage to the next, each of them changes by equal factors.
    """
    at = min(max(level, 0.0), 1.0) * (len(way.stages) - 1)
    stage = min(int(at), len(way.stages) - 2)
    before, after, share = way.stages[stage], way.stages[stage + 1], at - stage

    def between(name: str) -> float:
        most = getattr(full, name)
        floor = min(getattr(least, name), most)
        ends = [max(floor, getattr(stage, name) * most) for stage in (before, after)]
        if ends[0] == ends[1]:  # without a rounding error, which would make other settings of it
            return float(ends[0])
        return float(ends[0] ** (1 - share) * ends[1] ** share)

    quality = between("quality")
    return Settings(
        round(quality) if way.whole_quality else quality, between("fps"), between("width")
    )


def floor_of(full: Settings, *, one_size: bool) -> Settings:
    """The settings that are given up to at most. one_size: whether the width must be kept."""
    return replace(LEAST, width=full.width) if one_size else LEAST


def predict(n_bytes: int, budget: int, full: Settings, least: Settings, way: Way) -> Settings:
    """The settings at which a file is guessed to fit a budget, without any encoding.

    n_bytes: the size of the file where nothing is given up. full, least, way: as in `fit`.
    """
    known = Encoding(0.0, full, BytesIO(), n_bytes)
    level = _Guess(full, least, way, [known]).level_for(math.log(_AIM * budget))
    return given_up(full, level, least, way)


def describe_reductions(full: Settings, settings: Settings) -> str:
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
    """One attempt: the level of giving up with its settings, and the file with its size."""

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
    """Find the best encoding of at most `budget` bytes, with at most `way.most` attempts.

    encode: returns a file with an encoding at the given settings, positioned at its end. full: the
    settings that give nothing up. least: the floor. way: what is given up in between. first: the
    level to begin with, default 0.
    Sizes are first guessed to fall as they do on average, then as between the two attempts that are
    nearest to the budget. All files but the one returned are closed.
    Raises BudgetError, with the smallest size seen, where no attempt fits.
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
        if (
            not last_chance
            and way.checkpoint < level
            and all(t.level < way.checkpoint for t in tried)
        ):
            level = way.checkpoint
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
    """Guesses the sizes at levels that have not been tried, from those that have."""

    full: Settings
    least: Settings
    way: Way
    tried: list[Encoding]

    def level_for(self, log_bytes: float) -> float:
        """The least level at which the log of the bytes is guessed to be `log_bytes`; else 1."""
        low, high = 0.0, 1.0
        while high - low > 1e-4:
            middle = (low + high) / 2
            if self._size(middle) > log_bytes:
                low = middle
            else:
                high = middle
        return high if high < _AT_FLOOR else 1.0

    def _size(self, level: float) -> float:
        """The guessed log of the bytes at a level."""
        x = self._usual(given_up(self.full, level, self.least, self.way))
        known = sorted((self._usual(t.settings), math.log(t.bytes)) for t in self.tried)
        if len(known) == 1:
            return known[0][1] + x - known[0][0]
        at = min(max(bisect_left(known, (x,)), 1), len(known) - 1)
        (x0, y0), (x1, y1) = known[at - 1], known[at]
        slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 1.0
        if x < x0:  # beyond all attempts: the geometric mean of their slope and the usual 1
            slope = math.sqrt(max(slope, 0.0))
        guess = y0 + slope * (x - x0)
        if self.way.curved and x0 < x < x1 and len(known) > 2:
            x2, y2 = known[at + 1] if at + 1 < len(known) else known[at - 2]
            bend = ((y2 - y1) / (x2 - x1) - slope) / (x2 - x0) if x2 not in (x0, x1) else 0.0
            guess = min(max(guess + bend * (x - x0) * (x - x1), y0), y1)
        return guess

    def _usual(self, settings: Settings) -> float:
        """The log of the usual ratio between the bytes at these settings and at the full ones."""
        return (
            self.way.per_quality * (settings.quality - self.full.quality)
            + self.way.per_fps * math.log(settings.fps / self.full.fps)
            + self.way.per_width * math.log(settings.width / self.full.width)
        )
