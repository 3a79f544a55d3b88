"""Owns the answers that take composing: a frame as Python has it, the match, the size to expect."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

from ..clip import RollingClip
from ..job import Job
from ..loop.match import best_loop, match_width
from ..loop.seam import SeamMeter
from ..video.facts import Facts
from .clip import preview
from .estimate import expected
from .kept import Frames, Kept, asked
from .outline import outlined, video_of

Part = tuple[int, int]


class Answers:
    """Answers to questions asked one at a time; another thread may set `given_up`.

    job: what the page asks about. facts: of its part of the clip. part: of a matched loop.
    kept: frames of the preview that are decoded already.
    """

    def __init__(self) -> None:
        self.given_up = threading.Event()
        self._open: tuple[Any, RollingClip] | None = None  # the clip of the last frame asked for

    def frame(
        self, job: Job, facts: Facts, part: Part | None, kept: Kept | None, t: float
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

    def match(self, job: Job, facts: Facts) -> Part:
        """The part that loops best, (first, stop) in frames, as `render` finds it."""
        video, _ = video_of(job, facts)
        rate, look = float(video.rate * job.speed), job.look
        width = match_width(video.size, len(video), rate, look.max_loop)
        with video:
            small = asked(video.small(width), self.given_up)
            return best_loop(small, rate, look.min_loop, look.max_loop)

    def seam(self, job: Job, facts: Facts, part: Part, kept: Kept | None) -> float | None:
        """How much the loop jumps where it starts over, at the preview's size, see SeamMeter."""
        outline = outlined(job, facts, part)
        meter = SeamMeter()
        with self._composed(job, facts, part, kept) as clip:
            frames = (clip.get_frame(k / outline.whole.fps) for k in outline.whole.order)
            for _ in meter.watch(frames):
                pass
        return meter.score

    def expected(self, job: Job, facts: Facts, part: Part | None, kept: Kept | None) -> list[int]:
        """The bytes to expect of each moving picture that the job writes."""
        outline = outlined(job, facts, part)
        with closing(Frames(outline.video, self.given_up, _plain(job, kept))) as frames:
            return expected(outline, frames)

    def _composed(
        self, job: Job, facts: Facts, part: Part | None, kept: Kept | None
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
