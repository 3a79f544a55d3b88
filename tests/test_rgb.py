"""Colours out of step: red now, green a little ago, blue twice as long ago; in every loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import gif_frames, rollscan
from hypothesis import given
from hypothesis import strategies as st
from test_loop import Listed, cycle_of

from rollscan import ArgumentError, Look, RollingClip
from rollscan.composers.rgb import OutOfStep, lag_of

FPS = 10
LIVE = {"slit": 0.0}  # nothing but the slit is history


class Sized(Listed):
    """A source that is a list, of a size."""

    size = (3, 4)

    def close(self) -> None:
        """Nothing to end."""


def colours(n: int) -> list[np.ndarray]:
    """Frames whose red, green and blue each tell the frame's number."""
    return [np.full((4, 3, 3), k, np.uint8) for k in range(n)]


@given(st.integers(1, 12), st.integers(1, 5))
def test_each_colour_is_as_late_as_it_should_be(n: int, lag: int) -> None:
    told = [frame[0, 0].tolist() for frame in OutOfStep(colours(n), lag, cyclic=False)]
    assert told == [[k, max(0, k - lag), max(0, k - 2 * lag)] for k in range(n)]


@given(st.integers(1, 12), st.integers(1, 5))
def test_frames_before_the_first_only_lend_their_colours(n: int, lag: int) -> None:
    frames = colours(n + 2 * lag)
    told = [frame[0, 0].tolist() for frame in OutOfStep(frames, lag, cyclic=True)]
    assert told == [[k, k - lag, k - 2 * lag] for k in range(2 * lag, n + 2 * lag)]


def test_frames_without_colours_stay_as_they_are() -> None:
    masks = [np.full((2, 2), k / 9) for k in range(9)]
    for cyclic in (False, True):
        kept = list(OutOfStep(masks, 2, cyclic=cyclic))
        np.testing.assert_array_equal(kept, masks[4 * cyclic :])


@pytest.mark.parametrize("loop", ["wrap", "boomerang", "crossfade"])
@given(st.integers(6, 14), st.integers(1, 3))
def test_every_loop_stays_one(loop: str, n: int, lag: int) -> None:
    frames = colours(n)
    cycle = cycle_of(frames, loop)
    look = Look(rgb=lag / FPS, loop=loop, fade=0.2, **LIVE)
    with RollingClip.of(Sized(frames), look, FPS) as clip:
        for k in (0, len(cycle) - 1, 1, len(cycle)):
            shown = clip.get_frame(k / FPS)[-1, 0]
            late = [cycle[(k - c * lag) % len(cycle)][0, 0, c] for c in range(3)]
            assert shown.tolist() == late, k


def test_on_the_command_line(plain: Path, out: Path) -> None:
    made = rollscan(plain, "--gif", out / "a.gif", "--rgb", "0.2", "--slit", "0")
    assert made.status == 0
    red, green, _ = gif_frames(out / "a.gif")[40][40, 32]
    assert (red, green) == (16 + 14 * (40 % 16), 16 + 14 * (35 // 16))


@pytest.mark.parametrize("rgb", [-1, "x", float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(rgb: object) -> None:
    with pytest.raises(ArgumentError, match=r"^rgb is .*: give seconds"):
        Look(rgb=rgb)  # type: ignore[arg-type]


def test_a_time_longer_than_the_clip_is_refused() -> None:
    assert lag_of(1.0, 25, 50) == 25
    with pytest.raises(ArgumentError, match=r"rgb is 1.1 s, .*: give at most 1.00 s"):
        lag_of(1.1, 25, 50)


def test_a_scan_freezes_colours_that_are_out_of_step_already() -> None:
    look = Look(rgb=0.2, effect="scan", loop="wrap")
    with RollingClip.of(Sized(colours(12)), look, FPS) as clip:
        live = clip.get_frame(5 / FPS)[-1, 0]
    assert live.tolist() == [5, 3, 1]
