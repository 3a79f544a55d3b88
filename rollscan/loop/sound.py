"""Owns the sound of a loop, which plays forward and backward as the frames of the loop do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from ..files import nameless_file, temporary_room
from .loops import NONE, Table

Samples = npt.NDArray[np.int16]  # (n, 2): left and right

RATE = 48_000  # samples per second, the rate of Opus and of most cameras
EDGE = 0.005  # seconds of a fade from or to silence, which avoids a click
_SEAM = 0.03  # seconds before a jump in which the sound blends into what precedes the target
_FORWARD, _BACKWARD, _HELD = 1, -1, 0


@dataclass(frozen=True)
class _Stretch:
    """Frames of a loop, from `start` up to `stop`, during which its sound plays one way.

    way: forward, backward or held. jumps: whether the stretch that follows does not continue where
    this one ends.
    """

    way: int
    start: int
    stop: int
    jumps: bool


def looped_sound(source: Samples, table: Table, *, rate: float, first: int, length: int) -> Samples:
    """The sound of one period of a loop, on disk: (length, 2) int16.

    Where the loop plays frames forward or backward, so does the sound. Where frames are blended,
    the sounds are crossfaded. A frame that is held is silent. Before a jump, the sound is
    crossfaded into what precedes the target of the jump in the source; if there is too little of
    that, or on one side there is silence, the sound fades out and in within EDGE seconds.

    source: the sound of the source, with silence before and after it. table: of the loop.
    rate: frames per second. first: the sample at which frame 0 of the source begins.
    length: samples in the period.
    """
    return _Looped(source, table, rate, first, length).sound


class _Looped:
    """Makes the sound of a loop, see looped_sound."""

    def __init__(self, source: Samples, table: Table, rate: float, first: int, length: int) -> None:
        self._source, self._table = source, table
        self._rate, self._first, self._length = rate, first, length
        self.sound = blank(length)
        stretches = list(_stretches(table))
        for stretch in stretches:
            self._fill(stretch)
        continued = set()  # the ends of blends whose sound continues into what follows
        for start, stop in _blends(table):
            if self._fade(start, stop):
                continued.add(stop)
        for stretch, following in zip(stretches, [*stretches[1:], stretches[0]], strict=True):
            self._join(stretch, following, is_continued=stretch.stop in continued)

    def _place(self, frame: int) -> int:
        """The sample of the source at which a frame of the source begins."""
        return self._first + round(frame / self._rate * RATE)

    def _end(self, frame: int) -> int:
        """The sample of the loop after the one at which its frame `frame` begins; 0 for frame 0.

        So a stretch includes the sample at which the next one turns back.
        """
        return min(frame * self._length // len(self._table) + 1, self._length) if frame else 0

    def _span(self, stretch: _Stretch) -> Samples:
        return self.sound[self._end(stretch.start) : self._end(stretch.stop)]

    def _fill(self, stretch: _Stretch) -> None:
        """Copy the sound of a stretch from the source."""
        under, period = self._table.under, len(self._table)
        start, stop = self._end(stretch.start), self._end(stretch.stop)
        if stretch.way == _FORWARD:
            begin = self._place(under[stretch.start]) + start
            begin -= round(stretch.start * self._length / period)
            self.sound[start:stop] = _piece(self._source, begin, begin + stop - start)
        elif stretch.way == _BACKWARD:
            end = self._place(under[stretch.stop - 1] - 1)  # where the last frame ends, backward
            end += round(stretch.stop * self._length / period) - stop + 1
            self.sound[start:stop] = _piece(self._source, end, end + stop - start)[::-1]

    def _fade(self, start: int, stop: int) -> bool:
        """Blend in the sound of the frames over these. Returns whether it continues after them."""
        under, over = self._table.under, self._table.over
        end = self._end(stop)
        count = min(round((stop - start) / self._rate * RATE), end)
        begin = self._place(over[start])
        share = (np.arange(count) + 0.5) / count
        continues = over[stop - 1] + 1 == under[stop % len(under)]
        if not continues and over[start] - 1 == under[start - 1]:
            share = share[::-1]  # it continues from before them, so it fades out
        elif not continues:
            share = np.full(count, np.mean([pair[1] for pair in self._table.shares[start:stop]]))
        _blend(self.sound[end - count : end], _piece(self._source, begin, begin + count), share)
        return continues

    def _join(self, stretch: _Stretch, following: _Stretch, *, is_continued: bool) -> None:
        """Avoid a click between a stretch and the next, if the sound jumps there."""
        before, after = self._span(stretch), self._span(following)
        is_silent = _HELD in (stretch.way, following.way)
        if is_continued or not (stretch.jumps or is_silent):
            return
        place = self._place(self._table.under[following.start])
        available = place if following.way == _FORWARD else len(self._source) - place
        lead = min(round(_SEAM * RATE), available, len(before) // 4)
        if lead >= round(EDGE * RATE) and not is_silent:
            way = following.way
            into = _piece(self._source, *sorted((place, place - way * lead)))[::way]
            _blend(before[-lead:], into, (np.arange(lead) + 0.5) / lead)
            return
        _fade_in(before[::-1])
        _fade_in(after)


def _stretches(table: Table) -> Iterator[_Stretch]:
    """The stretches of a period, in order."""
    under, period = table.under, len(table)
    ways: list[tuple[int, bool]] = []  # for each frame: its way, and whether it jumps at its end
    for k in range(period):
        step = under[(k + 1) % period] - under[k]
        # In a loop of two frames, turning back cannot be told from starting over.
        jumps = abs(step) > 1 or (k == period - 1 and period <= 2)
        before = ways[-1][0] if ways else _FORWARD
        ways.append((before or _FORWARD, True) if jumps else (step, False))
    start = 0
    for k, (way, jumps) in enumerate(ways, 1):
        if jumps or k == period or ways[k][0] != way:
            yield _Stretch(way, start, k, jumps)
            start = k


def _blends(table: Table) -> Iterator[tuple[int, int]]:
    """Runs of frames, (start, stop), over which consecutive source frames are blended."""
    blends = [k for k, frame in enumerate(table.over) if frame != NONE]
    for _, run in groupby(enumerate(blends), lambda at: (at[1] - at[0], table.over[at[1]] - at[1])):
        frames = [k for _, k in run]
        yield frames[0], frames[-1] + 1


def blank(length: int) -> Samples:
    """Silence of `length` samples, on disk."""
    with temporary_room(), nameless_file() as file:
        file.truncate(length * 4)
        silence: Samples = np.memmap(file, np.int16, "r+", shape=(length, 2))
        return silence


def _piece(source: Samples, start: int, stop: int) -> Samples:
    """The samples from `start` up to `stop`, with silence beyond the ends of the sound."""
    if start >= 0 and stop <= len(source):
        return source[start:stop]
    piece = blank(stop - start)
    inside = source[max(start, 0) : max(stop, 0)]
    at = max(-start, 0)
    piece[at : at + len(inside)] = inside
    return piece


def _blend(sound: Samples, into: Samples, share: npt.NDArray[np.float64]) -> None:
    """Blend in another sound, in place, by shares from 0 to 1, at constant power."""
    turn = share[:, None] * np.pi / 2
    both = sound * np.cos(turn) + into * np.sin(turn)
    sound[:] = np.rint(np.clip(both, -32_768, 32_767)).astype(np.int16)


def _fade_in(sound: Samples) -> None:
    """Fade in the first EDGE seconds of a sound, in place."""
    count = min(round(EDGE * RATE), len(sound) // 4) or 1
    share = np.arange(count) / count
    sound[:count] = np.rint(sound[:count] * share[:, None]).astype(np.int16)
