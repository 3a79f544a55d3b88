"""Owns the way of frames into an effect: in turn, up to the one on display. Knows no pictures."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import numpy as np

from ..checks import check_whole, is_number
from ..errors import ArgumentError, RewindError
from ..frames import Frame

_EARLY = 1e-6  # of a frame: k / fps, rounded, may fall this much short of frame k


class Composer(ABC):
    """A composition of a sequence of frames, as a function of time.

    frames: iterable of (H, W, ...) arrays, all of one shape and dtype; read, never written.
    fps: rate at which they arrive, in frames per second.
    pre_roll: how many of the first frames come before frame 0, and only fill the history.

    Raises ArgumentError (a ValueError) where one of these is out of range. A kind of composition
    calls `_start` when it has checked its own settings.
    """

    def __init__(self, frames: Iterable[Frame], fps: float, *, pre_roll: int) -> None:
        if not (is_number(fps) and 0 < fps < math.inf):
            raise ArgumentError(f"fps is {fps!r}: give frames per second over 0")
        if not isinstance(frames, Iterable):
            raise ArgumentError(f"frames is {frames!r}: give a list, or an iterator, of frames")
        check_whole("pre_roll", pre_roll, least=0)
        self.fps = fps
        self._frames = frames
        self._pre_roll = pre_roll
        self._iterator: Iterator[Frame] | None = None
        self._frame: Frame = np.empty(0)  # taken last
        self._closed = False

    @abstractmethod
    def _begin(self, like: Frame) -> None:
        """Forget all frames, and be ready for such as this one."""

    @abstractmethod
    def _take_in(self, frame: Frame, index: int) -> None:
        """Take in frame `index`, which is negative in the pre-roll."""

    @abstractmethod
    def _composed(self) -> Frame:
        """The composition of the frames up to the one taken last, new."""

    def make_frame(self, t: float) -> Frame:
        """The composed frame on display at `t` seconds: (H, W, 3) uint8, new, the caller's to keep.

        Takes in every frame up to then; after the last one, the last composition stays. An earlier
        t than before starts the frames over, or raises RewindError if they can be had only once.
        """
        if not 0 <= t < math.inf:
            raise ArgumentError(f"t is {t}: give seconds, 0 or more")
        if self._closed:
            raise RewindError("the frames were closed, so no more can be had: open the clip again")
        index = math.floor(t * self.fps + _EARLY)
        if index < self._index:
            self._start()
        while self._index < index and self._take():
            pass
        return self._composed()

    def close(self) -> None:
        """Let go of the frames, and of whatever they hold open; there are no more after this."""
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        if close := getattr(self._iterator, "close", None):
            close()

    def _start(self) -> None:
        """Begin the frames, or begin them again: through the pre-roll up to frame 0."""
        if self._iterator is not None:
            if self._iterator is self._frames:
                raise RewindError(
                    "an earlier frame was asked for, but the frames come from an iterator that runs"
                    " only once: give a list, or an object whose __iter__ starts over"
                )
            self._let_go()
        self._iterator = iter(self._frames)
        self._index = -self._pre_roll - 1  # of the frame taken last; 0 is the first one shown
        while self._index < 0:
            if not self._take():
                had = self._index + self._pre_roll + 1
                raise ArgumentError(
                    f"frames holds {had} of the {self._pre_roll + 1} needed: give at least one"
                    " frame after the pre-roll"
                )

    def _take(self) -> bool:
        """Take in the next frame; False, and nothing changed, where there is none."""
        assert self._iterator is not None
        try:
            frame = next(self._iterator)
        except StopIteration:
            return False
        if not isinstance(frame, np.ndarray) or frame.ndim < 2 or not frame.size:
            what = getattr(frame, "shape", type(frame).__name__)
            raise ArgumentError(f"frames has a frame that is {what}: give (H, W, 3) arrays")
        if self._index < -self._pre_roll:
            self._begin(frame)
        elif frame.shape != self._frame.shape or frame.dtype != self._frame.dtype:
            raise ArgumentError(
                f"frames changes from {self._frame.shape} {self._frame.dtype} to {frame.shape}"
                f" {frame.dtype}: give frames of one shape and type"
            )
        self._index += 1
        self._take_in(frame, self._index)
        self._frame = frame
        return True
