"""Owns the formats of videos, which ffmpeg encodes and which can hold sound."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...counting import whole_ceil, whole_floor
from ...errors import ArgumentError
from ..budget import EXACT, H264, H264_CRF, VP9, VP9_CRF
from .format import MOST_SIDE, Coded, Encoding, ForEditors

if TYPE_CHECKING:
    from ..attempts import Encoder
    from ..composition import Composition
    from ..platforms import Platform
    from ..targets import Style


class _Video(Coded):
    """A video, which can hold sound."""

    sound: ClassVar[bool] = True

    def longest(self, platform: Platform | None) -> int:
        """The most pixels on the longer side: without a platform as many as videos have."""
        return super().longest(platform) if platform else MOST_SIDE

    def write(
        self, file: Path, shown: Composition, platform: Platform | None, loops: int, **options: Any
    ) -> None:
        """Write frames with ffmpeg, in the way that the platform takes them, if there is one."""
        raise NotImplementedError

    def encoder(self, how: Encoding) -> Encoder[None]:
        """An encoder that uses ffmpeg."""
        from ..attempts import Encoder

        def write(file: Path, composition: Composition, quality: float) -> None:
            shown = self.shown(composition, how.platform)
            self.write(
                *(file, shown, how.platform, how.loops),
                crf=self.crf.end - quality,
                comment=how.style.recipe,
                sound=shown.sound,
                max_bytes=how.max_bytes,
                shown_as=how.shown_as or file,
                tracker=how.tracker,
            )

        shown = partial(self.shown, platform=how.platform)
        return Encoder(write, self.crf.quality, self.way, how.loops, shown, self.usual_bits)


class Mp4(_Video):
    """H.264 in MP4, which plays everywhere, and which platforms take as video."""

    name = "mp4"
    title = "MP4"
    called = "video"
    help = "the same as H.264 video"
    uses = ("mp4_loops", "sound", "sound_reversed")
    crf = H264_CRF
    way = H264
    exact_time = True
    even = True
    is_video = True
    usual = 0.035
    starting = 0.2
    sample = (60_000_000, 80)
    keyframes = 250
    usual_bits = 0.06

    def loops(self, platform: Platform | None, seconds: float, style: Style) -> int:
        """As many loops as asked for, within the shortest and longest time of the platform."""
        return repeats(platform, seconds, style.mp4_loops) if platform else style.mp4_loops

    def encoding_limits(self, platform: Platform | None) -> tuple[float | None, ...] | None:
        """The platform's least frame rate, highest bit rate and highest level."""
        if platform is None:
            return None
        return platform.min_fps, platform.max_bit_rate, platform.max_level

    def shown(self, composition: Composition, platform: Platform | None) -> Composition:
        """The frames at a rate that the platform takes, where they may be repeated for it."""
        least = platform.min_fps if platform else None
        return composition.held(whole_ceil((least or 0) / composition.fps) or 1)

    def most_bytes(
        self,
        composition: Composition,
        max_bytes: int | None,
        platform: Platform | None,
        loops: int = 1,
    ) -> int | None:
        """The most bytes, so that the platform's limit on the bit rate is kept, too."""
        rate = platform.max_bit_rate if platform else None
        most = [] if rate is None else [int(rate * composition.seconds * loops / 8)]
        return min([*most, *([] if max_bytes is None else [max_bytes])], default=None)

    def write(
        self, file: Path, shown: Composition, platform: Platform | None, loops: int, **options: Any
    ) -> None:
        """Write frames as H.264, of a level that the platform plays."""
        from ..encode import encode_mp4

        level = platform.max_level if platform else None
        placed = platform is not None
        encode_mp4(file, shown, shown.fps, loops=loops, placed=placed, level=level, **options)


class WebM(_Video):
    """VP9 in WebM."""

    name = "webm"
    title = "WebM"
    alpha = True
    help = "the same as VP9 video"
    uses = ("sound", "sound_reversed")
    crf = VP9_CRF
    way = VP9
    usual = 0.19
    starting = 0.3
    sample = (6_000_000, 40)
    keyframes = 128

    def write(
        self, file: Path, shown: Composition, platform: Platform | None, loops: int, **options: Any
    ) -> None:
        """Write frames as VP9, once, whatever `loops` is."""
        from ..encode import encode_webm

        encode_webm(file, shown, shown.fps, **options)


class ProRes(ForEditors):
    """ProRes 4444 in QuickTime: for editors, nearly without loss."""

    name = "prores"
    endings = (".mov",)
    title = "ProRes"
    help = "the same as ProRes 4444, for editors, with all of a transparent picture"
    uses = ("sound", "sound_reversed")
    sound = True
    alpha = True
    in_browsers = False
    usual = 0.1

    def encoder(self, how: Encoding) -> Encoder[None]:
        """An encoder that uses ffmpeg."""
        from ..attempts import Encoder
        from ..encode import encode_prores

        def write(file: Path, shown: Composition, quality: float) -> None:
            about: dict[str, Any] = {"comment": how.style.recipe, "sound": shown.sound}
            named = how.shown_as or file
            encode_prores(file, shown, shown.fps, shown_as=named, tracker=how.tracker, **about)

        return Encoder(write, how.style.quality, EXACT)


def repeats(platform: Platform, seconds: float, wanted: int = 1) -> int:
    """How many times a loop is repeated in a file: as often as wanted, within a platform's limits.

    seconds: the playing time of one loop. wanted: default 1. Raises ArgumentError where no number
    of loops is within the limits on time.
    """
    most = math.inf
    if platform.max_seconds is not None:
        most = max(1, whole_floor(platform.max_seconds / seconds))
    least = max(1, whole_ceil((platform.min_seconds or 0) / seconds))
    if least > most:
        raise ArgumentError(
            f"{platform.name} takes {platform.min_seconds:g} to {platform.max_seconds:g} s, and no"
            f" number of loops of {seconds:.2f} s has that: give another part, or another --speed"
        )
    return int(min(max(wanted, least), most))
