"""Owns fitting an MP4 into a number of bytes, and into what else a place takes of H.264."""

from __future__ import annotations

import math
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ..loop.spool import temporary_room
from ..progress import begin_round
from ..stages import Round
from .budget import LEAST, Settings, Way, fit, reduced, share_of_work
from .composition import Composition
from .draft import Draft
from .encode import H264_CRF, encode_mp4
from .platforms import Platform, Size

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

    @staticmethod
    def size_of(composition: Composition) -> Size:
        """Width and height of the video: an odd side has a row or column more."""
        width, height = composition.size
        return width + width % 2, height + height % 2

    def most_bytes(self, composition: Composition, max_bytes: int | None) -> int | None:
        """The bytes that the file may have, so that its bit rate is within the place's limit too.

        max_bytes: that it may have anyway.
        """
        rate = self.platform.max_bit_rate if self.platform else None
        most = [] if rate is None else [int(rate * composition.seconds * self.loops / 8)]
        return min([*most, *([] if max_bytes is None else [max_bytes])], default=None)

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
    full = Settings(_FULL, composition.fps, composition.size[0])
    least = replace(LEAST, quality=1, width=full.width if one_size else LEAST.width)
    parts: dict[Settings, Composition] = {}

    def encode(settings: Settings) -> IO[bytes]:
        part = reduced(composition, settings)
        parts[settings] = part
        with temporary_room():
            draft = Draft(Path(tempfile.gettempdir(), "attempt.mp4"))
            work = share_of_work(len(part) / len(composition), settings.width / full.width)
            begin_round(
                Round(
                    len(parts),
                    _VIDEOS.most,
                    video.loops * len(video.shown(part)),
                    budget,
                    lambda: draft.path.stat().st_size,
                    size=work,
                    shrinks=True,
                )
            )
            try:
                crf = _WORST_CRF - settings.quality
                video.encode(draft.path, part, crf, max_bytes=budget, shown_as=shown_as)
                attempt = open(draft.path, "rb")  # noqa: SIM115 (returned)
            finally:
                draft.close()
        attempt.seek(0, 2)
        return attempt

    best = fit(encode, full, budget, least, _VIDEOS)
    with best.file, open(file, "wb") as whole:
        best.file.seek(0)
        shutil.copyfileobj(best.file, whole)
    return parts[best.settings], _WORST_CRF - best.settings.quality
