"""Owns the order of the stages: the way of a frame from the video to the pictures written."""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ArgumentError, OutputError
from .output import check_writable
from .probe import Probe, Seconds

if TYPE_CHECKING:
    from .slit import Position, Width

GIF_FIT = 480  # pixels: the longer side of a GIF whose size nobody asked for
GIF_FPS = 25  # frames per second at most, where nobody asked for more


@dataclass(frozen=True)
class Job:
    """What to make of which video; the fields are the command line's options."""

    input: Path
    gif: Path | None = None
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
    repeat: int = 0  # times the GIF plays, 0 for ever
    quality: int | None = None
    colors: int = 256
    max_bytes: int | None = None  # of the GIF

    @property
    def targets(self) -> list[Path]:
        """The files to write."""
        return [target for target in (self.gif, self.still) if target]


@dataclass(frozen=True)
class Written:
    """A finished file."""

    path: Path
    size: tuple[int, int]  # width, height in pixels
    frames: int
    seconds: float  # playing time
    bytes: int
    took: float  # seconds from the start of the job
    given_up: str = ""  # what a GIF had to give up to fit
    seam: float | None = None  # how much a loop jumps where it starts over; 1.0 is invisible
    part: tuple[float, float] | None = None  # start and end of a matched loop in the video, seconds


def render(job: Job, logger: Any = None) -> list[Written]:
    """Do the job. logger: "bar", None or a proglog logger. Raises RollscanError where it cannot."""
    began = time.perf_counter()
    _check_targets(job)
    with closing(Probe(job.input, job.start, job.end)) as probe:
        # ffmpeg looks at the file while these, and MoviePy behind them, are imported.
        from .clip import RollScan
        from .gif import DEFAULT_QUALITY, MOST_LOOPS
        from .slit import check_whole
        from .source import open_video
        from .still import StripPhotograph, check_still, write_still

        facts = probe.facts()
    quality = DEFAULT_QUALITY if job.quality is None else job.quality
    check_whole("quality", quality, least=1, most=100)
    check_whole("colors", job.colors, least=2, most=256)
    check_whole("repeat", job.repeat, least=0, most=MOST_LOOPS)
    written = []

    def note(path: Path, size: tuple[int, int], frames: int, seconds: float, **loop: Any) -> None:
        took = time.perf_counter() - began
        written.append(Written(path, size, frames, seconds, path.stat().st_size, took, **loop))

    strip = watched = None
    if job.still:
        full = open_video(facts, scale=job.scale, width=job.width)
        check_still(job.still, full.size)
        strip = StripPhotograph(
            full, slit=job.slit, direction=job.direction or "left", slit_width=job.slit_width
        )
    if job.gif:
        video = open_video(facts, scale=job.scale, width=job.width, fit=GIF_FIT)
        if strip and full.size == video.size and job.loop == "cut":
            watched = strip.watch(video.frames())  # one reading of the video serves both
        effect = RollScan(
            slit=job.slit,
            direction=job.direction or "up",
            slit_width=job.slit_width,
            feather=job.feather,
            loop=job.loop,
            fade=job.fade,
            min_loop=job.min_loop,
            max_loop=job.max_loop,
        )
        fps = min(float(video.rate * job.speed), GIF_FPS) if job.fps is None else job.fps
        with effect.of_video(video, fps=fps, speed=job.speed, watched=watched) as clip:
            gif = clip.write_gif(
                job.gif,
                loop=job.repeat,
                logger=logger,
                quality=quality,
                colors=job.colors,
                max_bytes=job.max_bytes,
            )
            deque(watched or (), maxlen=0)  # frames after the last one the GIF shows
        part = clip.part and (facts.time_of(clip.part[0]), facts.time_of(clip.part[1]))
        note(
            job.gif,
            (gif.width, gif.height),
            gif.frames,
            gif.duration_cs / 100,
            given_up=clip.given_up,
            seam=clip.seam,
            part=part,
        )
    if strip and job.still:
        if not watched:
            strip.read(logger)
        write_still(strip.picture(), job.still)
        note(job.still, full.size, len(full), float(len(full) / full.rate))
    return written


def _check_targets(job: Job) -> None:
    """Find what can be known to be wrong with the output names before any work is done."""
    if not job.targets:
        raise ArgumentError("no output asked for: add --gif out.gif or --still out.png")
    for target in job.targets:
        check_writable(target)
        if target.exists() and job.input.exists() and target.samefile(job.input):
            raise OutputError(f"{target} is the input itself: give the output another name")
    if len({os.path.realpath(target) for target in job.targets}) < len(job.targets):
        raise ArgumentError(f"{job.targets[0]} is asked for twice: give each output its own name")
