"""Owns what a job comes to, known before it is done: its part that loops, sizes, rates, frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks import check_opencv
from ..clip import duration_of, extent_of, frames_shown
from ..compose.rgb import lag_of
from ..deliver.composition import Composition
from ..deliver.fitted import Fitted
from ..deliver.moving import FilePart, part_of
from ..deliver.targets import Span, Target, longer_side, rate_for
from ..job import Job
from ..look import effect_of, loop_of
from ..plan import planned, style_of
from ..video.facts import Facts
from ..video.source import Video, open_video


@dataclass(frozen=True)
class Outline:
    """What `render` will do with a job.

    video: the part, at the size it is composed at. rate: its frames a second as they are played.
    files: the moving pictures to write, each with the composition that it shows, whose frames are
    not there. whole: that of all frames. part: of a matched loop, (first, stop).
    """

    job: Job
    video: Video
    rate: float
    files: tuple[tuple[Target, FilePart], ...]
    whole: Composition
    part: Span | None

    def out(self) -> dict[str, Any]:
        """The first file, for the page: w, h, fps, seconds, frames, place, frame.

        frame: x, y, width and height of what it shows, as shares of the composed picture.
        """
        shown, loops, place = self.whole, 1, None
        width, height = shown.size
        for target, part in self.files[:1]:
            shown, loops, place = part.shown, part.loops, target.platform and target.platform.name
            shown = target.kind.shown(shown, target.platform)
            width, height = target.kind.size_of(shown)
        return {
            "w": width,
            "h": height,
            "fps": shown.fps,
            "seconds": loops * shown.seconds,
            "frames": loops * len(shown),
            "place": place,
            "frame": [n / self.video.size[k % 2] for k, n in enumerate(shown.fitted.frame)],
        }


def video_of(job: Job, facts: Facts) -> tuple[Video, list[Target]]:
    """The video at the size that the job composes at, and its targets. Raises what planning does.

    Nothing is decoded yet.
    """
    targets = planned(job)
    mended = {"steady": job.look.steady, "deflicker": job.look.deflicker}
    whole = open_video(facts, scale=job.scale, width=job.width, **mended)
    fit = longer_side(whole.size, targets, job.fit)
    return open_video(facts, scale=job.scale, width=job.width, fit=fit, **mended), targets


def outlined(job: Job, facts: Facts, part: Span | None) -> Outline:
    """What the job comes to. Raises ArgumentError or OutputError for all that is wrong with it.

    facts: of the job's part of the clip. part: of its frames, that are shown; None: all.
    """
    if job.look.smooth:
        check_opencv("--smooth")
    video, targets = video_of(job, facts)
    return outline_of(job, video, targets, part[1] - part[0] if part else len(video), part)


def outline_of(
    job: Job, video: Video, targets: list[Target], count: int, part: Span | None = None
) -> Outline:
    """What the job comes to of so many frames of the video."""
    rate = float(video.rate * job.speed)
    look, loop = job.look, loop_of(job.look)
    lag_of(look.rgb, rate, count)  # which checks it
    loop.check(count, rate)
    extent = extent_of(look, video.size, rate, count)
    # One frame, which takes no memory, has the effect check its settings.
    blank = np.broadcast_to(np.zeros(3, np.uint8), (*video.size[::-1], 3))
    if not look.smooth:
        effect_of(look).composer([blank], extent).close()
    period = extent.period
    fps = rate_for(targets, rate, job.fps)
    count, fps = frames_shown(duration_of(period, rate), fps, cyclic=loop.cyclic)
    whole = Composition((), range(count), fps, Fitted.whole(video.size))
    style = style_of(job)
    files = tuple((target, part_of(target, whole, style)) for target in targets)
    return Outline(job, video, rate, files, whole, part)
