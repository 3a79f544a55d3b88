"""Owns smooth history: what the slit showed between the frames. Knows no buffer and no files."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..frames import Frame
from .interpolate import Between, Floats, unlikeness

LONGEST_HOLD = 6  # frames that may show one picture, as 10 fps in a 60 fps file, and not be at rest
MARGIN = 4 * LONGEST_HOLD  # frames, before which the past has no bearing on what lies between two

_REPEATED = 0.15  # of the steps around it, below which a step only shows a picture again
_FINEST = 8  # moments that one row of history is the average of, at most
_LEAST_REACH, _REACH = 32, 8  # rows on each side of the slit: at least, and one in so many of all


@dataclass
class Step:
    """A picture that the video moved on to, and the frames that show it, numbered from 0."""

    frame: Frame
    first: int
    last: int
    between: Between | None = None  # it and the next one, in a band of rows
    band: tuple[int, int] = (0, 0)  # its first row, and the one after its last

    @property
    def at(self) -> float:
        """When it was so: the middle of its frames, so that uneven holds make even steps."""
        return (self.first + self.last) / 2


class Steps:
    """Frames as an iterator, which reads ahead as far as it takes to tell steps from repeats.

    A frame is a repeat if it differs from the one before far less than frames shortly before it
    and shortly after do; so where a video has come to rest, nothing is repeated. Frames are
    numbered from 0 as they come. What goes wrong in reading ahead is raised in its turn.
    """

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._read = 0  # frames
        self._held: dict[int, Frame] = {}  # by number: not taken yet, or in no step yet
        self._unlike: dict[int, float] = {}  # by number, how far a frame is from the one before
        self._end: Exception | None = None  # what came after the last frame
        self._steps: deque[Step] = deque()
        self.taken = -1  # the number of the frame taken last

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        if not self._has(self.taken + 1) and self._end:
            raise self._end
        self.taken += 1
        self._unlike.pop(self.taken - MARGIN, None)
        return self._held[self.taken]

    def around(self, moment: float) -> tuple[Step, Step]:
        """The step that was last at a moment, and the next one; at either end, the one at the end.

        moment: in frames, at most a frame and a half before the frame taken last.
        """
        while not self._steps or self._steps[-1].at <= moment:
            if not self._find():
                break
        while len(self._steps) > 1 and self._steps[1].at <= self.taken - 1.5:
            self._steps.popleft()
        number = max(sum(step.at <= moment for step in self._steps) - 1, 0)
        return self._steps[number], self._steps[min(number + 1, len(self._steps) - 1)]

    def _find(self) -> bool:
        """Find the next step; False where there are no more frames."""
        first = self._steps[-1].last + 1 if self._steps else 0
        if not self._has(first):
            return False
        last = first
        while last - first + 1 < LONGEST_HOLD and self._is_repeat(last + 1):
            last += 1
        self._steps.append(Step(self._held[first], first, last))
        for number in [number for number in self._held if number < self.taken and number <= last]:
            del self._held[number]
        return True

    def _is_repeat(self, number: int) -> bool:
        if not self._has(number):
            return False
        unlike, reach = self._unlike[number], LONGEST_HOLD - 1
        before = (self._unlike.get(earlier, 0) for earlier in range(number - reach, number))
        after = range(number + 1, number + 1 + reach)
        return unlike < _REPEATED * max(before) and any(
            self._has(later) and unlike < _REPEATED * self._unlike[later] for later in after
        )

    def _has(self, number: int) -> bool:
        """Whether there is a frame of this number; reads up to it."""
        while self._read <= number and not self._end:
            try:
                frame = next(self._frames)
            except Exception as end:
                self._end = end
                break
            if isinstance(frame, np.ndarray):
                frame = frame.copy()  # whoever gives it may use it again for the next one
            before = self._held.get(self._read - 1)
            self._held[self._read] = frame
            self._unlike[self._read] = 0 if before is None else unlikeness(before, frame)
            self._read += 1
        return number < self._read


class SmoothSlit:
    """What the slit showed between the frames, as rows of history.

    steps: the frames, each taken before its rows are asked for.
    along: turns a frame so that the roll is along axis 0.
    """

    def __init__(self, steps: Steps, along: Callable[[Frame], Frame]) -> None:
        self._steps, self._along = steps, along

    def rows(self, came: int, now: int, count: int, shown: int) -> Frame:
        """The first `shown` rows of history, the one next to the slit first: (shown, W, ...).

        came, now: the slit's row in the frame before the one taken last, and in that one.
        count: rows that history has moved on by in between, so many moments of the slit.
        Row j, from 1, shows the slit j / count frames ago, averaged over 1 / count frames: over
        as many moments as things move pixels in that time.
        """
        taken = self._steps.taken
        fine = self._fineness(came, now, count)
        within = (np.arange(fine) + 0.5) / fine - 0.5
        ago = ((np.arange(1, shown + 1)[:, None] + within) / count).ravel()  # frames
        places = now + (came - now) * np.minimum(ago, 1)
        found = self._looked_up(taken - ago, places)
        between = self._between(*self._steps.around(taken - 0.5), came, now)[0]
        return between.finished(found.reshape(shown, fine, *found.shape[1:]).mean(axis=1))

    def _fineness(self, came: int, now: int, count: int) -> int:
        """How many moments a row of history is the average of."""
        before, after = self._steps.around(self._steps.taken - 0.5)
        between, top = self._between(before, after, came, now)
        fastest = max(between.speed(came - top), between.speed(now - top))
        frames = max(after.at - before.at, 1)
        return min(max(math.ceil(fastest / (frames * count)), 1), _FINEST)

    def _looked_up(self, moments: Floats, places: Floats) -> Floats:
        """The row of the picture at each of these places and moments (in frames): (n, W, ...)."""
        low, high = int(places.min()), int(np.ceil(places.max()))
        found: list[Floats] = []
        done = 0  # of the moments, of which the latest come first
        while done < len(moments):
            before, after = self._steps.around(moments[done])
            count = int(np.count_nonzero(moments[done:] >= before.at)) or len(moments) - done
            between, top = self._between(before, after, low, high)
            part = slice(done, done + count)
            shares = (moments[part] - before.at) / max(after.at - before.at, 1)
            found.append(between.rows(places[part] - top, np.clip(shares, 0, 1)))
            done += count
        return np.concatenate(found)

    def _between(self, before: Step, after: Step, *places: int) -> tuple[Between, int]:
        """What lies between two steps in a band of rows round these; and the band's first row."""
        frame = self._along(before.frame)
        reach = max(_LEAST_REACH, len(frame) // _REACH)
        first, stop = max(0, min(places) - reach), min(len(frame), max(places) + 1 + reach)
        lacking = max(before.band[0] - first, stop - before.band[1])
        if before.between is None or lacking > reach // 2:
            before.between = Between(frame[first:stop], self._along(after.frame)[first:stop])
            before.band = first, stop
        return before.between, before.band[0]
