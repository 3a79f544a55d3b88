"""Owns the description of a number that moves, for the page: its keyframes, and its curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checks import check_choice, check_rate, check_whole
from ..errors import ArgumentError
from ..look import Look
from ..path import Key, Keyframes, Value, ValuePath, Wave

_POINTS = 240  # of a curve, at most
_MOST = 1_000_000  # frames of a loop


def described(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """How a setting moves; None where its value is no path, or no valid one, which the plan tells.

    body: `name` of the setting, its `value`, which is text, and of the composition the `period` in
    frames, the `rate` in frames per second, and whether it is `cyclic`.

    Returns as JSON values: `keys`, each with its `values`, one or two of a point, its `seconds`,
    and how it goes `onward`; of a wave, those with which to begin in its place, and `isWave` is
    true. `curve`: pairs of a share of the loop, and the values there. `change`: what is changed so
    that it closes, in words. Raises ArgumentError where the body has wrong parameters.
    """
    known, name, text = Look.declared(), body.get("name"), body.get("value")
    check_choice("name", name, list(known))
    check_whole("period", period := body.get("period"), least=1, most=_MOST)
    check_rate("rate", rate := body.get("rate"))
    assert isinstance(name, str) and isinstance(period, int) and isinstance(rate, int | float)
    try:
        path = known[name].kind.valued(name, text) if isinstance(text, str) else None
    except ArgumentError:
        return None
    if not isinstance(path, ValuePath):
        return None
    is_cyclic, length = body.get("cyclic") is True, period / rate
    at, count = path.along(period, rate, cyclic=is_cyclic), min(period, _POINTS)
    last = 1 - 1e-9  # the moment before it starts over
    shares = [*(k / count for k in range(count)), last]
    keys = _keys_of(path, length)
    return {
        "keys": [
            {"values": _numbers(key.value), "seconds": key.seconds, "onward": key.onward}
            for key in keys
        ],
        "isWave": isinstance(path, Wave),
        "curve": [[share, _numbers(at(share * period))] for share in shares],
        "change": path.change(length) if is_cyclic else "",
    }


def _keys_of(path: ValuePath, length: float) -> tuple[Key, ...]:
    """The keyframes of a path; of a wave, one swing in a loop of this length in seconds."""
    if isinstance(path, Keyframes):
        return path.keys
    assert isinstance(path, Wave)
    low, high = path.values
    values = (path.middle, 0.0), (high, length / 4), (low, length * 3 / 4), (path.middle, length)
    return tuple(Key(value, seconds) for value, seconds in values)


def _numbers(value: Value) -> list[float]:
    values = value if isinstance(value, tuple) else (value,)
    return [round(each, 6) for each in values]
