"""Owns the delay of colours: red is now, green is late, and blue is late by twice as much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from itertools import chain, islice

import numpy as np

from ..errors import ArgumentError
from ..frames import Dissolve, Frame, Source, both_of
from .delay_line import DelayLine


def lag_of(rgb: float, rate: float, n_frames: int) -> int:
    """The delay of green in frames, for a setting of `rgb` seconds: at least 1, but 0 for 0.

    rate: frames per second. Raises ArgumentError if the delay of blue, which is twice that of
    green, is longer than `n_frames`.
    """
    if rgb == 0:
        return 0
    lag = max(1, round(rgb * rate))
    if 2 * lag > n_frames:
        raise ArgumentError(
            f"rgb is {rgb:g} s, and blue twice as late, longer than the clip: give at most"
            f" {n_frames / rate / 2:.2f} s"
        )
    return lag


class OutOfStep:
    """Frames whose green is `lag` frames late, and whose blue is 2 * `lag` frames late.

    frames: iterable of (H, W, 3) arrays. It can be iterated as often as `frames` can.
    lag: frames, 1 or more.
    cyclic: whether the first 2 * lag frames only supply colours, and are left out of the result.
        Otherwise, a colour that would be older than the first frame is that of the first frame.
    dissolves: whether frames may be a Dissolve.

    Frames without colours, such as masks, are not changed.
    """

    def __init__(
        self, frames: Iterable[Frame], lag: int, *, cyclic: bool, dissolves: bool = False
    ) -> None:
        self._frames = frames
        self._dissolves = dissolves
        self._lag = lag
        self._early = 2 * lag if cyclic else 0

    def __iter__(self) -> Iterator[Frame]:
        frames = iter(self._frames)
        first = next(frames, None)
        if first is None:
            return
        whole = chain([first], frames)
        yield from self._mixed(first, whole) if first.ndim == 3 else self._plain(whole)

    def _mixed(self, like: Frame, frames: Iterator[Frame]) -> Iterator[Frame]:
        planes = np.moveaxis(like, -1, 0)  # one plane for each colour, each with its own lag
        lags = np.repeat(np.arange(len(planes)) * self._lag, like.shape[0]).reshape(-1, len(like))
        longest = 2 * self._lag
        plain = longest + 1  # how many of the latest frames do not dissolve
        with ExitStack() as stack:
            forms = [  # of the live side, and of history, if that takes another one
                stack.enter_context(closing(DelayLine(lags, planes)))
                for _ in range(1 + self._dissolves)
            ]
            for k, frame in enumerate(frames):
                both = both_of(frame)
                for line, form in zip(forms, both, strict=False):
                    line.take(np.moveaxis(form, -1, 0))
                plain = 0 if both[1] is not both[0] else plain + 1
                if k >= self._early:
                    live, *past = forms if plain <= longest else forms[:1]
                    mixed = _picture(live)
                    yield Dissolve.of(mixed, _picture(past[0])) if past else mixed

    def _plain(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        return (frame for k, frame in enumerate(frames) if k >= self._early)


def _picture(line: DelayLine) -> Frame:
    """The picture of a delay line of planes."""
    return np.ascontiguousarray(np.moveaxis(line.picture(), 0, -1))


class OutOfStepSource:
    """A source whose colours are delayed, as by OutOfStep without `cyclic`. lag: frames."""

    def __init__(self, source: Source, lag: int) -> None:
        self._source, self._lag = source, lag

    def __len__(self) -> int:
        return len(self._source)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop` (None: to the end)."""
        begin = max(0, first - 2 * self._lag)
        mixed = OutOfStep(self._source.frames(begin, stop), self._lag, cyclic=False)
        return islice(iter(mixed), first - begin, None)
