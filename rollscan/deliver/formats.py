"""Owns the formats of moving pictures, one class each: what a format can hold, how it is encoded.

A new class here becomes an option, an output of a Job and a choice in the studio. No class imports
NumPy or an encoder before it encodes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..counting import whole_ceil, whole_floor
from ..errors import ArgumentError
from ..tracker import SILENT, Tracker
from .budget import AV1, AV1_CRF, EXACT, H264, H264_CRF, PICTURES, VP9, VP9_CRF, Crf, Way

if TYPE_CHECKING:
    from .attempts import Encoder
    from .composition import Composition
    from .moving import FilePart
    from .platforms import Platform, Size
    from .targets import Style, Target

FITS = ("crop", "pad", "blur")  # how a picture comes to the shape that a platform takes
FIT = 480  # pixels: the longer side of a picture that is no video, unless a size is asked for
USUAL_FPS = 25  # frames per second at most, unless a rate is asked for
_VIDEO_FIT = 1280  # pixels: the longer side of a video for a platform that takes any size
MOST_SIDE = 1920  # pixels: of a video, unless a size is asked for; no platform shows more
_VIDEO_FPS = 30  # frames per second at most of a video for a platform


class Encoded(NamedTuple):
    """What an encoded file holds.

    shown: the composition that is in it. quality: the quality of its encoding. coarser: in words,
    how a video's CRF was raised to meet a byte budget; "" if it was not.
    """

    shown: Composition
    quality: float
    coarser: str = ""


FORMATS: dict[str, Format] = {}  # by name, in the order of their classes


class Format:
    """A format of moving pictures. Each subclass that has a name is registered in FORMATS.

    name: the ending of its files, without the dot. title: the name as people write it. called: what
        people call it, where that is not its title. help: the help text of its option.
    uses: the settings of a Job that affect files of this format.
    sound: whether a file can hold sound.
    ticks: the units in which the format counts time, per second. exact_time: whether times need not
        be rounded to ticks.
    even: whether both sides must be even. is_video: whether platforms show it as a video, which is
        larger and has the frame rate of its source.
    usual: about how many seconds a million pixels take to encode. starting: about how many seconds
        pass before the first frame.
    sample: how many pixels are encoded to estimate the size of a file, which takes about a second,
        and how many frames in a row, which is just less than what the encoder looks ahead.
    keyframes: the largest number of frames between two keyframes; None: there is only one.
    usual_bits: about how many bits a pixel takes at full quality; None: that depends on the
        picture.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    called: ClassVar[str] = ""
    help: ClassVar[str]
    uses: ClassVar[tuple[str, ...]] = ()
    sound: ClassVar[bool] = False
    ticks: ClassVar[int] = 1000
    exact_time: ClassVar[bool] = False
    even: ClassVar[bool] = False
    is_video: ClassVar[bool] = False
    usual: ClassVar[float] = 0.1
    starting: ClassVar[float] = 0.0
    sample: ClassVar[tuple[int, int]] = (6_000_000, 12)
    keyframes: ClassVar[int | None] = None
    usual_bits: ClassVar[float | None] = None

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls):
            FORMATS[cls.name] = cls()

    def longest(self, platform: Platform | None) -> int:
        """The most pixels on the longer side, unless a size is asked for."""
        if not (platform and self.is_video):
            return FIT
        return MOST_SIDE if platform.max_width else _VIDEO_FIT

    def usual_fps(self, rate: float, platform: Platform | None) -> float:
        """Frames per second, unless a rate is asked for. rate: that of the source.

        A video for a platform shows every frame of the source, or every second, third, …, so that
        its rate is about 30 at most.
        """
        if platform and self.is_video:
            return rate / math.ceil(rate / _VIDEO_FPS - 1e-2)
        return min(rate, USUAL_FPS)

    def loops(self, platform: Platform | None, seconds: float, style: Style) -> int:
        """How many times all frames are in the file. seconds: the playing time of one loop."""
        return 1

    def encoding_limits(self, platform: Platform | None) -> tuple[float | None, ...] | None:
        """A platform's limits on the encoding of the file; None where it has none."""
        return None

    def shown(self, composition: Composition, platform: Platform | None) -> Composition:
        """The composition as it is in the file, where frames may be repeated."""
        return composition

    def size_of(self, composition: Composition) -> Size:
        """Width and height of the file in pixels, rounded up where they must be even."""
        width, height = composition.size
        return (width + width % 2, height + height % 2) if self.even else (width, height)

    def most_bytes(
        self,
        composition: Composition,
        max_bytes: int | None,
        platform: Platform | None,
        loops: int = 1,
    ) -> int | None:
        """The most bytes that the file may have; None: any number.

        max_bytes: the limit apart from those that depend on the composition.
        """
        return max_bytes

    def encoder(
        self,
        style: Style,
        platform: Platform | None,
        loops: int = 1,
        max_bytes: int | None = None,
        shown_as: Path | None = None,
        tracker: Tracker = SILENT,
    ) -> Encoder[Any]:
        """The encoder of files of this format.

        loops: how many times all frames are in a file, default 1. max_bytes: the budget of the
        file, of which the sound takes only a share; default none. shown_as: the name that errors
        give the file, default its own. tracker: of the job, for its progress.
        """
        raise NotImplementedError

    def encode(
        self,
        file: Path,
        part: FilePart,
        target: Target,
        style: Style,
        tracker: Tracker = SILENT,
    ) -> Encoded:
        """Write a part to an existing file, within the byte budget of the target.

        Raises BudgetError where the file cannot be that small.
        """
        from .attempts import write_within

        shown, place = part.shown, target.platform
        tracker.amount(len(self.shown(shown, place)))
        budget = self.most_bytes(shown, target.max_bytes, place, part.loops)
        encoder = self.encoder(style, place, part.loops, budget, target.path, tracker=tracker)
        if budget is None:
            encoder.write(file, shown, encoder.quality)
            return Encoded(shown, encoder.quality)
        _, shown, settings = write_within(
            budget, file, shown, encoder, one_size=target.one_size, tracker=tracker
        )
        return Encoded(shown, settings.quality)

    def write_sample(
        self,
        file: Path,
        shown: Composition,
        style: Style,
        platform: Platform | None,
        quality: float | None = None,
    ) -> None:
        """Write frames to a file as `encode` does, but without sound, recipe and byte budget.

        quality: that of the encoder; None stands for the full one.
        """
        encoder = self.encoder(replace(style, recipe=""), platform)
        full = encoder.quality if quality is None else quality
        encoder.write(file, replace(shown, sound=None), full)


class Gif(Format):
    """GIF: 256 colours an image, delays in hundredths of a second."""

    name = "gif"
    title = "GIF"
    help = "the rolling slit-scan"
    uses = ("repeat", "quality", "colors")
    ticks = 100
    usual = 0.07
    sample = (15_000_000, 22)

    def encoder(
        self, style: Style, *_: object, tracker: Tracker = SILENT, **__: object
    ) -> Encoder[Any]:
        """An encoder that uses rollscan.gif."""
        from .attempts import gif_encoder

        options: dict[str, Any] = {"quality": style.quality, "colors": style.colors}
        return gif_encoder(loop=style.loop, comment=style.recipe, tracker=tracker, **options)


class _Coded(Format):
    """A format whose quality is a CRF.

    crf: the scale of its encoder. way: what is given up for a byte budget.
    """

    crf: ClassVar[Crf]
    way: ClassVar[Way]

    def encode(
        self,
        file: Path,
        part: FilePart,
        target: Target,
        style: Style,
        tracker: Tracker = SILENT,
    ) -> Encoded:
        """Write a part as Format.encode does, and say by how much its CRF was raised."""
        shown, quality, _ = super().encode(file, part, target, style, tracker)
        usual, crf = self.crf.usual, self.crf.end - quality
        coarser = f"CRF {usual:.0f}→{crf:.3g}" if crf > usual else ""
        return Encoded(shown, style.quality, coarser)


class _Video(_Coded):
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

    def encoder(
        self,
        style: Style,
        platform: Platform | None,
        loops: int = 1,
        max_bytes: int | None = None,
        shown_as: Path | None = None,
        tracker: Tracker = SILENT,
    ) -> Encoder[None]:
        """An encoder that uses ffmpeg."""
        from .attempts import Encoder

        def write(file: Path, composition: Composition, quality: float) -> None:
            shown = self.shown(composition, platform)
            self.write(
                *(file, shown, platform, loops),
                crf=self.crf.end - quality,
                comment=style.recipe,
                sound=shown.sound,
                max_bytes=max_bytes,
                shown_as=shown_as or file,
                tracker=tracker,
            )

        shown = partial(self.shown, platform=platform)
        return Encoder(write, self.crf.quality, self.way, loops, shown, self.usual_bits)


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
        from .encode import encode_mp4

        level = platform.max_level if platform else None
        placed = platform is not None
        encode_mp4(file, shown, shown.fps, loops=loops, placed=placed, level=level, **options)


class WebM(_Video):
    """VP9 in WebM."""

    name = "webm"
    title = "WebM"
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
        from .encode import encode_webm

        encode_webm(file, shown, shown.fps, **options)


class WebP(Format):
    """Animated WebP."""

    name = "webp"
    title = "WebP"
    help = "the same as animated WebP"
    uses = ("repeat", "quality")
    usual = 0.16

    def encoder(self, style: Style, *_: object, tracker: Tracker = SILENT) -> Encoder[Any]:
        """An encoder that uses Pillow."""
        from .attempts import Encoder
        from .webp import save_webp

        def write(file: Path, shown: Composition, quality: float) -> None:
            options: dict[str, Any] = {"loop": style.loop, "comment": style.recipe}
            options["tracker"] = tracker
            with open(file, "wb") as opened:
                save_webp(opened, shown, shown.fps, quality=round(quality), **options)

        return Encoder(write, style.quality, PICTURES)


class Avif(_Coded):
    """Animated AVIF: AV1 in a picture's container."""

    name = "avif"
    title = "AVIF"
    help = "the same as animated AVIF, the smallest of them"
    uses = ("repeat",)
    crf = AV1_CRF
    way = AV1
    exact_time = True
    even = True
    usual = 0.13
    starting = 0.3
    sample = (6_000_000, 40)

    def encoder(
        self,
        style: Style,
        platform: Platform | None = None,
        loops: int = 1,
        max_bytes: int | None = None,
        shown_as: Path | None = None,
        tracker: Tracker = SILENT,
    ) -> Encoder[None]:
        """An encoder that uses ffmpeg."""
        from .attempts import Encoder
        from .encode import encode_avif

        def write(file: Path, shown: Composition, quality: float) -> None:
            crf, named = self.crf.end - quality, shown_as or file
            options: dict[str, Any] = {"loop": style.loop, "comment": style.recipe}
            encode_avif(file, shown, shown.fps, crf=crf, shown_as=named, tracker=tracker, **options)

        return Encoder(write, self.crf.quality, self.way)


class Apng(Format):
    """Animated PNG: exact colours."""

    name = "apng"
    title = "APNG"
    help = "the same as APNG, in exact colours"
    uses = ("repeat",)
    usual = 0.2

    def encoder(self, style: Style, *_: object, tracker: Tracker = SILENT) -> Encoder[Any]:
        """An encoder of our own."""
        from .apng import write_apng
        from .attempts import Encoder

        def write(file: Path, shown: Composition, _: float) -> None:
            options: dict[str, Any] = {"loop": style.loop, "comment": style.recipe}
            with open(file, "wb") as opened:
                write_apng(opened, shown, shown.fps, tracker=tracker, **options)

        return Encoder(write, style.quality, EXACT)


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
