"""Paths and waves of any values, for tests that draw them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rollscan.path import EASE, HOLD, LINEAR, Key, Keyframes, ValuePath, Wave


@st.composite
def paths(draw: st.DrawFn, values: st.SearchStrategy[Any], length: float) -> ValuePath:
    """A path of these values, with times up to a length in seconds."""
    if draw(st.booleans()):
        one, other = draw(values), draw(values)
        period = draw(st.floats(0.01, 2 * length))
        if not isinstance(one, tuple):
            return Wave(*_between(one, other), period)
        middle, swing = zip(*map(_between, one, other), strict=True)
        return Wave(middle, swing, period)
    times = sorted(draw(st.sets(st.floats(0, length), min_size=2, max_size=4)))
    ways = [*(draw(st.sampled_from([EASE, LINEAR, HOLD])) for _ in times[1:]), EASE]
    keys = (Key(draw(values), time, way) for time, way in zip(times, ways, strict=True))
    return Keyframes(tuple(keys))


def _between(one: float, other: float) -> tuple[float, float]:
    """The middle and the swing of a wave between two numbers."""
    least, most = sorted((one, other))
    if isinstance(one, int):
        return (least + most) // 2, (most - least) // 2
    return (least + most) / 2, (most - least) / 2
