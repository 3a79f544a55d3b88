"""Owns parts of a clip at the preview's size: decoded once, into a file, for many to read."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from ..errors import SourceError
from ..files import read_at, temporary_room, write_at
from ..frames import Picture
from ..limits import current_limits, within
from ..video.facts import Facts
from ..video.source import Video
from .clip import preview

Key = tuple[float, float | None, int | None, float | None]  # start and end, width, scale

_GONE = "these frames were let go, for another clip or part: ask for them again"
_MOST_REELS = 3  # on disk at once: 192 MiB each
_PATIENCE = 10.0  # seconds that a new part waits for one that is being sent to somebody
_CHUNK = 1 << 20  # bytes sent at a time: what each reader costs in memory


class Reel:
    """The first `count` frames of a video, raw, one after another, as they are decoded.

    A thread decodes; readers come and go, wait for what is not there yet, and each holds a chunk in
    memory. Made, closed and read in the event loop that it belongs to.

    path: of the file. readers: how many there are. unread: set where there are none.
    """

    def __init__(self, video: Video, count: int, path: Path) -> None:
        self.video, self.count, self.path = video, count, path
        self.readers, self.unread = 0, asyncio.Event()
        self.unread.set()
        width, height = video.size
        self.bytes = count * width * height * 3
        self.failed: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        with temporary_room():
            self._file = path.open("x+b", buffering=0)
        self._lock = threading.Lock()  # of the file
        self._there = 0  # bytes
        self._grown = asyncio.Event()  # set, and another one taken, whenever there is more
        self._closed = False
        reading = (current_limits(), self._fill)
        self._thread = threading.Thread(target=within, args=reading, daemon=True)
        self._thread.start()

    @property
    def whole(self) -> bool:
        """Whether every frame is there."""
        return self._there == self.bytes

    @property
    def ended(self) -> bool:
        """Whether no more will come."""
        return self.whole or self.failed is not None or self._closed

    async def begun(self) -> None:
        """Wait for the first frame. Raises what stopped the decoding, if nothing came."""
        await self._more_than(0)

    async def finished(self) -> None:
        """Wait for the last frame. Raises what stopped the decoding."""
        await self._more_than(self.bytes - 1)

    async def chunks(self) -> AsyncIterator[bytes]:
        """All the bytes. Raises what stopped the decoding where there are no more."""
        sent = 0
        with self.held():
            while sent < self.bytes:
                await self._more_than(sent)
                length = min(_CHUNK, self._there - sent)
                chunk = await asyncio.to_thread(self._read, sent, length)
                sent += len(chunk)
                yield chunk

    @contextmanager
    def held(self) -> Iterator[None]:
        """In the block somebody reads, or is about to, so that it is not let go at once."""
        self.readers += 1
        self.unread.clear()
        try:
            yield
        finally:
            self.readers -= 1
            if not self.readers:
                self.unread.set()

    def frame(self, k: int) -> Picture:
        """Frame `k` (0-based), which must be there: (H, W, 3) uint8."""
        width, height = self.video.size
        frame = np.empty((height, width, 3), np.uint8)
        with self._lock:
            self._check_open()
            read_at(self._file, k * frame.nbytes, frame.data.cast("B"))
        return frame

    def close(self) -> None:
        """Stop decoding, and let go of the file."""
        self._closed = True
        self.video.close()  # so that the thread ends, if it still decodes
        with self._lock:
            self._file.close()
            self.path.unlink(missing_ok=True)
        self._tell(0)

    async def _more_than(self, count: int) -> None:
        while self._there <= count:
            if self.failed:
                raise self.failed
            self._check_open()
            await self._grown.wait()

    def _read(self, at: int, length: int) -> bytes:
        with self._lock:
            self._check_open()
            self._file.seek(at)
            return self._file.read(length)

    def _check_open(self) -> None:
        if self._closed:
            raise SourceError(_GONE)

    def _fill(self) -> None:
        """Decode, in a thread of its own."""
        at = 0
        try:
            for frame in self.video.frames(0, self.count):
                with self._lock:
                    write_at(self._file, at, frame.data.cast("B"))
                at += frame.nbytes
                self._say(frame.nbytes)
        except BaseException as error:
            if not self._closed:
                self.failed = error.with_traceback(None)  # which would keep ffmpeg running
                self._say(0)

    def _say(self, more: int) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._tell, more)

    def _tell(self, more: int) -> None:
        self._there += more
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()


class Reels:
    """The last few parts of one clip that are decoded, or being so. folder: for their files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reels: OrderedDict[Key, Reel] = OrderedDict()  # used last comes last
        self._room = asyncio.Lock()
        self._closed = False

    async def of(self, facts: Facts, key: Key) -> Reel:
        """A part at a size, from where it is decoded already, or from now on."""
        async with self._room:
            if key in self._reels and self._reels[key].failed:
                self._reels.pop(key).close()
            if key not in self._reels:
                await self._make_room()
                if self._closed:
                    raise SourceError(_GONE)
                video, frames = preview(facts, width=key[2], scale=key[3])
                path = self._folder / f"frames-{secrets.token_hex(4)}"
                self._reels[key] = Reel(video, frames, path)
            self._reels.move_to_end(key)
            return self._reels[key]

    def whole(self, key: Key) -> Reel | None:
        """The part, if every frame of it is there."""
        reel = self._reels.get(key)
        return reel if reel and reel.whole else None

    def close(self) -> None:
        """Let go of all."""
        self._closed = True
        for reel in self._reels.values():
            reel.close()
        self._reels.clear()

    async def _make_room(self) -> None:
        """Let go of parts until another one has room: first of what nobody reads."""
        for key, reel in list(self._reels.items()):
            if not reel.readers and not reel.ended:
                self._reels.pop(key).close()
        while len(self._reels) >= _MOST_REELS:
            idle = (key for key, reel in self._reels.items() if not reel.readers)
            key = next(idle, next(iter(self._reels)))
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._reels[key].unread.wait(), _PATIENCE)
            if key in self._reels:  # which a closing takes away
                self._reels.pop(key).close()
