"""Owns the answers that read the clip: a frame, parts and looks that suit it, the expected size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ..clip import RollingClip
from ..deliver.targets import Take
from ..forecast import frames_before
from ..frames import Span
from ..job import Job
from ..look import Look, extent_of, mending
from ..loop.seam import SeamMeter
from ..outputs import checked_targets
from ..parts import takes_of
from ..plan import plan_of, played_rate, video_for
from ..result import Progress, Written
from ..stages import STEADYING, Stage
from ..survey import Survey
from ..tracker import Tracker
from ..video.facts import Facts
from .clip import preview
from .estimate import Expected, excerpt, expected
from .frame_cache import CachedFrames, Counter, CountingTracker, Frames


class Answers:
    """Answers questions about jobs, one at a time, each by a method.

    tell: is called with what the question under way is doing, "" for reading frames, and the share
    of it that is done, 0 to 1. counter: of the frames that are read; its event `cancelled` is for
    another thread to cancel the question, which then raises QuestionCancelledError.

    The methods take: job, what the page asks about. facts: about its part of the clip. part: the
    first frame of the part and the one after its last, where a loop chooses less than all. takes:
    those of the job's plan. cached: frames at the preview's size that are decoded already.
    """

    def __init__(self, tell: Callable[[str, float], None] = lambda what, done: None) -> None:
        self._tell = tell
        self.counter = Counter(lambda done: tell("", done))
        # The clip of the last question for a frame, which the next one is likely to be about.
        self._last_clip: tuple[Any, RollingClip] | None = None
        self._last_t = 0.0
        self._last_survey: tuple[Any, Survey] | None = None

    def frame(
        self, job: Job, facts: Facts, part: Span | None, cached: CachedFrames | None, t: float
    ) -> tuple[tuple[int, int], bytes]:
        """The composed frame at `t` seconds, at the preview's size.

        Returns its (width, height) in pixels, and its pixels as RGB bytes, row by row.
        """
        key = (job.input, facts.start, facts.limit, job.width, job.scale, job.speed, job.look, part)
        if not self._last_clip or self._last_clip[0] != key:
            self._close_last_clip()
            self._last_clip = key, self._open_clip(job, facts, part, cached, t)
        else:
            last, now = (round(at * self._last_clip[1].fps) for at in (self._last_t, t))
            self.counter.expect(now - last if now > last else now + 1)
        clip, self._last_t = self._last_clip[1], t
        try:
            return clip.size, clip.get_frame(t).tobytes()
        except BaseException:
            self._close_last_clip()
            raise

    def takes(self, job: Job, facts: Facts) -> list[Take]:
        """The parts of the clip that are shown, each with the files that show it.

        The page shows the composition also where a job writes only a strip photograph.
        """
        survey = self._survey(job, facts)
        self.counter.expect(len(survey))
        return takes_of(checked_targets(job), job, survey)

    def fitted(
        self,
        job: Job,
        facts: Facts,
        part: Span | None,
        looks: Mapping[str, tuple[Look, tuple[str, ...]]],
    ) -> dict[str, Look]:
        """Looks as they are set to the clip, by the names in `looks`.

        looks: each with the names of the settings to fit.
        """
        survey = self._survey(job, facts)
        self.counter.expect(len(survey))
        return {
            name: survey.fitted(look, names, part, survey.size)
            for name, (look, names) in looks.items()
        }

    def seam(self, job: Job, facts: Facts, take: Take, cached: CachedFrames | None) -> float | None:
        """The score of the loop's seam at the preview's size, see SeamMeter."""
        targets = checked_targets(job)
        shown = plan_of(job, facts, video_for(job, targets, facts), [take]).shots[0].shown
        meter = SeamMeter()
        with self._open_clip(job, facts, take.part, cached, shown.seconds) as clip:
            frames = (clip.get_frame(k / shown.fps) for k in shown.order)
            for _ in meter.watch(frames):
                pass
        return meter.score

    def expected(
        self, job: Job, facts: Facts, takes: list[Take], cached: CachedFrames | None
    ) -> list[Expected]:
        """What each moving picture that the job writes is expected to be."""
        self.counter.expect(0)
        targets = checked_targets(job)
        found: dict[Path, Expected] = {}
        video = video_for(job, targets, facts)
        plan = plan_of(job, facts, video, takes)
        with closing(Frames(video, self.counter, _if_plain(job, cached))) as frames:
            for shot in plan.shots:
                shot_frames = frames.part(*shot.part) if shot.part else frames
                paths = (target.path for target in shot.targets)
                found |= zip(paths, expected(plan, shot, shot_frames), strict=True)
        return [found[target.path] for target in targets]

    def excerpt(
        self,
        job: Job,
        facts: Facts,
        takes: list[Take],
        cached: CachedFrames | None,
        file: Expected,
        t: float,
    ) -> bytes:
        """An excerpt of the file that is shown, as it will be written, see estimate.excerpt."""
        self.counter.expect(0)
        video = video_for(job, checked_targets(job), facts)
        plan = plan_of(job, facts, video, takes[:1])
        with closing(Frames(video, self.counter, _if_plain(job, cached))) as frames:
            (shot,) = plan.shots
            shot_frames = frames.part(*shot.part) if shot.part else frames
            return excerpt(plan, shot, shot_frames, file, t)

    def sound(self, job: Job, facts: Facts, takes: list[Take]) -> bytes:
        """What is heard of the file that is shown, see `heard.wav_of`."""
        from .heard import wav_of  # it imports what renders, which other questions do without

        self.counter.expect(0)
        video = video_for(job, checked_targets(job), facts)
        plan = plan_of(job, facts, video, takes[:1])
        return wav_of(plan, plan.shots[0], CountingTracker(self.counter))

    def _survey(self, job: Job, facts: Facts) -> Survey:
        """The survey of what a job reads. The last one is kept, as it remembers what it found."""
        video = video_for(job, checked_targets(job), facts)
        key = (
            job.input,
            facts.start,
            facts.limit,
            video.size,
            job.speed,
            *mending(job.look).items(),
        )
        if not self._last_survey or self._last_survey[0] != key:
            survey = Survey(Frames(video, self.counter), played_rate(job, video))
            self._last_survey = key, survey
        return self._last_survey[1]

    def _open_clip(
        self, job: Job, facts: Facts, part: Span | None, cached: CachedFrames | None, t: float
    ) -> RollingClip:
        """The composition at the preview's size. t: the moment that is wanted of it first."""
        look = job.look
        video, count = preview(
            facts,
            width=job.width,
            scale=job.scale,
            tracker=self._tracker(),
            **mending(look),
        )
        frames = Frames(video, self.counter.silent, _if_plain(job, cached), 0, count)
        rate = played_rate(job, video)
        extent = extent_of(look, video.size, rate, part[1] - part[0] if part else count)
        self.counter.expect(frames_before(look, extent) + round(t * rate))
        try:
            tracker = CountingTracker(self.counter)
            return RollingClip.of(frames, look, rate, part=part, is_portion=True, tracker=tracker)
        except BaseException:
            frames.close()
            raise

    def _tracker(self) -> Tracker:
        """A tracker that tells how far the steadying of a video is."""
        tracker = Tracker(self._tell_steadying, alive=False)
        tracker.expect([Stage(STEADYING, usual=1.0)])
        return tracker.__enter__()

    def _tell_steadying(self, event: Progress | Written) -> None:
        if isinstance(event, Progress):
            self._tell(event.stage, event.done)

    def _close_last_clip(self) -> None:
        if self._last_clip:
            self._last_clip[1].close()
        self._last_clip = None


def _if_plain(job: Job, cached: CachedFrames | None) -> CachedFrames | None:
    """The cached frames, unless the job stabilizes or deflickers the video, as they are without."""
    return None if job.look.steady or job.look.deflicker else cached
