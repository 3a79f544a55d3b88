"""Owns the moving pictures that one run writes: their files and platforms, and keeping limits.

It plans; moving.py writes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..checks import check_whole
from ..errors import ArgumentError
from ..job import Job
from .fitted import fitted_size
from .platforms import Platform, Size

if TYPE_CHECKING:
    from .composition import Composition

FIT = 480  # pixels: the longer side of a moving picture whose size nobody asked for

_TICKS = {"gif": 100, "webm": 1000, "webp": 1000}  # a second in the format's units of time


@dataclass(frozen=True)
class Target:
    """One file to write."""

    path: Path
    format: str  # "gif", "mp4", "webm" or "webp"
    platform: Platform | None = None
    max_bytes: int | None = None

    @property
    def one_size(self) -> bool:
        """Whether the platform takes one size only, so that it must not be given up."""
        return bool(self.platform and (self.platform.exact or self.platform.one_side))


@dataclass(frozen=True)
class Style:
    """How moving pictures are written, whatever their target."""

    fit: str  # to a shape: "crop" or "pad"
    longest: float  # pixels on the longer side at most, unless a platform takes one size only
    loop: int  # times a GIF or WebP plays, 0 for ever
    mp4_loops: int  # times all frames are in an MP4
    quality: int  # of a GIF or WebP, 1 to 100
    colors: int  # in a palette of a GIF
    recipe: str  # kept in every file: how it was made

    @classmethod
    def of(cls, job: Job) -> Style:
        """The job's. Raises ArgumentError for a value out of range."""
        from ..gif import DEFAULT_QUALITY, MOST_LOOPS  # NumPy, which planning does without

        quality = DEFAULT_QUALITY if job.quality is None else job.quality
        check_whole("quality", quality, least=1, most=100)
        check_whole("colors", job.colors, least=2, most=256)
        check_whole("repeat", job.repeat, least=0, most=MOST_LOOPS)
        check_whole("mp4_loops", job.mp4_loops, least=1, most=MOST_LOOPS)
        longest = FIT if job.scale is None and job.width is None else math.inf
        recipe = job.look.recipe if job.recipe else ""
        return cls(job.fit, longest, job.repeat, job.mp4_loops, quality, job.colors, recipe)


def targets_of(
    files: Mapping[str, Path | None],
    names: Iterable[str],
    known: Mapping[str, Platform],
    max_bytes: int | None,
) -> list[Target]:
    """What to write: a file for each format asked for, or one for each platform that takes it.

    files: by format. names: of the platforms. max_bytes: of any file but an MP4; a platform that
    takes less is given less. A file that several platforms take gets each one's name in its own.
    Raises ArgumentError for an unknown name, and for a platform whose format is not asked for.
    """
    platforms = list(dict.fromkeys(_platform(name, known) for name in names))
    for platform in platforms:
        if not files.get(platform.format):
            raise ArgumentError(
                f"{platform.name} takes {platform.format}: add --{platform.format}"
                f" out.{platform.format}"
            )
    targets = []
    for kind, path in files.items():
        if path is None:
            continue
        takers = [platform for platform in platforms if platform.format == kind]
        for taker in takers:
            most = [n for n in (max_bytes, taker.max_bytes) if n is not None]
            own = path.with_name(f"{path.stem}-{taker.name}{path.suffix}")
            targets.append(
                Target(own if len(takers) > 1 else path, kind, taker, min(most, default=None))
            )
        if not takers:
            targets.append(Target(path, kind, None, None if kind == "mp4" else max_bytes))
    if max_bytes is not None and targets and all(target.format == "mp4" for target in targets):
        raise ArgumentError(
            f"max_bytes is {max_bytes}, which an MP4 is not made to fit: add --gif, --webm or"
            " --webp, or leave it out",
            "max_bytes",
        )
    return targets


def _platform(name: str, known: Mapping[str, Platform]) -> Platform:
    """The platform of this name, in capitals or not."""
    for key in (name, *known):
        if key in known and key.lower() == name.lower():
            return known[key]
    raise ArgumentError(f"names has {name!r}: give one of {', '.join(known)}", "names")


def longer_side(size: Size, targets: Iterable[Target], fit: str) -> int:
    """How long, in pixels, the longer side of a video of `size` is for all targets to be sharp.

    It is the target's that shows the picture largest, but over 480 only where that one takes no
    other size.
    """
    sides = []
    for target in targets:
        side = min(max(size), FIT)
        if target.platform:
            fitted = fitted_size(size, target.platform, fit)
            shown = max(fitted.scaled) / max(fitted.crop[2:]) * max(size)
            side = math.ceil(shown) if target.one_size else min(side, math.ceil(shown))
        sides.append(side)
    return max(sides, default=FIT)


def keeping(composition: Composition, platform: Platform, fit: str) -> Composition:
    """The composition as the platform takes it, but for its bytes.

    What plays too long ends at the limit, frames that are too many or too fast are spread thinner,
    and then the picture is cropped or padded, and scaled. Times are kept as the format rounds them.
    """
    ticks = _TICKS[platform.format]
    if platform.max_seconds is not None:
        composition = composition.up_to(_down(platform.max_seconds * ticks) / ticks)
    fastest = platform.max_fps or math.inf
    if platform.min_delay is not None:
        fastest = min(fastest, ticks / -_down(-platform.min_delay * ticks))
    played = _down(composition.seconds * ticks) / ticks
    count = min(len(composition), platform.max_frames or math.inf, played * fastest + 1e-6)
    thinned = composition.thinned(max(1, int(count)))
    return thinned.fitted_to(fitted_size(composition.size, platform, fit, n_frames=len(thinned)))


def _down(ticks: float) -> int:
    """Whole ticks, where a hair less is whole too."""
    return math.floor(ticks + 1e-6)
