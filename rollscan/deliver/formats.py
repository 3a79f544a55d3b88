"""Formats of moving pictures, a class each: ending, what it can hold, limits, and how it encodes.

A new format is a new class here: it becomes an option, an output of a Job, a choice in the studio.
None imports NumPy or an encoder before it encodes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..errors import ArgumentError
from ..tracker import SILENT, Tracker
from .budget import H264, H264_CRF, PICTURES, VP9, VP9_CRF, Crf, Way

if TYPE_CHECKING:
    from .attempts import Encoder
    from .composition import Composition
    from .moving import FilePart
    from .platforms import Platform, Size
    from .targets import Style, Target

FIT = 480  # pixels: the longer side of a moving picture whose size nobody asked for
USUAL_FPS = 25  # frames per second at most, where nobody asked for more
_VIDEO_FIT = 1280  # of a video for a place that takes any size
MOST_SIDE = 1920  # pixels: no place shows more, so nothing is composed larger for one
_VIDEO_FPS = 30  # of a video for a place


class Encoded(NamedTuple):
    """What a file holds once it is encoded.

    shown: what of the composition. quality: at which it is. coarser: in words, by how much less a
    video is true than usual, for its bytes.
    """

    shown: Composition
    quality: float
    coarser: str = ""


FORMATS: dict[str, Format] = {}  # by name, in the order of their classes


class Format:
    """A format of moving pictures; a subclass with a name is one.

    name: the ending, without a dot. title: as people write it. help: of its option.
    uses: the settings of a Job that are for files such as these.
    sound: whether it can hold one.
    ticks: a second, in the units in which it keeps time; exact_time: whether times need not be
    rounded to them. even: whether both sides must be even. is_video: whether a place shows it as a
    video, larger and at a video's own rate.
    usual: seconds that a million pixels take to encode, about; starting: before the first.
    sample: pixels that are encoded to estimate the bytes of a file, about a second's work, and how
    many frames one after another: just under as many as the encoder looks ahead.
    keyframes: frames after which it begins anew at the latest; None: never.
    usual_bits: that a pixel takes, about, where nothing is given up; None: that depends.
    """

    name: ClassVar[str]
    title: ClassVar[str]
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
        """Pixels on the longer side at most, where nobody asked for a size."""
        if not (platform and self.is_video):
            return FIT
        return MOST_SIDE if platform.max_width else _VIDEO_FIT

    def usual_fps(self, rate: float, platform: Platform | None) -> float:
        """Frames per second, where nobody asked for a rate. rate: the source's.

        A place's video shows every frame of it, or every second, third, …, up to 30 of them.
        """
        if platform and self.is_video:
            return rate / math.ceil(rate / _VIDEO_FPS - 1e-2)
        return min(rate, USUAL_FPS)

    def loops(self, platform: Platform | None, seconds: float, style: Style) -> int:
        """How many times all frames are in the file. seconds: that they play."""
        return 1

    def making(self, platform: Platform | None) -> tuple[float | None, ...] | None:
        """The limits of a place on how the file is encoded, if there are any."""
        return None

    def shown(self, composition: Composition, platform: Platform | None) -> Composition:
        """The frames that are in the file."""
        return composition

    def size_of(self, composition: Composition) -> Size:
        """Width and height of the file in pixels."""
        return composition.size

    def most_bytes(
        self,
        composition: Composition,
        max_bytes: int | None,
        platform: Platform | None,
        loops: int = 1,
    ) -> int | None:
        """The bytes that the file may have at most. max_bytes: for all other reasons."""
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
        """How files are written, but for what a budget asks for.

        loops: times all frames are in a file. max_bytes: what it is to have, of which a sound takes
        no more than a share. shown_as: what errors call it, if not by its name. tracker: of the job
        that files are written in.
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
        """Write a part to a file, which is there already, within the target's bytes.

        Raises BudgetError where it cannot be that small.
        """
        from .attempts import write_within

        shown, place = part.shown, target.platform
        tracker.amount(part.loops * len(self.shown(shown, place)))
        budget = self.most_bytes(shown, target.max_bytes, place, part.loops)
        encoder = self.encoder(style, place, part.loops, budget, target.path, tracker=tracker)
        if budget is None:
            encoder.write(file, shown, encoder.quality)
            return Encoded(shown, encoder.quality)
        _, shown, settings = write_within(
            budget, file, shown, encoder, one_size=target.one_size, tracker=tracker
        )
        return Encoded(shown, settings.quality)

    def sample_bytes(
        self, file: Path, shown: Composition, style: Style, platform: Platform | None
    ) -> None:
        """Write some frames to a file as `encode` would, but without sound, recipe and limits."""
        encoder = self.encoder(replace(style, recipe=""), platform)
        encoder.write(file, replace(shown, sound=None), encoder.quality)


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
        """Writes frames with rollscan's own writer."""
        from .attempts import gif_encoder

        options: dict[str, Any] = {"quality": style.quality, "colors": style.colors}
        return gif_encoder(loop=style.loop, comment=style.recipe, tracker=tracker, **options)


class _Video(Format):
    """A format whose quality is a CRF, and which may have a sound.

    crf: its scale. way: what is given up for a budget.
    """

    sound: ClassVar[bool] = True
    crf: ClassVar[Crf]
    way: ClassVar[Way]

    def write(
        self, file: Path, shown: Composition, platform: Platform | None, loops: int, **options: Any
    ) -> None:
        """Write frames with ffmpeg, as a place takes them if they are for one."""
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
        """Writes frames with ffmpeg."""
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

    def encode(
        self,
        file: Path,
        part: FilePart,
        target: Target,
        style: Style,
        tracker: Tracker = SILENT,
    ) -> Encoded:
        """Write a part; for its bytes it is coarser first."""
        shown, quality, _ = super().encode(file, part, target, style, tracker)
        usual, crf = self.crf.usual, self.crf.end - quality
        coarser = f"CRF {usual:.0f}→{crf:.3g}" if crf > usual else ""
        return Encoded(shown, style.quality, coarser)


class Mp4(_Video):
    """H.264 in MP4, which plays everywhere, and which places take as video."""

    name = "mp4"
    title = "MP4"
    help = "the same as H.264 video"
    uses = ("mp4_loops", "sound")
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
        """As many as asked for, and as a place's shortest and longest times demand."""
        return repeats(platform, seconds, style.mp4_loops) if platform else style.mp4_loops

    def making(self, platform: Platform | None) -> tuple[float | None, ...] | None:
        """The least rate, the bit rate and the level."""
        if platform is None:
            return None
        return platform.min_fps, platform.max_bit_rate, platform.max_level

    def shown(self, composition: Composition, platform: Platform | None) -> Composition:
        """The frames at a rate that the place takes: slower ones several times each."""
        least = platform.min_fps if platform else None
        return composition.held(math.ceil((least or 0) / composition.fps - 1e-6) or 1)

    def size_of(self, composition: Composition) -> Size:
        """Width and height: an odd side has a row or column more."""
        width, height = composition.size
        return width + width % 2, height + height % 2

    def most_bytes(
        self,
        composition: Composition,
        max_bytes: int | None,
        platform: Platform | None,
        loops: int = 1,
    ) -> int | None:
        """The bytes at most, so that the bit rate is within the place's limit too."""
        rate = platform.max_bit_rate if platform else None
        most = [] if rate is None else [int(rate * composition.seconds * loops / 8)]
        return min([*most, *([] if max_bytes is None else [max_bytes])], default=None)

    def write(
        self, file: Path, shown: Composition, platform: Platform | None, loops: int, **options: Any
    ) -> None:
        """Write frames, of a level that the place plays."""
        from .encode import encode_mp4

        level = platform.max_level if platform else None
        placed = platform is not None
        encode_mp4(file, shown, shown.fps, loops=loops, placed=placed, level=level, **options)


class WebM(_Video):
    """VP9 in WebM."""

    name = "webm"
    title = "WebM"
    help = "the same as VP9 video"
    uses = ("sound",)
    crf = VP9_CRF
    way = VP9
    usual = 0.19
    starting = 0.3
    sample = (6_000_000, 40)
    keyframes = 128

    def write(
        self, file: Path, shown: Composition, platform: Platform | None, loops: int, **options: Any
    ) -> None:
        """Write frames, once."""
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
        """Writes frames through Pillow."""
        from .attempts import Encoder
        from .webp import save_webp

        def write(file: Path, shown: Composition, quality: float) -> None:
            options: dict[str, Any] = {"loop": style.loop, "comment": style.recipe}
            options["tracker"] = tracker
            with open(file, "wb") as opened:
                save_webp(opened, shown, shown.fps, quality=round(quality), **options)

        return Encoder(write, style.quality, PICTURES)


def repeats(platform: Platform, seconds: float, wanted: int = 1) -> int:
    """How many times a loop is in the file: whole, as often as wanted, as long as it must be.

    seconds: of one. Raises ArgumentError where no number of them is within the limits.
    """
    most = math.inf
    if platform.max_seconds is not None:
        most = max(1, math.floor(platform.max_seconds / seconds + 1e-6))
    least = max(1, math.ceil((platform.min_seconds or 0) / seconds - 1e-6))
    if least > most:
        raise ArgumentError(
            f"{platform.name} takes {platform.min_seconds:g} to {platform.max_seconds:g} s, and no"
            f" number of loops of {seconds:.2f} s has that: give another part, or another --speed"
        )
    return int(min(max(wanted, least), most))
