"""Owns one open clip: its previews, and what the jobs come to that the page requests of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checks import brief
from ..deliver.targets import Take
from ..errors import ArgumentError, RollscanError, SourceError
from ..fit import fittable, told
from ..job import ALL, Job
from ..kinds import Crop
from ..look import Look, known_looks
from ..options import command_of
from ..outputs import checked_targets
from ..systems import command_line
from ..video.facts import Facts
from .clip import Clip
from .clip_answers import ClipAnswers, sent
from .frame_cache import CachedFrames
from .job_request import CommandLine, RequestedJob, field_of, parse_request
from .loops import played, table
from .page_words import in_page_words
from .plan_facts import checked_plan, comes_to, fitted, look_in, out
from .preview_frames import Reel, Reels
from .query import Questions

if TYPE_CHECKING:
    from .estimate import Expected


class OpenClip:
    """A clip that is open in the studio, until another one takes its place.

    clip: the clip. command_line: the options of the studio's. questions: answers what takes
    composing. folder: for temporary files. After `close`, only loops and fields are answered.
    """

    def __init__(
        self, clip: Clip, command_line: CommandLine, questions: Questions, folder: Path
    ) -> None:
        self.clip = clip
        self._command_line, self._questions, self._folder = command_line, questions, folder
        self._reels = Reels(folder)
        self._known = ClipAnswers(clip, questions)
        self._is_closed = False

    def check_open(self) -> None:
        """Raise SourceError where another clip has taken this one's place, or its file is gone."""
        if self._is_closed:
            raise SourceError(
                f"{self.clip.name} is not open any more, as another clip was opened: load the page"
                " again"
            )
        if not self.clip.input.opened.exists():
            raise SourceError(
                f"{self.clip.name} is not there any more: put it back, or choose another clip"
            )

    def close(self) -> None:
        """Close its previews, and forget its answers."""
        self._is_closed = True
        self._reels.close()
        self._known.forget()

    async def reel(
        self,
        start: float = 0.0,
        end: float | None = None,
        width: int | None = None,
        scale: float | None = None,
        crop: Crop | None = None,
    ) -> tuple[Reel, Facts]:
        """The reel of a part's preview, which starts to be decoded if it is not, and the facts.

        start, end: of the part, in seconds of the clip. width, scale: as of a job. crop: as of a
        look.
        """
        part = self.clip.part(start, end)
        facts = await asyncio.to_thread(self.clip.facts, *part)
        self.check_open()
        return await self._reels.get(facts, (*part, width, scale, crop)), facts

    def loop(self, body: Mapping[str, Any]) -> tuple[bool, bytes]:
        """Whether a loop is cyclic, and its table, see `loops.table`; body: its arguments."""
        whole = self.clip.whole
        return table(body.get("settings"), body.get("count"), whole.rate, whole.n_frames)

    def field(self, body: Mapping[str, Any]) -> bytes:
        """The field of a look for the page, see `fields.field_of_clip`."""
        from .fields import field_of_clip  # it imports NumPy

        whole = self.clip.whole
        return field_of_clip(body, whole.rate, whole.n_frames, self._command_line.settings)

    async def masks(self, body: Mapping[str, Any]) -> bytes:
        """The masks of a look for the page, see `masks.answer`.

        body: `settings` of a look, `span`, the parameters with which the page asked for its frames,
        and those of `masks.Request`. It is empty where these frames are not all there. Raises
        ArgumentError where the others are none.
        """
        from .masks import Request, answer  # it imports NumPy

        span = body.get("span")
        if not isinstance(span, dict):
            raise ArgumentError("span is missing: give start, end and crop")
        known = Look.declared()
        crop = known["crop"].kind.valued("crop", span["crop"]) if "crop" in span else None
        part = self.clip.part(span.get("start") or 0.0, span.get("end"))
        reel = self._reels.complete((*part, None, None, crop))
        if not reel:
            return b""
        request = Request.of(body, reel.count)
        how = played(body.get("settings"), known, request.count, self.clip.whole.rate)
        if not how:
            return b""
        with reel.in_use():
            return await asyncio.to_thread(answer, how, request, reel.video.size, reel.frame)

    async def plan(self, options: Any) -> dict[str, Any]:
        """The plan of the job that the options request, for the page.

        It has the job's `command`, the size at which it is `composed`, the file that is shown as it
        comes `out` (see `plan_facts.out` and `ClipAnswers.takes`), and the part that a loop or a
        place chooses as `match`; or else an `error` and the `field` that it is about. `look` is the
        one in the command, if any; `fitted` has the settings of it that are set to the clip, and
        `told` has them in words. What is not known is None. `meant` has what options mean that are
        not given, and `comesTo` the values that are left to the plan. `isLong`: whether all of a
        long clip is shown, and nobody asked for that.
        """
        result: dict[str, Any] = {"command": None, "error": None, "field": None, "isLong": False}
        result |= {"out": None, "composed": None, "match": None, "look": None}
        result |= {"meant": {}, "comesTo": {}, "fitted": {}, "told": ""}
        from ..parts import is_long  # it imports NumPy

        requested = None
        try:
            requested = self.parse(options)
            words = command_of(requested.command)
            result["command"], result["look"] = command_line(words), look_in(words)
            facts = await self._facts(requested)
            takes = await self._known.takes(requested.job, facts)
            part = takes[0].part
            if part:
                result["match"] = {"first": part[0], "stop": part[1], "seam": None}
            asked, job = requested.job, await self._fitted(requested.job, facts, takes)
            result["fitted"] = fitted(asked.look, job.look, job.fits)
            result["told"] = told(asked.look, job.look)
            plan = await asyncio.to_thread(checked_plan, job, facts, takes)
            result["out"], result["composed"] = out(plan), plan.video.size
            result["meant"] = {"length": job.length or ALL}
            result["comesTo"] = comes_to(plan)
            result["isLong"] = not part and is_long(job, facts.n_frames, plan.rate)
            if part:
                cached = self._cached_frames(job, facts)
                result["match"]["seam"] = await self._known.seam(job, facts, takes[0], cached)
        except RollscanError as error:
            message = requested.in_words(str(error)) if requested else str(error)
            result["error"] = in_page_words(self.in_words(message))
            result["field"] = field_of(message, error.names, requested)
        return result

    async def fits(self, options: Any) -> dict[str, dict[str, Any]]:
        """The settings that are set to the clip by each look that has a name, by that.

        options: those that stay when a look is chosen. There are none where these are wrong, as
        they may be without the look that is chosen now, or where the clip is not open any more.
        """
        try:
            base = self.parse({**options, "look": None} if isinstance(options, dict) else options)
            facts = await self._facts(base)
            given = base.job.look.settings
            of_clip = {name: value for name, value in given.items() if name in options}
            looks = {}
            for name, named in known_looks().items():
                if named.own:
                    continue
                look = named.look.over(**of_clip)
                looks[name] = look, tuple(one for one in fittable(look) if one not in of_clip)
            found = await self._known.all_fitted(base.job, facts, looks)
        except RollscanError:
            return {}
        return {name: fitted(look, found[name], names) for name, (look, names) in looks.items()}

    async def frame(self, options: Any, t: Any) -> tuple[tuple[int, int], bytes]:
        """The composed frame at `t` seconds: its (width, height), and its pixels as RGB bytes."""
        t = _moment(t)
        job, facts, takes = await self._prepared(options)
        cached = self._cached_frames(job, facts)
        frame: tuple[tuple[int, int], bytes] = await self._questions.ask(
            "frame", job=job, facts=sent(facts), cached=cached, part=takes[0].part, t=t
        )
        return frame

    async def estimate(self, options: Any) -> tuple[list[Expected], Expected | None]:
        """What each moving picture of a job is expected to be, and the one that is shown."""
        return await self._expected(*await self._prepared(options))

    async def excerpt(self, options: Any, t: Any) -> tuple[str, Expected, bytes]:
        """An excerpt of the file that is shown, as it will be written, from `t` seconds on.

        Returns the name of its format, what the whole file is expected to be, and the excerpt.
        """
        t = _moment(t)
        job, facts, takes = await self._prepared(options)
        _, shown = await self._expected(job, facts, takes)
        if not shown:
            raise ArgumentError("no moving picture is chosen: choose a format")
        kind = takes[0].targets[0].kind
        if not kind.in_browsers:
            raise ArgumentError(f"no browser shows {kind.title}: make the file, for an editor")
        part: bytes = await self._questions.ask(
            "excerpt",
            **{"job": job, "facts": sent(facts), "takes": takes, "file": shown, "t": t},
            cached=self._cached_frames(job, facts),
        )
        return takes[0].targets[0].format, shown, part

    async def sound(self, options: Any) -> bytes:
        """What is heard of the file that is shown, as a WAV; empty where it is silent."""
        job, facts, takes = await self._prepared(options)
        heard: bytes = await self._questions.ask("sound", job=job, facts=sent(facts), takes=takes)
        return heard

    async def _expected(
        self, job: Job, facts: Facts, takes: list[Take]
    ) -> tuple[list[Expected], Expected | None]:
        """What each file is expected to be, see `estimate`; cached."""
        cached = self._cached_frames(job, facts)
        files = await self._known.expected(job, facts, takes, cached)
        paths = [target.path for target in checked_targets(job)]
        shown = [files[paths.index(target.path)] for target in takes[0].targets[:1]]
        return files, next(iter(shown), None)

    def parse(self, options: Any, folder: Path | None = None) -> RequestedJob:
        """The job that the page's options request. folder: for its files."""
        self.check_open()
        return parse_request(options, self._command_line, self.clip, folder or self._folder)

    def in_words(self, message: str) -> str:
        """A message without the paths of the studio's own files."""
        message = message.replace(str(self.clip.input.opened), self.clip.name)
        return message.replace(f"{self._folder}/", "")

    async def _prepared(self, options: Any) -> tuple[Job, Facts, list[Take]]:
        """The job that the options request, its look set to the clip, its facts and its takes."""
        requested = self.parse(options)
        facts = await self._facts(requested)
        takes = await self._known.takes(requested.job, facts)
        return await self._fitted(requested.job, facts, takes), facts, takes

    async def _fitted(self, job: Job, facts: Facts, takes: list[Take]) -> Job:
        """The job, its look set to the part of the clip that its first file shows."""
        return job.over(look=await self._known.fitted(job, facts, takes[0].part))

    async def _facts(self, requested: RequestedJob) -> Facts:
        """The facts about the part of the clip that a job reads."""
        facts = await asyncio.to_thread(self.clip.facts, *self._known.span(requested.job))
        self.check_open()
        return facts

    def _cached_frames(self, job: Job, facts: Facts) -> CachedFrames | None:
        """The part's frames at the preview's size, if a reel of it or of the clip is complete."""
        span, size = self._known.span(job), (job.width, job.scale, job.look.crop)
        before = 0
        reel = self._reels.complete((*span, *size))
        if not reel and self.clip.is_even:
            reel, before = self._reels.complete((0.0, None, *size)), self.clip.first(facts)
        if not reel:
            return None
        return CachedFrames(reel.path, reel.video.size, before, reel.count - before)


def _moment(t: Any) -> float:
    """A time in seconds. Raises ArgumentError for anything else."""
    if not isinstance(t, int | float) or not 0 <= t < 1e6:
        raise ArgumentError(f"t is {brief(t)}: give seconds, 0 or more")
    return float(t)
