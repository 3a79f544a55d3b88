"""Owns the parsing of typed values: 50%, 480px, 2x, 3s, 8M. Knows no options."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from .checks import in_seconds
from .errors import ArgumentError

LEAST_PLAIN = 100  # bytes: a smaller number without a unit is a mistake

_BYTES = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_BYTES |= {"kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def _amount(text: str, unit: str) -> float:
    """The number before this unit, which may be left out. Raises ValueError otherwise."""
    return float(text.strip().lower().removesuffix(unit))


def factor(text: str) -> float:
    """A factor: 0.2, 20%, 0.2x."""
    try:
        if text.strip().endswith("%"):
            return _amount(text, "%") / 100
        return _amount(text, "x")
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: give a factor such as 0.2, or 20%") from None


def rate(text: str) -> float:
    """Frames per second: 24, 24fps."""
    try:
        return _amount(text, "fps")
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: give frames per second, such as 24") from None


def whole(text: str) -> int:
    """A whole number: 3."""
    return _whole(text, "", "3")


def pixels(text: str) -> int:
    """A number of pixels: 480, 480px."""
    return _whole(text, "px", "480")


def _whole(text: str, unit: str, example: str) -> int:
    try:
        return int(text.strip().lower().removesuffix(unit))
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: give a whole number, such as {example}") from None


def seconds(text: str) -> float:
    """A duration in seconds: 3, 3s, 0:03."""
    try:
        if ":" in text:
            return in_seconds("it", text)
        return _amount(text, "s")
    except (ValueError, ArgumentError):
        raise ArgumentTypeError(f"{text!r}: give seconds, such as 3") from None


def moment(text: str) -> str:
    """A time in a video, as checks.in_seconds takes it: 3, 3s, 0:03.5."""
    return text.strip().lower().removesuffix("s")


def byte_count(text: str) -> int:
    """A number of bytes: 8MB, 8M, 256KiB, 1.5mb, 500000."""
    found = re.fullmatch(r"([\d.]+) *([a-z]*)", text.strip().lower())
    try:
        amount = int(float(found[1]) * _BYTES[found[2]]) if found else 0
    except (KeyError, ValueError, OverflowError):
        amount = 0
    if amount < 1:
        raise ArgumentTypeError(f"{text!r}: give bytes, or such as 8MB, 256KB, 2MiB")
    if amount < LEAST_PLAIN and found and not found[2]:
        raise ArgumentTypeError(f"{text!r}: no picture has so few bytes; did you mean {text}MB?")
    return amount


def names(text: str) -> tuple[str, ...]:
    """Names that commas separate."""
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if not found:
        raise ArgumentTypeError(f"{text!r}: give names with commas between, as discord,x")
    return found


def position(text: str) -> float | tuple[float, ...]:
    """A slit position, 0.5 or 50%, or several that colons separate."""
    try:
        points = tuple(factor(point) for point in text.split(":"))
    except ArgumentTypeError:
        raise ArgumentTypeError(f"{text!r}: give 0.5, 50%, or 0.2:0.8, or such") from None
    return points if len(points) > 1 else points[0]


def point(text: str) -> tuple[float, ...]:
    """A place in the picture, x and y as factors: 30%,40%."""
    try:
        x, y = (factor(part) for part in text.split(","))
    except (ArgumentTypeError, ValueError):
        raise ArgumentTypeError(f"{text!r}: give x and y, such as 30%,40%") from None
    return x, y


def area(text: str) -> tuple[float, ...]:
    """A rectangle in the picture, its left, top, width and height as factors: 30%,20%,25%,30%."""
    try:
        left, top, width, height = (factor(part) for part in text.split(","))
    except (ArgumentTypeError, ValueError):
        raise ArgumentTypeError(
            f"{text!r}: give X,Y,WIDTH,HEIGHT, such as 30%,20%,25%,30%"
        ) from None
    return left, top, width, height


def crop(text: str) -> str | tuple[float, ...]:
    """A rectangle, see `area`, or a ratio of width and height, 16:9, as it is typed."""
    return text if ":" in text else area(text)


def turns(text: str) -> float:
    """A part of a turn: 0.25, 25%, 90deg, 90°."""
    degrees = re.fullmatch(r"\s*([-+\d.]+)\s*(?:deg|degrees|°)\s*", text.lower())
    try:
        return float(degrees[1]) / 360 if degrees else factor(text)
    except (ArgumentTypeError, ValueError):
        raise ArgumentTypeError(f"{text!r}: give turns, such as 0.25, or 90deg") from None


def slit_width(text: str) -> int | str:
    """A slit width: a number of pixels, or "auto"."""
    if word(text) == "auto":
        return "auto"
    try:
        return pixels(text)
    except ArgumentTypeError:
        raise ArgumentTypeError(f"{text!r}: give a whole number, or auto") from None


def or_none(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    """A parser of another kind of value, or of "none", which is None."""

    def read(text: str) -> Any:
        return None if word(text) == "none" else kind(text)

    return read


def word(text: str) -> str:
    """A word, in lower case."""
    return text.strip().lower()
