"""Delays in whole centiseconds that keep time."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollscan.gif import constant_delays
from rollscan.gif.timing import split_delay


@given(st.floats(1, 50), st.integers(1, 3000))
def test_the_total_is_right_at_every_rate(fps: float, frames: int) -> None:
    delays = list(islice(constant_delays(fps), frames))
    assert abs(sum(delays) - 100 * frames / fps) <= 0.5 + 1e-6
    assert min(delays) >= 2
    assert max(delays) - min(delays) <= 1


@pytest.mark.parametrize(
    "fps, delays", [(50, [2, 2, 2, 2]), (30, [3, 4, 3, 3]), (24, [4, 4, 5, 4]), (12, [8, 9, 8, 8])]
)
def test_the_error_is_carried_from_frame_to_frame(fps: float, delays: list[int]) -> None:
    assert list(islice(constant_delays(fps), 4)) == delays


@pytest.mark.parametrize("fps", [0, -1, 50.1, 1000, float("nan")])
def test_rates_that_a_gif_cannot_keep(fps: float) -> None:
    with pytest.raises(ValueError, match=f"fps is {fps}, must be above 0 and at most 50"):
        constant_delays(fps)


@given(st.integers(2, 10**7))
def test_a_split_delay_adds_up(delay_cs: int) -> None:
    parts = split_delay(delay_cs)
    assert sum(parts) == delay_cs
    assert min(parts) >= 2
    assert max(parts) <= 65535
