"""Owns numbers that move: values at times of a loop, and waves; how they are typed and written."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from argparse import ArgumentTypeError
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from . import values
from .errors import ArgumentError

Value = float | tuple[float, ...]  # a number, or the numbers of a point

EASE, LINEAR, HOLD = "ease", "linear", "hold"  # how a value passes into the next one
_WORDS = (EASE, LINEAR, HOLD)
CLOSING = 0.2  # of a loop: the time in which a path that does not close is brought back
_DIGITS = 12  # of a value of a wave
_EXAMPLES = "'20%@0s 80%@1.5s hold 20%@3s', or 'sine(50% +- 30%, 2s)'"
_WAVE = re.compile(r"\s*sine\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
_SWING = re.compile(r"\+-|±")


class ValuePath(ABC):
    """A number, or a point, that moves: its value at each time of a loop. It is immutable.

    Its text is what `path_in` reads as an equal path.
    """

    @property
    @abstractmethod
    def values(self) -> tuple[Value, ...]:
        """Values between which it stays."""

    @abstractmethod
    def checked(self, check: Callable[[Value], Value]) -> ValuePath:
        """The path of checked values. check: raises ArgumentError for one that is not valid."""

    @abstractmethod
    def along(self, period: int, rate: float, *, cyclic: bool) -> Callable[[float], Value]:
        """The value as a function of the number of a frame, which may be a fraction, or negative.

        period: how many frames the loop has, or without a loop, the clip, after which the values
        repeat. rate: frames per second. In a loop, what does not close is changed so that it does,
        see `change`.
        """

    def check_times(self, name: str, length: float, *, cyclic: bool) -> None:  # noqa: B027
        """Raise ArgumentError for times beyond a loop, or a clip, of this length in seconds."""

    @abstractmethod
    def change(self, length: float) -> str:
        """What is changed so that it closes in a loop of this length, in words; "" for nothing."""

    def __repr__(self) -> str:
        return repr(str(self))  # which settings take in its place


@dataclass(frozen=True)
class Key:
    """A value at a time. onward: the word that says how it passes into the next one."""

    value: Value
    seconds: float
    onward: str = EASE


@dataclass(frozen=True, repr=False)
class Keyframes(ValuePath):
    """Values at times, which rise.

    Before the first one and after the last one it stands still. If the last value is not the first
    one, then in a loop it is brought back to that over the last fifth.

    >>> path = path_in("20%@0s 80%@1s linear 20%@3s", values.factor)
    >>> at = path.along(period=30, rate=10, cyclic=True)
    >>> [round(at(k), 2) for k in (0, 5, 10, 20, 30)]
    [0.2, 0.5, 0.8, 0.5, 0.2]
    >>> str(path)
    '0.2@0s 0.8@1s linear 0.2@3s'
    """

    keys: tuple[Key, ...]

    def __str__(self) -> str:
        return " ".join(
            f"{written(key.value)}@{written(key.seconds)}s"
            + ("" if key.onward == EASE else f" {key.onward}")
            for key in self.keys
        )

    @property
    def values(self) -> tuple[Value, ...]:
        """The values at the times."""
        return tuple(key.value for key in self.keys)

    def checked(self, check: Callable[[Value], Value]) -> Keyframes:
        """The path of checked values."""
        return Keyframes(tuple(replace(key, value=check(key.value)) for key in self.keys))

    def along(self, period: int, rate: float, *, cyclic: bool) -> Callable[[float], Value]:
        """The value as a function of the number of a frame."""
        length = period / rate
        times = [min(key.seconds, length) for key in self.keys]
        first, closing = self.keys[0].value, CLOSING * length
        is_open = cyclic and not self._closes

        def at(k: float) -> Value:
            seconds = k % period / rate
            value = self._at(seconds, times)
            if is_open and seconds > length - closing:
                value = _mixed(value, first, _eased((seconds - length) / closing + 1))
            return value

        return at

    def _at(self, seconds: float, times: list[float]) -> Value:
        n = bisect_right(times, seconds)
        if n in (0, len(times)):
            return self.keys[max(n - 1, 0)].value
        before, after = self.keys[n - 1], self.keys[n]
        share = (seconds - times[n - 1]) / (times[n] - times[n - 1])
        if before.onward == HOLD:
            return before.value
        return _mixed(before.value, after.value, _eased(share) if before.onward == EASE else share)

    def check_times(self, name: str, length: float, *, cyclic: bool) -> None:
        """Raise ArgumentError for a time beyond a loop, or a clip, of this length in seconds."""
        last = self.keys[-1].seconds
        if last > length + _TOLERANCE:
            what = "loop" if cyclic else "clip"
            raise ArgumentError(
                f"{name} has a value at {last:g} s, and the {what} has {length:.2f} s: give times"
                " up to that",
                name,
            )

    @property
    def _closes(self) -> bool:
        return self.keys[0].value == self.keys[-1].value

    def change(self, length: float) -> str:
        """What is changed so that it closes, in words."""
        return "" if self._closes else "brought back over the last fifth"


@dataclass(frozen=True, repr=False)
class Wave(ValuePath):
    """A sine wave, which begins in the middle, and rises.

    In a loop its period is the nearest that divides the loop's.

    >>> wave = path_in("sine(50% +- 30%, 2s)", values.factor)
    >>> at = wave.along(period=40, rate=10, cyclic=True)
    >>> [round(at(k), 2) for k in (0, 5, 15, 20)]
    [0.5, 0.8, 0.2, 0.5]
    >>> wave.change(4.2)
    'in waves of 2.10 s'
    """

    middle: Value
    swing: Value
    seconds: float

    def __str__(self) -> str:
        middle, swing = written(self.middle), written(self.swing)
        return f"sine({middle} +- {swing}, {written(self.seconds)}s)"

    @property
    def values(self) -> tuple[Value, ...]:
        """The least and the greatest value."""
        return _moved(self.middle, self.swing, -1), _moved(self.middle, self.swing, 1)

    def checked(self, check: Callable[[Value], Value]) -> Wave:
        """The same wave, whose values are checked."""
        for value in self.values:
            check(value)
        return self

    def along(self, period: int, rate: float, *, cyclic: bool) -> Callable[[float], Value]:
        """The value as a function of the number of a frame."""
        seconds = self._within(period / rate) if cyclic else self.seconds

        def at(k: float) -> Value:
            return _moved(
                self.middle, self.swing, math.sin(2 * math.pi * (k % period) / rate / seconds)
            )

        return at

    def _within(self, length: float) -> float:
        """The period that divides a loop of this length, in seconds."""
        return length / max(1, round(length / self.seconds))

    def change(self, length: float) -> str:
        """What is changed so that it closes, in words."""
        found = f"{self._within(length):.2f}"
        return "" if found == f"{self.seconds:.2f}" else f"in waves of {found} s"


_TOLERANCE = 1e-6  # seconds: times are typed with few decimals


def is_moving(value: object) -> TypeGuard[ValuePath | Callable[[int], Value]]:
    """Whether the value of a setting moves: a path, or a function of the frame's number."""
    return isinstance(value, ValuePath) or callable(value)


def is_path(text: str) -> bool:
    """Whether a text is meant as a path."""
    return "@" in text or _WAVE.fullmatch(text) is not None


def path_in(text: str, parse: Callable[[str], Any]) -> ValuePath:
    """The path that a text describes.

    parse: reads a value. Raises ArgumentTypeError for a text that describes none.
    """
    wave = _WAVE.fullmatch(text)
    try:
        return _wave(wave[1], parse) if wave else _keyframes(text, parse)
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{text!r}: {error}") from None


def _keyframes(text: str, parse: Callable[[str], Any]) -> Keyframes:
    keys: list[Key] = []
    for word in text.split():
        if keys and word.lower() in _WORDS:
            keys[-1] = replace(keys[-1], onward=word.lower())
            continue
        value, at, time = word.partition("@")
        if not at:
            raise ArgumentTypeError(f"{word} has no time, give such as {_EXAMPLES}")
        seconds = values.seconds(time)
        if not (keys[-1].seconds if keys else -1) < seconds < math.inf or seconds < 0:
            raise ArgumentTypeError("give times that rise, from 0 s on")
        keys.append(Key(parse(value), seconds))
    if len(keys) < 2:
        raise ArgumentTypeError(f"give two values or more, such as {_EXAMPLES}")
    # What follows the last value is no other one.
    return Keyframes((*keys[:-1], replace(keys[-1], onward=EASE)))


def _wave(inside: str, parse: Callable[[str], Any]) -> Wave:
    about, _, time = inside.rpartition(",")
    parts = _SWING.split(about)
    if len(parts) != 2:
        raise ArgumentTypeError("give such as 'sine(50% +- 30%, 2s)'")
    seconds = values.seconds(time)
    if not 0 < seconds < math.inf:
        raise ArgumentTypeError("give a period over 0 s")
    middle, swing = (parse(part.strip()) for part in parts)
    return Wave(middle, swing, seconds)


def written(value: Any) -> str:
    """A number, or the numbers of a point, as they are typed."""
    if isinstance(value, tuple):
        return ",".join(map(written, value))
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _eased(share: float) -> float:
    """The share of the way that is gone at a share of the time, if it begins and ends at rest."""
    return (1 - math.cos(math.pi * share)) / 2


def _mixed(one: Value, other: Value, share: float) -> Value:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return tuple(a * (1 - share) + b * share for a, b in zip(one, other, strict=True))
    assert not (isinstance(one, tuple) or isinstance(other, tuple))
    return one * (1 - share) + other * share


def _moved(middle: Value, swing: Value, by: float) -> Value:
    if isinstance(middle, tuple) and isinstance(swing, tuple):
        return tuple(_moved_number(a, b * by) for a, b in zip(middle, swing, strict=True))
    assert not (isinstance(middle, tuple) or isinstance(swing, tuple))
    return _moved_number(middle, swing * by)


def _moved_number(middle: float, by: float) -> float:
    return round(middle + by, _DIGITS)  # 0.7 + 0.3 is 1
