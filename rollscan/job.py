"""Owns what is asked for and what came of it: a Job and what was Written. Does nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .checks import Seconds
from .look import Look

# The fields of a Job that name a file to write: moving pictures, each called as its format is, and
# the others.
MOVING = ("gif", "mp4", "webm", "webp")
OUTPUTS = (*MOVING, "poster", "still", "looks")


@dataclass(frozen=True)
class Job:
    """What to make of which video; but for `look`, the fields are the command line's options.

    A Job checks nothing: `render` does, before any work.

    >>> job = Job(Path("dance.mp4"), gif=Path("rolling.gif"), width=64, end=1)
    >>> [made] = render(job)
    >>> made.path.name, made.size, made.frames
    ('rolling.gif', (64, 80), 25)
    """

    input: Path
    gif: Path | None = None
    mp4: Path | None = None
    webm: Path | None = None
    webp: Path | None = None
    poster: Path | None = None
    still: Path | None = None
    looks: Path | None = None  # a sheet of every look on the video
    scale: float | None = None
    width: int | None = None
    fps: float | None = None
    speed: float = 1.0
    start: Seconds = 0
    end: Seconds | None = None
    look: Look = field(default_factory=Look)
    poster_first: bool = False  # whether the poster is the loop's frame 0
    repeat: int = 0  # times a GIF or WebP plays, 0 for ever
    mp4_loops: int = 1  # times the loop is in the MP4, or more where a place demands it
    quality: int | None = None  # of a GIF or WebP
    colors: int = 256
    max_bytes: int | None = None  # of each moving picture
    names: tuple[str, ...] = ()  # of the platforms it is for
    platforms: Path | None = None  # a file that adds to those known
    recipe: bool = True  # whether the files carry the look
    fit: str = "crop"  # to a platform's shape, or "pad" or "blur"
    sound: Path | bool = False  # the video's own, or a track to lay under an MP4 or WebM

    @property
    def has_poster(self) -> bool:
        """Whether a frame must be chosen from the whole loop."""
        return bool(self.poster or self.poster_first)


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
    of: float | None = None  # seconds of the video that a place's limits left out some of
    sound: bool = False  # whether it has any
