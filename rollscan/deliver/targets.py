"""Owns the moving pictures that one run writes: their files and platforms, and how they look.

It plans; moving.py writes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ArgumentError
from .formats import FIT, FORMATS, MOST_SIDE, USUAL_FPS, Format
from .geometry import fitted_size
from .output import is_device
from .platforms import Platform, Size, resolved

if TYPE_CHECKING:
    from ..frames import Span


@dataclass(frozen=True)
class Target:
    """One file to write."""

    path: Path
    format: str  # its name, see formats.FORMATS
    platform: Platform | None = None
    max_bytes: int | None = None
    instead_of: str = ""  # the format that was asked for, and that the platform does not take

    @property
    def one_size(self) -> bool:
        """Whether the platform takes one size only, so that it must not be given up."""
        return bool(self.platform and (self.platform.exact or self.platform.one_side))

    @property
    def kind(self) -> Format:
        """Its format."""
        return FORMATS[self.format]

    @property
    def longest(self) -> int:
        """Pixels on the longer side at most, where nobody asked for a size."""
        return self.kind.longest(self.platform)

    @property
    def sounds(self) -> bool:
        """Whether the file may have a sound: its format can, and its place takes it."""
        return bool(self.kind.sound) and (self.platform is None or self.platform.sound)

    def usual_fps(self, rate: float) -> float:
        """Frames per second, where nobody asked for a rate. rate: the video's."""
        return self.kind.usual_fps(rate, self.platform)


def rate_for(targets: Iterable[Target], rate: float, asked: float | None) -> float:
    """Frames per second of a composition for these targets: of the one that shows most.

    rate: the video's. asked: what somebody asked for, if so.
    """
    usual = max((target.usual_fps(rate) for target in targets), default=min(rate, USUAL_FPS))
    return asked or usual


@dataclass(frozen=True)
class Take:
    """A part of the video (None: all of it), and the targets that show it.

    is_cut: whether it is a part for the limits of a place.
    """

    part: Span | None
    targets: tuple[Target, ...]
    is_cut: bool = False


@dataclass(frozen=True)
class Style:
    """How moving pictures are written, whatever their target."""

    fit: str  # to a shape: "crop", "pad" or "blur"
    sized: bool  # whether somebody asked for a size, or for a rate
    timed: bool
    loop: int  # times a GIF or WebP plays, 0 for ever
    mp4_loops: int  # times all frames are in an MP4
    quality: int  # of a GIF or WebP, 1 to 100
    colors: int  # in a palette of a GIF
    recipe: str  # kept in every file: how it was made


def targets_of(
    files: Mapping[str, Path | None],
    names: Iterable[str],
    known: Mapping[str, Platform],
    max_bytes: int | None,
) -> list[Target]:
    """What to write: a file for each format asked for, or one for each platform that takes it.

    files: by format. names: of platforms and places; a place has a file of each format asked for
    that it takes. Where it takes none of them and one file is asked for, it gets its own format
    under that file's name. max_bytes: of any file; a platform that takes less is given less.
    A file that several platforms take gets each one's name in its own.
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
            targets.append(Target(path, kind, None, max_bytes))
    return targets


def _taking(asked: Mapping[str, Path], platforms: list[Platform]) -> list[Platform]:
    """Those of a place's platforms whose format is asked for, or else its first one.

    Raises ArgumentError where there is no name for a file of that one's format.
    """
    if taking := [platform for platform in platforms if platform.format in asked]:
        return taking
    first = platforms[0]
    if len(asked) == 1 and not any(is_device(path) for path in asked.values()):
        return [first]
    raise ArgumentError(
        f"{first.name} takes {first.format}: add --{first.format} out.{first.format}"
    )


def longer_side(size: Size, targets: Iterable[Target], fit: str) -> int:
    """How long, in pixels, the longer side of a video of `size` is for all targets to be sharp.

    It is the target's that shows the picture largest. No more than 480, for places' videos 1920,
    but where a target takes no other size; for a video of one size it is 1920 all the same.
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
