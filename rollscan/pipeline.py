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
from .deliver.plan import planned
from .deliver.room import check_room
from .deliver.targets import FIT, USUAL_FPS, Style, Target, longer_side
from .job import Job, Written
from .video.probe import Probe

if TYPE_CHECKING:
    from .clip import RollingClip
    from .frames import Frame
    from .parts import Take
    from .still import StripPhotograph
    from .video.facts import Facts
    from .video.source import Video


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
    order = [target.path for target in targets]  # whichever were made together
    written.sort(key=lambda made: order.index(made.path) if made.path in order else len(order))
    return [replace(made, bytes=made.path.stat().st_size) for made in written]


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
            for k, take in enumerate(_takes(job, targets, video)):
                frames = _under_way(job, video, take, shared)
                with _composed(job, video, take, frames) as clip:
                    _check_room(job, take, clip, video)
                    told = _told(facts, clip, take, video)
                    for made in _moving(job, take, clip, style, logger, poster=k == 0):
                        note(replace(made, **told))
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


def _takes(job: Job, targets: list[Target], video: Video) -> list[Take]:
    """What to compose for which targets; at least one, for the poster."""
    from .parts import Take, takes_of

    rate = float(video.rate * job.speed)
    return takes_of(targets, job.look, video, rate, job.fps) or [Take(None, ())]


def _told(facts: Facts, clip: RollingClip, take: Take, video: Video) -> dict[str, Any]:
    """What there is to say of every file of a take."""
    part = clip.part and (facts.time_of(clip.part[0]), facts.time_of(clip.part[1]))
    of = float(len(video) / video.rate) if take.part else None
    return {"part": part, "of": of, "filled": clip.filled, "kept": video.kept}


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


def _under_way(
    job: Job, video: Video, take: Take, strip: StripPhotograph | None
) -> Iterator[Frame] | None:
    """The video's frames, being decoded from now on, where one reading of them is enough.

    That reading serves the strip photograph as well.
    """
    if job.look.loop != "cut" or take.part:
        return None
    return strip.watch(video.frames()) if strip else video.frames()


def _composed(job: Job, video: Video, take: Take, frames: Iterator[Frame] | None) -> RollingClip:
    """The clip that shows the composition at the rate of the target that shows most frames."""
    if job.poster:
        from .deliver.picture import check_picture

        check_picture(job.poster, video.size)
    from .clip import RollingClip  # MoviePy, imported while ffmpeg decodes
    from .frames import Lent

    rate = float(video.rate * job.speed)
    usual = max((one.usual_fps(rate) for one in take.targets), default=min(rate, USUAL_FPS))
    fps = job.fps or usual
    return RollingClip.of(Lent(video), job.look, rate, fps=fps, frames=frames, part=take.part)


def _check_room(job: Job, take: Take, clip: RollingClip, video: Video) -> None:
    """Raise OutputError where the temporary folder cannot take what will be set aside in it."""
    frames = 0
    if not _is_lone_gif(job, take) or job.max_bytes is not None:
        frames = round(clip.duration * clip.fps)
    count = clip.part[1] - clip.part[0] if clip.part else len(video)
    if job.look.loop == "boomerang":
        frames += count
    elif job.look.loop == "crossfade":
        frames += round(job.look.fade * float(video.rate * job.speed))
    if frames:
        check_room(frames, video.size)


def _is_lone_gif(job: Job, take: Take) -> bool:
    """Whether a GIF is all that shows the composition, so that it can be written on the way."""
    lone = (Target(job.gif, "gif", None, job.max_bytes),) if job.gif else ()
    return take.targets == lone != () and not job.has_poster


def _moving(
    job: Job, take: Take, clip: RollingClip, style: Style, logger: Any, *, poster: bool
) -> Iterator[Written]:
    """Write what shows the composition: a lone GIF as it is composed, else from frames set aside.

    The poster, a still of it, comes last, where it is to be of this take.
    """
    if job.gif and _is_lone_gif(job, take):
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
    from .deliver.moving import write_all
    from .deliver.picture import write_picture
    from .deliver.poster import PosterChooser

    chooser = PosterChooser(math.ceil(clip.full_from * clip.fps - 1e-6))
    composition = clip.set_aside(clip.fps, logger, watch=chooser.watch if job.has_poster else iter)
    best = chooser.best
    if job.poster_first:
        composition, best = composition.beginning_with(best), 0
    yield from write_all(take.targets, composition, style, logger)
    if job.poster and poster:
        still, shown_at = (
            composition.within(math.inf if style.sized else FIT),
            best / composition.fps,
        )
        write_picture(still[best], job.poster, comment=style.recipe)
        yield Written(job.poster, still.size, 1, shown_at, is_poster=True)
