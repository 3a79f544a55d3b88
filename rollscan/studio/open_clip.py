"""Owns one open clip: its previews, and what the jobs come to that the page requests of it."""

from __future__ import annotations

import asyncio
import shlex
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checks import brief, check_whole, in_seconds
from ..deliver.targets import Take
from ..errors import ArgumentError, RollscanError, SourceError
from ..job import ALL, Job
from ..kinds import Crop
from ..look import Look, loop_of, mending
from ..options import command_of
from ..outputs import checked_targets
from ..video.facts import Facts
from .clip import Clip
from .frame_cache import CachedFrames
from .job_request import CommandLine, RequestedJob, check_file, field_of, parse_request
from .loops import played, table
from .preview_frames import Reel, Reels
from .query import Questions

if TYPE_CHECKING:
    from ..plan import Plan
    from .estimate import Expected

_MAX_ANSWERS = 64  # how many answers are cached


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
        self._answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._answers_lock = asyncio.Lock()
        self._is_closed = False

    def check_open(self) -> None:
        """Raise SourceError where another clip has taken this one's place."""
        if self._is_closed:
            raise SourceError(
                f"{self.clip.name} is not open any more, as another clip was opened: load the page"
                " again"
            )

    def close(self) -> None:
        """Close its previews, and forget its answers."""
        self._is_closed = True
        self._reels.close()
        self._answers.clear()

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
        """The field of a look for the page, see `fields.answer`. It may be called in any thread.

        body: `settings` of a look, and the parameters of `fields.Request`. Raises ArgumentError
        where they are none, as for a count of frames that the clip does not have.
        """
        from .fields import Request, answer  # it imports NumPy

        whole, request, settings = self.clip.whole, Request.of(body), body.get("settings")
        check_whole("count", request.count, least=1, most=whole.n_frames)
        how = played(settings, Look.declared(), request.count, whole.rate)
        for name, value in (settings or {}).items():
            check_file(name, value, self._command_line)
        return answer(how, request) if how else b""

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
        comes `out` (see `_out` and `_takes`), and the part that a loop chooses as `match`; or else
        an `error` and the `field` that it is about. `look` is the one in the command, if any. What
        is not known is None. `meant` has what options mean that are not given, and `comesTo` the
        values that are left to the plan.
        """
        result: dict[str, Any] = {"command": None, "error": None, "field": None}
        result |= {"out": None, "composed": None, "match": None, "look": None}
        result |= {"meant": {}, "comesTo": {}}
        requested = None
        try:
            requested = self.parse(options)
            words = command_of(requested.command)
            result["command"], result["look"] = shlex.join(words), _look_in(words)
            facts = await self._facts(requested)
            takes = await self._takes(requested, facts)
            part = takes[0].part
            if part:
                result["match"] = {"first": part[0], "stop": part[1], "seam": None}
            plan = await asyncio.to_thread(_checked_plan, requested.job, facts, takes)
            result["out"], result["composed"] = _out(plan), plan.video.size
            result["meant"] = {"length": requested.job.length or ALL}
            result["comesTo"] = _comes_to(plan)
            if part:
                result["match"]["seam"] = await self._seam(requested, facts, takes[0])
        except RollscanError as error:
            message = requested.in_words(str(error)) if requested else str(error)
            result["error"] = self.in_words(message)
            result["field"] = field_of(message, error.names, requested)
        return result

    async def frame(self, options: Any, t: Any) -> tuple[tuple[int, int], bytes]:
        """The composed frame at `t` seconds: its (width, height), and its pixels as RGB bytes."""
        if not isinstance(t, int | float) or not 0 <= t < 1e6:
            raise ArgumentError(f"t is {brief(t)}: give seconds, 0 or more")
        requested = self.parse(options)
        facts = await self._facts(requested)
        takes = await self._takes(requested, facts)
        job, cached = requested.job, self._cached_frames(requested.job, facts)
        frame: tuple[tuple[int, int], bytes] = await self._questions.ask(
            "frame", job=job, facts=_sent(facts), cached=cached, part=takes[0].part, t=float(t)
        )
        return frame

    async def estimate(self, options: Any) -> tuple[list[Expected], Expected | None]:
        """What each moving picture of a job is expected to be, and the one that is shown."""
        requested = self.parse(options)
        facts = await self._facts(requested)
        takes = await self._takes(requested, facts)
        job, cached = requested.job, self._cached_frames(requested.job, facts)
        files: list[Expected] = await self._questions.ask(
            "expected", job=job, facts=_sent(facts), cached=cached, takes=takes
        )
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

    async def _facts(self, requested: RequestedJob) -> Facts:
        """The facts about the part of the clip that a job reads."""
        facts = await asyncio.to_thread(self.clip.facts, *self._span(requested.job))
        self.check_open()
        return facts

    def _span(self, job: Job) -> tuple[float, float | None]:
        """The start and end of the part that a job reads, in seconds, see `Clip.part`."""
        end = None if job.end is None else in_seconds("end", job.end)
        return self.clip.part(in_seconds("start", job.start), end)

    def _cached_frames(self, job: Job, facts: Facts) -> CachedFrames | None:
        """The part's frames at the preview's size, if a reel of it or of the clip is complete."""
        span, size = self._span(job), (job.width, job.scale, job.look.crop)
        before = 0
        reel = self._reels.complete((*span, *size))
        if not reel and self.clip.is_even:
            reel, before = self._reels.complete((0.0, None, *size)), self.clip.first(facts)
        if not reel:
            return None
        return CachedFrames(reel.path, reel.video.size, before, reel.count - before)

    async def _takes(self, requested: RequestedJob, facts: Facts) -> list[Take]:
        """The parts that a job composes, with their files; cached. The file shown comes first.

        That is the one of the place that was chosen last, or else the first. A limit in bytes has
        no effect on the parts, so it is left out of the cache's key.
        """
        from ..parts import length_for
        from ..plan import chooses_part

        job, look = requested.job, requested.job.look
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
        size = (job.width, job.scale, *mending(look).values())
        key: tuple[Any, ...] = (job.input, *self._span(job), *size, job.speed)
        if not job.names:  # all files show the same part
            length = length_for(job, facts.n_frames, float(facts.rate * job.speed))
            by = look if length else loop_of(look).bounds  # most moves where the slit is
            (take,) = await self._surveyed((*key, length, by), job, facts)
            return [replace(take, targets=tuple(targets.values()))]
        # Each part is the one where most moves within the frame of its file.
        first = next(iter(targets), None)
        places = [replace(target, max_bytes=None) for target in targets.values()]
        asked = (job.length, job.start, job.end, job.fps, job.fit, job.focus, look)
        takes = []
        for take in await self._surveyed((*key, *asked, *places), job, facts):
            theirs = {target.path: target for target in take.targets}
            shown = [path for path in targets if path in theirs]
            budgets = (replace(theirs[path], max_bytes=targets[path].max_bytes) for path in shown)
            takes.append(replace(take, targets=tuple(budgets)))
        return sorted(takes, key=lambda take: first not in [one.path for one in take.targets])

    async def _surveyed(self, key: tuple[Any, ...], job: Job, facts: Facts) -> list[Take]:
        """The takes of a job whose parts are chosen by a survey of the video; cached by the key."""
        found: list[Take] = await self._cached_answer(key, "takes", job=job, facts=_sent(facts))
        return found

    async def _seam(self, requested: RequestedJob, facts: Facts, take: Take) -> float | None:
        """The score of a composed part's seam; cached."""
        job = requested.job
        played = (job.width, job.scale, job.fps, job.speed)
        key = (job.input, *self._span(job), *played, job.look, take.part)
        cached = self._cached_frames(job, facts)
        seam: float | None = await self._cached_answer(
            key, "seam", job=job, facts=_sent(facts), cached=cached, take=take
        )
        return seam

    async def _cached_answer(self, key: tuple[Any, ...], question: str, **arguments: Any) -> Any:
        """The answer to a question, which is asked only if the key is not in the cache."""
        async with self._answers_lock:
            if key not in self._answers:
                self._answers[key] = await self._questions.ask(question, **arguments)
                if len(self._answers) > _MAX_ANSWERS:
                    self._answers.popitem(last=False)
            return self._answers[key]


def _look_in(words: list[str]) -> str | None:
    """The name of the look in the words of a command line; None if there is none."""
    return words[words.index("--look") + 1] if "--look" in words else None


def _checked_plan(job: Job, facts: Facts, takes: list[Take]) -> Plan:
    """The plan of a job. Raises RollscanError where its effect cannot compose the clip."""
    # This imports NumPy, in a thread and while the first frames are decoded.
    from ..plan import plan_of, video_for

    plan = plan_of(job, facts, video_for(job, checked_targets(job), facts), takes)
    for shot in plan.shots:
        shot.check()
    return plan


def _out(plan: Plan) -> dict[str, Any]:
    """The file of a plan that is shown, for the page.

    It has the size `w` and `h` in pixels, the rate `fps`, `seconds` and `frames` of all its loops,
    `place`, the name of its platform if any, and `frame`, which is x, y, width and height of the
    part of the composed picture that it shows, as shares of the picture.
    """
    shot = plan.shots[0]
    shown, loops, place, size = shot.shown, 1, None, shot.shown.size
    for file in shot.files[:1]:
        shown, loops, platform = file.shown, file.part.loops, file.target.platform
        place, size = platform and platform.name, file.target.kind.size_of(shown)
    return {
        "w": size[0],
        "h": size[1],
        "fps": shown.fps,
        "seconds": loops * shown.seconds,
        "frames": loops * len(shown),
        "place": place,
        "frame": [n / shot.extent.size[k % 2] for k, n in enumerate(shown.fitted.frame)],
    }


def _comes_to(plan: Plan) -> dict[str, Any]:
    """The values that options leave to the plan, of the file shown, by the options' names."""
    shot = plan.shots[0]
    shown = shot.files[0].part.shown if shot.files else shot.shown
    out = _out(plan)
    left, top, width, height = out["frame"]
    middle = [round(left + width / 2, 3), round(top + height / 2, 3)]
    return {"width": out["w"], "fps": out["fps"], "length": shown.seconds, "focus": middle}


def _sent(facts: Facts) -> Facts:
    """The facts in a form that can be sent to a process, which opens the file by its path."""
    return replace(facts, input=replace(facts.input, temporary=None))
