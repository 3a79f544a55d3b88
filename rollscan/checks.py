"""Owns the checks of arguments, whose errors say in one line what is wrong with a value."""

from __future__ import annotations

import math
import os
import re
import reprlib
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from numbers import Integral, Real
from typing import Any, TypeGuard

from .errors import ArgumentError
from .systems import opencv_remedy

Seconds = float | int | str | tuple[float, ...]  # or hh:mm:ss.s, or (hours, minutes, seconds)

# A drive of Windows has one letter, and no protocol has.
_PROTOCOL = r"[A-Za-z][A-Za-z0-9+.-]+"
_URL = re.compile(rf"{_PROTOCOL}(::{_PROTOCOL})*://")
_LEAST_RATE = 1e-6  # frames per second, or a speed

_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxlong = _BRIEF.maxother = 60  # characters


def brief(value: object) -> str:
    """The repr of a value, on one line, and shortened if it is long."""
    try:
        text = _BRIEF.repr(value)
    except ValueError:  # an int of more than 4,300 digits
        text = "a number too long to write"
    return " ".join(text.split())


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a real number that a float can hold. A bool is not a number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is an integer, and not a bool."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def plain(number: float) -> float:
    """The number as an int or a float, as the small types of NumPy overflow and round."""
    return int(number) if is_whole(number) else float(number)


def either(words: Sequence[str]) -> str:
    """The words as alternatives: "a", "a or b", "a, b or c"."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def in_bytes(count: int) -> str:
    """A number of bytes in words, with three digits: 10.5 MB. 1 MB is 1,000,000 bytes."""
    amount, unit = float(count), "B"
    for larger in ("KB", "MB", "GB"):
        if amount >= 999.5:
            amount, unit = amount / 1000, larger
    return f"{amount:.3g} {unit}"


def check_rate(name: str, value: object, *, most: float = 1000) -> None:
    """Raise ArgumentError unless `value` is a number over 0, up to `most`.

    Numbers under 1e-6, a frame in 11 days, are refused too, as times would overflow.
    """
    if not (is_number(value) and _LEAST_RATE <= value <= most):
        raise ArgumentError(f"{name} is {brief(value)}: give a number over 0, up to {most}", name)


def check_whole(name: str, value: object, *, least: int, most: float = math.inf) -> None:
    """Raise ArgumentError unless `value` is a whole number from `least` to `most`."""
    if not (is_whole(value) and least <= int(value) <= most):
        allowed = f"{least} or more" if most == math.inf else f"{least} to {most}"
        raise ArgumentError(f"{name} is {brief(value)}: give a whole number, {allowed}", name)


def check_seconds(name: str, value: object) -> None:
    """Raise ArgumentError unless `value` is a duration: a number over 0, and finite."""
    if not (is_number(value) and 0 < value < math.inf):
        raise ArgumentError(f"{name} is {brief(value)}: give seconds over 0", name)


def check_choice(name: str, value: object, choices: Sequence[str], why: str = "") -> None:
    """Raise ArgumentError unless `value` is one of `choices`. why: the reason, for the message."""
    if not (isinstance(value, str) and value in choices):
        because = f", and {why}" if why else ""
        raise ArgumentError(f"{name} is {brief(value)}{because}: {one_of(value, choices)}", name)


def nearest(word: object, words: Iterable[str], alike: float = 0.6) -> str:
    """The one of the words that is meant by a mistyped one; "" if none is.

    alike: how much of the two words must be the same, from 0 to 1.
    """
    import difflib  # imported only for an error

    folded = {each.casefold(): each for each in words}
    near = difflib.get_close_matches(str(word).strip().casefold(), folded, 1, alike)
    return folded[near[0]] if near else ""


def one_of(word: object, choices: Sequence[str], also: Iterable[str] = ()) -> str:
    """The end of an error message: which of the choices is meant by a wrong word, and all of them.

    also: other words that would be right, which are not listed.
    """
    allowed = f"give one of {', '.join(choices)}"
    meant = nearest(word, (*choices, *also))
    return f"did you mean {meant}? ({allowed})" if meant else allowed


def is_url(name: str) -> bool:
    """Whether a name begins with a protocol, as s3://bucket/clip.mp4 does, and C://clip.mp4 not."""
    return bool(_URL.match(name))


def check_path(name: str, value: object) -> None:
    """Raise ArgumentError unless `value` can be the name of a local file."""
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(path, str) or "\0" in path:
        raise ArgumentError(f"{name} is {brief(value)}: give the name of a file", name)
    if is_url(path):
        raise ArgumentError(f"{path} is a web address: download it first, and give the file")


def check_switch(name: str, value: object) -> None:
    """Raise ArgumentError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ArgumentError(f"{name} is {brief(value)}: give True or False", name)


def check_opencv(name: str) -> None:
    """Raise ArgumentError unless OpenCV, which the setting `name` needs, can be imported."""
    try:
        import cv2  # noqa: F401 (it also fails if it lacks a system library)
    except ImportError as error:
        raise ArgumentError(
            f"{name} needs OpenCV, which cannot be had ({error}): {opencv_remedy()}"
        ) from error


def is_opencv_installed() -> bool:
    """Whether OpenCV is there. It is not imported, which takes a while, so it may yet be broken."""
    if "cv2" in sys.modules:
        return sys.modules["cv2"] is not None
    return find_spec("cv2") is not None


def has_opencv() -> bool:
    """Whether OpenCV is there, and can be imported."""
    try:
        check_opencv("smooth")
    except ArgumentError:
        return False
    return True


def in_seconds(name: str, value: Seconds) -> float:
    """The seconds of a number, 'hh:mm:ss.s' or (hours, minutes, seconds), as MoviePy takes them.

    Raises ArgumentError unless they are 0 or more.
    """
    parts: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
    if isinstance(value, str):
        parts = tuple(value.replace(",", ".").split(":"))
    try:
        seconds = math.fsum(float(part) * 60**i for i, part in enumerate(reversed(parts)))
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not (0 <= seconds < math.inf and 1 <= len(parts) <= 3):
        raise ArgumentError(f"{name} is {brief(value)}: give seconds or hh:mm:ss, 0 or more", name)
    return seconds
