"""Owns a part of the clip at the preview's size: decoded once, into a file, for many to read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..errors import SourceError
from ..frames import Picture
from ..loop.spool import temporary_room
from ..video.source import Video

_GONE = "these frames were let go, for another clip or part: ask for them again"
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
        self._thread = threading.Thread(target=self._fill, daemon=True)
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
        self.readers += 1
        self.unread.clear()
        try:
            while sent < self.bytes:
                await self._more_than(sent)
                length = min(_CHUNK, self._there - sent)
                chunk = await asyncio.to_thread(self._read, sent, length)
                sent += len(chunk)
                yield chunk
        finally:
            self.readers -= 1
            if not self.readers:
                self.unread.set()

    def frame(self, k: int) -> Picture:
        """Frame `k` (0-based), which must be there: (H, W, 3) uint8."""
        width, height = self.video.size
        size = width * height * 3
        return np.frombuffer(self._read(k * size, size), np.uint8).reshape(height, width, 3)

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
            if self._closed:
                raise SourceError(_GONE)
            await self._grown.wait()

    def _read(self, at: int, length: int) -> bytes:
        with self._lock:
            if self._closed:
                raise SourceError(_GONE)
            self._file.seek(at)
            return self._file.read(length)

    def _fill(self) -> None:
        """Decode, in a thread of its own."""
        at = 0
        try:
            for frame in self.video.frames(0, self.count):
                missing = frame.data.cast("B")
                with self._lock, temporary_room():
                    self._file.seek(at)
                    while missing:
                        missing = missing[self._file.write(missing) :]
                at += frame.nbytes
                self._say(frame.nbytes)
        except BaseException as error:
            if not self._closed:
                self.failed = error
                self._say(0)

    def _say(self, more: int) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._tell, more)

    def _tell(self, more: int) -> None:
        self._there += more
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()
