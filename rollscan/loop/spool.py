"""Owns frames that are set aside on disk for random access."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator

import numpy as np

from ..errors import RewindError
from ..files import nameless_file, read_at, write_at
from ..frames import Frame


class Spool:
    """Random access to the frames of an iterator, which are read once and stored on disk.

    They lie uncompressed in a nameless file in the system's temporary folder (TMPDIR). The file is
    deleted by close(), with the Spool, or when the program ends in any way. Memory holds one frame
    at a time. spool[i] is a new array, (H, W, 3) uint8. Threads may share a spool.

    If the iterator raises an exception, so does every later access to a frame that it has not
    yielded. Raises IndexError for a frame after the last one, RewindError after close(), and
    OutputError if the temporary folder is full.
    """

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._file = nameless_file()
        self._finalizer = weakref.finalize(self, self._file.close)
        self._count = 0
        self._like = np.empty(0)
        self._failed: BaseException | None = None  # what interrupted the frames
        self._lock = threading.RLock()

    def close(self) -> None:
        """Delete the frames and their file."""
        with self._lock:
            self._finalizer()

    @property
    def count(self) -> int:
        """The number of frames that have been read."""
        return self._count

    def fill(self) -> None:
        """Read all frames of the iterator."""
        with self._lock:
            while self._append():
                pass

    def __getitem__(self, i: int) -> Frame:
        with self._lock:
            self._check_open()
            while self._count <= i:
                if not self._append():
                    raise IndexError(f"frame {i} of {self._count}")
            frame = np.empty_like(self._like)
            read_at(self._file, i * frame.nbytes, frame.data.cast("B"))
            return frame

    def _append(self) -> bool:
        """Store the next frame. Returns False if there is none."""
        self._check_open()
        if isinstance(self._failed, Exception):
            raise self._failed
        if self._failed:
            raise RewindError("the frames were interrupted as they were set aside: start again")
        try:
            frame = next(self._frames, None)
            if frame is None:
                return False
            self._like = frame
            data = np.ascontiguousarray(frame).data.cast("B")
            write_at(self._file, self._count * frame.nbytes, data)
        except BaseException as error:
            self._failed = error  # the iterator has lost a frame that is not in the file
            raise
        self._count += 1
        return True

    def _check_open(self) -> None:
        """Raise RewindError after close()."""
        if self._file.closed:
            raise RewindError("the frames set aside were let go: open the clip again")
