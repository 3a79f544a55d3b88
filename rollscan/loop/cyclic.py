"""Owns the period: makes a video's frames cyclic, with the pre-roll that fills the history."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import numpy as np

from ..checks import check_choice
from ..errors import ArgumentError, SourceError
from ..frames import Frame, Source
from ..look import LOOPS
from .spool import Spool


class Cut:
    """The frames as they are, once: no cycle, no pre-roll.

    Every kind of loop is iterable, from `pre_roll` frames before its frame 0 on, and has a
    `period`. This one ends there; the others never end, and frame k comes again at k + period.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.pre_roll = 0
        self.period = len(source)

    def __iter__(self) -> Iterator[Frame]:
        return self._source.frames()

    def close(self) -> None:
        """Let go of frames set aside, if any."""


class Wrap(Cut):
    """The frames again and again. None are set aside: the last are read twice, for the pre-roll."""

    def __init__(self, source: Source, pre_roll: int) -> None:
        super().__init__(source)
        self.pre_roll = pre_roll

    def __iter__(self) -> Iterator[Frame]:
        first = -self.pre_roll % self.period
        while True:
            frame = None
            for frame in self._from(first):
                yield frame
            if frame is None:
                raise SourceError(
                    f"no frame came from frame {first} on, of {len(self._source)} there were: check"
                    " whether the video is still there and whole"
                )
            first = 0

    def _from(self, first: int) -> Iterator[Frame]:
        """The frames of one period, from frame `first` on."""
        return self._source.frames(first)


class Crossfade(Wrap):
    """The frames after the first `fade`; the last `fade` of them blend into those first ones.

    So the last frame leads into the one after the first `fade`, which is the cycle's frame 0.
    Those first ones are set aside in a Spool.
    """

    def __init__(self, source: Source, pre_roll: int, fade: int) -> None:
        super().__init__(source, pre_roll)
        self.period -= fade
        self._fade = fade
        self._lead = Spool(source.frames(0, fade))

    def _from(self, first: int) -> Iterator[Frame]:
        unblended = self.period - self._fade
        for k, frame in enumerate(self._source.frames(self._fade + first), first):
            into = k - unblended
            yield frame if into < 0 else self._blend(frame, into)

    def _blend(self, frame: Frame, into: int) -> Frame:
        share = (into + 1) / (self._fade + 1)
        blend = frame * np.float32(1 - share) + self._lead[into] * np.float32(share)
        return blend if frame.dtype.kind == "f" else np.rint(blend).astype(frame.dtype)

    def close(self) -> None:
        """Let go of the first frames."""
        self._lead.close()


class Boomerang(Cut):
    """Forward, then backward without the two end frames again. All frames go through a Spool."""

    def __init__(self, source: Source, pre_roll: int) -> None:
        super().__init__(source)
        self.pre_roll = pre_roll
        self.period = max(1, 2 * len(source) - 2)
        self._spool = Spool(source.frames())

    def __iter__(self) -> Iterator[Frame]:
        for k in count(-self.pre_roll):
            forward = k % self.period
            yield self._spool[min(forward, -k % self.period)]

    def close(self) -> None:
        """Let go of the frames."""
        self._spool.close()


def looped(source: Source, loop: str, pre_roll: int, *, fade: float, rate: float) -> Cut:
    """The source as the kind of loop that `loop` names; "match" wraps, its part being cut already.

    pre_roll: frames that fill the history. fade: seconds of a crossfade. rate: frames per second.
    Raises ArgumentError for an unknown kind, and for a fade that takes no frame or over half.
    """
    check_choice("loop", loop, LOOPS)
    if loop == "cut":
        return Cut(source)
    if loop in ("wrap", "match"):
        return Wrap(source, pre_roll)
    if loop == "boomerang":
        return Boomerang(source, pre_roll)
    most = (len(source) - 1) // 2
    if most < 1:
        raise ArgumentError(
            f"the clip has {len(source)} frames, a crossfade needs 3: give a longer part, or"
            " another loop"
        )
    if not (0 < fade < math.inf and 1 <= round(fade * rate) <= most):
        raise ArgumentError(
            f"fade is {fade} s: give from {1 / rate:.2f} to {most / rate:.2f} s, half the clip",
            "fade",
        )
    return Crossfade(source, pre_roll, round(fade * rate))
