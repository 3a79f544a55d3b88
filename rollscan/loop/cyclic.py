"""Owns the frames of a loop, with the pre-roll that fills the history."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from itertools import islice

import numpy as np

from ..errors import SourceError
from ..frames import Dissolve, Frame, Source, rounded_as, strips
from .loops import NONE, Loop
from .spool import Spool
from .switch import Switch, switch_of


class Cyclic:
    """The frames of a loop, from `pre_roll` frames before its frame 0. It can be iterated again.

    The frames of a cyclic loop never end: frame k + period is frame k. The frames of a loop that is
    not cyclic come once, without a pre-roll.

    source: the frames to loop. If the loop uses them in order, they are read once each round, and
        only those that are blended with others are set aside in a Spool. Otherwise, all of them
        are set aside, and read once.
    loop: the kind of loop. pre_roll: frames before frame 0. rate: of the source, in frames per
        second. once: whether the frames up to frame 0 are all that anybody looks at. Each later
        one is then frame 0 again, and nothing is read for it; and without a loop, there is a
        pre-roll all the same. switches: whether frames in which the loop dissolves are yielded as a
        Dissolve, with what history takes of them. like: another loop of as many frames, in whose
        moments pixels switch; such as that of the picture, for its mask.

    period: the number of frames in one round.

    Raises ArgumentError if the loop cannot be made of the source.
    """

    def __init__(
        self,
        source: Source,
        loop: Loop,
        pre_roll: int,
        *,
        rate: float,
        once: bool = False,
        switches: bool = False,
        like: Cyclic | None = None,
    ) -> None:
        loop.check(len(source), rate)
        self._source = source
        self._table = loop.table(len(source), rate)
        self._is_cyclic = loop.cyclic or once
        self.period = len(self._table)
        self.pre_roll = pre_roll if self._is_cyclic else 0
        self._once = once
        self._aside = self._table.aside
        self._spool = Spool(self._read(self._aside)) if self._aside else None
        self._dissolve = loop.dissolve(len(source), rate) if switches else range(0)
        self._ends: Spool | None = None  # the first pictures of the dissolve
        self._like = like

    def __iter__(self) -> Iterator[Frame]:
        frames = self._rounds()
        if not self._once:
            yield from frames
            return
        with closing(frames):
            for frame in islice(frames, self.pre_roll + 1):
                yield frame
        while True:
            yield frame

    def _rounds(self) -> Generator[Frame, None, None]:
        """The frames, one round after the other."""
        first = -self.pre_roll % self.period
        while True:
            frame = None
            for frame in self._round(first):
                yield frame
            if not self._is_cyclic:
                return
            if frame is None:
                raise SourceError(
                    f"no frame came from frame {first} on, of {len(self._source)} there were: check"
                    " whether the video is still there and whole"
                )
            first = 0

    def close(self) -> None:
        """Close the spools, if there are any."""
        for spool in (self._spool, self._ends):
            if spool:
                spool.close()

    def _round(self, first: int) -> Iterator[Frame]:
        """The frames of one period, from frame `first` on."""
        table, dissolve = self._table, self._dissolve
        plain = range(first, dissolve.start if dissolve else self.period)
        begin, stop = first, plain.stop
        if dissolve and self._ends is None:  # read on, as its frames are to be set aside
            begin, stop = min(first, dissolve.start), self.period
        under = table.under[begin:stop]
        frames = self._in_order(under) if table.is_in_order else map(self._stored, under)
        for k, frame in zip(plain, frames, strict=False):
            over = table.over[k]
            yield frame if over == NONE else _blend(frame, self._stored(over), *table.shares[k])
        self._ends = self._ends or (Spool(frames) if dissolve else None)
        for k in dissolve[max(0, first - dissolve.start) :]:
            pair = self._pair(k)
            live = _blend(*pair, *table.shares[k])
            yield Dissolve.of(live, self.switch.mixed(k - dissolve.start, *pair))

    @cached_property
    def switch(self) -> Switch:
        """What history takes of the dissolve."""
        if self._like:
            return self._like.switch
        return switch_of(map(self._pair, self._dissolve))

    def _pair(self, k: int) -> tuple[Frame, Frame]:
        """The two pictures of a frame of the dissolve."""
        if self._ends is None:
            self._ends = Spool(self._in_order(self._table.under[self._dissolve.start :]))
        try:
            return self._ends[k - self._dissolve.start], self._stored(self._table.over[k])
        except IndexError:
            raise SourceError(
                f"not all of the {len(self._source)} frames came that there were: check whether the"
                " video is still there and whole"
            ) from None

    def _in_order(self, numbers: Sequence[int]) -> Iterator[Frame]:
        """The frames with these numbers, which must not decrease."""
        at = 0
        read = self._read(range(numbers[0], numbers[-1] + 1))
        for number, frame in enumerate(read, numbers[0]):
            while at < len(numbers) and numbers[at] == number:
                yield frame
                at += 1

    def _stored(self, number: int) -> Frame:
        """A frame of the source that was set aside."""
        assert self._spool
        return self._spool[number - self._aside.start]

    def _read(self, numbers: range) -> Iterator[Frame]:
        """The frames of the source with these numbers."""
        stop = None if numbers.stop == len(self._source) else numbers.stop
        return self._source.frames(numbers.start, stop)


def _blend(under: Frame, over: Frame, *shares: float) -> Frame:
    """The weighted sum of two frames, rounded if their dtype is an integer."""
    blend = np.empty_like(under)
    for rows in strips(len(blend)):
        mixed = under[rows] * np.float32(shares[0]) + over[rows] * np.float32(shares[1])
        blend[rows] = rounded_as(mixed, blend)
    return blend
