"""Owns fitting a file into a number of bytes: what to give up, in which order, and how much."""

from __future__ import annotations

import math
import shutil
from bisect import bisect_left
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, BinaryIO, TypeVar, cast

from ..errors import BudgetError
from ..files import spooled_file, temporary_room
from ..gif import GifSummary, constant_delays, write_gif
from ..progress import begin_round, passing
from ..stages import Round

if TYPE_CHECKING:
    from .composition import Composition

Told = TypeVar("Told")  # what a writer tells of its file

MOST_ENCODES = 5
_ENOUGH = 0.9  # of the budget: nothing to gain by trying again
_AIM = 0.95  # of the budget: the rest is for the guess to be wrong
_ATTEMPT_MEMORY = 16 << 20  # bytes of an attempt kept in memory, larger ones go to disk
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
    """How files of a kind are made smaller, and what that usually brings.

    stages: what to give up first, as shares of the full quality, frame rate and width.
    per_quality, per_fps, per_width: how the log of the bytes goes with the quality, and with the
        logs of the others. most: encodings. safe: the share of the budget to aim at where the last
        guess must not be wrong. bent: whether three attempts tell how that bends.
    """

    stages: tuple[Settings, ...]
    per_quality: float
    per_fps: float
    per_width: float
    most: int
    safe: float
    bent: bool = False


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
    most=MOST_ENCODES,
    safe=0.88,
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
        return float(ends[0] ** (1 - share) * ends[1] ** share)

    return Settings(between("quality"), between("fps"), between("width"))


def write_gif_within(
    budget: int,
    file: BinaryIO,
    composition: Composition,
    *,
    loop: int,
    quality: int,
    colors: int,
    comment: str = "",
) -> tuple[GifSummary, Settings]:
    """Write the best GIF of at most `budget` bytes; return its summary and its settings.

    loop, quality, colors, comment: see gif.write_gif.
    """

    def write(file: BinaryIO, shown: Composition, quality: int) -> GifSummary:
        delays = passing(constant_delays(shown.fps))
        return write_gif(
            file, shown, delays, loop=loop, quality=quality, colors=colors, comment=comment
        )

    return write_within(budget, file, composition, quality, write)


def write_within(
    budget: int,
    file: BinaryIO,
    composition: Composition,
    quality: int,
    write: Callable[[BinaryIO, Composition, int], Told],
    *,
    one_size: bool = False,
) -> tuple[Told, Settings]:
    """Write the best file of at most `budget` bytes; return what `write` told, and its settings.

    write: writes a composition to a file at a quality from 1 to 100. one_size: keep the width.
    """
    full = Settings(quality, composition.fps, composition.size[0])
    said: dict[Settings, Told] = {}

    def encode(settings: Settings) -> IO[bytes]:
        shown = reduced(composition, settings)
        attempt = spooled_file(_ATTEMPT_MEMORY)
        attempts.callback(attempt.close)
        begin_round(
            Round(
                len(said) + 1,
                MOST_ENCODES,
                len(shown),
                budget,
                attempt.tell,
                size=share_of_work(len(shown) / len(composition), settings.width / full.width),
                shrinks=True,
            )
        )
        with temporary_room():
            said[settings] = write(cast(BinaryIO, attempt), shown, round(settings.quality))
        return attempt

    least = replace(LEAST, width=full.width) if one_size else LEAST
    with ExitStack() as attempts:
        best = fit(encode, full, budget, least, PICTURES)
        best.file.seek(0)
        shutil.copyfileobj(best.file, file)
    return said[best.settings], best.settings


def reduced(composition: Composition, settings: Settings) -> Composition:
    """The composition at the settings' frame rate and width, which are no more than its own."""
    count = max(1, round(len(composition) * settings.fps / composition.fps))
    shown = composition.thinned(count)
    if settings.width != composition.size[0]:
        shown = shown.fitted_to(shown.fitted.narrowed(settings.width))
    return shown


def share_of_work(frames: float, width: float) -> float:
    """How much work an encoding is, of the full one: shares of its frames and of its width.

    To make the frames smaller is work too, as much as to encode them.
    """
    return frames if width == 1 else frames * (0.6 + 0.5 * width**2)


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
        file = encode(settings)
        tried.append(Encoding(level, settings, file, file.tell()))
        fits = tried[-1].bytes <= budget
        if fits and (level == 0 or tried[-1].bytes >= _ENOUGH * budget):
            break
        last_chance = len(tried) == way.most - 1 and min(t.bytes for t in tried) > budget
        aim = math.log(budget * (way.safe if last_chance else _AIM))
        level = _Guess(full, least, way, tried).level_for(aim)
        if level in [attempt.level for attempt in tried]:
            break
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
