"""Owns what one studio holds: the clip, its parts that are decoded, questions, jobs, the folder."""

from __future__ import annotations

import asyncio
import re
import shlex
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checks import brief, in_seconds
from ..deliver.targets import Take
from ..errors import ArgumentError, RollscanError, SourceError
from ..files import temporary_room
from ..job import OUTPUTS, Job
from ..look import loop_of
from ..options import command_of
from ..outputs import checked_targets
from ..parser import parser
from ..video.facts import Facts
from ..video.ffmpeg import end_all_ffmpegs
from ..video.probe import Probe
from .clip import Clip
from .frame_cache import Kept
from .job_request import Asked, Given, as_name, asked_for
from .jobs import Jobs, Order
from .preview_frames import Reel, Reels
from .query import Asking

if TYPE_CHECKING:
    from ..plan import Plan

LIMIT = 2 << 30  # bytes of an upload

_MOST_ANSWERS = 64  # that are remembered


class Session:
    """One studio, which lives in an event loop. All who open its page share it.

    given: what the command line said. folder: for all that is not to stay.
    """

    def __init__(self, clip: Clip | None, given: Given, folder: Path) -> None:
        self.clip, self.given = clip, given
        self.jobs = Jobs(folder)
        self.asking = Asking(folder)
        self.closing = asyncio.Event()
        self.over = threading.Event()  # the same, for threads
        self._folder = folder
        self._numbers = count(1)
        self._uploads = asyncio.Lock()
        self._old: list[Clip] = []  # uploaded, which jobs may still need
        self._reels = Reels(folder)
        self._answers: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._remembering = asyncio.Lock()

    @property
    def open_clip(self) -> Clip:
        """The clip. Raises SourceError where none is open."""
        if not self.clip:
            raise SourceError("no clip is open: choose one")
        return self.clip

    async def begin(self) -> None:
        """Decode the clip, and start what will be needed, before anybody asks."""
        if self.clip:
            with suppress(RollscanError, OSError):  # the page will ask, and be told
                reel, _ = await self.reel()
                await reel.finished()
        self.asking.warm()

    async def upload(self, name: str, chunks: AsyncIterator[bytes]) -> Clip:
        """Take a clip that comes from a browser, and open it instead of the one that is.

        Raises ArgumentError where it is too large, SourceError where it is no video.
        """
        if self._uploads.locked():
            raise ArgumentError("another clip is being taken: try again when that is done")
        async with self._uploads:
            path = self._folder / f"clip-{next(self._numbers)}"
            try:
                await _save(chunks, path)
                clip = await asyncio.to_thread(_opened, path, as_name(name))
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
        """A part of the clip as it is shown, decoded from now on, unless it is already."""
        clip = self.open_clip
        part = clip.part(start, end)
        facts = await asyncio.to_thread(clip.facts, *part)
        if clip is not self.clip:
            raise SourceError("another clip was opened meanwhile: ask again")
        return await self._reels.of(facts, (*part, width, scale)), facts

    async def plan(self, options: Any) -> dict[str, Any]:
        """What only Python can say of a job: its command, what is wrong with it, what comes out."""
        told: dict[str, Any] = {"command": None, "error": None, "field": None}
        told |= {"out": None, "composed": None, "match": None}
        asked = None
        try:
            asked = self.asked(options)
            told["command"] = shlex.join(command_of(asked.command))
            facts = await self._facts(asked)
            takes = await self._takes(asked, facts)
            part = takes[0].part
            if part:
                told["match"] = {"first": part[0], "stop": part[1], "seam": None}
            plan = await asyncio.to_thread(_planned, asked.job, facts, takes)
            told["out"], told["composed"] = _out(plan), plan.video.size
            if part:
                told["match"]["seam"] = await self._seam(asked, facts, takes[0])
        except RollscanError as error:
            said = asked.in_words(str(error)) if asked else str(error)
            told["error"] = self.in_words(said)
            told["field"] = field_of(said, error.names, asked)
        return told

    async def frame(self, options: Any, t: Any) -> tuple[tuple[int, int], bytes]:
        """What the effect shows at `t` seconds: its size, and raw RGB."""
        if not isinstance(t, int | float) or not 0 <= t < 1e6:
            raise ArgumentError(f"t is {brief(t)}: give seconds, 0 or more")
        asked = self.asked(options)
        facts = await self._facts(asked)
        takes = await self._takes(asked, facts)
        part = takes[0].part
        question = {"job": asked.job, "facts": _sent(facts), "kept": self._kept(asked.job, facts)}
        shown: tuple[tuple[int, int], bytes] = await self.asking.ask(
            "frame", **question, part=part, t=float(t)
        )
        return shown

    async def estimate(self, options: Any) -> list[int]:
        """The bytes to expect of each moving picture."""
        asked = self.asked(options)
        facts = await self._facts(asked)
        takes = await self._takes(asked, facts)
        question = {"job": asked.job, "facts": _sent(facts), "kept": self._kept(asked.job, facts)}
        sizes: list[int] = await self.asking.ask("expected", **question, takes=takes)
        return sizes

    def make(self, options: Any) -> Order:
        """Queue the job that the options ask for. Raises what planning raises."""
        folder = self.jobs.folder_for_next()
        try:
            asked = self.asked(options, folder)
            try:
                checked_targets(asked.job)
            except RollscanError as error:
                raise type(error)(asked.in_words(str(error)), *error.names) from error
            return self.jobs.add(asked, folder)
        except BaseException:
            folder.rmdir()
            raise

    def asked(self, options: Any, folder: Path | None = None) -> Asked:
        """The job that the options ask for."""
        return asked_for(options, self.given, self.open_clip, folder or self._folder)

    def in_words(self, message: str) -> str:
        """A message without places of this studio's own."""
        if self.clip:
            message = message.replace(str(self.clip.input.opened), self.clip.name)
        return message.replace(f"{self._folder}/", "")

    async def close(self) -> None:
        """End whatever runs."""
        self.closing.set()
        self.over.set()
        self._reels.close()
        end_all_ffmpegs()
        await asyncio.gather(self.jobs.close(), self.asking.close())

    def _change_to(self, clip: Clip) -> None:
        """Show another clip from now on."""
        if self.clip and self.clip.own:
            self._old.append(self.clip)
        self.clip = clip
        self._reels.close()
        self._reels = Reels(self._folder)
        self._answers.clear()
        needed = {order.asked.job.input for order in self.jobs.under_way}
        for old in [old for old in self._old if old.input.opened not in needed]:
            self._old.remove(old)
            with suppress(OSError):  # Windows keeps what is open
                old.input.opened.unlink()

    async def _facts(self, asked: Asked) -> Facts:
        """What is known of the part of the clip that a job is of."""
        if asked.job.input != self.open_clip.input.opened:
            raise SourceError("another clip was opened meanwhile: ask again")
        return await asyncio.to_thread(self.open_clip.facts, *self._span(asked.job))

    def _span(self, job: Job) -> tuple[float, float | None]:
        end = None if job.end is None else in_seconds("end", job.end)
        return self.open_clip.part(in_seconds("start", job.start), end)

    def _kept(self, job: Job, facts: Facts) -> Kept | None:
        """The part's frames at the preview's size, if all are decoded: alone, or in the whole."""
        span, size = self._span(job), (job.width, job.scale)
        before = 0
        reel = self._reels.whole((*span, *size))
        if not reel and self.open_clip.is_even:
            reel, before = self._reels.whole((0.0, None, *size)), self.open_clip.first(facts)
        if not reel:
            return None
        return Kept(reel.path, reel.video.size, before, reel.count - before)

    async def _takes(self, asked: Asked, facts: Facts) -> list[Take]:
        """The parts that are composed, that of the first file first; remembered."""
        from ..plan import needs_survey

        job, look = asked.job, asked.job.look
        targets = {replace(target, max_bytes=None): target for target in checked_targets(job)}
        if not needs_survey(job, [*targets]):
            return [Take(None, tuple(targets.values()))]
        size = (job.width, job.scale, look.steady, look.deflicker)
        key: tuple[Any, ...] = (job.input, *self._span(job), *size, job.speed)
        if not job.names:  # all files show the part that matches
            (take,) = await self._surveyed((*key, loop_of(look).bounds), job, facts)
            return [replace(take, targets=tuple(targets.values()))]
        # Parts are chosen by what moves, and where.
        found = await self._surveyed((*key, job.fps, job.fit, look, *targets), job, facts)
        takes = [
            replace(
                take, targets=tuple(targets[replace(of, max_bytes=None)] for of in take.targets)
            )
            for take in found
        ]
        first = next(iter(targets.values()), None)
        return sorted(takes, key=lambda take: first not in take.targets)

    async def _surveyed(self, key: tuple[Any, ...], job: Job, facts: Facts) -> list[Take]:
        """The takes of a plan, whose parts only the pixels tell."""
        found: list[Take] = await self._remembered(key, "takes", job=job, facts=_sent(facts))
        return found

    async def _seam(self, asked: Asked, facts: Facts, take: Take) -> float | None:
        """How much a part jumps where it starts over, as the look shows it; remembered."""
        job = asked.job
        played = (job.width, job.scale, job.fps, job.speed)
        key = (job.input, *self._span(job), *played, job.look, take.part)
        question = {"job": job, "facts": _sent(facts), "kept": self._kept(job, facts)}
        seam: float | None = await self._remembered(key, "seam", **question, take=take)
        return seam

    async def _remembered(self, key: tuple[Any, ...], question: str, **arguments: Any) -> Any:
        """The answer to a question, which is asked once."""
        async with self._remembering:
            if key not in self._answers:
                self._answers[key] = await self.asking.ask(question, **arguments)
                if len(self._answers) > _MOST_ANSWERS:
                    self._answers.popitem(last=False)
            return self._answers[key]


def field_of(message: str, names: Sequence[str] = (), asked: Asked | None = None) -> str | None:
    """The option that an error is about, by the parser's dest: the first that it names, or where
    its message begins with one, or with the name of an output of the job that is asked for.
    """
    if names:
        return names[0]
    for name in OUTPUTS if asked else ():
        path = getattr(asked and asked.command, name)
        if path is not None and message.startswith(str(path)):
            return name
    found = re.match(r"-{0,2}([a-z][a-z_-]*)", message)
    named = {action.dest: action.dest for action in parser()._actions}
    for action in parser()._actions:
        for spelling in action.option_strings:
            named[spelling.lstrip("-")] = action.dest
    return named.get(found[1]) if found else None


def _planned(job: Job, facts: Facts, takes: list[Take]) -> Plan:
    """The plan, once the effects are found to compose so."""
    from ..plan import plan_of, video_for  # NumPy, imported while the first frames come

    plan = plan_of(job, facts, video_for(job, checked_targets(job), facts), takes)
    for shot in plan.shots:
        shot.check(job)
    return plan


def _out(plan: Plan) -> dict[str, Any]:
    """The first file, for the page: w, h, fps, seconds, frames, place, frame.

    frame: x, y, width and height of what it shows, as shares of the composed picture.
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


def _opened(path: Path, name: str) -> Clip:
    """An uploaded clip. Raises SourceError, with its name, where it is no video."""
    try:
        return Clip(Path(name), Probe(path).facts(), own=True)
    except RollscanError as error:
        raise SourceError(str(error).replace(str(path), name)) from error


def _sent(facts: Facts) -> Facts:
    """The facts for another process, which opens the file by its path."""
    return replace(facts, input=replace(facts.input, temporary=None))


async def _save(chunks: AsyncIterator[bytes], path: Path) -> None:
    """Write what comes to a file, up to the limit."""
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
