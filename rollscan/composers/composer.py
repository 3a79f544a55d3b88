"""Owns Composer, the base of all compositions: it feeds them frames in order, up to a time."""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

import numpy as np

from ..checks import brief, check_whole, is_number, plain
from ..counting import whole_floor
from ..errors import ArgumentError, RewindError
from ..frames import Frame, both_of, check_frame, check_frames
from ..kinds import Area
from .still_area import StillArea

if TYPE_CHECKING:
    from typing_extensions import Self


class Composer(ABC):
    """A composition of a sequence of frames, as a function of time.

    frames: iterable of (H, W, ...) arrays, all of one shape and dtype; read, never written.
    fps: rate at which they arrive, in frames per second.
    pre_roll: how many of the first frames come before frame 0, and only fill the history.

    A copy.copy of a composer reads the frames from the first one, independently of the original.
    Threads may share a composer. It can be neither pickled nor deeply copied.

    Raises ArgumentError (a ValueError) if one of these is out of range. A subclass calls `_start`
    at the end of its __init__, once it has checked its own settings.
    """

    _still: StillArea | None = None

    def __init__(self, frames: Iterable[Frame], fps: float, *, pre_roll: int) -> None:
        if not (is_number(fps) and 0 < fps < math.inf):
            raise ArgumentError(f"fps is {brief(fps)}: give frames per second over 0")
        check_frames(frames)
        check_whole("pre_roll", pre_roll, least=0)
        self.fps = plain(fps)
        self._frames = frames
        self._pre_roll = int(pre_roll)
        self._iterator: Iterator[Frame] | None = None
        self._frame: Frame = np.empty(0)  # the latest one taken in, as the live side shows it
        self._past: Frame = self._frame  # the same, as history takes it, see Dissolve
        self._initial_state: dict[str, Any] = {}  # the attributes before the first frame was taken
        self._failed: BaseException | None = None  # what interrupted the frames
        self._closed = False
        self._lock = threading.RLock()

    @abstractmethod
    def _begin(self, like: Frame) -> None:
        """Discard all frames, and prepare for frames of the shape and dtype of this one."""

    @abstractmethod
    def _take_in(self, frame: Frame, index: int) -> None:
        """Take in frame `index`, which is negative in the pre-roll."""

    @abstractmethod
    def _composed(self) -> Frame:
        """The composition of the frames taken in so far, as a new array."""

    def _with_lookahead(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames to take in. A subclass that has to look ahead wraps them here."""
        return frames

    def make_frame(self, t: float) -> Frame:
        """The composed frame on display at `t` seconds, as a new array: (H, W, 3) uint8.

        Takes in every frame up to that time. After the last frame, the last composition stays. A t
        before the latest frame makes the frames start over. So does any t after reading them has
        raised an exception.

        Raises RewindError if the frames have to start over but come from an iterator; if that
        iterator has failed, its exception is raised again. Raises ArgumentError for a t that is
        negative or not a number, and for frames that differ in shape or dtype.
        """
        if not (is_number(t) and 0 <= float(t) * self.fps < math.inf):
            raise ArgumentError(f"t is {brief(t)}: give seconds, 0 or more")
        index = whole_floor(float(t) * self.fps)
        with self._lock:
            self._check_open()
            self._advance(index)
            return self._finished()

    def __iter__(self) -> Iterator[Frame]:
        """Iterate over the composed frames from frame 0, as make_frame returns them.

        Raises what make_frame raises: RewindError, for one, if the frames come from an iterator
        and frame 0 has passed.
        """
        index = 0
        while True:
            with self._lock:
                self._check_open()
                self._advance(index)
                if self._index < index:
                    return
                picture = self._finished()
            yield picture
            index += 1

    def close(self) -> None:
        """Close the frames and whatever they hold open. No frames can be composed afterwards."""
        with self._lock:
            self._closed = True
            self._close_frames()

    def __copy__(self) -> Self:
        with self._lock:
            self._check_open()
            self._check_restartable()
        twin = object.__new__(type(self))
        twin.__dict__.update({**self.__dict__, **self._initial_state, "_lock": threading.RLock()})
        twin._start()
        return twin

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise ArgumentError(
            f"a {type(self).__name__} is in the midst of its frames, so it can be neither pickled"
            " nor deeply copied: make another of the same frames, or take copy.copy of it"
        )

    def keep_live(self, area: Area) -> None:
        """Show the live picture in a rectangle of all composed frames, with a soft edge.

        area: left, top, width and height, as fractions of the picture.
        """
        with self._lock:
            self._still = StillArea(area, (self._frame.shape[1], self._frame.shape[0]))

    def _finished(self) -> Frame:
        """The composed frame, with its still area."""
        picture = self._composed()
        if self._still:
            self._still.keep(picture, self._live())
        return picture

    def _live(self) -> Frame:
        """The picture of now, which is not to be changed."""
        return self._frame

    def _check_open(self) -> None:
        """Raise RewindError after close()."""
        if self._closed:
            raise RewindError("the frames were closed, so no more can be had: open the clip again")

    def _check_restartable(self) -> None:
        """Raise unless the frames can start over."""
        if self._iterator is not self._frames:
            return
        if isinstance(self._failed, Exception):
            raise self._failed
        raise RewindError(
            "the frames would have to start over, but they come from an iterator that runs only"
            " once: give a list, or an object whose __iter__ starts over"
        )

    def _close_frames(self) -> None:
        if close := getattr(self._iterator, "close", None):
            close()

    def _advance(self, index: int) -> None:
        """Take in the frames up to `index`. They start over if it has passed, or if they failed."""
        restart = index < self._index or self._failed is not None
        if restart:
            self._check_restartable()
        try:
            if restart:
                self._close_frames()
                self._start()
            while self._index < index and self._take():
                pass
        except BaseException as error:
            self._failed = error  # the current frame may be half taken in
            raise

    def _start(self) -> None:
        """Start the frames, or start them over, and take in the pre-roll and frame 0."""
        if self._iterator is None:
            self._initial_state = self.__dict__.copy()
        self._iterator = iter(self._frames)
        self._upcoming = self._with_lookahead(self._iterator)
        self._index = -self._pre_roll - 1  # of the latest frame taken in; 0 is the first one shown
        while self._index < 0:
            if not self._take():
                taken = self._index + self._pre_roll + 1
                raise ArgumentError(
                    f"frames holds {taken} of the {brief(self._pre_roll + 1)} needed: give at least"
                    " one frame after the pre-roll"
                )
        self._failed = None

    def _take(self) -> bool:
        """Take in the next frame. Returns False, and changes nothing, if there is none."""
        try:
            frame, past = both_of(next(self._upcoming))
        except StopIteration:
            return False
        is_first = self._index < -self._pre_roll
        check_frame(frame, None if is_first else self._frame)
        if is_first:
            self._begin(frame)
        self._index += 1
        self._past = past
        self._take_in(frame, self._index)
        self._frame = frame
        return True
