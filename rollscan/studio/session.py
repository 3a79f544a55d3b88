"""Owns the state of one studio: the clips that were opened, and the jobs."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from ..checks import brief
from ..deliver.formats import FORMATS
from ..errors import ArgumentError, OutputError, RollscanError, SourceError
from ..files import discard
from ..job import OUTPUTS
from ..outputs import checked_targets
from ..video.ffmpeg import end_all_ffmpegs
from ..video.probe import Probe
from .clip import Clip
from .job_request import CommandLine
from .jobs import Jobs, Order
from .open_clip import OpenClip
from .query import Questions
from .uploads import display_name, save

# How many clips are known. Requests that were sent before another clip was opened are about the
# one before it.
_MAX_CLIPS = 8


class ReplacesError(OutputError):
    """A file exists that a job would replace."""


_NO_PROGRESS: dict[str, Any] = {"type": "progress", "what": "", "done": None}  # see child.answer


class Session:
    """The state of one studio, which all open pages share. Use it in one event loop only.

    command_line: its options. folder: for temporary files.

    closing, over: events that are set when the studio ends, for tasks and for threads.
    """

    def __init__(self, clip: Clip | None, command_line: CommandLine, folder: Path) -> None:
        self.command_line = command_line
        self.jobs = Jobs(folder)
        self.questions = Questions(folder, self._note_progress)
        self.closing = asyncio.Event()
        self.over = threading.Event()
        self._folder = folder
        self._numbers = count(1)
        self._uploads = asyncio.Lock()
        self._changed = asyncio.Event()  # set when an event is due, and then replaced
        self._progress = _NO_PROGRESS  # of the question under way
        self._clips: OrderedDict[str, OpenClip] = OrderedDict()  # by their ids; the last is open
        self._old_uploads: list[Clip] = []  # which were replaced, and which jobs may still read
        if clip:
            self._open(clip)

    @property
    def clip(self) -> Clip | None:
        """The clip that is open, if any."""
        return next(reversed(self._clips.values())).clip if self._clips else None

    def opened(self, id: Any = None) -> OpenClip:
        """The clip with this id, which may have been replaced since; None is the one that is open.

        Raises SourceError where no clip is open, ArgumentError for an id of none.
        """
        if not self._clips:
            raise SourceError("no clip is open: choose one")
        if id is None:
            return next(reversed(self._clips.values()))
        if not (isinstance(id, str) and id in self._clips):
            raise ArgumentError(f"there is no clip {brief(id)} here: load the page again")
        return self._clips[id]

    def field(self, body: Mapping[str, Any]) -> bytes:
        """The field of a look on a clip, or where it names a camera, on that, see `fields`."""
        if "camera" not in body:
            return self.opened(body.get("clip")).field(body)
        from .fields import field_of_camera  # it imports NumPy

        return field_of_camera(body, self.command_line.settings)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """What all pages are told: which clip is open, and how far the question under way is.

        "clip" events have the id of the open clip, one now and one whenever another is opened;
        for those of "progress" see `child.answer`. They end with the studio.
        """
        told = [_NO_PROGRESS]
        while not self.closing.is_set():
            changed, clip = self._changed, self.clip
            due = [{"type": "clip", "id": clip.id if clip else None}, self._progress]
            for event in due:
                if event not in told:
                    yield event
            told = due
            waits = [asyncio.ensure_future(event.wait()) for event in (changed, self.closing)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def prepare(self) -> None:
        """Decode the clip, and start the process for questions, before the page needs them."""
        if self.clip:
            with suppress(RollscanError, OSError):  # the page's own request reports the error
                reel, _ = await self.opened().reel()
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
                await save(chunks, path)
                clip = await asyncio.to_thread(_open_upload, path, display_name(name))
            except BaseException:
                discard(path)
                raise
            self._open(clip)
            return clip

    async def upload_for(self, option: str, name: str, chunks: AsyncIterator[bytes]) -> str:
        """Save a file that a browser sends for an option, and return its id, see `Uploads.add`."""
        path = self._folder / f"file-{next(self._numbers)}"
        try:
            await save(chunks, path)
            return await asyncio.to_thread(self.command_line.uploads.add, option, name, path)
        except BaseException:
            discard(path)
            raise

    @asynccontextmanager
    async def received(self, name: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[Path]:
        """A file that a browser sends, for as long as the block lasts.

        name, chunks: as of `upload`. Errors about it name it as the browser does.
        """
        path = self._folder / f"read-{next(self._numbers)}"
        try:
            await save(chunks, path)
            yield path
        except RollscanError as error:
            message = str(error).replace(str(path), display_name(name))
            raise type(error)(message, *error.names) from error
        finally:
            discard(path)

    def make(self, opened: OpenClip, options: Any, *, replace: bool = False) -> Order:
        """Queue the job that the options request.

        Raises RollscanError where they are wrong, and ReplacesError where a file exists that would
        be replaced, and that no job of this studio has made, unless `replace` is true.
        """
        folder = self.jobs.folder_for_next()
        try:
            requested = opened.parse(options, folder)
            try:
                targets = checked_targets(requested.job)
            except RollscanError as error:
                raise type(error)(requested.in_words(str(error)), *error.names) from error
            pictures = (getattr(requested.job, name) for name in OUTPUTS if name not in FORMATS)
            for path in (*(target.path for target in targets), *filter(None, pictures)):
                if not (replace or self.jobs.has_made(path)) and path.exists():
                    raise ReplacesError(f"{path} exists already, and would be replaced.")
            return self.jobs.add(requested, folder)
        except BaseException:
            folder.rmdir()
            raise

    def in_words(self, message: str) -> str:
        """A message without the paths of the studio's own files."""
        return self.opened().in_words(message) if self.clip else message

    async def close(self) -> None:
        """End all jobs, questions and decoding."""
        self.closing.set()
        self.over.set()
        for opened in self._clips.values():
            opened.close()
        end_all_ffmpegs()
        await asyncio.gather(self.jobs.close(), self.questions.close())

    def _note_progress(self, event: dict[str, Any] | None) -> None:
        self._progress = event or _NO_PROGRESS
        self._announce()

    def _announce(self) -> None:
        """Wake all who wait for events."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _open(self, clip: Clip) -> None:
        """Open a clip in place of the current one, and remove old uploads that no job needs."""
        if self._clips:
            last = self.opened()
            last.close()
            if last.clip.own:
                self._old_uploads.append(last.clip)
        self._clips[clip.id] = OpenClip(clip, self.command_line, self.questions, self._folder)
        if len(self._clips) > _MAX_CLIPS:
            self._clips.popitem(last=False)
        self._announce()
        needed = {order.requested.job.input for order in self.jobs.under_way}
        for old in [old for old in self._old_uploads if old.input.opened not in needed]:
            self._old_uploads.remove(old)
            discard(old.input.opened)


def _open_upload(path: Path, name: str) -> Clip:
    """Open an uploaded file. Raises SourceError, with its display name, where it is no video."""
    try:
        return Clip(Path(name), Probe(path).facts(), own=True)
    except RollscanError as error:
        raise SourceError(str(error).replace(str(path), name)) from error
