"""Owns the encodings that look for a byte budget: all to temporary files, the best to its own."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Generic, TypeVar

from ..errors import BudgetError
from ..files import SharedFile, temporary_room
from ..gif import GifSummary, constant_delays, write_gif
from ..stages import Round
from ..tracker import SILENT, Tracker
from .audio import sound_bytes
from .budget import LEAST, PICTURES, Settings, Way, fit

if TYPE_CHECKING:
    from .composition import Composition

Told = TypeVar("Told")  # what a writer tells of its file

_SMALL = 1 / 3  # of the width: that of drafts
_MANY_PIXELS = 2e8  # in all frames: fewer are encoded before drafts of them would be of use
_INDEX = 12  # bytes for each frame, which has about as many however small it is
_HELD_BACK = 16_000  # bytes, on average, that ffmpeg writes later
_AFTER_DRAFTS = 1.0  # full rounds


@dataclass(frozen=True)
class Encoder(Generic[Told]):
    """How a composition becomes a file of one format, at a quality that a budget may ask for.

    write: writes to a file, which is there already, at a quality. quality: that gives nothing up.
    way: what else is given up, and in which order. loops: times all frames are in the file.
    shown: the frames that are, such as slow ones several times. usual_bits: that a pixel takes,
    about, where nothing is given up; None: that depends.
    """

    write: Callable[[Path, Composition, float], Told]
    quality: float
    way: Way
    loops: int = 1
    shown: Callable[[Composition], Composition] = lambda composition: composition
    usual_bits: float | None = None


def gif_encoder(
    *, loop: int, quality: int, colors: int, comment: str, tracker: Tracker = SILENT
) -> Encoder[GifSummary]:
    """Writes GIFs. loop, quality, colors, comment: see gif.write_gif."""

    def write(file: Path, shown: Composition, quality: float) -> GifSummary:
        delays = tracker.passing(constant_delays(shown.fps))
        with open(file, "wb") as opened:
            return write_gif(
                *(opened, shown, delays),
                loop=loop,
                quality=round(quality),
                colors=colors,
                comment=comment,
            )

    return Encoder(write, quality, PICTURES)


def write_within(
    budget: int,
    file: Path,
    composition: Composition,
    encoder: Encoder[Told],
    *,
    one_size: bool = False,
    tracker: Tracker = SILENT,
) -> tuple[Told, Composition, Settings]:
    """Write the best file of at most `budget` bytes, after as many encodings as its way allows.

    Return what the encoder told of it, what of the composition is in it, and its settings.
    one_size: keep the width.
    Raises BudgetError where it cannot be that small.
    """
    with ExitStack() as files:
        attempts = _Attempts(budget, composition, encoder, files, tracker)
        least = replace(LEAST, width=attempts.full.width) if one_size else LEAST
        first = 0.0
        if attempts.need_drafts:
            drafts = attempts.drafts()
            first = _level_of(drafts, least)
            attempts = replace(attempts, drafted=len(drafts.made))
        best = fit(attempts, attempts.full, budget, least, encoder.way, first)
        best.file.seek(0)
        with open(file, "wb") as whole:
            shutil.copyfileobj(best.file, whole)
    return (*attempts.made[best.settings], best.settings)


def reduced(composition: Composition, settings: Settings) -> Composition:
    """The composition at the settings' frame rate and width, which are no more than its own."""
    count = max(1, round(len(composition) * settings.fps / composition.fps))
    return _narrowed(composition.thinned(count), settings.width)


def _narrowed(composition: Composition, width: float) -> Composition:
    """The composition at a width, which is no more than its own."""
    if width == composition.size[0]:
        return composition
    return composition.fitted_to(composition.fitted.narrowed(width))


@dataclass(frozen=True)
class _Attempts(Generic[Told]):
    """Encodings for a budget: called with settings, it gives a file, positioned at its end.

    files: closes them. scale: of the width that the settings say, less than 1 for drafts.
    drafted: how many of these came before. made: what was told of each, and what is in it.
    """

    budget: int
    composition: Composition
    encoder: Encoder[Told]
    files: ExitStack
    tracker: Tracker
    scale: float = 1.0
    drafted: int = 0
    made: dict[Settings, tuple[Told, Composition]] = field(default_factory=dict)

    @property
    def full(self) -> Settings:
        """The settings that give nothing up."""
        return Settings(self.encoder.quality, self.composition.fps, self.composition.size[0])

    @property
    def need_drafts(self) -> bool:
        """Whether there is much to encode, and much to be given up."""
        pixels = self.encoder.loops * len(self.composition) * math.prod(self.composition.size)
        return pixels > _MANY_PIXELS and 8 * self.budget < self.encoder.way.few_bits * pixels

    def drafts(self) -> _Attempts[Told]:
        """The same, smaller and silent. Raises BudgetError where the sound alone is too large."""
        shown, loops, sound = self.composition, self.encoder.loops, 0
        if shown.sound:
            sound = sound_bytes(shown.sound, shown.seconds, loops, self.budget)
        if sound >= self.budget:
            raise BudgetError(
                f"max_bytes is {self.budget}, the sound alone has {sound}: allow more, leave it"
                " out, or take a shorter part with --start and --end",
                "max_bytes",
            )
        index = _INDEX * (len(self.encoder.shown(shown)) * loops)
        pictures = max(self.budget - sound - index, 0)
        budget = math.ceil(index + pictures * _SMALL**self.encoder.way.per_width)
        silent = replace(shown, sound=None)
        return replace(self, budget=budget, composition=silent, scale=_SMALL, made={})

    def __call__(self, settings: Settings) -> IO[bytes]:
        part = shown = reduced(self.composition, settings)
        if self.scale < 1:
            part = _narrowed(part, self.scale * settings.width)
        with temporary_room():
            attempt = self.files.enter_context(SharedFile())
            self.tracker.begin_round(self._round(part, attempt))
            told = self.encoder.write(attempt.path, part, settings.quality)
        self.made[settings] = told, shown
        attempt.seek(0, 2)
        return attempt

    def _round(self, part: Composition, attempt: SharedFile) -> Round:
        """What it is to encode the part."""
        loops, bits = self.encoder.loops, self.encoder.usual_bits
        shown, all_shown = (len(self.encoder.shown(one)) for one in (part, self.composition))
        # A frame that is held is scaled once, but encoded each time.
        frames = (len(part) / len(self.composition) + shown / all_shown) / 2
        expected = bits and bits * loops * shown * math.prod(part.size) / 8 / self.budget
        return Round(
            len(self.made) + 1,
            self.encoder.way.most,
            loops * shown,
            self.budget,
            lambda: os.fstat(attempt.fileno()).st_size + min(_HELD_BACK, self.budget // 20),
            size=frames * self._work_for(part.size[0] / self.full.width),
            shrinks=True,
            expected=1.0 if self.made or self.drafted else expected,
            name="drafting" if self.scale < 1 else "",
            before=self.drafted,
            after=_AFTER_DRAFTS if self.scale < 1 else 0.0,
        )

    def _work_for(self, width: float) -> float:
        """How much work a frame is, of one at full width. width: its share of that."""
        if width == 1:
            return 1.0
        fitted, way = self.composition.fitted, self.encoder.way
        scaling = way.scaling * min(math.prod(fitted.crop[2:]) / math.prod(fitted.size), 1.0)
        return scaling + (way.smaller - scaling) * width**2


def _level_of(drafts: _Attempts[Told], least: Settings) -> float:
    """The level of giving up at which the drafts fit: the bytes of small ones tell of the whole."""
    try:
        best = fit(drafts, drafts.full, drafts.budget, least, drafts.encoder.way)
    except BudgetError:
        return 1.0
    best.file.close()
    return best.level
