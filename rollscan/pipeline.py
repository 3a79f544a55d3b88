"""Owns the order of the stages: the way of a frame from the video to the pictures written."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checks import check_opencv
from .deliver.formats import FIT
from .deliver.output import placed_together, whereabouts
from .deliver.room import check_room
from .deliver.targets import Style, Take, Target, longer_side, rate_for
from .forecast import forecast
from .job import Job
from .limits import Limits, check_limit, current_limits
from .look import loop_of
from .plan import agreed, is_lone_gif, planned, style_of
from .progress import Tell, Work, plan, stage
from .result import Written
from .stages import COMPOSING, ENCODING, READING
from .video.probe import Probe

if TYPE_CHECKING:
    from .clip import RollingClip
    from .frames import Frame
    from .loop.scenes import WatchedSource
    from .sound import Sound
    from .still import StripPhotograph
    from .video.facts import Facts
    from .video.source import Video


def render(job: Job, tell: Tell | None = None, *, limits: Limits | None = None) -> list[Written]:
    """Do the job; all its files appear at the end, or none. Raises RollscanError where it cannot.

    tell: is told how far the job is, at least once a second, and of each file that is finished. An
    exception that it raises ends the job. It may be called from another thread.
    limits: what the job may take at most; default the limits in force, which are Limits() unless a
    block of `with Limits(...).in_force()` has others. A job that would take more is a LimitError.
    """
    with (limits or current_limits()).in_force():
        return _rendered(job, tell)


def _rendered(job: Job, tell: Tell | None) -> list[Written]:
    """Do the job within the limits in force; see `render`."""
    written: list[Written] = []
    began = time.perf_counter()

    def note(made: Written) -> None:
        nonlocal began
        now = time.perf_counter()
        made = replace(made, took=now - began, bytes=whereabouts(made.path).stat().st_size)
        began = now
        written.append(made)
        if work:
            work.tell(made)

    if job.look.smooth:
        check_opencv("--smooth")
    targets = planned(job)
    with placed_together(), ExitStack() as told:
        work = told.enter_context(Work(tell)) if tell else None
        _render(job, targets, note)
    order = [target.path for target in targets]  # whichever were made together
    written.sort(key=lambda made: order.index(made.path) if made.path in order else len(order))
    return written


def outputs_of(job: Job) -> dict[str, list[Path]]:
    """The files that the job would write, by its field. Raises ArgumentError for a bad setting.

    Neither the video nor the places of the files are looked at.
    """
    files: dict[str, list[Path]] = {}
    for target in agreed(job):
        files.setdefault(target.instead_of or target.format, []).append(target.path)
    stills = {"poster": job.poster, "still": job.still, "looks": job.looks}
    return files | {field: [path] for field, path in stills.items() if path}


def _render(job: Job, targets: list[Target], note: Callable[[Written], None]) -> None:
    """Write every file of the job, and note each one that is finished."""
    with stage(READING, job.input), closing(Probe(job.input, job.start, job.end)) as probe:
        from .loop.scenes import WatchedSource  # NumPy, imported while ffmpeg looks at the file
        from .sound import check_sound
        from .video.source import open_video

        style, facts = style_of(job), probe.facts()
        if job.sound is True:
            check_sound(facts)
    mended = {"steady": job.look.steady, "deflicker": job.look.deflicker}
    whole = open_video(facts, scale=job.scale, width=job.width, **mended)
    strip = _strip(job, whole)
    read = False  # whether the strip photograph has had its frames
    if not (targets or job.poster):
        plan(forecast(job, (), facts, whole.size))
    else:
        fit = longer_side(whole.size, targets, job.fit)
        with open_video(facts, scale=job.scale, width=job.width, fit=fit, **mended) as video:
            shared = strip if whole.size == video.size else None
            takes, rate = _takes(job, targets, facts, video), float(video.rate * job.speed)
            for k, take in enumerate(takes):
                seen = WatchedSource(video)
                frames = _under_way(job, seen, take, shared, rate)
                plan(forecast(job, takes[k:], facts, video.size))
                with _composed(job, seen, take, frames, rate) as clip:
                    plan(forecast(job, takes[k:], facts, video.size, clip))
                    _check_room(job, take, clip, video)
                    sound = _sound(job, facts, clip, take)
                    for made in _moving(job, take, clip, style, rate, sound, poster=k == 0):
                        note(replace(made, **_told(facts, clip, take, video, seen)))
                    if shared and frames:
                        deque(frames, maxlen=0)  # those after the last one that is shown
                        read = True
    if strip and job.still:
        from .deliver.picture import write_picture

        if not read:
            with stage(READING, job.still, len(whole)):
                strip.read()
        write_picture(strip.picture(), job.still, comment=style.recipe)
        seconds = float(len(whole) / whole.rate)
        note(Written(job.still, whole.size, len(whole), seconds, kept=whole.kept))
    if job.looks:
        from .sheet import TILE, write_sheet

        with open_video(facts, fit=TILE, **mended) as video:
            rate = float(video.rate * job.speed)
            note(write_sheet(job.looks, video, job.look, rate, style))


def _takes(job: Job, targets: list[Target], facts: Facts, video: Video) -> list[Take]:
    """What to compose for which targets."""
    everything = [Take(None, tuple(targets))]
    plan(forecast(job, everything, facts, video.size))
    if not any(target.platform for target in targets):
        return everything
    from .parts import takes_of

    return takes_of(targets, job.look, video, float(video.rate * job.speed), job.fps)


def _told(
    facts: Facts, clip: RollingClip, take: Take, video: Video, seen: WatchedSource
) -> dict[str, Any]:
    """What there is to say of every file of a take. seen: its frames, which have been read."""
    part = clip.part and (facts.time_of(clip.part[0]), facts.time_of(clip.part[1]))
    of = float(len(video) / video.rate) if take.part else None
    scenes = [
        (facts.time_of(first), facts.time_of(stop))
        for first, stop in seen.scenes(*(clip.part or (0, len(video))))
    ]
    about = {"part": part, "of": of, "filled": clip.filled, "kept": video.kept}
    return {**about, "scenes": tuple(scenes)}


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
    job: Job, video: WatchedSource, take: Take, strip: StripPhotograph | None, rate: float
) -> Iterator[Frame] | None:
    """The video's frames, being decoded from now on, where one reading of them is enough.

    That reading serves the strip photograph as well.
    """
    if take.part or not loop_of(job.look).passes_once(len(video), rate):
        return None
    return strip.watch(video.frames()) if strip else video.frames()


def _composed(
    job: Job, video: WatchedSource, take: Take, frames: Iterator[Frame] | None, rate: float
) -> RollingClip:
    """The clip that shows the composition at the rate of the target that shows most frames."""
    if job.poster:
        from .deliver.picture import check_picture

        check_picture(job.poster, video.size)
    from .clip import RollingClip  # MoviePy, imported while ffmpeg decodes

    fps = rate_for(take.targets, rate, job.fps)
    return RollingClip.of(video, job.look, rate, fps=fps, frames=frames, part=take.part)


def _sound(job: Job, facts: Facts, clip: RollingClip, take: Take) -> Sound | None:
    """What is to be heard."""
    if not job.sound:
        return None
    from .sound import sound_of, track_of

    if isinstance(job.sound, Path):
        return track_of(job.sound, seconds=_longest_heard(job, clip, take))
    return sound_of(facts, job.look, speed=job.speed, seconds=clip.duration, part=clip.part)


def _longest_heard(job: Job, clip: RollingClip, take: Take) -> float:
    """Seconds that the longest file of a take plays at most."""
    least = [target.platform.min_seconds or 0 for target in take.targets if target.platform]
    return float(max(clip.duration * job.mp4_loops, max(least, default=0) + clip.duration))


def _check_room(job: Job, take: Take, clip: RollingClip, video: Video) -> None:
    """Raise an error where a take is too large: for a limit, or for the temporary folder."""
    shown, (width, height) = round(clip.duration * clip.fps), video.size
    what, remedy = f"what is made of {job.input}", "take a part of it with --start and --end"
    check_limit("max_frames", shown, what, "has {} frames", remedy)
    pixels = f"has {{}} pixels in {shown:,} frames of {width}x{height}"
    check_limit("max_total_pixels", width * height * shown, what, pixels, remedy)
    frames, sound = 0, 0
    if not is_lone_gif(take, job):
        frames = shown
    if job.sound:
        from .sound import bytes_of

        sound = bytes_of(clip.duration, _longest_heard(job, clip, take))
    count = clip.part[1] - clip.part[0] if clip.part else len(video)
    frames += len(loop_of(job.look).table(count, float(video.rate * job.speed)).aside)
    if frames or sound:
        check_room(frames, video.size, sound)


def _moving(
    job: Job,
    take: Take,
    clip: RollingClip,
    style: Style,
    rate: float,
    sound: Sound | None,
    *,
    poster: bool,
) -> Iterator[Written]:
    """Write what shows the composition: a lone GIF as it is composed, else from frames set aside.

    The poster, a still of it, comes last, where it is to be of this take. rate: frames a
    second that it is composed of. sound: of the videos.
    """
    if job.gif and is_lone_gif(take, job):
        with stage(ENCODING, job.gif, label=COMPOSING):
            gif = clip.write_gif(
                job.gif,
                clip.fps,
                loop=style.loop,
                logger=None,
                quality=style.quality,
                colors=style.colors,
                recipe=job.recipe,
            )
        size, seconds = (gif.width, gif.height), gif.duration_cs / 100
        yield Written(job.gif, size, gif.frames, seconds, seam=clip.seam)
        return
    from .deliver.moving import write_all
    from .deliver.picture import write_picture
    from .deliver.poster import PosterChooser

    chooser = PosterChooser(math.ceil(clip.full_from * clip.fps - 1e-6))
    with stage(COMPOSING, amount=round(clip.duration * rate)):
        watch = chooser.watch if job.has_poster else iter
        composition = replace(clip.set_aside(clip.fps, None, watch=watch), sound=sound)
    best = chooser.best
    if job.poster_first:
        composition, best = composition.beginning_with(best), 0
    yield from write_all(take.targets, composition, style)
    if job.poster and poster:
        still, shown_at = (
            composition.within(math.inf if style.sized else FIT),
            best / composition.fps,
        )
        write_picture(still[best], job.poster, comment=style.recipe)
        yield Written(job.poster, still.size, 1, shown_at, is_poster=True)
