"""Owns the rendering of a job: reads the video, composes the shots of its plan, writes files."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checks import brief
from .counting import whole_ceil
from .deliver.disk_space import check_room
from .deliver.formats import FIT
from .deliver.output import bytes_at, placed_together
from .deliver.targets import Target
from .errors import ArgumentError, RollscanError
from .forecast import stages_of
from .job import Job
from .limits import Limits, current_limits
from .look import LIVE, effect_of, loop_of
from .outputs import checked_targets
from .result import Tell, Written
from .stages import COMPOSING, ENCODING, READING
from .tracker import Tracker
from .video.probe import probe_of

if TYPE_CHECKING:
    from .clip import RollingClip
    from .frames import Frame
    from .loop.scenes import WatchedSource
    from .plan import Plan, Shot
    from .sound import Sound
    from .strip.strips import Strips
    from .survey import Survey
    from .video.facts import Facts
    from .video.source import Video


def render(job: Job, tell: Tell | None = None, *, limits: Limits | None = None) -> list[Written]:
    """Write the files of a job. They all appear at the end, or none does.

    tell: is called with a Progress at least once a second, and with a Written for each file that
        is finished. It may be called from another thread. An exception that it raises ends the job.
    limits: bounds on what the job may use. The default is the limits in force: those of an
        enclosing `with Limits(...).in_force()`, otherwise Limits().

    Returns the finished files, in the order of the fields of a Job.
    Raises RollscanError if the job cannot be done: ArgumentError for wrong settings, SourceError
    for a video that cannot be read, LimitError for a job beyond its limits, BudgetError for a file
    that cannot be made small enough, OutputError for one that cannot be written.
    """
    if not isinstance(job, Job):
        raise ArgumentError(f"job is {brief(job)}: give a Job, as in Job('a.mp4', gif='a.gif')")
    if tell is not None and not callable(tell):
        raise ArgumentError(f"tell is {brief(tell)}: give a function that takes each event")
    if limits is not None and not isinstance(limits, Limits):
        raise ArgumentError(f"limits is {brief(limits)}: give Limits, as in Limits(max_frames=100)")
    with (limits or current_limits()).in_force():
        return _rendered(job, tell)


def _rendered(job: Job, tell: Tell | None) -> list[Written]:
    """Do the job within the limits in force. See `render`."""
    targets = checked_targets(job)
    written: list[Written] = []
    began = time.perf_counter()
    with (
        placed_together(),
        Tracker(tell) as tracker,
        closing(_files(job, targets, tracker)) as files,
    ):
        for made in files:
            now = time.perf_counter()
            n_bytes = bytes_at(made.path)
            written.append(replace(made, took=now - began, bytes=n_bytes))
            began = now
            tracker.tell(written[-1])
    order = [target.path for target in targets]  # files of one part are made together
    written.sort(key=lambda made: order.index(made.path) if made.path in order else len(order))
    return written


def _files(job: Job, targets: list[Target], tracker: Tracker) -> Generator[Written, None, None]:
    """Write every file of the job, and yield each one when it is finished."""
    with (
        tracker.stage(READING, job.input),
        closing(
            probe_of(job.input, job.start, job.end, source_fps=job.source_fps, tracker=tracker)
        ) as probe,
    ):
        from .loop.scenes import WatchedSource  # imports NumPy while ffmpeg reads the file
        from .plan import full_video, mended_video, played_rate, video_for
        from .survey import Survey

        facts = probe.facts()
        if job.sound is True:
            from .sound import check_sound

            check_sound(facts)
    with full_video(job, facts, tracker) as whole, ExitStack() as opened:
        video = whole
        if targets or job.poster:
            video = opened.enter_context(video_for(job, targets, facts, tracker))
        survey = Survey(video, played_rate(job, video), tracker)
        plan = _planned(job, targets, facts, video, survey, tracker)
        strips = _strips(plan.job, whole, opened)
        shared = strips if whole.size == video.size else None
        read = False  # whether the strip photograph has its frames
        for shot in plan.shots:
            source = WatchedSource(video)
            frames = _under_way(plan, shot, source, shared)
            with _composed(plan, shot, source, frames, survey, tracker) as clip:
                for made in _shown(plan, shot, clip, tracker):
                    yield replace(made, **_told(plan, shot, clip, source))
                if shared and frames:
                    deque(frames, maxlen=0)  # the strip photograph needs the frames left over
                    read = True
        if strips and job.still:
            from .strip_photograph import written_strips

            yield from written_strips(job.still, strips, whole, plan, tracker, read=read)
    if job.looks:
        from .sheet import TILE, write_sheet

        with mended_video(job, facts, tracker, fit=TILE) as video:
            yield write_sheet(plan, video, survey, tracker)


def _planned(
    job: Job, targets: list[Target], facts: Facts, video: Video, survey: Survey, tracker: Tracker
) -> Plan:
    """The plan of the job. If it takes a survey, the progress is first based on an estimate."""
    from .plan import needs_survey, plan_for, sketch

    if needs_survey(job, targets, facts):
        with suppress(RollscanError):  # the plan itself will raise it
            tracker.expect(stages_of(sketch(job, targets, facts, video)))
    plan = plan_for(job, targets, facts, video, survey)
    tracker.expect(stages_of(plan))
    return plan


def _strips(job: Job, video: Video, opened: ExitStack) -> Strips | None:
    """The strip photograph of the job, which has no frames yet; None if the job has none.

    opened: closes it in the end, as it is set aside on disk.
    """
    if not job.still:
        return None
    from .strip_photograph import checked_strips  # imports NumPy while ffmpeg reads the file

    return opened.enter_context(closing(checked_strips(job, video)))


def _under_way(
    plan: Plan, shot: Shot, source: WatchedSource, strips: Strips | None
) -> Iterator[Frame] | None:
    """The frames of the video, whose decoding starts now, if the shot reads them only once.

    The strip photograph, if given, takes its slit from the same frames. Returns None for a shot
    that reads a part of the video, or reads it more than once.
    """
    look = shot.look
    is_read_once = loop_of(look).passes_once(len(source), plan.rate)
    if shot.part or effect_of(look).reads_once or not is_read_once:
        return None
    return strips.watch(source.frames()) if strips else source.frames()


def _composed(
    plan: Plan,
    shot: Shot,
    source: WatchedSource,
    frames: Iterator[Frame] | None,
    survey: Survey,
    tracker: Tracker,
) -> RollingClip:
    """The clip that shows the composition of a shot."""
    job = plan.job
    if job.poster:
        from .deliver.picture import check_picture

        check_picture(job.poster, source.size)
    from .clip import RollingClip  # imports MoviePy while ffmpeg decodes

    aside, sound = shot.set_aside(job)
    check_room(aside, source.size, sound, 3 if shot.look.background == LIVE else 4)
    return RollingClip.of(
        source,
        shot.look,
        plan.rate,
        fps=shot.shown.fps,
        frames=frames,
        part=shot.part,
        survey=survey,
        tracker=tracker,
    )


def _shown(plan: Plan, shot: Shot, clip: RollingClip, tracker: Tracker) -> Iterator[Written]:
    """Write the moving pictures of a shot, and after those of the first shot, the poster."""
    job = plan.job
    if shot.streams and job.gif:
        yield _streamed(shot, job.gif, clip, tracker)
        return
    from .deliver.moving import write_all
    from .deliver.picture import write_picture
    from .deliver.poster import PosterChooser

    sound = sound_for(plan, shot, tracker)
    chooser = PosterChooser(whole_ceil(clip.full_from * clip.fps))
    with tracker.stage(COMPOSING, amount=round(shot.seconds * plan.rate)):
        watch = chooser.watch if job.has_poster else iter
        composition = replace(clip.set_aside(clip.fps, None, watch=watch), sound=sound)
    best = chooser.best
    if job.poster_first:
        composition, best = composition.beginning_with(best), 0
    yield from write_all(shot.targets, composition, shot.style, tracker)
    if job.poster and shot is plan.shots[0]:
        still = composition.within(math.inf if shot.style.sized else FIT)
        write_picture(still[best], job.poster, comment=shot.style.recipe)
        yield Written(job.poster, still.size, 1, best / composition.fps, is_poster=True)


def _streamed(shot: Shot, path: Path, clip: RollingClip, tracker: Tracker) -> Written:
    """Write a GIF while its frames are composed."""
    style = shot.style
    with tracker.stage(ENCODING, path, label=COMPOSING):
        gif = clip.write_gif(
            path,
            clip.fps,
            loop=style.loop,
            logger=None,
            quality=style.quality,
            colors=style.colors,
            recipe=style.recipe,
            tracker=tracker,
        )
    size, seconds = (gif.width, gif.height), gif.duration_cs / 100
    return Written(path, size, gif.frames, seconds, seam=clip.seam)


def sound_for(plan: Plan, shot: Shot, tracker: Tracker) -> Sound | None:
    """The sound for the files of a shot; None if the job has none."""
    job = plan.job
    if not job.sound:
        return None
    from .sound import sound_of, track_of

    if isinstance(job.sound, Path):
        return track_of(job.sound, seconds=shot.longest_heard(job), tracker=tracker)
    return sound_of(
        plan.facts,
        shot.look,
        speed=job.speed,
        seconds=shot.seconds,
        part=shot.part,
        backward=job.sound_reversed,
        tracker=tracker,
    )


def _told(plan: Plan, shot: Shot, clip: RollingClip, source: WatchedSource) -> dict[str, Any]:
    """The fields of Written that all files of a shot share, once its frames have been read."""
    from .assessment import noticed
    from .effect.moving import closed
    from .fit import told
    from .parts import is_long as is_part_of_long

    facts, video = plan.facts, plan.video
    first, stop = shot.part or clip.part or (0, len(video))
    part = shot.part and (facts.time_of(shot.part[0]), facts.time_of(shot.part[1]))
    scenes = tuple(
        (facts.time_of(first), facts.time_of(stop))
        for first, stop in source.scenes(*(shot.part or (0, len(video))))
    )
    of = float(len(video) / video.rate) if shot.is_cut else None
    more: dict[str, Any] = {}
    is_long = not part and is_part_of_long(plan.job, len(video), plan.rate)
    small = source.small_part(first, stop)
    if small and len(scenes) < 2 and not is_long:
        found = noticed(shot.look, shot.extent, small, plan.rate)
        is_rough_as_asked = plan.asked and "smooth" not in plan.job.fits
        more["noticed"] = replace(found, is_torn=False) if is_rough_as_asked else found
    if plan.asked:
        more["fitted"] = told(plan.asked, shot.look)
    more["closed"] = closed(effect_of(shot.look), shot.extent)
    return {
        "part": part,
        "of": of,
        "is_usual": shot.is_usual,
        "is_long": is_long,
        "filled": clip.filled,
        "kept": video.kept,
        "scenes": scenes,
        "note": facts.note,
        **more,
    }
