"""Owns the answers that need composed frames: a frame, the part that matches, the expected size."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from ..clip import RollingClip
from ..deliver.targets import Take
from ..frames import Span
from ..job import Job
from ..look import mending
from ..loop.seam import SeamMeter
from ..outputs import checked_targets
from ..parts import takes_of
from ..plan import plan_of, played_rate, video_for
from ..survey import Survey
from ..video.facts import Facts
from .clip import preview
from .estimate import Expected, expected
from .frame_cache import CachedFrames, Frames


class Answers:
    """Answers questions about jobs, one at a time, each by a method.

    cancelled: an event that another thread may set to cancel the question under way; it then raises
    QuestionCancelledError.

    The methods take: job, what the page asks about. facts: about its part of the clip. part: the
    first frame of the part and the one after its last, where a loop chooses less than all. takes:
    those of the job's plan. cached: frames at the preview's size that are decoded already.
    """

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        # The clip of the last question for a frame, which the next one is likely to be about.
        self._last_clip: tuple[Any, RollingClip] | None = None

    def frame(
        self, job: Job, facts: Facts, part: Span | None, cached: CachedFrames | None, t: float
    ) -> tuple[tuple[int, int], bytes]:
        """The composed frame at `t` seconds, at the preview's size.

        Returns its (width, height) in pixels, and its pixels as RGB bytes, row by row.
        """
        key = (job.input, facts.start, facts.limit, job.width, job.scale, job.speed, job.look, part)
        if not self._last_clip or self._last_clip[0] != key:
            self._close_last_clip()
            self._last_clip = key, self._open_clip(job, facts, part, cached)
        clip = self._last_clip[1]
        try:
            return clip.size, clip.get_frame(t).tobytes()
        except BaseException:
            self._close_last_clip()
            raise

    def takes(self, job: Job, facts: Facts) -> list[Take]:
        """The parts of the clip that are shown, each with the files that show it.

        The page shows the composition also where a job writes only a strip photograph.
        """
        targets = checked_targets(job)
        with video_for(job, targets, facts) as video:
            frames = Frames(video, self.cancelled)
            survey = Survey(frames, played_rate(job, video))
            return takes_of(targets, job, survey)

    def seam(self, job: Job, facts: Facts, take: Take, cached: CachedFrames | None) -> float | None:
        """The score of the loop's seam at the preview's size, see SeamMeter."""
        targets = checked_targets(job)
        shown = plan_of(job, facts, video_for(job, targets, facts), [take]).shots[0].shown
        meter = SeamMeter()
        with self._open_clip(job, facts, take.part, cached) as clip:
            frames = (clip.get_frame(k / shown.fps) for k in shown.order)
            for _ in meter.watch(frames):
                pass
        return meter.score

    def expected(
        self, job: Job, facts: Facts, takes: list[Take], cached: CachedFrames | None
    ) -> list[Expected]:
        """What each moving picture that the job writes is expected to be."""
        targets = checked_targets(job)
        found: dict[Path, Expected] = {}
        video = video_for(job, targets, facts)
        plan = plan_of(job, facts, video, takes)
        with closing(Frames(video, self.cancelled, _if_plain(job, cached))) as frames:
            for shot in plan.shots:
                shot_frames = frames.part(*shot.part) if shot.part else frames
                paths = (target.path for target in shot.targets)
                found |= zip(paths, expected(plan, shot, shot_frames), strict=True)
        return [found[target.path] for target in targets]

    def _open_clip(
        self, job: Job, facts: Facts, part: Span | None, cached: CachedFrames | None
    ) -> RollingClip:
        look = job.look
        video, count = preview(
            facts,
            width=job.width,
            scale=job.scale,
            **mending(look),
        )
        frames = Frames(video, self.cancelled, _if_plain(job, cached), 0, count)
        try:
            rate = played_rate(job, video)
            return RollingClip.of(frames, look, rate, part=part, is_portion=True)
        except BaseException:
            frames.close()
            raise

    def _close_last_clip(self) -> None:
        if self._last_clip:
            self._last_clip[1].close()
        self._last_clip = None


def _if_plain(job: Job, cached: CachedFrames | None) -> CachedFrames | None:
    """The cached frames, unless the job stabilizes or deflickers the video, as they are without."""
    return None if job.look.steady or job.look.deflicker else cached
