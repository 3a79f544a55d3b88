"""Owns the state of one studio: the open clip, its previews, its jobs and the cached answers."""

from __future__ import annotations

import asyncio
import re
import shlex
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checks import brief, in_seconds
from ..deliver.targets import Take
from ..errors import ArgumentError, RollscanError, SourceError
from ..files import temporary_room
from ..job import ALL, OUTPUTS, Job
from ..look import Look, loop_of
from ..options import command_of
from ..outputs import checked_targets
from ..parser import parser
from ..video.facts import Facts
from ..video.ffmpeg import end_all_ffmpegs
from ..video.probe import Probe
from .clip import Clip
from .frame_cache import CachedFrames
from .job_request import CommandLine, RequestedJob, check_file, display_name, parse_request
from .jobs import Jobs, Order
from .loops import played
from .preview_frames import Reel, Reels
from .query import Questions

if TYPE_CHECKING:
    from ..plan import Plan
    from .estimate import Expected

LIMIT = 2 << 30  # bytes of an upload

_MAX_ANSWERS = 64  # how many answers are cached


class Session:
    """The state of one studio, which all open pages share. Use it in one event loop only.

    clip: the clip that is open, if any. command_line: its options. folder: for temporary files.

    closing, over: events that are set when the studio ends, for tasks and for threads.
    """

    def __init__(self, clip: Clip | None, command_line: CommandLine, folder: Path) -> None:
        self.clip, self.command_line = clip, command_line
        self.jobs = Jobs(folder)
        self.questions = Questions(folder)
        self.closing = asyncio.Event()
        self.over = threading.Event()
        self._folder = folder
        self._numbers = count(1)
        self._uploads = asyncio.Lock()
        self._old_clips: list[Clip] = []  # uploads that were replaced, and that jobs may still read
        self._reels = Reels(folder)
        self._answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._answers_lock = asyncio.Lock()

    @property
    def open_clip(self) -> Clip:
        """The open clip. Raises SourceError where none is open."""
        if not self.clip:
            raise SourceError("no clip is open: choose one")
        return self.clip

    async def prepare(self) -> None:
        """Decode the clip, and start the process for questions, before the page needs them."""
        if self.clip:
            with suppress(RollscanError, OSError):  # the page's own request reports the error
                reel, _ = await self.reel()
                await reel.wait_for_all()
        self.questions.warm()

    async def upload(self, name: str, chunks: AsyncIterator[bytes]) -> Clip:
        """Save a clip that a browser uploads, and open it in place of the current one.

        name: the browser's name for it. chunks: its bytes.
        Raises ArgumentError where it is too large, SourceError where it is no video.
        """
        if self._uploads.locked():
            raise ArgumentError("another clip is being taken: try again when that is done")
        async with self._uploads:
            path = self._folder / f"clip-{next(self._numbers)}"
            try:
                await _save(chunks, path)
                clip = await asyncio.to_thread(_open_upload, path, display_name(name))
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            self._change_to(clip)
            return clip

    async def reel(
        self,
        start: float = 0.0,
        end: float | None = None,
        width: int | None = None,
        scale: float | None = None,
    ) -> tuple[Reel, Facts]:
        """The reel of a part's preview, which starts to be decoded if it is not, and the facts.

        start, end: of the part, in seconds of the clip. width, scale: as of a job.
        """
        clip = self.open_clip
        part = clip.part(start, end)
        facts = await asyncio.to_thread(clip.facts, *part)
        if clip is not self.clip:
            raise SourceError("another clip was opened meanwhile: ask again")
        return await self._reels.get(facts, (*part, width, scale)), facts

    def field(self, body: Mapping[str, Any]) -> bytes:
        """The field of a look for the page, see `fields.answer`. It may be called in any thread.

        body: `settings` of a look, and the parameters of `fields.Request`. It is empty for a count
        of frames that the clip does not have, as another one may have been opened meanwhile. Raises
        ArgumentError where the others are none.
        """
        from .fields import Request, answer  # it imports NumPy

        clip, settings, count = self.open_clip.whole, body.get("settings"), body.get("count")
        if not isinstance(settings, dict):
            raise ArgumentError("settings are missing: give them by name")
        if not (isinstance(count, int) and 1 <= count <= clip.n_frames):
            return b""
        request = Request.of(body)
        how = played(settings, Look.declared(), request.count, clip.rate)
        for name, value in settings.items():
            check_file(name, value, self.command_line)
        return answer(how, request) if how else b""

    async def plan(self, options: Any) -> dict[str, Any]:
        """The plan of the job that the options request, for the page.

        It has the job's `command`, the size at which it is `composed`, the first file that comes
        `out` (see `_out`), and the part that a loop chooses as `match`; or else an `error` and the
        `field` that it is about. What is not known is None. `meant` has what options mean that are
        not given, and `comesTo` the values that those come to which are left to the plan.
        """
        result: dict[str, Any] = {"command": None, "error": None, "field": None}
        result |= {"out": None, "composed": None, "match": None, "meant": {}, "comesTo": {}}
        requested = None
        try:
            requested = self.parse(options)
            result["command"] = shlex.join(command_of(requested.command))
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
        frame: tuple[tuple[int, int], bytes] = await self.questions.ask(
            "frame", job=job, facts=_sent(facts), cached=cached, part=takes[0].part, t=float(t)
        )
        return frame

    async def estimate(self, options: Any) -> list[Expected]:
        """What each moving picture that the options request is expected to be."""
        requested = self.parse(options)
        facts = await self._facts(requested)
        takes = await self._takes(requested, facts)
        job, cached = requested.job, self._cached_frames(requested.job, facts)
        files: list[Expected] = await self.questions.ask(
            "expected", job=job, facts=_sent(facts), cached=cached, takes=takes
        )
        return files

    def make(self, options: Any) -> Order:
        """Queue the job that the options request. Raises RollscanError where they are wrong."""
        folder = self.jobs.folder_for_next()
        try:
            requested = self.parse(options, folder)
            try:
                checked_targets(requested.job)
            except RollscanError as error:
                raise type(error)(requested.in_words(str(error)), *error.names) from error
            return self.jobs.add(requested, folder)
        except BaseException:
            folder.rmdir()
            raise

    def parse(self, options: Any, folder: Path | None = None) -> RequestedJob:
        """The job that the page's options request. folder: for its files."""
        return parse_request(options, self.command_line, self.open_clip, folder or self._folder)

    def in_words(self, message: str) -> str:
        """A message without the paths of the studio's own files."""
        if self.clip:
            message = message.replace(str(self.clip.input.opened), self.clip.name)
        return message.replace(f"{self._folder}/", "")

    async def close(self) -> None:
        """End all jobs, questions and decoding."""
        self.closing.set()
        self.over.set()
        self._reels.close()
        end_all_ffmpegs()
        await asyncio.gather(self.jobs.close(), self.questions.close())

    def _change_to(self, clip: Clip) -> None:
        """Open another clip, and remove old uploads that no job needs any more."""
        if self.clip and self.clip.own:
            self._old_clips.append(self.clip)
        self.clip = clip
        self._reels.close()
        self._reels = Reels(self._folder)
        self._answers.clear()
        needed = {order.requested.job.input for order in self.jobs.under_way}
        for old in [old for old in self._old_clips if old.input.opened not in needed]:
            self._old_clips.remove(old)
            with suppress(OSError):  # Windows does not remove files that are open
                old.input.opened.unlink()

    async def _facts(self, requested: RequestedJob) -> Facts:
        """The facts about the part of the clip that a job reads."""
        if requested.job.input != self.open_clip.input.opened:
            raise SourceError("another clip was opened meanwhile: ask again")
        return await asyncio.to_thread(self.open_clip.facts, *self._span(requested.job))

    def _span(self, job: Job) -> tuple[float, float | None]:
        """The start and end of the part that a job reads, in seconds, see `Clip.part`."""
        end = None if job.end is None else in_seconds("end", job.end)
        return self.open_clip.part(in_seconds("start", job.start), end)

    def _cached_frames(self, job: Job, facts: Facts) -> CachedFrames | None:
        """The part's frames at the preview's size, if a reel of it or of the clip is complete."""
        span, size = self._span(job), (job.width, job.scale)
        before = 0
        reel = self._reels.complete((*span, *size))
        if not reel and self.open_clip.is_even:
            reel, before = self._reels.complete((0.0, None, *size)), self.open_clip.first(facts)
        if not reel:
            return None
        return CachedFrames(reel.path, reel.video.size, before, reel.count - before)

    async def _takes(self, requested: RequestedJob, facts: Facts) -> list[Take]:
        """The parts that a job composes, that of its first file first; cached.

        A limit in bytes has no effect on the parts, so it is left out of the cache's key.
        """
        from ..parts import length_for
        from ..plan import chooses_part

        job, look = requested.job, requested.job.look
        targets = {target.path: target for target in checked_targets(job)}
        if not chooses_part(job, [*targets.values()], facts):
            return [Take(None, tuple(targets.values()))]
        size = (job.width, job.scale, look.steady, look.deflicker)
        key: tuple[Any, ...] = (job.input, *self._span(job), *size, job.speed)
        if not job.names:  # all files show the same part
            length = length_for(job, facts.n_frames, float(facts.rate * job.speed))
            by = look if length else loop_of(look).bounds  # most moves where the slit is
            (take,) = await self._surveyed((*key, length, by), job, facts)
            return [replace(take, targets=tuple(targets.values()))]
        # Each part is the one where most moves within the frame of its file.
        places = [replace(target, max_bytes=None) for target in targets.values()]
        asked = (job.length, job.start, job.end, job.fps, job.fit, job.focus, look)
        takes = [
            replace(
                take,
                targets=tuple(
                    replace(target, max_bytes=targets[target.path].max_bytes)
                    for target in take.targets
                ),
            )
            for take in await self._surveyed((*key, *asked, *places), job, facts)
        ]
        first = next(iter(targets), None)
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
                self._answers[key] = await self.questions.ask(question, **arguments)
                if len(self._answers) > _MAX_ANSWERS:
                    self._answers.popitem(last=False)
            return self._answers[key]


def field_of(
    message: str, names: Sequence[str] = (), requested: RequestedJob | None = None
) -> str | None:
    """The option that an error is about, by the parser's dest, or None.

    It is the first of `names`, which are those of the error. Without any it is the option, or the
    output of the requested job, whose name the message begins with.
    """
    if names:
        return names[0]
    for name in OUTPUTS if requested else ():
        path = getattr(requested and requested.command, name)
        if path is not None and message.startswith(str(path)):
            return name
    found = re.match(r"-{0,2}([a-z][a-z_-]*)", message)
    dests = {action.dest: action.dest for action in parser()._actions}
    for action in parser()._actions:
        for spelling in action.option_strings:
            dests[spelling.lstrip("-")] = action.dest
    return dests.get(found[1]) if found else None


def _checked_plan(job: Job, facts: Facts, takes: list[Take]) -> Plan:
    """The plan of a job. Raises RollscanError where its effect cannot compose the clip."""
    # This imports NumPy, in a thread and while the first frames are decoded.
    from ..plan import plan_of, video_for

    plan = plan_of(job, facts, video_for(job, checked_targets(job), facts), takes)
    for shot in plan.shots:
        shot.check(job)
    return plan


def _out(plan: Plan) -> dict[str, Any]:
    """The first file that a plan makes, for the page.

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
    """The values of the first file that options leave to the plan, by the options' names."""
    shot = plan.shots[0]
    shown = shot.files[0].part.shown if shot.files else shot.shown
    out = _out(plan)
    left, top, width, height = out["frame"]
    middle = [round(left + width / 2, 3), round(top + height / 2, 3)]
    return {"width": out["w"], "fps": out["fps"], "length": shown.seconds, "focus": middle}


def _open_upload(path: Path, name: str) -> Clip:
    """Open an uploaded file. Raises SourceError, with its display name, where it is no video."""
    try:
        return Clip(Path(name), Probe(path).facts(), own=True)
    except RollscanError as error:
        raise SourceError(str(error).replace(str(path), name)) from error


def _sent(facts: Facts) -> Facts:
    """The facts in a form that can be sent to a process, which opens the file by its path."""
    return replace(facts, input=replace(facts.input, temporary=None))


async def _save(chunks: AsyncIterator[bytes], path: Path) -> None:
    """Write an upload to a file. Raises ArgumentError where it exceeds the limit."""
    size = 0
    with path.open("wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > LIMIT:
                raise ArgumentError(
                    f"the clip is larger than {LIMIT >> 30} GiB: cut it, or name it"
                    " on the command line"
                )
            with temporary_room():
                await asyncio.to_thread(file.write, chunk)
