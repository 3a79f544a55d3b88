"""Owns the order of the stages: the way of a frame from the video to the pictures written."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .checks import check_opencv
from .deliver.output import placed_together
from .deliver.plan import agreed, planned
from .deliver.room import check_room
from .deliver.targets import Style, Target, longer_side
from .job import Job, Written
from .video.probe import Probe

if TYPE_CHECKING:
    from pathlib import Path

    from .clip import RollingClip
    from .frames import Frame
    from .still import StripPhotograph
    from .video.source import Video

GIF_FPS = 25  # frames per second at most, where nobody asked for more


def render(job: Job, logger: Any = None) -> list[Written]:
    """Do the job. logger: "bar", None or a proglog logger. Raises RollscanError where it cannot."""
    began = time.perf_counter()
    written: list[Written] = []

    def note(made: Written) -> None:
        written.append(replace(made, took=time.perf_counter() - began))

    if job.look.smooth:
        check_opencv("--smooth")
    targets = planned(job)
    with placed_together():
        _render(job, targets, logger, note)
    return [replace(made, bytes=made.path.stat().st_size) for made in written]


def outputs_of(job: Job) -> dict[str, list[Path]]:
    """The files that the job would write, by its field. Raises ArgumentError for a bad setting.

    Neither the video nor the places of the files are looked at.
    """
    Style.of(job)
    files: dict[str, list[Path]] = {}
    for target in agreed(job):
        files.setdefault(target.format, []).append(target.path)
    stills = {"poster": job.poster, "still": job.still, "looks": job.looks}
    return files | {field: [path] for field, path in stills.items() if path}


def _render(job: Job, targets: list[Target], logger: Any, note: Callable[[Written], None]) -> None:
    """Write every file of the job, and note each one that is finished."""
    with closing(Probe(job.input, job.start, job.end)) as probe:
        from .video.source import open_video  # NumPy, imported while ffmpeg looks at the file

        style, facts = Style.of(job), probe.facts()
    mended = {"steady": job.look.steady, "deflicker": job.look.deflicker}
    whole = open_video(facts, scale=job.scale, width=job.width, **mended)
    strip = _strip(job, whole)
    read = False  # whether the strip photograph has had its frames
    if targets or job.poster:
        fit = longer_side(whole.size, targets, job.fit)
        with open_video(facts, scale=job.scale, width=job.width, fit=fit, **mended) as video:
            shared = strip if whole.size == video.size else None
            frames = _under_way(job, video, shared)
            with _composed(job, video, frames) as clip:
                _check_room(job, targets, clip, video)
                part = clip.part and (facts.time_of(clip.part[0]), facts.time_of(clip.part[1]))
                for made in _moving(job, targets, clip, style, logger):
                    note(replace(made, part=part, filled=clip.filled, kept=video.kept))
                if shared and frames:
                    deque(frames, maxlen=0)  # those after the last one that is shown
                    read = True
    if strip and job.still:
        from .deliver.picture import write_picture

        if not read:
            strip.read(logger)
        write_picture(strip.picture(), job.still, comment=style.recipe)
        seconds = float(len(whole) / whole.rate)
        note(Written(job.still, whole.size, len(whole), seconds, kept=whole.kept))
    if job.looks:
        from .sheet import TILE, write_sheet

        with open_video(facts, fit=TILE, **mended) as video:
            rate = float(video.rate * job.speed)
            note(write_sheet(job.looks, video, job.look, rate, style, logger))


def _strip(job: Job, video: Video) -> StripPhotograph | None:
    """The strip photograph that is asked for, without its frames yet."""
    if not job.still:
        return None
    from .deliver.picture import check_picture
    from .still import StripPhotograph

    check_picture(job.still, video.size)
    look = job.look
    return StripPhotograph(
        video, slit=look.slit, direction=look.direction or "left", slit_width=look.slit_width
    )


def _under_way(job: Job, video: Video, strip: StripPhotograph | None) -> Iterator[Frame] | None:
    """The video's frames, being decoded from now on, where one reading of them is enough.

    That reading serves the strip photograph as well.
    """
    if job.look.loop != "cut":
        return None
    return strip.watch(video.frames()) if strip else video.frames()


def _composed(job: Job, video: Video, frames: Iterator[Frame] | None) -> RollingClip:
    """The clip that shows the composition at the GIF's rate."""
    if job.poster:
        from .deliver.picture import check_picture

        check_picture(job.poster, video.size)
    from .clip import RollingClip  # MoviePy, imported while ffmpeg decodes

    rate = float(video.rate * job.speed)
    return RollingClip.of(video, job.look, rate, fps=job.fps or min(rate, GIF_FPS), frames=frames)


def _check_room(job: Job, targets: list[Target], clip: RollingClip, video: Video) -> None:
    """Raise OutputError where the temporary folder cannot take what will be set aside in it."""
    frames = 0
    if not _is_lone_gif(job, targets) or job.max_bytes is not None:
        frames = round(clip.duration * clip.fps)
    if job.look.loop == "boomerang":
        frames += len(video)
    elif job.look.loop == "crossfade":
        frames += round(job.look.fade * float(video.rate * job.speed))
    if frames:
        check_room(frames, video.size)


def _is_lone_gif(job: Job, targets: list[Target]) -> bool:
    """Whether a GIF is all that shows the composition, so that it can be written on the way."""
    lone = [Target(job.gif, "gif", None, job.max_bytes)] if job.gif else []
    return targets == lone != [] and not job.has_poster


def _moving(
    job: Job, targets: list[Target], clip: RollingClip, style: Style, logger: Any
) -> Iterator[Written]:
    """Write what shows the composition: a lone GIF as it is composed, else from frames set aside.

    The poster, a still of it, comes last.
    """
    if job.gif and _is_lone_gif(job, targets):
        gif = clip.write_gif(
            job.gif,
            clip.fps,
            loop=style.loop,
            logger=logger,
            quality=style.quality,
            colors=style.colors,
            max_bytes=job.max_bytes,
            recipe=job.recipe,
        )
        size, seconds = (gif.width, gif.height), gif.duration_cs / 100
        yield Written(job.gif, size, gif.frames, seconds, given_up=clip.given_up, seam=clip.seam)
        return
    from .deliver.moving import write_moving
    from .deliver.picture import write_picture
    from .deliver.poster import PosterChooser

    chooser = PosterChooser(math.ceil(clip.full_from * clip.fps - 1e-6))
    composition = clip.set_aside(clip.fps, logger, watch=chooser.watch if job.has_poster else iter)
    poster = chooser.best
    if job.poster_first:
        composition, poster = composition.beginning_with(poster), 0
    for target in targets:
        yield write_moving(target, composition, style, logger)
    if job.poster:
        still, shown_at = composition.within(style.longest), poster / composition.fps
        write_picture(still[poster], job.poster, comment=style.recipe)
        yield Written(job.poster, still.size, 1, shown_at, is_poster=True)
