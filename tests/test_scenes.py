"""Cuts of a film: where they are found, and that parts and loops stay within a scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, rollscan
from hypothesis import given
from hypothesis import strategies as st

from rollscan import ArgumentError
from rollscan.job import Job
from rollscan.look import Look
from rollscan.loop.match import best_loop
from rollscan.loop.motion import liveliest
from rollscan.loop.scenes import SceneMeter, WatchedSource, with_scenes
from rollscan.run import render
from rollscan.video.opening import open_video
from rollscan.video.probe import Probe


def scene(count: int, seed: int, step: int = 4) -> list[Picture]:
    """A picture of its own, over which a block moves `step` pixels a frame."""
    rng = np.random.default_rng(seed)
    still = rng.integers(0, 256, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    frames = []
    for k in range(count):
        frame = still.copy()
        at = step * k % 56
        frame[20:28, at : at + 8] = (255, 255, 0)
        frames.append(frame)
    return frames


def cuts_of(frames: list[Picture]) -> list[int]:
    """The cuts that are found among frames."""
    meter = SceneMeter()
    for frame in frames:
        meter.take(frame)
    return meter.cuts


@given(st.lists(st.integers(3, 20), min_size=1, max_size=4), st.integers(1, 3))
def test_a_cut_is_found_at_its_very_frame_whatever_the_rate_of_repeats(
    lengths: list[int], times: int
) -> None:
    frames = [
        frame
        for seed, length in enumerate(lengths)
        for frame in scene(length, seed)
        for _ in range(times)
    ]
    starts = np.cumsum([0, *lengths[:-1]]) * times
    assert cuts_of(frames) == list(starts[1:])
    found = [start for _, start in with_scenes(frames)]
    expected = [int(starts[starts <= k][-1]) for k in range(len(frames))]
    assert found == expected


def test_motion_light_and_a_flash_are_no_cuts() -> None:
    fast = [np.roll(frame, 13 * k, 1) for k, frame in enumerate(scene(30, 1))]
    assert cuts_of(fast) == []
    brighter = [(frame // 4 + 6 * k).astype(np.uint8) for k, frame in enumerate(scene(30, 2))]
    assert cuts_of(brighter) == []
    flash = scene(30, 3)
    flash[12] = np.full_like(flash[12], 255)
    assert cuts_of(flash) == []
    assert cuts_of([]) == cuts_of(scene(1, 4)) == []


def test_the_liveliest_part_lies_within_a_scene() -> None:
    frames = [*scene(20, 1, 4), *scene(20, 2, 4), *scene(40, 3, 1)]
    assert liveliest(frames, 15) in ((0, 15), (20, 35))
    first, stop = liveliest(frames, 30)
    assert (first, stop) == (40, 70) or stop - first == 20
    assert liveliest([*scene(5, 1, 4), *scene(6, 2, 0)], 9) == (0, 5)


def test_a_fade_is_no_motion() -> None:
    frames = [*scene(20, 1, 0), *scene(20, 1, 4), *scene(20, 1, 0)]
    faded = [(frame * min(1.0, k / 19)).astype(np.uint8) for k, frame in enumerate(frames)]
    assert 19 <= liveliest(faded, 20)[0] <= 21


def test_a_loop_that_matches_goes_over_no_cut() -> None:
    there = scene(30, 1, 3)
    frames = [*there, *scene(25, 2, 1), *there]  # the first scene comes again, just as it was
    first, stop = best_loop(frames, 10, 0.5, 8)
    assert stop < 30 or 30 <= first < stop < 55 or first >= 55
    with pytest.raises(ArgumentError, match="no scene of the video, from cut to cut, is so long"):
        best_loop(frames, 10, 4, 8)


@pytest.fixture(scope="module")
def trailer(make_video: MakeVideo) -> Path:
    """Three scenes, of 1, 2 and 1 s."""
    return make_video("trailer.mkv", [*scene(25, 1), *scene(50, 2), *scene(25, 3)], *LOSSLESS)


@pytest.mark.parametrize("loop", ["cut", "wrap", "boomerang", "crossfade"])
def test_the_scenes_that_a_loop_mixes_are_told(trailer: Path, out: Path, loop: str) -> None:
    (made,) = render(Job(trailer, gif=out / "a.gif", look=Look().over(loop=loop)))
    assert made.scenes == ((0, 1), (1, 3), (3, 4))
    (part,) = render(Job(trailer, gif=out / "b.gif", start=1, end=3, look=Look().over(loop=loop)))
    assert part.scenes == ((1, 3),)


def test_the_closing_line_says_what_is_mixed_and_its_advice_helps(trailer: Path, out: Path) -> None:
    said = rollscan(trailer, "--gif", out / "a.gif").out
    assert "; it mixes 3 scenes, between which the film cuts: try --start 1 --end 3\n" in said
    advice = said.partition("try ")[2].split()
    assert "scenes" not in rollscan(trailer, "--gif", out / "b.gif", *advice).out


def test_a_part_for_a_place_is_of_one_scene(trailer: Path, out: Path) -> None:
    places = out / "places.toml"
    places.write_text('[brief]\nformat = "gif"\nmax_seconds = 2.5\n')
    line = ("--gif", out / "a.gif", "--for", "brief", "--platforms", places)
    said = rollscan(trailer, *line).out
    assert ", from 1.00 to 3.00 s of 4.0 s" in said
    assert "mixes" not in said


def test_cuts_are_known_of_what_was_read_in_any_order(trailer: Path) -> None:
    with open_video(Probe(trailer).facts(), width=64) as video:
        watched = WatchedSource(video)
        assert watched.scenes(0, 100) == [(0, 100)]
        for first in (60, 10):
            list(watched.frames(first, first + 40))
        assert watched.scenes(0, 100) == [(0, 25), (25, 75), (75, 100)]
        assert watched.scenes(30, 90) == [(30, 75), (75, 90)]
