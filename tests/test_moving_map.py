"""Maps that move: by the light or the motion of the video itself, and by another video."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, decoded, gif_frames, numbered, rollscan
from hypothesis import given
from hypothesis import strategies as st

from rollscan import ArgumentError, Look, compose
from rollscan.composers.field import Field
from rollscan.composers.maps import in_full
from rollscan.composing import Listed, composed
from rollscan.effect import Effect, Extent, ToSee
from rollscan.effect.displace import Displace
from rollscan.look import effect_of, loop_of
from rollscan.loop.loops import LOOPS, Wrap
from rollscan.loop.moving_map import OtherMap, luma_maps, motion_maps
from rollscan.loop.spool import Spool

CYCLIC = [name for name, loop in LOOPS.items() if loop.cyclic]
WIDE = 80  # pixels, of which the middle is where a map passes from dark to light


def halves(count: int, dark: int = 10, light: int = 200) -> list[Any]:
    """Frames of a dark and a light half, of levels that tell their number."""
    frames = np.full((count, 8, WIDE, 3), dark, np.uint8)
    frames[:, :, WIDE // 2 :] = light
    return [*(frames + np.arange(count, dtype=np.uint8)[:, None, None, None])]


def test_the_light_of_a_picture_is_old_and_its_dark_is_now() -> None:
    shown = list(compose(halves(10), Displace(map="luma", depth=3 / 25), Wrap()))
    for k, picture in enumerate(shown):
        assert picture[4, 2, 0] == 10 + k
        assert picture[4, -3, 0] == 200 + (k - 3) % 10


def test_what_moves_is_old_and_what_stands_is_now_but_for_cuts() -> None:
    still = np.full((40, WIDE, 3), 90, np.uint8)
    frames = [still.copy() for _ in range(12)]
    for k, frame in enumerate(frames[:6]):
        frame[10:30, 50 + 4 * k : 56 + 4 * k] = 250
    for frame in frames[6:]:
        frame[:, : WIDE // 2] = 220  # another scene, which stands still
    maps = motion_maps(frames)
    assert all(int(maps[k][20, 60:76].max()) > 200 for k in range(2, 5))
    assert all(int(maps[k][20, 5]) == 0 for k in range(12))
    assert int(maps[6].max()) == 0, "a cut is no motion"


@given(st.integers(0, 200), st.integers(30, 55))
def test_the_darkest_is_now_and_the_lightest_the_oldest_of_the_whole_clip(
    dark: int, range_: int
) -> None:
    maps = luma_maps(halves(3, dark, dark + range_ - 3))
    assert (int(maps[0].min()), int(maps[2].max())) == (0, 255)


@pytest.mark.parametrize("name", CYCLIC)
@pytest.mark.parametrize("map", ["luma", "motion"])
def test_a_loop_displaced_by_itself_repeats_exactly(name: str, map: str) -> None:
    rng = np.random.default_rng(0)
    frames = np.cumsum(rng.integers(0, 30, (12, 9, 16, 3)), axis=0).astype(np.uint8)
    look = Look(effect="displace", map=map, depth=0.3, loop=name, fade=0.4, min_loop=0.5)
    look = look.over(max_loop=0.9)
    made = composed(Listed([*frames]), effect_of(look), loop_of(look), 10)
    period = made.loop.period
    pictures = [*islice(made.composer, 2 * period)]
    for k in range(period):
        np.testing.assert_array_equal(pictures[k], pictures[k + period])


def other(count: int, rate: float, period: int, at: float, *, cyclic: bool = True) -> list[float]:
    """Of each frame, and the first one after the loop, the level of a video that grows brighter."""
    maps = Spool(iter(np.full((1, 1), 8 * k, np.uint8) for k in range(count)))
    maps.fill()
    found = OtherMap(maps, rate, period, at, cyclic=cyclic)
    return [round(float(found(k)[0, 0]) * 255 / 8, 1) for k in range(period + 1)]


def test_another_video_plays_a_whole_number_of_times_in_a_loop() -> None:
    assert other(4, 10, 8, 10) == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert other(4, 5, 8, 10) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 1.5, 0]
    assert other(5, 10, 8, 10)[:9:2] == [0, 2.5, 0, 2.5, 0]  # 4 frames in the time of 5
    assert other(9, 10, 8, 10)[-1] == 0
    assert other(9, 10, 8, 10)[4] == 4.5  # nearly as long: it plays a little faster


def test_of_a_longer_video_the_beginning_plays_and_dissolves_into_its_first_frame() -> None:
    levels = other(30, 10, 10, 10)
    assert levels[:9] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert levels[9:] == [4.5, 0]


def test_without_a_loop_another_video_starts_over_or_is_cut() -> None:
    assert other(3, 10, 5, 10, cyclic=False) == [0, 1, 2, 0, 1, 2]
    assert other(30, 10, 5, 10, cyclic=False) == [0, 1, 2, 3, 4, 5]


def test_another_video_of_its_own_rate_size_and_length_is_the_map(
    make_video: MakeVideo, out: Path
) -> None:
    clip = make_video("clip.mp4", numbered(16, (32, 16)), *LOSSLESS, rate=8)
    black, white = (np.full((18, 24, 3), level, np.uint8) for level in (0, 255))
    other = make_video("other.mp4", [black, black, white, white], *LOSSLESS, rate=4)
    words = ("--effect", "displace", "--map", other, "--depth", "0.5", "--loop", "wrap")
    ran = rollscan(clip, "--gif", out / "a.gif", *words)
    assert (ran.status, ran.err) == (0, "")
    assert Look.of(out / "a.gif").map == "a picture", "a recipe names no file"
    frames, source = gif_frames(out / "a.gif"), decoded(clip)
    # 16 frames of 2 s in 1 s of black and white, twice: after 0.25 s black, after 0.75 s white.
    for k, late in ((1, 0), (5, 4), (9, 0), (13, 4)):
        apart = [np.abs(frames[k].astype(int) - each).mean() for each in source]
        assert int(np.argmin(apart)) == k - late


def test_a_map_that_is_no_picture_and_no_video_or_sees_nothing_is_refused(
    brief: Path, out: Path, tmp_path: Path
) -> None:
    text = tmp_path / "words.txt"
    text.write_text("no picture")
    words = ("--effect", "displace", "--map", text, "--depth", "0.1")
    ran = rollscan(brief, "--gif", out / "a.gif", *words)
    assert ran.status != 0
    assert ran.err.count("\n") == 1
    assert str(text) in ran.err
    blank = np.zeros((4, 4, 3), np.uint8)
    alone = Displace(map="luma", depth=0.1).composer([blank], Extent((4, 4), 25, 9, 0, 9, True))
    with pytest.raises(ArgumentError, match="map luma has to be seen first: compose a video"):
        alone.make_frame(0)


@pytest.mark.usefixtures("registry")
def test_an_effect_of_one_s_own_sees_the_light_of_the_video() -> None:
    @dataclass(frozen=True)
    class Lit(Effect):
        name: ClassVar[str] = "lit"
        help: ClassVar[str] = "a toy"
        sees: ClassVar[ToSee | None] = "luma"

        def field(self, extent: Extent) -> Field:
            def late(k: int) -> Any:
                assert extent.seen
                return 3 * in_full(extent.seen(k), extent.size)

            return Field(delay=late, reach=3)

    displaced = compose(halves(10), Displace(map="luma", depth=3 / 25), Wrap())
    for ours, own in zip(displaced, compose(halves(10), Lit(), Wrap()), strict=True):
        np.testing.assert_array_equal(ours, own)


def test_a_small_map_has_no_edges_of_its_own() -> None:
    small = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    full = in_full(small, (64, 48))
    assert full.shape == (48, 64)
    assert (full.min(), full.max()) == (0, 1)
    assert np.abs(np.diff(full, axis=0)).max() < 0.05
