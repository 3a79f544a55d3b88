"""Owns the plan: what a job comes to, worked out once for all that carry it out or tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .compose.rgb import lag_of
from .deliver.composition import Composition, duration_of, frames_shown
from .deliver.geometry import Fitted
from .deliver.moving import FilePart, part_of
from .deliver.targets import Style, Take, Target, longer_side, rate_for
from .effect import Extent
from .frames import Span
from .job import Job
from .limits import check_limit
from .look import effect_of, extent_of, loop_of
from .outputs import style_of
from .parts import takes_of
from .sound import bytes_of
from .survey import Survey
from .tracker import SILENT, Tracker
from .video.facts import Facts
from .video.source import Video, open_video


class PlannedFile(NamedTuple):
    """A moving picture to write, and what it is to show: frames that are not there yet."""

    target: Target
    part: FilePart

    @property
    def shown(self) -> Composition:
        """What the file holds, at the rate and of the frames that it has."""
        return self.target.kind.shown(self.part.shown, self.target.platform)

    @property
    def n_frames(self) -> int:
        """How many frames the file has."""
        return self.part.loops * len(self.shown)


@dataclass(frozen=True)
class Shot:
    """A part of the video that is composed one way, and the files that show it.

    part: of the video's frames, (first, stop); None: all of them. is_cut: whether it is a part for
    the limits of a place. extent: what the effect may know of the part. shown: what is composed;
    its frames are not there yet. files: the moving pictures. streams: whether they are one GIF
    without limits, which is written while it is composed; what is composed is set aside otherwise.
    """

    part: Span | None
    is_cut: bool
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
        """How long what is composed plays once."""
        return duration_of(self.extent.period, self.extent.rate)

    def check(self, job: Job) -> None:
        """Raise ArgumentError where the effect cannot compose so, before any frame is decoded.

        What makes motion between frames is not looked at, as it takes long to begin.
        """
        if not job.look.smooth:
            # One frame, which takes no memory, has the effect check its settings.
            width, height = self.extent.size
            blank = np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3))
            effect_of(job.look).composer([blank], self.extent).close()

    def set_aside(self, job: Job) -> tuple[int, int]:
        """How many frames, and how many bytes of sound, its making sets aside on disk."""
        loop = loop_of(job.look)
        frames = len(loop.table(self.extent.count, self.extent.rate).aside)
        if not self.streams:
            frames += len(self.shown)
        return frames, bytes_of(self.seconds, self.longest_heard(job)) if job.sound else 0

    def longest_heard(self, job: Job) -> float:
        """The seconds that the longest of its files plays, at most."""
        least = [target.platform.min_seconds or 0 for target in self.targets if target.platform]
        return float(max(self.seconds * job.mp4_loops, max(least, default=0) + self.seconds))


@dataclass(frozen=True)
class Plan:
    """What a job comes to.

    facts, video: of the part of the video that the job is of; the video has the size at which it is
    composed, and nothing of it is decoded yet. rate: its frames per second, as they are played.
    shots: in the order in which they are made; none for a strip photograph alone. style: how files
    are written. is_surveyed: whether a survey has found the parts of the shots, which are guessed
    otherwise; None where none is needed.
    """

    job: Job
    facts: Facts
    video: Video
    rate: float
    shots: tuple[Shot, ...]
    style: Style
    is_surveyed: bool | None = None

    @property
    def files(self) -> dict[Target, tuple[Shot, PlannedFile]]:
        """Each moving picture, and the shot that it shows."""
        return {file.target: (shot, file) for shot in self.shots for file in shot.files}


def video_for(
    job: Job, targets: Sequence[Target], facts: Facts, tracker: Tracker = SILENT
) -> Video:
    """The video at the size at which a job composes it for these targets; close it."""
    fit = longer_side(full_video(job, facts).size, targets, job.fit)
    size = {"scale": job.scale, "width": job.width, "fit": fit}
    return mended_video(job, facts, tracker, **size)


def full_video(job: Job, facts: Facts, tracker: Tracker = SILENT) -> Video:
    """The video at the size asked for, or else its own; close it."""
    return mended_video(job, facts, tracker, scale=job.scale, width=job.width)


def mended_video(job: Job, facts: Facts, tracker: Tracker = SILENT, **size: Any) -> Video:
    """The video at a size, see open_video, steadied and with even light as a job asks for."""
    look = job.look
    return open_video(facts, steady=look.steady, deflicker=look.deflicker, tracker=tracker, **size)


def needs_survey(job: Job, targets: Sequence[Target]) -> bool:
    """Whether the job shows a part of the video that only its pixels tell."""
    return bool(loop_of(job.look).bounds or any(target.platform for target in targets))


def plan_for(
    job: Job, targets: Sequence[Target], facts: Facts, video: Video, survey: Survey
) -> Plan:
    """What the job comes to; the survey is taken where parts depend on it.

    targets: `checked_targets` of the job. video: `video_for` them.
    Raises ArgumentError or LimitError for what does not go together, or not with the video.
    """
    takes = takes_for(job, targets, survey)
    return plan_of(job, facts, video, takes, is_surveyed=needs_survey(job, targets) or None)


def takes_for(job: Job, targets: Sequence[Target], survey: Survey) -> list[Take]:
    """The parts of the video that the job composes, each with the targets that show it."""
    if not (targets or job.poster):
        return []
    if not needs_survey(job, targets):
        return [Take(None, tuple(targets))]
    return takes_of(targets, job.look, survey, job.fps)


def sketch(job: Job, targets: Sequence[Target], facts: Facts, video: Video) -> Plan:
    """The plan before a survey that it needs: of one shot, whose part has the usual length."""
    return plan_of(job, facts, video, [Take(None, tuple(targets))], is_surveyed=False)


def plan_of(
    job: Job,
    facts: Facts,
    video: Video,
    takes: Sequence[Take],
    *,
    is_surveyed: bool | None = None,
) -> Plan:
    """What the job comes to where its takes are known; see plan_for."""
    rate = float(video.rate * job.speed)
    shots = []
    for take in takes:
        count = len(video)
        if take.part:
            count = take.part[1] - take.part[0]
        elif bounds := loop_of(job.look).bounds:
            count = round(min(count, max(1.0, sum(bounds) / 2 * rate)))
        shots.append(shot_of(job, take, video.size, rate, count))
    return Plan(job, facts, video, rate, tuple(shots), style_of(job), is_surveyed)


def shot_of(job: Job, take: Take, size: tuple[int, int], rate: float, count: int) -> Shot:
    """What a take comes to of `count` frames of this size, played at this rate."""
    look, loop = job.look, loop_of(job.look)
    lag_of(look.rgb, rate, count)  # which checks it
    loop.check(count, rate)
    extent = extent_of(look, size, rate, count)
    fps = rate_for(take.targets, rate, job.fps)
    seconds = duration_of(extent.period, rate)
    n_frames, fps = frames_shown(seconds, fps, cyclic=loop.cyclic)
    _check_limits(job, n_frames, size)
    shown = Composition((), range(n_frames), fps, Fitted.whole(size))
    style = style_of(job)
    files = tuple(PlannedFile(target, part_of(target, shown, style)) for target in take.targets)
    lone = job.gif and Target(job.gif, "gif")
    streams = take.targets == (lone,) and not job.has_poster
    return Shot(take.part, take.is_cut, extent, shown, files, streams)


def _check_limits(job: Job, n_frames: int, size: tuple[int, int]) -> None:
    """Raise LimitError where so many composed frames are too many."""
    width, height = size
    what, remedy = f"what is made of {job.input}", "take a part of it with --start and --end"
    check_limit("max_frames", n_frames, what, "has {} frames", remedy)
    pixels = f"has {{}} pixels in {n_frames:,} frames of {width}x{height}"
    check_limit("max_total_pixels", width * height * n_frames, what, pixels, remedy)
