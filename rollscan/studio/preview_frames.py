"""Owns the preview's decoded frames: each part is decoded once, into a file, for all readers."""

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
from ..files import discard, read_at, temporary_room, write_at
from ..frames import Picture
from ..kinds import Crop
from ..limits import current_limits, within
from ..video.facts import Facts
from ..video.source import Video
from .clip import preview

# The start and the end of a part, and the width, the scale and the crop of its preview.
Key = tuple[float, float | None, int | None, float | None, Crop | None]

_GONE = "these frames were let go, for another clip or part: ask for them again"
_MAX_REELS = 3  # on disk at once, of up to 192 MiB each
_PATIENCE = 10.0  # seconds that a new reel waits for the readers of the one that it replaces
_CHUNK = 1 << 20  # bytes that are sent at a time, and that each reader holds in memory


class Reel:
    """The first `count` frames of a video as raw RGB in a file, which a thread decodes into it.

    Readers wait for frames that are not decoded yet. Make, read and close it in one event loop.

    path: of the file, which must not exist. readers: how many there are. idle: an event that is set
    while there are none. failed: the error that stopped the decoding, if any.
    """

    def __init__(self, video: Video, count: int, path: Path) -> None:
        self.video, self.count, self.path = video, count, path
        self.readers, self.idle = 0, asyncio.Event()
        self.idle.set()
        width, height = video.size
        self.bytes = count * width * height * 3
        self.failed: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        with temporary_room():
            self._file = path.open("x+b", buffering=0)
        self._lock = threading.Lock()  # of the file
        self._n_bytes = 0  # how many bytes of the file are written
        self._grown = asyncio.Event()  # set when more are, and then replaced by a new event
        self._closed = False
        arguments = (current_limits(), self._decode)
        self._thread = threading.Thread(target=within, args=arguments, daemon=True)
        self._thread.start()

    @property
    def is_complete(self) -> bool:
        """Whether every frame is decoded."""
        return self._n_bytes == self.bytes

    @property
    def has_ended(self) -> bool:
        """Whether no more frames will be decoded."""
        return self.is_complete or self.failed is not None or self._closed

    async def wait_for_first(self) -> None:
        """Wait until the first frames are decoded. Raises the error that stopped the decoding."""
        await self._more_than(0)

    async def wait_for_all(self) -> None:
        """Wait until every frame is decoded. Raises the error that stopped the decoding."""
        await self._more_than(self.bytes - 1)

    async def chunks(self) -> AsyncIterator[bytes]:
        """All the frames' bytes, as they are decoded.

        Raises the error that stopped the decoding, after the bytes that came before it.
        """
        sent = 0
        with self.in_use():
            while sent < self.bytes:
                await self._more_than(sent)
                length = min(_CHUNK, self._n_bytes - sent)
                chunk = await asyncio.to_thread(self._read, sent, length)
                sent += len(chunk)
                yield chunk

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Count as a reader within the `with` block, so that the reel is not closed at once."""
        self.readers += 1
        self.idle.clear()
        try:
            yield
        finally:
            self.readers -= 1
            if not self.readers:
                self.idle.set()

    def frame(self, k: int) -> Picture:
        """Frame `k` (0-based), which must be decoded already, as an array (H, W, 3) of uint8."""
        width, height = self.video.size
        frame = np.empty((height, width, 3), np.uint8)
        with self._lock:
            self._check_open()
            read_at(self._file, k * frame.nbytes, frame.data.cast("B"))
        return frame

    def close(self) -> None:
        """Stop decoding, and remove the file."""
        self._closed = True
        self.video.close()  # so that the thread ends, if it is still decoding
        with self._lock:
            self._file.close()
            discard(self.path)
        self._grow(0)

    async def _more_than(self, count: int) -> None:
        """Wait until more than `count` bytes are written."""
        while self._n_bytes <= count:
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

    def _decode(self) -> None:
        """Decode into the file, in a thread of its own."""
        at = 0
        try:
            for frame in self.video.frames(0, self.count):
                with self._lock:
                    write_at(self._file, at, frame.data.cast("B"))
                at += frame.nbytes
                self._grow_from_thread(frame.nbytes)
        except BaseException as error:
            if not self._closed:
                # The traceback refers to the frames' generator, which would keep ffmpeg running.
                self.failed = error.with_traceback(None)
                self._grow_from_thread(0)

    def _grow_from_thread(self, n_bytes: int) -> None:
        with suppress(RuntimeError):  # the event loop is closed
            self._loop.call_soon_threadsafe(self._grow, n_bytes)

    def _grow(self, n_bytes: int) -> None:
        """Note that more bytes are written, and wake the readers that wait."""
        self._n_bytes += n_bytes
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()


class Reels:
    """The reels of the last few parts of one clip. folder: for their files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reels: OrderedDict[Key, Reel] = OrderedDict()  # the least recently used one is first
        self._lock = asyncio.Lock()
        self._closed = False

    async def get(self, facts: Facts, key: Key) -> Reel:
        """The reel of a part at a size, which is made if there is none.

        facts: about the part. Raises SourceError where the reels are closed, and the error that
        stopped the decoding of the last one, once; a further call decodes it anew.
        """
        async with self._lock:
            if key in self._reels and (error := self._reels[key].failed):
                self._reels.pop(key).close()
                raise error
            if key not in self._reels:
                await self._make_room()
                if self._closed:
                    raise SourceError(_GONE)
                video, frames = preview(facts, width=key[2], scale=key[3], crop=key[4])
                path = self._folder / f"frames-{secrets.token_hex(4)}"
                self._reels[key] = Reel(video, frames, path)
            self._reels.move_to_end(key)
            return self._reels[key]

    def complete(self, key: Key) -> Reel | None:
        """The reel of a part at a size, if every frame of it is decoded."""
        reel = self._reels.get(key)
        return reel if reel and reel.is_complete else None

    def close(self) -> None:
        """Close all reels."""
        self._closed = True
        for reel in self._reels.values():
            reel.close()
        self._reels.clear()

    async def _make_room(self) -> None:
        """Close reels until there is room for another one, those that nobody reads first.

        A reel that nobody reads and that is still being decoded is closed in any case.
        """
        for key, reel in list(self._reels.items()):
            if not reel.readers and not reel.has_ended:
                self._reels.pop(key).close()
        while len(self._reels) >= _MAX_REELS:
            idle = (key for key, reel in self._reels.items() if not reel.readers)
            key = next(idle, next(iter(self._reels)))
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._reels[key].idle.wait(), _PATIENCE)
            if key in self._reels:  # it is gone if the reels were closed meanwhile
                self._reels.pop(key).close()
