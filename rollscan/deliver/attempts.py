"""Owns the encodings for a byte budget: each goes to a temporary file, the best to its own."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import BudgetError
from ..files import SharedFile, temporary_room
from ..gif import GifSummary, constant_delays, write_gif
from ..stages import Round
from ..tracker import SILENT, Tracker
from .audio import sound_bytes
from .budget import PICTURES, Settings, Way, fit, floor_of, predict

if TYPE_CHECKING:
    from .composition import Composition

Summary = TypeVar("Summary")  # what a writer returns about its file

_SMALL = 1 / 3  # of the full width is that of drafts
_MANY_PIXELS = 2e8  # in all frames: with fewer, drafts would save no time
_INDEX = 12  # bytes that a file takes for each frame, about, however small the frame is
_HELD_BACK = 16_000  # bytes that ffmpeg has encoded, but not yet written, on average
_AFTER_DRAFTS = 1.0  # rounds at full size that usually follow the drafts


@dataclass(frozen=True)
class Encoder(Generic[Summary]):
    """How a composition is written to a file of one format.

    write: writes a composition to an existing file, at a quality. quality: the full one, which
    gives nothing up. way: what a budget gives up, and in which order. loops: how many times all
    frames are in the file, default 1. shown: turns a composition into the frames that are in the
    file, where slow ones may be repeated; default all, once. usual_bits: how many bits a pixel
    usually takes at full quality; None, the default: that depends on the picture.
    """

    write: Callable[[Path, Composition, float], Summary]
    quality: float
    way: Way
    loops: int = 1
    shown: Callable[[Composition], Composition] = lambda composition: composition
    usual_bits: float | None = None


def gif_encoder(
    *, loop: int, quality: int, colors: int, comment: str, tracker: Tracker = SILENT
) -> Encoder[GifSummary]:
    """An encoder for GIF. loop, quality, colors, comment: see gif.write_gif."""

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
    encoder: Encoder[Summary],
    *,
    one_size: bool = False,
    tracker: Tracker = SILENT,
) -> tuple[Summary, Composition, Settings]:
    """Write the best file of at most `budget` bytes that the allowed number of encodings finds.

    Return what the encoder returned about it, the composition that is in it, and its settings.
    one_size: whether the width must be kept. tracker: of the job, for its progress.
    Raises BudgetError where the file cannot be that small.
    """
    with ExitStack() as files:
        attempts = _Attempts(budget, composition, encoder, files, tracker)
        least = floor_of(attempts.full, one_size=one_size)
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


def predict_within(
    budget: int,
    n_bytes: int,
    composition: Composition,
    encoder: Encoder[Any],
    *,
    one_size: bool = False,
) -> Settings:
    """The settings at which `write_within` is guessed to write a file, without any encoding.

    n_bytes: of the file where nothing is given up.
    """
    full = _full_settings(composition, encoder)
    least = floor_of(full, one_size=one_size)
    return predict(n_bytes, budget, full, least, encoder.way)


def _full_settings(composition: Composition, encoder: Encoder[Any]) -> Settings:
    """The settings that give nothing up."""
    return Settings(encoder.quality, composition.fps, composition.size[0])


def reduced(composition: Composition, settings: Settings) -> Composition:
    """The composition at the settings' frame rate and width, which must not exceed its own."""
    count = max(1, round(len(composition) * settings.fps / composition.fps))
    return _narrowed(composition.thinned(count), settings.width)


def _narrowed(composition: Composition, width: float) -> Composition:
    """The composition at a width, which must not exceed its own."""
    if width == composition.size[0]:
        return composition
    return composition.fitted_to(composition.fitted.narrowed(width))


@dataclass(frozen=True)
class _Attempts(Generic[Summary]):
    """Encodes for a budget: a call with settings returns a file, positioned at its end.

    files: closes the files. scale: is multiplied with the width of the settings, and is less than 1
    for drafts. drafted: how many drafts were made before. made: by settings, what the encoder
    returned, and the composition that is in the file.
    """

    budget: int
    composition: Composition
    encoder: Encoder[Summary]
    files: ExitStack
    tracker: Tracker
    scale: float = 1.0
    drafted: int = 0
    made: dict[Settings, tuple[Summary, Composition]] = field(default_factory=dict)

    @property
    def full(self) -> Settings:
        """The settings that give nothing up."""
        return _full_settings(self.composition, self.encoder)

    @property
    def need_drafts(self) -> bool:
        """Whether there is so much to encode, and so much to give up, that drafts save time."""
        pixels = self.encoder.loops * len(self.composition) * math.prod(self.composition.size)
        return pixels > _MANY_PIXELS and 8 * self.budget < self.encoder.way.few_bits * pixels

    def drafts(self) -> _Attempts[Summary]:
        """The same with small frames and no sound, for a budget that is reduced accordingly.

        Raises BudgetError where the sound alone is too large.
        """
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
            summary = self.encoder.write(attempt.path, part, settings.quality)
        self.made[settings] = summary, shown
        attempt.seek(0, 2)
        return attempt

    def _round(self, part: Composition, attempt: SharedFile) -> Round:
        """The round of work, for the progress, in which `part` is encoded to `attempt`."""
        loops, bits = self.encoder.loops, self.encoder.usual_bits
        shown, all_shown = (len(self.encoder.shown(one)) for one in (part, self.composition))
        # A frame that is shown several times is scaled once, but encoded each time.
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
        """How much work a frame takes, as a share of one at full width.

        width: of the frame, as a share of the full one.
        """
        if width == 1:
            return 1.0
        fitted, way = self.composition.fitted, self.encoder.way
        scaling = way.scaling * min(math.prod(fitted.crop[2:]) / math.prod(fitted.size), 1.0)
        return scaling + (way.smaller - scaling) * width**2


def _level_of(drafts: _Attempts[Summary], least: Settings) -> float:
    """The level of giving up at which the drafts fit, which is about that of the full size."""
    try:
        best = fit(drafts, drafts.full, drafts.budget, least, drafts.encoder.way)
    except BudgetError:
        return 1.0
    best.file.close()
    return best.level
