"""What came of a job: the files that were written. Does nothing."""

from __future__ import annotations

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
