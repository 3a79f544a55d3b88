"""Owns the samples of a looped sound, which goes as the frames of the loop do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from ..files import nameless_file, temporary_room
from .loops import NONE, Table

Samples = npt.NDArray[np.int16]  # (n, 2): left and right

RATE = 48_000  # samples a second, as Opus and most cameras have it
EDGE = 0.005  # seconds that hide the step from or to silence
_SEAM = 0.03  # seconds before a jump in which the sound goes over into what led to its other side
_FORWARD, _BACKWARD, _HELD = 1, -1, 0


@dataclass(frozen=True)
class _Stretch:
    """Frames of a loop, from `start` up to `stop`, in which its sound goes one way.

    jumps: whether the sound does not go on from its end into the stretch that follows.
    """

    way: int
    start: int
    stop: int
    jumps: bool


def looped_sound(heard: Samples, table: Table, *, rate: float, first: int, length: int) -> Samples:
    """The sound of one period of a loop, in `length` samples, set aside on disk.

    heard: the source's; before and after it there is silence. rate: frames per second. first: the
    sample with which frame 0 of the source begins.
    Frames that come forward or backward are heard so, what is blended fades over, a frame that is
    held is silent. Where the sound jumps, it goes over into what led to where it jumps to, if that
    was heard; else, and beside silence, it falls and rises within EDGE seconds.
    """
    return _Looped(heard, table, rate, first, length).sound


class _Looped:
    """The sound of a loop, see looped_sound."""

    def __init__(self, heard: Samples, table: Table, rate: float, first: int, length: int) -> None:
        self._heard, self._table = heard, table
        self._rate, self._first, self._length = rate, first, length
        self.sound = blank(length)
        stretches = list(_stretches(table))
        for stretch in stretches:
            self._fill(stretch)
        led = set()  # ends of blends that lead into what follows
        for start, stop in _blends(table):
            if self._fade(start, stop):
                led.add(stop)
        for stretch, following in zip(stretches, [*stretches[1:], stretches[0]], strict=True):
            self._join(stretch, following, is_led=stretch.stop in led)

    def _place(self, frame: int) -> int:
        """The sample with which a frame of the source begins."""
        return self._first + round(frame / self._rate * RATE)

    def _end(self, frame: int) -> int:
        """The sample of the loop after the one with which frame `frame` begins; of 0, the first.

        So a stretch takes in the sample at which the next one turns back.
        """
        return min(frame * self._length // len(self._table) + 1, self._length) if frame else 0

    def _span(self, stretch: _Stretch) -> Samples:
        return self.sound[self._end(stretch.start) : self._end(stretch.stop)]

    def _fill(self, stretch: _Stretch) -> None:
        """Put in what is heard during a stretch."""
        under, period = self._table.under, len(self._table)
        start, stop = self._end(stretch.start), self._end(stretch.stop)
        if stretch.way == _FORWARD:
            begin = self._place(under[stretch.start]) + start
            begin -= round(stretch.start * self._length / period)
            self.sound[start:stop] = _piece(self._heard, begin, begin + stop - start)
        elif stretch.way == _BACKWARD:
            end = self._place(under[stretch.stop - 1] - 1)  # where the last frame has gone back to
            end += round(stretch.stop * self._length / period) - stop + 1
            self.sound[start:stop] = _piece(self._heard, end, end + stop - start)[::-1]

    def _fade(self, start: int, stop: int) -> bool:
        """Blend in what lies over some frames; whether it leads into what follows them."""
        under, over = self._table.under, self._table.over
        end = self._end(stop)
        count = min(round((stop - start) / self._rate * RATE), end)
        begin = self._place(over[start])
        share = (np.arange(count) + 0.5) / count
        leads = over[stop - 1] + 1 == under[stop % len(under)]
        if not leads and over[start] - 1 == under[start - 1]:
            share = share[::-1]  # it comes out of what was before
        elif not leads:
            share = np.full(count, np.mean([pair[1] for pair in self._table.shares[start:stop]]))
        _blend(self.sound[end - count : end], _piece(self._heard, begin, begin + count), share)
        return leads

    def _join(self, stretch: _Stretch, following: _Stretch, *, is_led: bool) -> None:
        """Hide the step from one stretch to the next, where there is one."""
        before, after = self._span(stretch), self._span(following)
        is_silent = _HELD in (stretch.way, following.way)
        if is_led or not (stretch.jumps or is_silent):
            return
        place = self._place(self._table.under[following.start])
        room = place if following.way == _FORWARD else len(self._heard) - place
        lead = min(round(_SEAM * RATE), room, len(before) // 4)
        if lead >= round(EDGE * RATE) and not is_silent:
            way = following.way
            into = _piece(self._heard, *sorted((place, place - way * lead)))[::way]
            _blend(before[-lead:], into, (np.arange(lead) + 0.5) / lead)
            return
        _rise(before[::-1])
        _rise(after)


def _stretches(table: Table) -> Iterator[_Stretch]:
    """The stretches of a period, in turn."""
    under, period = table.under, len(table)
    ways: list[tuple[int, bool]] = []  # of each frame: its way, and whether it jumps at its end
    for k in range(period):
        step = under[(k + 1) % period] - under[k]
        # In two frames, to turn back and to begin anew are the same.
        jumps = abs(step) > 1 or (k == period - 1 and period <= 2)
        before = ways[-1][0] if ways else _FORWARD
        ways.append((before or _FORWARD, True) if jumps else (step, False))
    start = 0
    for k, (way, jumps) in enumerate(ways, 1):
        if jumps or k == period or ways[k][0] != way:
            yield _Stretch(way, start, k, jumps)
            start = k


def _blends(table: Table) -> Iterator[tuple[int, int]]:
    """The frames, from and up to, over which others lie that run on."""
    lies = [k for k, frame in enumerate(table.over) if frame != NONE]
    for _, run in groupby(enumerate(lies), lambda at: (at[1] - at[0], table.over[at[1]] - at[1])):
        frames = [k for _, k in run]
        yield frames[0], frames[-1] + 1


def blank(length: int) -> Samples:
    """Silence, set aside on disk."""
    with temporary_room(), nameless_file() as file:
        file.truncate(length * 4)
        silence: Samples = np.memmap(file, np.int16, "r+", shape=(length, 2))
        return silence


def _piece(heard: Samples, start: int, stop: int) -> Samples:
    """The samples from `start` up to `stop`; before and after there is silence."""
    if start >= 0 and stop <= len(heard):
        return heard[start:stop]
    piece = blank(stop - start)
    inside = heard[max(start, 0) : max(stop, 0)]
    at = max(-start, 0)
    piece[at : at + len(inside)] = inside
    return piece


def _blend(sound: Samples, into: Samples, share: npt.NDArray[np.float64]) -> None:
    """Blend in another sound, in place, by shares of 0 to 1; together they stay as loud."""
    turn = share[:, None] * np.pi / 2
    both = sound * np.cos(turn) + into * np.sin(turn)
    sound[:] = np.rint(np.clip(both, -32_768, 32_767)).astype(np.int16)


def _rise(sound: Samples) -> None:
    """Have the first moment of a sound rise from silence, in place."""
    count = min(round(EDGE * RATE), len(sound) // 4) or 1
    share = np.arange(count) / count
    sound[:count] = np.rint(sound[:count] * share[:, None]).astype(np.int16)
