"""Owns smooth history: rows of the slit that are interpolated between frames. Knows no files."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..frames import Frame, both_of, copied
from .interpolate import Floats, Interpolation, greatest_change

LONGEST_HOLD = 6  # frames that show one picture, as of 10 fps in 60 fps; more are a video at rest
MARGIN = 4 * LONGEST_HOLD  # frames: older ones do not affect an interpolation

_REPEATED = 0.15  # of the changes around it: a frame that changes by less repeats the one before
_MOST_MOMENTS = 8  # the greatest number of moments that are averaged in one row of history
# The rows on each side of the slit from which the motion is computed: a minimum, and the fraction
# 1 / _REACH of the picture.
_LEAST_REACH, _REACH = 32, 8


@dataclass
class Step:
    """A distinct picture of the video, and the consecutive frames that show it, numbered from 0."""

    frame: Frame
    first: int
    last: int
    between: Interpolation | None = None  # interpolates to the next step, in a band of rows
    band: tuple[int, int] = (0, 0)  # the first row of the band, and the one after its last

    @property
    def at(self) -> float:
        """Its time in frames: the middle of those that show it, so that uneven repeats even out."""
        return (self.first + self.last) / 2


class Steps:
    """An iterator over frames that finds the steps among them, and reads ahead to do so.

    A frame is a repeat, and no step, if it differs from the one before far less than the frames
    shortly before and shortly after it do. So while a video is at rest, no frame is a repeat.
    Frames are numbered from 0. An exception that is raised in reading ahead is raised again when
    its frame is due.
    """

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._read = 0  # frames read so far
        self._held: dict[int, Frame] = {}  # by number: not yet taken, or not yet in a step
        self._changes: dict[int, float] = {}  # by number: the change from the frame before
        self._end: Exception | None = None  # what was raised after the last frame
        self._steps: deque[Step] = deque()
        self.taken = -1  # the number of the frame taken last

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        if not self._has(self.taken + 1) and self._end:
            raise self._end
        self.taken += 1
        self._changes.pop(self.taken - MARGIN, None)
        return self._held[self.taken]

    def around(self, moment: float) -> tuple[Step, Step]:
        """The latest step at a moment, and the step after it.

        Before the first step, it is the first one; after the last step, both are the last one.

        moment: in frames, at most 1.5 frames before the frame taken last.
        """
        while not self._steps or self._steps[-1].at <= moment:
            if not self._find():
                break
        while len(self._steps) > 1 and self._steps[1].at <= self.taken - 1.5:
            self._steps.popleft()
        number = max(sum(step.at <= moment for step in self._steps) - 1, 0)
        return self._steps[number], self._steps[min(number + 1, len(self._steps) - 1)]

    def _find(self) -> bool:
        """Find the next step. Returns False if there are no more frames."""
        first = self._steps[-1].last + 1 if self._steps else 0
        if not self._has(first):
            return False
        last = first
        while last - first + 1 < LONGEST_HOLD and self._is_repeat(last + 1):
            last += 1
        self._steps.append(Step(both_of(self._held[first])[1], first, last))
        for number in [number for number in self._held if number < self.taken and number <= last]:
            del self._held[number]
        return True

    def _is_repeat(self, number: int) -> bool:
        if not self._has(number):
            return False
        change, reach = self._changes[number], LONGEST_HOLD - 1
        before = (self._changes.get(earlier, 0) for earlier in range(number - reach, number))
        after = range(number + 1, number + 1 + reach)
        return change < _REPEATED * max(before) and any(
            self._has(later) and change < _REPEATED * self._changes[later] for later in after
        )

    def _has(self, number: int) -> bool:
        """Whether there is a frame of this number. Reads frames up to it."""
        while self._read <= number and not self._end:
            try:
                frame = next(self._frames)
            except Exception as end:
                self._end = end
                break
            if isinstance(frame, np.ndarray):
                frame = copied(frame)  # its array may be reused for the next frame
            before = self._held.get(self._read - 1)
            self._held[self._read] = frame
            self._changes[self._read] = 0 if before is None else _change(before, frame)
            self._read += 1
        return number < self._read


def _change(before: Frame, after: Frame) -> float:
    """How much history changes from one frame to the next."""
    return greatest_change(both_of(before)[1], both_of(after)[1])


def reach_of(length: int) -> int:
    """How many rows around the slit its motion is computed from. length: the rows of a picture."""
    return max(_LEAST_REACH, length // _REACH)


class SmoothSlit:
    """Makes rows of history that show the slit at moments between frames.

    steps: the frames. A frame must have been taken from it before its rows are made.
    along: returns a view of a frame that rolls along axis 0. length: the rows of the picture, where
    frames are only the part of it around the slit; None for those of the frames.
    """

    def __init__(
        self, steps: Steps, along: Callable[[Frame], Frame], *, length: int | None = None
    ) -> None:
        self._steps, self._along, self._length = steps, along, length

    def rows(self, previous: int, latest: int, count: int, shown: int) -> Frame:
        """The first `shown` rows of history, the one next to the slit first: (shown, W, ...).

        Row j, from 1, shows the slit j / count frames ago, averaged over 1 / count frames. As many
        moments are averaged as things move pixels in that time, up to _MOST_MOMENTS.

        previous, latest: the row of the slit in the frame before the latest, and in the latest.
        count: how many rows history moved in between.
        """
        return self.at(previous, latest, count, np.arange(1, shown + 1))

    def at(self, previous: int, latest: int, count: float, numbers: Floats) -> Frame:
        """The rows of history with these numbers, which ascend and may be fractions. See `rows`.

        Each is averaged over 1 / count frames, and at most 1.5 frames old.
        """
        taken = self._steps.taken
        fine = self._fineness(previous, latest, count)
        within = (np.arange(fine) + 0.5) / fine - 0.5
        ago = ((numbers[:, None] + within) / count).ravel()  # frames
        places = latest + (previous - latest) * np.minimum(ago, 1)
        found = self._sampled(taken - ago, places)
        between = self._between(*self._steps.around(taken - 0.5), previous, latest)[0]
        return between.finished(found.reshape(-1, fine, *found.shape[1:]).mean(axis=1))

    def _fineness(self, previous: int, latest: int, count: float) -> int:
        """How many moments are averaged in a row of history."""
        before, after = self._steps.around(self._steps.taken - 0.5)
        between, top = self._between(before, after, previous, latest)
        fastest = max(between.speed(previous - top), between.speed(latest - top))
        frames = max(after.at - before.at, 1)
        return min(max(math.ceil(fastest / (frames * count)), 1), _MOST_MOMENTS)

    def _sampled(self, moments: Floats, places: Floats) -> Floats:
        """The row of the picture at each place and moment, which are in frames: (n, W, ...)."""
        low, high = int(places.min()), int(np.ceil(places.max()))
        found: list[Floats] = []
        done = 0  # moments that are done; they are in descending order
        while done < len(moments):
            before, after = self._steps.around(moments[done])
            count = int(np.count_nonzero(moments[done:] >= before.at)) or len(moments) - done
            between, top = self._between(before, after, low, high)
            part = slice(done, done + count)
            shares = (moments[part] - before.at) / max(after.at - before.at, 1)
            found.append(between.rows(places[part] - top, np.clip(shares, 0, 1)))
            done += count
        return np.concatenate(found)

    def _between(self, before: Step, after: Step, *places: int) -> tuple[Interpolation, int]:
        """The interpolation between two steps in a band around these rows, and its first row."""
        frame = self._along(before.frame)
        reach = reach_of(self._length or len(frame))
        first, stop = max(0, min(places) - reach), min(len(frame), max(places) + 1 + reach)
        lacking = max(before.band[0] - first, stop - before.band[1])
        if before.between is None or lacking > reach // 2:
            before.between = Interpolation(frame[first:stop], self._along(after.frame)[first:stop])
            before.band = first, stop
        return before.between, before.band[0]
