"""Owns the order of the stages: the way of a frame from the video to the pictures written."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .job import Job, Written
from .probe import Probe
from .targets import FIT, Target, longer_side

if TYPE_CHECKING:
    from .clip import RollingClip, RollScan
    from .moving import Style

GIF_FPS = 25  # frames per second at most, where nobody asked for more


def render(job: Job, logger: Any = None) -> list[Written]:
    """Do the job. logger: "bar", None or a proglog logger. Raises RollscanError where it cannot."""
    began = time.perf_counter()
    targets = job.targets()
    with closing(Probe(job.input, job.start, job.end)) as probe:
        # ffmpeg looks at the file while NumPy is imported, and decodes it while MoviePy is.
        from .source import open_video
        from .still import StripPhotograph, check_still, write_still

        facts = probe.facts()
    written: list[Written] = []

    def note(made: Written) -> None:
        size = made.path.stat().st_size
        written.append(replace(made, bytes=size, took=time.perf_counter() - began))

    strip = watched = None
    full = open_video(facts, scale=job.scale, width=job.width)
    if job.still:
        check_still(job.still, full.size)
        strip = StripPhotograph(
            full, slit=job.slit, direction=job.direction or "left", slit_width=job.slit_width
        )
    if targets or job.poster:
        fit = longer_side(full.size, targets, job.fit)
        with open_video(facts, scale=job.scale, width=job.width, fit=fit) as video:
            if job.poster:
                check_still(job.poster, video.size)
            frames = video.frames() if job.loop == "cut" else None
            if strip and frames and full.size == video.size:
                frames = watched = strip.watch(frames)  # one reading of the video serves both
            effect, style = _effect(job), _style(job)
            fps = min(float(video.rate * job.speed), GIF_FPS) if job.fps is None else job.fps
            with effect.of_video(video, fps=fps, speed=job.speed, frames=frames) as clip:
                part = clip.part and (facts.time_of(clip.part[0]), facts.time_of(clip.part[1]))
                for made in _moving(job, targets, clip, style, logger):
                    note(replace(made, part=part))
                deque(watched or (), maxlen=0)  # frames after the last one that is shown
    if strip and job.still:
        if not watched:
            strip.read(logger)
        write_still(strip.picture(), job.still)
        note(Written(job.still, full.size, len(full), float(len(full) / full.rate)))
    return written


def _moving(
    job: Job, targets: list[Target], clip: RollingClip, style: Style, logger: Any
) -> Iterator[Written]:
    """Write what shows the composition: a lone GIF as it is composed, else from frames set aside.

    The poster, a still of it, comes last.
    """
    if job.gif and targets == [Target(job.gif, "gif", None, job.max_bytes)] and not job.has_poster:
        gif = clip.write_gif(
            job.gif,
            clip.fps,
            loop=style.loop,
            logger=logger,
            quality=style.quality,
            colors=style.colors,
            max_bytes=job.max_bytes,
        )
        size, seconds = (gif.width, gif.height), gif.duration_cs / 100
        yield Written(job.gif, size, gif.frames, seconds, given_up=clip.given_up, seam=clip.seam)
        return
    from .moving import write_moving
    from .poster import PosterChooser
    from .still import write_still

    chooser = PosterChooser(math.ceil(clip.full_from * clip.fps - 1e-6))
    composition = clip.set_aside(clip.fps, logger, watch=chooser.watch if job.has_poster else iter)
    poster = chooser.best
    if job.poster_first:
        composition, poster = composition.beginning_with(poster), 0
    for target in targets:
        yield write_moving(target, composition, style, logger)
    if job.poster:
        still, shown_at = composition.within(style.longest), poster / composition.fps
        write_still(still[poster], job.poster)
        yield Written(job.poster, still.size, 1, shown_at, is_poster=True)


def _effect(job: Job) -> RollScan:
    from .clip import RollScan

    return RollScan(
        slit=job.slit,
        direction=job.direction or "up",
        slit_width=job.slit_width,
        feather=job.feather,
        loop=job.loop,
        fade=job.fade,
        min_loop=job.min_loop,
        max_loop=job.max_loop,
    )


def _style(job: Job) -> Style:
    from .gif import DEFAULT_QUALITY, MOST_LOOPS
    from .moving import Style
    from .slit import check_whole
    from .source import MAX_SIDE

    quality = DEFAULT_QUALITY if job.quality is None else job.quality
    check_whole("quality", quality, least=1, most=100)
    check_whole("colors", job.colors, least=2, most=256)
    check_whole("repeat", job.repeat, least=0, most=MOST_LOOPS)
    check_whole("mp4_loops", job.mp4_loops, least=1)
    longest = FIT if job.scale is None and job.width is None else MAX_SIDE
    return Style(job.fit, longest, job.repeat, job.mp4_loops, quality, job.colors)
