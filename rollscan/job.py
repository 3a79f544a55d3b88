"""Owns what is asked for and what came of it: a Job, its checks before any work, and Written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ArgumentError, OutputError, check_rate
from .output import check_writable
from .platforms import load
from .probe import Seconds
from .targets import Target, targets_of

if TYPE_CHECKING:
    from .slit import Position, Width


@dataclass(frozen=True)
class Job:
    """What to make of which video; the fields are the command line's options."""

    input: Path
    gif: Path | None = None
    mp4: Path | None = None
    webm: Path | None = None
    webp: Path | None = None
    poster: Path | None = None
    still: Path | None = None
    scale: float | None = None
    width: int | None = None
    fps: float | None = None
    speed: float = 1.0
    start: Seconds = 0
    end: Seconds | None = None
    slit: Position = 0.5
    direction: str | None = None  # None: "up" for the GIF, "left" for the strip photograph
    slit_width: Width = 1
    feather: int = 0
    loop: str = "cut"
    fade: float = 0.5  # seconds
    min_loop: float = 2.0  # seconds
    max_loop: float = 10.0  # seconds
    poster_first: bool = False  # whether the poster is the loop's frame 0
    repeat: int = 0  # times a GIF or WebP plays, 0 for ever
    mp4_loops: int = 1  # times the loop is in the MP4
    quality: int | None = None  # of a GIF or WebP
    colors: int = 256
    max_bytes: int | None = None  # of a GIF, WebM or WebP
    names: tuple[str, ...] = ()  # of the platforms it is for
    platforms: Path | None = None  # a file that adds to those known
    fit: str = "crop"  # to a platform's shape, or "pad"

    @property
    def has_poster(self) -> bool:
        """Whether a frame must be chosen from the whole loop."""
        return bool(self.poster or self.poster_first)

    def targets(self) -> list[Target]:
        """The moving pictures to write, once all that can be known to be wrong has been looked for.

        Raises ArgumentError or OutputError for the first thing found.
        """
        moving = {"gif": self.gif, "mp4": self.mp4, "webm": self.webm, "webp": self.webp}
        asked = [path for path in (*moving.values(), self.poster, self.still) if path]
        if not asked:
            raise ArgumentError("no output asked for: add --gif out.gif or --still out.png")
        for path in asked:
            check_writable(path)
        check_rate("speed", self.speed)
        if self.fps is not None:
            check_rate("fps", self.fps, most=50)
        if self.poster_first and self.loop == "cut":
            raise ArgumentError(
                "poster_first needs a loop without a beginning, and with loop 'cut' history begins"
                " empty: give --loop wrap, boomerang, crossfade or match"
            )
        known = load(self.platforms) if self.names or self.platforms else {}
        targets = targets_of(moving, self.names, known, self.max_bytes)
        stills = [path for path in (self.poster, self.still) if path]
        self._check_names([*(target.path for target in targets), *stills])
        for kind, target in moving.items():
            device = kind == "gif" and target and target.exists() and not target.is_file()
            if target and not device and target.suffix.lower() != f".{kind}":
                raise ArgumentError(f"{target} ends in {target.suffix!r}: give a name in .{kind}")
        return targets

    def _check_names(self, paths: list[Path]) -> None:
        for path in paths:
            if path.exists() and self.input.exists() and path.samefile(self.input):
                raise OutputError(f"{path} is the input itself: give the output another name")
        real = [os.path.realpath(path) for path in paths]
        for k, path in enumerate(paths):
            if real[k] in real[:k]:
                raise ArgumentError(f"{path} is asked for twice: give each output its own name")


@dataclass(frozen=True)
class Written:
    """A finished file."""

    path: Path
    size: tuple[int, int]  # width, height in pixels
    frames: int
    seconds: float  # playing time; of a poster, when it is shown
    is_poster: bool = False
    bytes: int = 0
    took: float = 0  # seconds from the start of the job
    given_up: str = ""  # what it had to give up to fit
    seam: float | None = None  # how much a loop jumps where it starts over; 1.0 is invisible
    part: tuple[float, float] | None = None  # start and end of a matched loop in the video, seconds
