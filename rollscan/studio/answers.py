"""Owns the answers that take composing: a frame as Python has it, the match, the size to expect."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

from ..clip import RollingClip
from ..deliver.targets import Take, Target
from ..frames import Span
from ..job import Job
from ..loop.seam import SeamMeter
from ..outputs import checked_targets
from ..plan import plan_of, takes_for, video_for
from ..survey import Survey
from ..video.facts import Facts
from .clip import preview
from .estimate import expected
from .frame_cache import Frames, Kept


class Answers:
    """Answers to questions asked one at a time; another thread may set `given_up`.

    job: what the page asks about. facts: of its part of the clip. takes: of its plan. kept: frames
    of the preview that are decoded already.
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

    def takes(self, job: Job, facts: Facts) -> list[Take]:
        """The parts of the clip that the job composes, and for which files."""
        targets = checked_targets(job)
        with video_for(job, targets, facts) as video:
            frames = Frames(video, self.given_up)
            return takes_for(job, targets, Survey(frames, float(video.rate * job.speed)))

    def seam(self, job: Job, facts: Facts, take: Take, kept: Kept | None) -> float | None:
        """How much the loop jumps where it starts over, at the preview's size, see SeamMeter."""
        targets = checked_targets(job)
        shown = plan_of(job, facts, video_for(job, targets, facts), [take]).shots[0].shown
        meter = SeamMeter()
        with self._composed(job, facts, take.part, kept) as clip:
            frames = (clip.get_frame(k / shown.fps) for k in shown.order)
            for _ in meter.watch(frames):
                pass
        return meter.score

    def expected(self, job: Job, facts: Facts, takes: list[Take], kept: Kept | None) -> list[int]:
        """The bytes to expect of each moving picture that the job writes."""
        targets = checked_targets(job)
        sizes: dict[Target, int] = {}
        video = video_for(job, targets, facts)
        plan = plan_of(job, facts, video, takes)
        with closing(Frames(video, self.given_up, _plain(job, kept))) as frames:
            for shot in plan.shots:
                of = frames.part(*shot.part) if shot.part else frames
                sizes |= zip(shot.targets, expected(plan, shot, of), strict=True)
        return [sizes[target] for target in targets]

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
