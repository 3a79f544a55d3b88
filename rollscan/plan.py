"""Owns the plan of a job: the files to write, and the parts of the video that they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from .composers.rgb import lag_of
from .counting import duration_of, frames_shown
from .deliver.composition import Composition
from .deliver.geometry import Fitted
from .deliver.moving import FilePart, part_of
from .deliver.targets import Style, Take, Target, longer_side, rate_for
from .effect import Extent
from .effect.moving import check_moving
from .fit import asked_for
from .frames import Span
from .job import Job
from .limits import check_limit
from .look import Look, effect_of, extent_of, loop_of, mending
from .outputs import style_of
from .parts import length_for, takes_of
from .sound import bytes_of
from .survey import Survey
from .tracker import SILENT, Tracker
from .video.facts import Facts
from .video.opening import open_video
from .video.source import Video


class PlannedFile(NamedTuple):
    """A moving picture to write, and what it will show. Its frames are not composed yet."""

    target: Target
    part: FilePart

    @property
    def shown(self) -> Composition:
        """The composition in the file, at the frame rate and with the frames of the file."""
        return self.target.kind.shown(self.part.shown, self.target.platform)

    @property
    def n_frames(self) -> int:
        """How many frames the file has, all rounds of the loop included."""
        return self.part.loops * len(self.shown)


@dataclass(frozen=True)
class Shot:
    """A part of the video that is composed once, and the files that show it.

    part: the frames of the video, (first, stop); None for all of them.
    look: how it is composed, fitted to the part if the look is fitted.
    style: how its files are written.
    is_cut, is_usual: why the rest of the video is left out, see Take.
    extent: what the effect may know of the part.
    shown: the composition, whose frames do not exist yet.
    files: the moving pictures that show the part.
    streams: whether the only file is a GIF without limits, which is written while it is composed.
        Otherwise the composed frames are set aside on disk first.
    """

    part: Span | None
    look: Look
    style: Style
    is_cut: bool
    is_usual: bool
    extent: Extent
    shown: Composition
    files: tuple[PlannedFile, ...]
    streams: bool

    @property
    def targets(self) -> tuple[Target, ...]:
        """The files to write."""
        return tuple(file.target for file in self.files)

    @property
    def seconds(self) -> float:
        """How long the composition plays, once, in seconds."""
        return duration_of(self.extent.period, self.extent.rate)

    def check(self) -> None:
        """Raise ArgumentError if the effect cannot compose this part. No frame is decoded.

        A look with `smooth` is not checked, as loading OpenCV takes long.
        """
        if not self.look.smooth:
            # An effect checks its settings at the first frame. This one takes no memory.
            width, height = self.extent.size
            blank = np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3))
            effect_of(self.look).composer([blank], self.extent).close()

    def set_aside(self, job: Job) -> tuple[int, int]:
        """How many frames, and how many bytes of sound, are set aside on disk to make the files."""
        loop = loop_of(self.look)
        of = self.extent.count, self.extent.rate
        frames = len(loop.table(*of).aside) + len(loop.dissolve(*of))
        if not self.streams:
            frames += len(self.shown)
        return frames, bytes_of(self.seconds, self.longest_heard(job)) if job.sound else 0

    def longest_heard(self, job: Job) -> float:
        """An upper bound on how long any of the files plays, in seconds."""
        shortest = [target.platform.min_seconds or 0 for target in self.targets if target.platform]
        return float(max(self.seconds * job.mp4_loops, max(shortest, default=0) + self.seconds))


@dataclass(frozen=True)
class Plan:
    """Everything that `render` will do for a job.

    facts: of the video from the start to the end of the job.
    video: the video at the size at which it is composed. Nothing of it is decoded yet.
    rate: see played_rate.
    shots: in the order in which they are made; empty if only a strip photograph is written.
    style: how files are written that show no shot.
    is_surveyed: True if a survey has found the parts of the shots, False if they are estimates,
        None if no survey is needed.
    asked: the look before it was fitted to the clip; None if it was not.
    """

    job: Job
    facts: Facts
    video: Video
    rate: float
    shots: tuple[Shot, ...]
    style: Style
    is_surveyed: bool | None = None
    asked: Look | None = None


def played_rate(job: Job, video: Video) -> float:
    """The frames per second of the video as the job plays it, its speed included."""
    return float(video.rate * job.speed)


def video_for(
    job: Job, targets: Sequence[Target], facts: Facts, tracker: Tracker = SILENT
) -> Video:
    """The video at the size at which a job composes it for these targets. The caller closes it."""
    fit = longer_side(full_video(job, facts).size, targets, job.fit)
    size = {"scale": job.scale, "width": job.width, "fit": fit}
    return mended_video(job, facts, tracker, **size)


def full_video(job: Job, facts: Facts, tracker: Tracker = SILENT) -> Video:
    """The video at the size that the job sets, or else its own size. The caller closes it."""
    return mended_video(job, facts, tracker, scale=job.scale, width=job.width)


def mended_video(job: Job, facts: Facts, tracker: Tracker = SILENT, **size: Any) -> Video:
    """The video, cropped and mended where the look says so. size: see open_video."""
    return open_video(facts, tracker=tracker, **mending(job.look), **size)


def chooses_part(job: Job, targets: Sequence[Target], facts: Facts) -> bool:
    """Whether the job may show a part of the video that only its pixels tell.

    A loop, a platform or a length may choose a part.
    """
    if loop_of(job.look).bounds or any(target.platform for target in targets):
        return True
    return length_for(job, facts.n_frames, float(facts.rate * job.speed)) is not None


def needs_survey(job: Job, targets: Sequence[Target], facts: Facts) -> bool:
    """Whether the pixels of the video must be searched for the part, or for what suits a look."""
    if job.fits and (job.still or _composes(job, targets)):
        return True
    return _composes(job, targets) and chooses_part(job, targets, facts)


def plan_for(
    job: Job, targets: Sequence[Target], facts: Facts, video: Video, survey: Survey
) -> Plan:
    """The plan of a job. The survey reads the video only if the job needs one.

    targets: the `checked_targets` of the job. video: the `video_for` these targets.
    Raises ArgumentError for settings that contradict each other or do not suit the video, and
    LimitError for more frames or pixels than the limits in force allow.
    """
    is_surveyed = needs_survey(job, targets, facts)
    takes = [Take(None, tuple(targets))] if _composes(job, targets) else []
    if takes and chooses_part(job, targets, facts):
        takes = takes_of(targets, job, survey)
    if not (is_surveyed and job.fits):
        return plan_of(job, facts, video, takes, is_surveyed=is_surveyed or None)
    asked = asked_for(job.look, job.fits)

    def fitted_to(part: Span | None, *shown: Take) -> Plan:
        chosen = job.over(look=survey.fitted(job.look, job.fits, part, video.size))
        return plan_of(chosen, facts, video, shown, is_surveyed=True, asked=asked)

    plans = [fitted_to(take.part, take) for take in takes] or [fitted_to(None)]
    shots = tuple(shot for plan in plans for shot in plan.shots)
    return replace(plans[0], shots=shots, asked=job.look)


def _composes(job: Job, targets: Sequence[Target]) -> bool:
    """Whether anything shows the composition, which a strip photograph does not."""
    return bool(targets or job.poster)


def sketch(job: Job, targets: Sequence[Target], facts: Facts, video: Video) -> Plan:
    """An estimate of the plan before its survey: one shot, whose part has a typical length."""
    rate, part = played_rate(job, video), None
    if length := length_for(job, len(video), rate):
        part = (0, min(len(video), length.frames(job.look, rate)))
    return plan_of(job, facts, video, [Take(part, tuple(targets))], is_surveyed=False)


def plan_of(
    job: Job,
    facts: Facts,
    video: Video,
    takes: Sequence[Take],
    *,
    is_surveyed: bool | None = None,
    asked: str = "",
) -> Plan:
    """The plan of a job whose takes are known. See plan_for.

    asked: what was asked for, where the look of the job was fitted, see fit.asked_for.
    """
    rate = played_rate(job, video)
    shots = []
    for take in takes:
        count = len(video)
        if take.part:
            count = take.part[1] - take.part[0]
        elif bounds := loop_of(job.look).bounds:
            count = round(min(count, max(1.0, sum(bounds) / 2 * rate)))
        shots.append(shot_of(job, take, video.size, rate, count, asked))
        if is_surveyed is not False:  # the length of an estimate is not the loop's
            check_moving(effect_of(shots[-1].look), shots[-1].extent)
    return Plan(job, facts, video, rate, tuple(shots), style_of(job, asked), is_surveyed)


def shot_of(
    job: Job, take: Take, size: tuple[int, int], rate: float, count: int, asked: str = ""
) -> Shot:
    """The shot of a take with `count` frames of `size`, at `rate` frames per second.

    asked: see plan_of.
    """
    look, loop = job.look, loop_of(job.look)
    lag_of(look.rgb, rate, count)  # raises ArgumentError for a lag longer than the clip
    loop.check(count, rate)
    extent = extent_of(look, size, rate, count)
    fps = rate_for(take.targets, rate, job.fps)
    seconds = duration_of(extent.period, rate)
    n_frames, fps = frames_shown(seconds, fps, cyclic=loop.cyclic)
    _check_limits(job, n_frames, size)
    shown = Composition((), range(n_frames), fps, Fitted.whole(size))
    style = style_of(job, asked)
    files = tuple(PlannedFile(target, part_of(target, shown, style)) for target in take.targets)
    gif_alone = job.gif and Target(job.gif, "gif")
    streams = take.targets == (gif_alone,) and not job.has_poster
    kind = take.is_cut, take.is_usual
    return Shot(take.part, look, style, *kind, extent, shown, files, streams)


def _check_limits(job: Job, n_frames: int, size: tuple[int, int]) -> None:
    """Raise LimitError if so many composed frames of this size exceed the limits in force."""
    width, height = size
    what, remedy = f"what is made of {job.input}", "take a part of it with --start and --end"
    check_limit("max_frames", n_frames, what, "has {} frames", remedy)
    pixels = f"has {{}} pixels in {n_frames:,} frames of {width}x{height}"
    check_limit("max_total_pixels", width * height * n_frames, what, pixels, remedy)
