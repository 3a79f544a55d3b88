"""Owns what formats of moving pictures have in common: what one can hold, how it is encoded."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ...gif import FASTEST_FPS
from ...tracker import SILENT, Tracker
from ..budget import Crf, Way

if TYPE_CHECKING:
    from ..attempts import Encoder
    from ..composition import Composition
    from ..moving import FilePart
    from ..platforms import Platform, Size
    from ..targets import Style, Target

FITS = ("crop", "pad", "blur")  # how a picture comes to the shape that a platform takes
FIT = 480  # pixels: the longer side of a picture that is no video, unless a size is asked for
USUAL_FPS = 25  # frames per second at most, unless a rate is asked for
_VIDEO_FIT = 1280  # pixels: the longer side of a video for a platform that takes any size
MOST_SIDE = 1920  # pixels: of a video, unless a size is asked for; no platform shows more
_VIDEO_FPS = 30  # frames per second at most of a video for a platform


class Encoding(NamedTuple):
    """How files of a format are to be encoded.

    style: what they have in common. platform: that they are for, default none. loops: how many
    times all frames are in a file, default 1. max_bytes: the budget of the file, of which the sound
    takes only a share; default none. shown_as: the name that errors give the file, default its own.
    tracker: of the job, for its progress.
    """

    style: Style
    platform: Platform | None = None
    loops: int = 1
    max_bytes: int | None = None
    shown_as: Path | None = None
    tracker: Tracker = SILENT


class Encoded(NamedTuple):
    """What an encoded file holds.

    shown: the composition that is in it. quality: the quality of its encoding. coarser: in words,
    how a video's CRF was raised to meet a byte budget; "" if it was not.
    """

    shown: Composition
    quality: float
    coarser: str = ""


class Format:
    """A format of moving pictures.

    name: of its option, without the dashes; mostly the ending of its files. title: the name as
        people write it. called: what people call it, where that is not its title. help: the help
        text of its option.
    uses: the settings of a Job that affect files of this format.
    endings: of its files, with their dots; by default a dot and the name. example: of the name of
        a file, default "out" with the first ending.
    sound: whether a file can hold sound. alpha: whether it can hold transparency.
    in_browsers: whether browsers show it.
    is_one_file: whether a composition is one file, and not one for each frame.
    is_limited: whether a byte budget can be met, and a platform may take it.
    ticks: the units in which the format counts time, per second. exact_time: whether times need not
        be rounded to ticks.
    most_fps: frames per second at most, unless a rate is asked for, or a platform takes a video.
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
    endings: ClassVar[tuple[str, ...]] = ()
    example: ClassVar[str] = ""
    sound: ClassVar[bool] = False
    alpha: ClassVar[bool] = False
    in_browsers: ClassVar[bool] = True
    is_one_file: ClassVar[bool] = True
    is_limited: ClassVar[bool] = True
    ticks: ClassVar[int] = 1000
    exact_time: ClassVar[bool] = False
    most_fps: ClassVar[float] = USUAL_FPS
    even: ClassVar[bool] = False
    is_video: ClassVar[bool] = False
    usual: ClassVar[float] = 0.1
    starting: ClassVar[float] = 0.0
    sample: ClassVar[tuple[int, int]] = (6_000_000, 12)
    keyframes: ClassVar[int | None] = None
    usual_bits: ClassVar[float | None] = None

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls) and not cls.endings:
            cls.endings = (f".{cls.name}",)
        if "name" in vars(cls) and not cls.example:
            cls.example = f"out{cls.endings[0]}"

    def takes(self, path: Path) -> bool:
        """Whether a file, or files, of this format may have the name."""
        return path.suffix.lower() in self.endings

    def holds_alpha(self, path: Path) -> bool:
        """Whether a file of this name can hold transparency."""
        return self.alpha

    def check_writable(self, path: Path) -> None:
        """Raise OutputError if the file cannot be written, or exists and cannot be replaced."""
        from ..output import check_writable

        check_writable(path)

    def beside(self, path: Path) -> AbstractContextManager[Path]:
        """Yield a path to write to, whose file replaces the target, see output.written_beside."""
        from ..output import written_beside

        return written_beside(path)

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
        return min(rate, self.most_fps)

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

    def encoder(self, how: Encoding) -> Encoder[Any]:
        """The encoder of files of this format."""
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
        from ..attempts import write_within

        shown, place = part.shown, target.platform
        tracker.amount(len(self.shown(shown, place)))
        budget = self.most_bytes(shown, target.max_bytes, place, part.loops)
        how = Encoding(style, place, part.loops, budget, target.path, tracker)
        encoder = self.encoder(how)
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
        encoder = self.encoder(Encoding(replace(style, recipe=""), platform))
        full = encoder.quality if quality is None else quality
        encoder.write(file, replace(shown, sound=None), full)


class Coded(Format):
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


class ForEditors(Format):
    """A format that editors lay over footage: large, of the footage's rate, without limits."""

    is_limited = False
    exact_time = True
    most_fps = FASTEST_FPS

    def longest(self, platform: Platform | None) -> int:
        """The most pixels on the longer side: as many as videos have."""
        return MOST_SIDE

    def usual_fps(self, rate: float, platform: Platform | None) -> float:
        """Every frame of the source, or every second, third, …, so that there are at most 50."""
        return rate / math.ceil(rate / FASTEST_FPS - 1e-2)
