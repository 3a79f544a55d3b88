"""Owns fitting an MP4 into a number of bytes, and into what else a place takes of H.264."""

from __future__ import annotations

import math
import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ..errors import BudgetError
from ..files import SharedFile, temporary_room
from ..progress import begin_round
from ..stages import Round
from .budget import LEAST, Settings, Way, fit, reduced
from .encode import H264_CRF, encode_mp4
from .heard import sound_bytes

if TYPE_CHECKING:
    from .composition import Composition
    from .platforms import Platform

# Coarser first, to where it begins to show: that costs a video less than a GIF. Then smaller and
# slower, before there are too few bits for each pixel.
_WORST_CRF = 51.0
_FULL = _WORST_CRF - H264_CRF
_VIDEOS = Way(
    (
        Settings(1.0, 1.0, 1.0),
        Settings((_WORST_CRF - 27) / _FULL, 1.0, 1.0),
        Settings((_WORST_CRF - 29) / _FULL, 0.9, 0.7),
        Settings((_WORST_CRF - 31) / _FULL, 0.7, 0.45),
        Settings((_WORST_CRF - 34) / _FULL, 0.5, 0.25),
        Settings((_WORST_CRF - 38) / _FULL, 0.0, 0.0),
        Settings(0.0, 0.0, 0.0),
    ),
    per_quality=0.12,
    per_fps=0.6,
    per_width=1.5,
    most=4,
    safe=0.92,
    bent=True,
)

USUAL_BITS = 0.06  # a pixel where nothing is given up, about
_SMALL = 1 / 3  # of the width: that of drafts
_MANY_PIXELS = 2e8  # in all frames: fewer are encoded before drafts of them would be of use
_FEW_BITS = 0.015  # a pixel, for which much has to be given up
_INDEX = 12  # bytes for each frame, which has about as many however small it is
_HELD_BACK = 16_000  # bytes, on average, that ffmpeg writes later
_AFTER_DRAFTS = 1.0  # full rounds
_SCALING = 0.3  # of a frame's work, to make one smaller that was as large before


@dataclass(frozen=True)
class Video:
    """How a composition becomes an MP4: what a place makes of it, if it is for one.

    loops: times all frames are in it. comment: kept in the file.
    """

    platform: Platform | None = None
    loops: int = 1
    comment: str = ""

    def shown(self, composition: Composition) -> Composition:
        """The composition at a rate that the place takes: slower frames several times each."""
        least = self.platform.min_fps if self.platform else None
        return composition.held(math.ceil((least or 0) / composition.fps - 1e-6) or 1)

    def encode(
        self,
        file: Path,
        composition: Composition,
        crf: float = H264_CRF,
        *,
        max_bytes: int | None = None,
        shown_as: Path | None = None,
    ) -> None:
        """Encode the composition to a file, which errors call `shown_as`.

        max_bytes: what it is to have, of which the sound takes no more than a share.
        """
        shown, place = self.shown(composition), self.platform
        encode_mp4(
            file,
            shown,
            shown.fps,
            loops=self.loops,
            comment=self.comment,
            sound=shown.sound,
            max_bytes=max_bytes,
            crf=crf,
            placed=place is not None,
            level=place.max_level if place else None,
            shown_as=shown_as or file,
        )


def write_mp4_within(
    budget: int,
    file: Path,
    composition: Composition,
    video: Video,
    *,
    one_size: bool = False,
    shown_as: Path | None = None,
) -> tuple[Composition, float]:
    """Write the best MP4 of at most `budget` bytes to `file`, after at most four encodings.

    Return what of the composition is in it, and at which CRF.
    one_size: keep the width. shown_as: what errors call the file.
    Raises BudgetError where it cannot be that small.
    """
    with ExitStack() as files:
        attempts = _Attempts(budget, composition, video, shown_as, files)
        least = replace(LEAST, quality=1, width=attempts.full.width if one_size else LEAST.width)
        first = 0.0
        if attempts.need_drafts:
            drafts = attempts.drafts()
            first = _level_of(drafts, least)
            attempts = replace(attempts, drafted=len(drafts.parts))
        best = fit(attempts, attempts.full, budget, least, _VIDEOS, first)
        best.file.seek(0)
        with open(file, "wb") as whole:
            shutil.copyfileobj(best.file, whole)
    return attempts.parts[best.settings], _WORST_CRF - best.settings.quality


@dataclass(frozen=True)
class _Attempts:
    """Encodings for a budget: called with settings, it gives a file, positioned at its end.

    files: closes them. scale: of the width that the settings say, less than 1 for drafts.
    drafted: how many of these came before. parts: what is in each.
    """

    budget: int
    composition: Composition
    video: Video
    shown_as: Path | None
    files: ExitStack
    scale: float = 1.0
    drafted: int = 0
    parts: dict[Settings, Composition] = field(default_factory=dict)

    @property
    def full(self) -> Settings:
        """The settings that give nothing up."""
        return Settings(_FULL, self.composition.fps, self.composition.size[0])

    @property
    def need_drafts(self) -> bool:
        """Whether there is much to encode, and much to be given up."""
        width, height = self.composition.size
        pixels = self.video.loops * len(self.composition) * width * height
        return pixels > _MANY_PIXELS and 8 * self.budget < _FEW_BITS * pixels

    def drafts(self) -> _Attempts:
        """The same, smaller and silent. Raises BudgetError where the sound alone is too large."""
        shown, sound = self.composition, 0
        if shown.sound:
            sound = sound_bytes(shown.sound, shown.seconds, self.video.loops, self.budget)
        if sound >= self.budget:
            raise BudgetError(
                f"max_bytes is {self.budget}, the sound alone has {sound}: allow more, leave it"
                " out, or take a shorter part with --start and --end",
                "max_bytes",
            )
        index = _INDEX * (len(self.video.shown(shown)) * self.video.loops)
        pictures = max(self.budget - sound - index, 0)
        budget = math.ceil(index + pictures * _SMALL**_VIDEOS.per_width)
        silent = replace(shown, sound=None)
        return replace(self, budget=budget, composition=silent, scale=_SMALL, parts={})

    def __call__(self, settings: Settings) -> IO[bytes]:
        part = reduced(self.composition, settings)
        self.parts[settings] = part
        if self.scale < 1:
            part = part.fitted_to(part.fitted.narrowed(self.scale * settings.width))
        with temporary_room():
            attempt = self.files.enter_context(SharedFile(".mp4"))
            begin_round(self._round(part, attempt))
            crf = _WORST_CRF - settings.quality
            self.video.encode(
                attempt.path, part, crf, max_bytes=self.budget, shown_as=self.shown_as
            )
        attempt.seek(0, 2)
        return attempt

    def _round(self, part: Composition, attempt: SharedFile) -> Round:
        """What it is to encode the part."""
        shown, all_shown = (len(self.video.shown(one)) for one in (part, self.composition))
        # A frame that is held is scaled once, but encoded each time.
        frames = (len(part) / len(self.composition) + shown / all_shown) / 2
        pixels = self.video.loops * shown * part.size[0] * part.size[1]
        given_up = len(self.parts) > 1 or self.drafted
        return Round(
            len(self.parts),
            _VIDEOS.most,
            self.video.loops * shown,
            self.budget,
            lambda: os.fstat(attempt.fileno()).st_size + min(_HELD_BACK, self.budget // 20),
            size=frames * self._work_for(part.size[0] / self.full.width),
            shrinks=True,
            expected=1.0 if given_up else pixels * USUAL_BITS / 8 / self.budget,
            name="drafting" if self.scale < 1 else "",
            before=self.drafted,
            after=_AFTER_DRAFTS if self.scale < 1 else 0.0,
        )

    def _work_for(self, width: float) -> float:
        """How much work a frame is, of one at full width. width: its share of that."""
        if width == 1:
            return 1.0
        fitted = self.composition.fitted
        scaling = _SCALING * min(math.prod(fitted.crop[2:]) / math.prod(fitted.size), 1.0)
        return scaling + (1 - scaling) * width**2


def _level_of(drafts: _Attempts, least: Settings) -> float:
    """The level of giving up at which the drafts fit: the bytes of small ones tell of the whole."""
    try:
        best = fit(drafts, drafts.full, drafts.budget, least, _VIDEOS)
    except BudgetError:
        return 1.0
    best.file.close()
    return best.level
