"""Owns a part of the clip at the preview's size: decoded once, into a nameless file, for many."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

import numpy as np

from ..errors import SourceError
from ..frames import Picture
from ..loop.spool import temporary_room
from ..video.source import Video

_CHUNK = 1 << 20  # bytes sent at a time: what each reader costs in memory


class Reel:
    """The first `count` frames of a video, raw, one after another, as they are decoded.

    A thread decodes; readers come and go, wait for what is not there yet, and each holds a chunk in
    memory. Made, closed and read in the event loop that it belongs to.
    """

    def __init__(self, video: Video, count: int) -> None:
        self.video, self.count = video, count
        width, height = video.size
        self.bytes = count * width * height * 3
        self.failed: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        with temporary_room():
            self._file = tempfile.TemporaryFile(prefix="rollscan-", buffering=0)  # noqa: SIM115
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
        while sent < self.bytes:
            await self._more_than(sent)
            length = min(_CHUNK, self._there - sent)
            chunk = await asyncio.to_thread(self._read, sent, length)
            sent += len(chunk)
            yield chunk

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
        self._tell(0)

    async def _more_than(self, count: int) -> None:
        while self._there <= count:
            if self.failed:
                raise self.failed
            if self._closed:
                raise SourceError("another clip was opened meanwhile: load this page anew")
            await self._grown.wait()

    def _read(self, at: int, length: int) -> bytes:
        with self._lock:
            if self._closed:
                raise SourceError("another clip was opened meanwhile: load this page anew")
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
