"""Owns the events of a job: Progress, and Written for each finished file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .kinds import Area

JUMP = 5.0  # a seam's score above this is seen as a jump


@dataclass(frozen=True)
class Noticed:
    """What may disappoint in a composition, see assessment.noticed."""

    hardly_seen: bool = False  # whether the look changes next to nothing
    better: str = ""  # the name of a look that would suit the clip; "" for none
    is_dark: bool = False
    is_still: bool = False  # whether next to nothing moves
    # Where the slit is, and where most crosses one, if little does where it is.
    slit: tuple[float, float] | None = None
    inside_bars: Area | None = None  # the picture between black bars, if it has such
    is_torn: bool = False  # whether history is torn from frame to frame
    has_smooth: bool = True  # whether the packages for `smooth` are installed


@dataclass(frozen=True)
class Written:
    """A finished file."""

    path: Path  # of numbered pictures, their pattern
    size: tuple[int, int]  # width, height in pixels
    frames: int
    seconds: float  # the playing time; of a poster, the time of its frame
    is_poster: bool = False
    bytes: int = 0
    took: float = 0  # seconds since the job began, or since the file before it
    given_up: str = ""  # what was given up to fit a budget, in words; "" if nothing
    seam: float | None = None  # how much the loop jumps where it starts over; 1.0 is invisible
    filled: float = 1.0  # the share of the history side that is covered at the end, 0 to 1
    kept: float = 1.0  # the share of the picture's width that steadying leaves
    part: tuple[float, float] | None = None  # its begin and end in the video, in seconds; None: all
    of: float | None = None  # seconds of the whole video, if limits or a length cut it
    is_usual: bool = False  # whether a part was taken as the video is long and no length was given
    is_long: bool = False  # whether all of a long video is shown though no length was given
    sound: bool = False  # whether the file has sound
    note: str = ""  # what is wrong with the video, of which all was read all the same, in words
    scenes: tuple[tuple[float, float], ...] = ()  # the scenes that it shows: begin and end, in s
    fitted: str = ""  # the settings of the look that were set to the clip, in words
    closed: str = ""  # what of numbers that move was changed so that they close, in words
    noticed: Noticed = Noticed()


@dataclass(frozen=True)
class Progress:
    """The progress of a job. It is sent at least once a second while the job runs."""

    stage: str  # "reading", "steadying", "composing", "encoding 2 of at most 5", …
    file: Path | None  # the file that is being made; None if it is not about one
    done: float  # the share of the whole job that is done, 0 to 1; it never falls
    left: float | None  # seconds that the whole job will still take; None if unknown


Tell = Callable[[Progress | Written], None]  # called with each event of a job
