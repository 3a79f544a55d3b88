"""Owns the targets of a job: its files of moving pictures, each for one platform or for none.

It writes nothing; moving.py does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ArgumentError
from .formats import FIT, FORMATS, MOST_SIDE, USUAL_FPS, Format
from .geometry import CENTRE, fitted_size
from .output import is_device
from .platforms import Platform, Size, resolved

if TYPE_CHECKING:
    from ..frames import Point, Span


@dataclass(frozen=True)
class Target:
    """One file to write."""

    path: Path
    format: str  # its name, see formats.FORMATS
    platform: Platform | None = None
    max_bytes: int | None = None
    instead_of: str = ""  # the format that was asked for, if the platform does not take it
    focus: Point = CENTRE  # the middle of what a crop to the platform's shape keeps

    @property
    def one_size(self) -> bool:
        """Whether the platform demands a size, which no byte budget may reduce."""
        return bool(self.platform and (self.platform.exact or self.platform.one_side))

    @property
    def kind(self) -> Format:
        """The format itself."""
        return FORMATS[self.format]

    @property
    def longest(self) -> int:
        """The most pixels on the longer side, unless a size is asked for."""
        return self.kind.longest(self.platform)

    @property
    def sounds(self) -> bool:
        """Whether the file may have sound, in this format and on this platform."""
        return bool(self.kind.sound) and (self.platform is None or self.platform.sound)

    def usual_fps(self, rate: float) -> float:
        """Frames per second, unless a rate is asked for. rate: that of the video."""
        return self.kind.usual_fps(rate, self.platform)


def rate_for(targets: Iterable[Target], rate: float, asked: float | None) -> float:
    """Frames per second of a composition for these targets: the highest that one of them has.

    rate: that of the video. asked: the rate that was asked for, which is returned; None: none was.
    """
    usual = max((target.usual_fps(rate) for target in targets), default=min(rate, USUAL_FPS))
    return asked or usual


@dataclass(frozen=True)
class Take:
    """A part of the video (None: all of it), and the targets that show it.

    is_cut: whether the part was cut for the limits of a platform, or for the length that the job
    asks for, default False.
    is_usual: whether it was cut because the video is long, and no length was asked for.
    """

    part: Span | None
    targets: tuple[Target, ...]
    is_cut: bool = False
    is_usual: bool = False


@dataclass(frozen=True)
class Style:
    """How moving pictures are written for all targets."""

    fit: str  # "crop", "pad" or "blur", see geometry.fitted_size
    sized: bool  # whether a size was asked for
    timed: bool  # whether a frame rate was asked for
    loop: int  # how many times a picture that moves plays, 0 for ever
    mp4_loops: int  # how many times all frames are in an MP4
    quality: int  # of a GIF or WebP, 1 to 100
    colors: int  # the most that a palette of a GIF may have
    recipe: str  # is written to every file and says how it was made


def targets_of(
    files: Mapping[str, Path | None],
    names: Iterable[str],
    known: Mapping[str, Platform],
    max_bytes: int | None,
) -> list[Target]:
    """The targets of a job: a file for each format, or for each platform that takes the format.

    files: the path for each format, None if it is not asked for. names: of platforms; each gets a
    file in every format that is asked for and that it takes. If it takes none of them and only one
    file is asked for, it gets its own format under that file's name. known: all platforms.
    max_bytes: the limit of every file, or None; that of a platform may be lower. If several
    platforms take a format, their names are added to those of its files.
    Raises ArgumentError for an unknown name, and for a platform whose format is not asked for.
    """
    asked = {kind: path for kind, path in files.items() if path is not None}
    takers: dict[str, list[Platform]] = {kind: [] for kind in files}
    for name in names:
        for platform in _taking(asked, resolved(name, known)):
            if platform not in takers[platform.format]:
                takers[platform.format].append(platform)
    targets = []
    for kind in files:
        path, other = asked.get(kind), ""
        if takers[kind] and path is None:
            ((other, named),) = asked.items()
            path = named.with_suffix(f".{kind}")
        for taker in takers[kind]:
            assert path is not None
            most = [n for n in (max_bytes, taker.max_bytes) if n is not None]
            own = path.with_name(f"{path.stem}-{taker.name}{path.suffix}")
            own = own if len(takers[kind]) > 1 else path
            targets.append(Target(own, kind, taker, min(most, default=None), other))
        if path and not takers[kind] and (len(asked) > 1 or not any(takers.values())):
            limit = max_bytes if FORMATS[kind].is_limited else None
            targets.append(Target(path, kind, None, limit))
    return targets


def _taking(asked: Mapping[str, Path], platforms: list[Platform]) -> list[Platform]:
    """Those targets of a platform whose format is asked for, or else the first of them.

    Raises ArgumentError if there is no name for a file of its format.
    """
    if taking := [platform for platform in platforms if platform.format in asked]:
        return taking
    first = platforms[0]
    if len(asked) == 1 and all(
        FORMATS[kind].is_limited and not is_device(path) for kind, path in asked.items()
    ):
        return [first]
    raise ArgumentError(
        f"{first.name} takes {first.format}: add --{first.format} out.{first.format}"
    )


def longer_side(size: Size, targets: Iterable[Target], fit: str) -> int:
    """The longer side, in pixels, at which a video of `size` is sharp enough for all targets.

    The target that shows the picture largest decides. The side is at most the `longest` of its
    format, unless a target demands a size; for a video it is at most 1920 even then.
    """
    sides = []
    for target in targets:
        side = min(max(size), target.longest)
        if target.platform:
            fitted = fitted_size(size, target.platform, fit)
            shown = math.ceil(max(fitted.scaled) / max(fitted.crop[2:]) * max(size))
            if not target.one_size:
                side = min(side, shown)
            else:
                side = min(shown, MOST_SIDE) if target.kind.is_video else shown
        sides.append(side)
    return max(sides, default=FIT)
