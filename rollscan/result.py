"""What a job tells: how far it is, and the files that it has written. Does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """A finished file."""

    path: Path
    size: tuple[int, int]  # width, height in pixels
    frames: int
    seconds: float  # playing time; of a poster, when it is shown
    is_poster: bool = False
    bytes: int = 0
    took: float = 0  # seconds since the job began, or the file before it was finished
    given_up: str = ""  # what it had to give up to fit
    seam: float | None = None  # how much a loop jumps where it starts over; 1.0 is invisible
    filled: float = 1.0  # how much of its side the history covers in the end, 0 to 1
    kept: float = 1.0  # the share of the picture's width that steadying leaves
    part: tuple[float, float] | None = None  # where it begins and ends in the video, in seconds
    of: float | None = None  # seconds of the video, where a place's limits left out some of them
    sound: bool = False  # whether it has any
    scenes: tuple[tuple[float, float], ...] = ()  # of the video that it shows, from cut to cut


@dataclass(frozen=True)
class Progress:
    """How far a job is; sent at least once a second while it runs."""

    stage: str  # "reading", "steadying", "composing", "encoding 2 of at most 5", …
    file: Path | None  # what is being made, where the stage is of one file
    done: float  # share of the whole job that is done, 0 to 1, never falling
    left: float | None  # seconds that the whole job will still take, where that can be told


Tell = Callable[[Progress | Written], None]  # a Written: that file is finished
