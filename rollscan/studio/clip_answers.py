"""Owns what is known of one clip: the parts that files show, the looks set to it, and seams."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..checks import in_seconds
from ..deliver.targets import Take
from ..frames import Span
from ..job import Job
from ..look import Look, loop_of, mending
from ..outputs import checked_targets
from ..video.facts import Facts
from .clip import Clip
from .frame_cache import CachedFrames
from .query import Questions

if TYPE_CHECKING:
    from .estimate import Expected

_MAX_ANSWERS = 64  # how many answers are cached


class ClipAnswers:
    """Answers what takes a survey of a clip, or composing, and remembers the answers.

    clip: the clip. questions: answers what is not cached.
    """

    def __init__(self, clip: Clip, questions: Questions) -> None:
        self._clip, self._questions = clip, questions
        self._answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = asyncio.Lock()

    def forget(self) -> None:
        """Forget all answers."""
        self._answers.clear()

    def span(self, job: Job) -> tuple[float, float | None]:
        """The start and end of the part that a job reads, in seconds, see `Clip.part`."""
        end = None if job.end is None else in_seconds("end", job.end)
        return self._clip.part(in_seconds("start", job.start), end)

    async def takes(self, job: Job, facts: Facts) -> list[Take]:
        """The parts that a job composes, with their files. The file shown comes first.

        That is the one of the place that was chosen last, or else the first. A limit in bytes has
        no effect on the parts, so it is left out of the cache's key.
        """
        from ..parts import length_for
        from ..plan import chooses_part

        look = job.look
        last = job.names[-1] if job.names else None
        targets = {
            target.path: target
            for target in sorted(
                checked_targets(job),
                key=lambda target: not (target.platform and target.platform.name == last),
            )
        }
        if not chooses_part(job, [*targets.values()], facts):
            return [Take(None, tuple(targets.values()))]
        key = ("takes", *self._read(job))
        if not job.names:  # all files show the same part
            length = length_for(job, facts.n_frames, float(facts.rate * job.speed))
            by = look if length else loop_of(look).bounds  # most moves where the slit is
            key = (*key, length, by, bool(job.fits))
            (take,) = await self._cached(key, "takes", job=job, facts=sent(facts))
            return [replace(take, targets=tuple(targets.values()))]
        # Each part is the one where most moves within the frame of its file.
        first = next(iter(targets), None)
        asked = (job.length, job.start, job.end, job.fps, job.fit, job.focus, look, bool(job.fits))
        key = (*key, *asked, *self._without_budgets(job))
        takes = []
        for take in await self._cached(key, "takes", job=job, facts=sent(facts)):
            theirs = {target.path: target for target in take.targets}
            shown = [path for path in targets if path in theirs]
            budgets = (replace(theirs[path], max_bytes=targets[path].max_bytes) for path in shown)
            takes.append(replace(take, targets=tuple(budgets)))
        return sorted(takes, key=lambda take: first not in [one.path for one in take.targets])

    async def fitted(self, job: Job, facts: Facts, part: Span | None) -> Look:
        """The look of a job as it is set to a part of the clip, see Survey.fitted."""
        if not job.fits:
            return job.look
        size = (job.fit, *self._without_budgets(job))
        key = ("fitted", *self._read(job), *size, job.look, job.fits, part)
        looks = {"": (job.look, job.fits)}
        found: Mapping[str, Look] = await self._cached(
            key, "fitted", job=job, facts=sent(facts), part=part, looks=looks
        )
        return found[""]

    async def all_fitted(
        self, job: Job, facts: Facts, looks: Mapping[str, tuple[Look, tuple[str, ...]]]
    ) -> Mapping[str, Look]:
        """Looks as they are set to all that a job reads, by name.

        looks: each with the names of the settings to fit.
        """
        size = (job.fit, *self._without_budgets(job))
        key = ("fitted", *self._read(job), *size, *looks.items())
        found: Mapping[str, Look] = await self._cached(
            key, "fitted", job=job, facts=sent(facts), part=None, looks=looks
        )
        return found

    async def seam(
        self, job: Job, facts: Facts, take: Take, cached: CachedFrames | None
    ) -> float | None:
        """The score of a composed part's seam. cached: frames that are decoded already."""
        key = ("seam", *self._read(job), job.fps, job.look, take.part)
        seam: float | None = await self._cached(
            key, "seam", job=job, facts=sent(facts), cached=cached, take=take
        )
        return seam

    async def expected(
        self, job: Job, facts: Facts, takes: list[Take], cached: CachedFrames | None
    ) -> list[Expected]:
        """What each moving picture of a job is expected to be. cached: as in `seam`."""
        files: list[Expected] = await self._cached(
            ("expected", job, *takes),
            "expected",
            **{"job": job, "facts": sent(facts), "cached": cached, "takes": takes},
        )
        return files

    def _read(self, job: Job) -> tuple[Any, ...]:
        """A key of the frames that a job reads."""
        size = (job.width, job.scale, *mending(job.look).values())
        return (job.input, *self.span(job), *size, job.speed)

    def _without_budgets(self, job: Job) -> list[Any]:
        """A key of what a job writes, whatever its limits in bytes."""
        return [replace(target, max_bytes=None) for target in checked_targets(job)]

    async def _cached(self, key: tuple[Any, ...], question: str, **arguments: Any) -> Any:
        """The answer to a question, which is asked only if the key is not in the cache."""
        async with self._lock:
            if key not in self._answers:
                self._answers[key] = await self._questions.ask(question, **arguments)
                if len(self._answers) > _MAX_ANSWERS:
                    self._answers.popitem(last=False)
            return self._answers[key]


def sent(facts: Facts) -> Facts:
    """The facts in a form that can be sent to a process, which opens the file by its path."""
    return replace(facts, input=replace(facts.input, temporary=None))
