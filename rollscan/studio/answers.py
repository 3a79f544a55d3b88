"""Owns the answers that take composing: a frame as Python has it, the match, the size to expect."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from typing import Any

from ..clip import RollingClip
from ..deliver.targets import Span, Take, Target
from ..job import Job
from ..look import loop_of
from ..loop.match import best_loop, match_width
from ..loop.seam import SeamMeter
from ..parts import takes_of
from ..video.facts import Facts
from ..video.source import Video
from .clip import preview
from .estimate import expected
from .kept import Frames, Kept
from .outline import outline_of, outlined, video_of


class Answers:
    """Answers to questions asked one at a time; another thread may set `given_up`.

    job: what the page asks about. facts: of its part of the clip. part: the frames of that
    which are shown, as `part` tells. kept: frames of the preview that are decoded already.
    """

    def __init__(self) -> None:
        self.given_up = threading.Event()
        self._open: tuple[Any, RollingClip] | None = None  # the clip of the last frame asked for

    def frame(
        self, job: Job, facts: Facts, part: Span | None, kept: Kept | None, t: float
    ) -> tuple[tuple[int, int], bytes]:
        """What the effect shows at `t` seconds, as the preview is: width and height, raw RGB."""
        key = (job.input, facts.start, facts.limit, job.width, job.scale, job.speed, job.look, part)
        if not self._open or self._open[0] != key:
            self._let_go()
            self._open = key, self._composed(job, facts, part, kept)
        clip = self._open[1]
        try:
            return clip.size, clip.get_frame(t).tobytes()
        except BaseException:
            self._let_go()
            raise

    def part(self, job: Job, facts: Facts) -> Span | None:
        """The part of the frames that the first file shows, (first, stop); None: all of them."""
        video, targets = video_of(job, facts)
        with video:
            takes = self._takes(job, video, targets)
        return next(take.part for take in takes if targets[:1] == [*take.targets[:1]])

    def seam(self, job: Job, facts: Facts, part: Span, kept: Kept | None) -> float | None:
        """How much the loop jumps where it starts over, at the preview's size, see SeamMeter."""
        outline = outlined(job, facts, part)
        meter = SeamMeter()
        with self._composed(job, facts, part, kept) as clip:
            frames = (clip.get_frame(k / outline.whole.fps) for k in outline.whole.order)
            for _ in meter.watch(frames):
                pass
        return meter.score

    def expected(self, job: Job, facts: Facts, kept: Kept | None) -> list[int]:
        """The bytes to expect of each moving picture that the job writes."""
        video, targets = video_of(job, facts)
        sizes: dict[Target, int] = {}
        with closing(Frames(video, self.given_up, _plain(job, kept))) as frames:
            for take in self._takes(job, video, targets):
                of = frames.part(*take.part) if take.part else frames
                outline = outline_of(job, video, [*take.targets], len(of), take.part)
                sizes |= zip(take.targets, expected(outline, of), strict=True)
        return [sizes[target] for target in targets]

    def _takes(self, job: Job, video: Video, targets: list[Target]) -> list[Take]:
        """What `render` composes for which targets, with the part that a loop chooses by itself."""
        look, rate = job.look, float(video.rate * job.speed)
        bounds = loop_of(look).bounds
        frames = Frames(video, self.given_up)
        takes = [Take(None, tuple(targets))]
        if any(target.platform for target in targets):
            takes = takes_of(targets, look, frames, rate, job.fps)
        if bounds:
            width = match_width(video.size, len(video), rate, bounds[1])
            for k, take in enumerate(takes):
                if not take.part:
                    part = best_loop(frames.small(width), rate, *bounds)
                    takes[k] = replace(take, part=part)
        return takes

    def _composed(
        self, job: Job, facts: Facts, part: Span | None, kept: Kept | None
    ) -> RollingClip:
        look = job.look
        video, count = preview(
            facts,
            width=job.width,
            scale=job.scale,
            steady=look.steady,
            deflicker=look.deflicker,
        )
        frames = Frames(video, self.given_up, _plain(job, kept), 0, count)
        try:
            return RollingClip.of(frames, look, float(video.rate * job.speed), part=part)
        except BaseException:
            frames.close()
            raise

    def _let_go(self) -> None:
        if self._open:
            self._open[1].close()
        self._open = None


def _plain(job: Job, kept: Kept | None) -> Kept | None:
    """The frames kept, unless the job has them mended first."""
    return None if job.look.steady or job.look.deflicker else kept
