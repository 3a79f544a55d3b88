"""Owns the checks of numbers that are given: each says what is wrong with a value, in one line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from numbers import Integral, Real
from typing import Any, TypeGuard

from .errors import ArgumentError

Seconds = float | int | str | tuple[float, ...]  # or hh:mm:ss.s, or (hours, minutes, seconds)


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a real number: not text, and not None."""
    return isinstance(value, Real)


def check_rate(name: str, value: object, *, most: float = 1000) -> None:
    """Raise ArgumentError unless it is a number with 0 < value <= most."""
    if not (is_number(value) and 0 < float(value) <= most):
        raise ArgumentError(f"{name} is {value!r}: give a number over 0, up to {most}")


def check_whole(name: str, value: object, *, least: int, most: float = math.inf) -> None:
    """Raise ArgumentError unless `value` is a whole number from `least` to `most`."""
    if not (isinstance(value, Integral) and least <= int(value) <= most):
        allowed = f"{least} or more" if most == math.inf else f"{least} to {most}"
        raise ArgumentError(f"{name} is {value!r}: give a whole number, {allowed}")


def check_seconds(name: str, value: object) -> None:
    """Raise ArgumentError unless it is a length of time: a number over 0, and not endless."""
    if not (is_number(value) and 0 < value < math.inf):
        raise ArgumentError(f"{name} is {value!r}: give seconds over 0")


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Raise ArgumentError unless the value is one of these."""
    if value not in choices:
        raise ArgumentError(f"{name} is {value!r}: give one of {', '.join(choices)}")


def check_switch(name: str, value: object) -> None:
    """Raise ArgumentError unless it is True or False."""
    if not isinstance(value, bool):
        raise ArgumentError(f"{name} is {value!r}: give True or False")


def check_opencv(name: str) -> None:
    """Raise ArgumentError unless there is an OpenCV to import, which `name` needs."""
    if find_spec("cv2") is None:
        raise ArgumentError(
            f"{name} needs OpenCV, which is not installed: pip install 'rollscan[smooth]'"
        )


def in_seconds(name: str, value: Seconds) -> float:
    """Seconds from a number, 'hh:mm:ss.s' or (hours, minutes, seconds), as MoviePy takes them."""
    parts: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
    if isinstance(value, str):
        parts = tuple(value.replace(",", ".").split(":"))
    try:
        seconds = math.fsum(float(part) * 60**i for i, part in enumerate(reversed(parts)))
    except (TypeError, ValueError):
        seconds = math.nan
    if not (0 <= seconds < math.inf and 1 <= len(parts) <= 3):
        raise ArgumentError(f"{name} is {value!r}: give seconds or hh:mm:ss, 0 or more")
    return seconds
