"""The effects that are fields alone: corridor, ring, clock, kaleidoscope, screens, plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import LOSSLESS, MakeVideo, gif_frames, moments, numbered, numbers, rollscan
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import paths
from reference import look_up

from rollscan import Look, RollingClip
from rollscan.composers.field import at, nearest
from rollscan.composers.geometry import within
from rollscan.effect import Effect, Extent, effects
from rollscan.effect.bloom import Bloom
from rollscan.effect.clock import Clock
from rollscan.effect.kaleido import Kaleido
from rollscan.effect.plane import Plane
from rollscan.effect.stargate import Stargate
from rollscan.effect.tiles import Tiles
from rollscan.kinds import Kind
from rollscan.look import effect_of
from rollscan.options import words_of
from rollscan.setting import settings_of

Frame = npt.NDArray[Any]

DANCER = Path(__file__).parents[1] / "samples" / "dancer.mp4"
OWN_COMPOSERS = ("roll", "scan")  # and tests of their own, as what they need of the frames differs
# What an effect sees comes from a video; tests/test_echo.py has it.
FIELDS = [
    name
    for name, effect in effects().items()
    if name not in (*OWN_COMPOSERS, "displace") and not effect.sees
]
DEEP = [name for name in FIELDS if "depth" in settings_of(effects()[name])]
SIDES = st.integers(1, 9)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values of a kind, as its control in the studio describes them, and paths, if it moves."""
    control = dict(kind.control or {})
    drawn: st.SearchStrategy[Any]
    match control["control"]:
        case "choice":
            drawn = st.sampled_from(kind.choices)
        case "switch":
            drawn = st.booleans()
        case "point":
            drawn = st.tuples(st.floats(0, 1), st.floats(0, 1))
        case "position":
            drawn = st.floats(0, 1) | st.lists(st.floats(0, 1), min_size=2, max_size=4).map(tuple)
        case _:
            least, most, _ = control["slider"]
            drawn = st.integers(least, most) if control["whole"] else st.floats(least, most)
            if control["unit"] == "s":
                drawn = st.floats(0.04, 0.3) | drawn  # some shorter than the clip
    if kind.moves:
        numbers = st.floats(0, 1) if control["control"] == "position" else drawn
        drawn |= paths(numbers, 1 / 25)  # no longer than the shortest clip
    return drawn | st.none() if "auto" in control or "usual" in control else drawn


@st.composite
def drawn_effects(draw: st.DrawFn, name: str) -> Effect:
    """The effect of this name with any settings, but not smooth."""
    declared = settings_of(effects()[name])
    chosen = {each: draw(values(declared[each].kind)) for each in declared if each != "smooth"}
    return effects()[name](**chosen)


def noise(count: int, height: int, width: int) -> Frame:
    """Random frames, (T, H, W, 3) uint8."""
    return np.random.default_rng(count).integers(0, 256, (count, height, width, 3), np.uint8)


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=25)
@given(data=st.data(), height=SIDES, width=SIDES, count=st.integers(1, 7), cyclic=st.booleans())
def test_an_effect_is_what_its_field_says_and_repeats_in_a_loop(
    name: str, data: st.DataObject, height: int, width: int, count: int, cyclic: bool
) -> None:
    effect = data.draw(drawn_effects(name))
    extent = Extent((width, height), 25, count, 0, count, cyclic)
    first = effect.history(extent) if cyclic else 0
    rounds = 3 if cyclic else 1
    once = noise(count, height, width)
    frames = once[(np.arange(first + rounds * count) - first) % count]
    field = effect.moving_field(extent)
    pictures = list(effect.composer(list(frames), extent, pre_roll=first))
    for k in range(count):
        expected = look_up(frames, k, field, first=first)
        np.testing.assert_array_equal(pictures[k], expected, f"frame {k} of {effect}")
    for before, after in zip(pictures[count:], pictures[: -count or None], strict=False):
        np.testing.assert_array_equal(before, after, f"{effect} does not repeat")


@given(st.lists(st.floats(0, 40), min_size=1).map(np.array), st.integers(1, 9), st.integers(50, 60))
def test_a_delay_beyond_the_loop_is_the_same_moment_of_it(late: Frame, period: int, k: int) -> None:
    extent = Extent((1, 1), 25, period, 0, period, True)
    bounded = within(late, extent)
    assert bounded.max() <= period
    parts = late - np.floor(late + 0.5)
    clear = np.abs(np.abs(parts) - 0.5) > 1e-6  # where rounding cannot differ
    moment, same = ((k - nearest(each)) % period for each in (late, bounded))
    assert (moment == same)[clear].all()


@pytest.mark.parametrize("name", DEEP)
def test_a_depth_of_hours_takes_no_more_memory_than_the_clip(name: str) -> None:
    for cyclic in (False, True):
        extent = Extent((4, 3), 25, 10, 0, 10, cyclic)
        assert effects()[name](depth=1e6).history(extent) <= 10


def places(count: int, height: int, width: int) -> list[Frame]:
    """Frames whose pixels are their number, their row and their column, as in 211."""
    rows, columns = np.ogrid[:height, :width]
    return [100 * k + 10 * rows + columns for k in range(count)]


def shown(effect: Effect, frames: list[Frame], k: int, *, cyclic: bool = False) -> list[Any]:
    """Composed frame k at 25 frames per second."""
    height, width = frames[0].shape[:2]
    extent = Extent((width, height), 25, len(frames), 0, len(frames), cyclic)
    first = effect.history(extent) if cyclic else 0
    around = [frames[(j - first) % len(frames)] for j in range(first + len(frames))]
    composer = effect.composer(around if cyclic else frames, extent, pre_roll=first)
    return composer.make_frame(k / 25).tolist()


def test_a_bloom_is_live_in_the_ring_and_beyond_it_the_ring_as_it_was() -> None:
    bloom = Bloom(shape="frame", ring=0.4, depth=3 / 25)  # the ring is a pixel from the middle
    assert shown(bloom, places(6, 5, 5), 5) == [
        [211, 212, 212, 213, 213],
        [221, 511, 512, 513, 223],
        [221, 521, 522, 523, 223],
        [231, 531, 532, 533, 233],
        [231, 232, 232, 233, 233],
    ]


def test_a_bloom_grows_out_of_the_ring_over_the_live_picture() -> None:
    bloom = Bloom(shape="frame", ring=0.4, depth=3 / 25)
    assert [shown(bloom, places(6, 5, 5), k)[0][0] for k in range(6)] == [0, 100, 200, 11, 111, 211]


def test_a_corridor_streams_out_of_its_end_on_both_sides() -> None:
    stargate = Stargate(walls=2, far=2, fog=0, perspective=1, slit=0.5, depth=2 / 25)
    # At the end, the wall is twice as far as at the edge: a pixel is the mean of two rows.
    assert shown(stargate, places(4, 3, 9), 3) == [
        [104, 204, 319, 319, 319, 319, 319, 204, 104],
        [114, 214, 319, 319, 319, 319, 319, 214, 114],
        [124, 224, 319, 319, 319, 319, 319, 224, 124],
    ]


@pytest.mark.parametrize("slit", [0.5, (0.5, 0.51)])
def test_a_corridor_is_late_by_fractions_of_frames_for_smooth_history(slit: Any) -> None:
    field = Stargate(slit=slit, depth=0.2).field(Extent((96, 54), 25, 25, 0, 25, True))
    late = np.asarray(field.delay)
    assert (np.abs(late - np.rint(late)) > 0.2).mean() > 0.3


def test_the_walls_of_a_corridor_are_as_dark_as_they_are_far() -> None:
    stargate = Stargate(walls=2, far=4, fog=0.5, slit=0.5)
    white = [np.full((3, 9), 200, np.uint8)]
    (row, *_) = shown(stargate, white, 0)
    assert (row[0], row[4], row[8]) == (200, 100, 200)
    assert sorted(row[:5], reverse=True) == row[:5]


def test_a_slit_that_sweeps_shows_a_still_picture_whole_on_the_wall() -> None:
    stargate = Stargate(walls=2, far=4, fog=0, perspective=1, slit=(0, 1, 0), depth=1)
    scene = np.broadcast_to(np.arange(200), (3, 200))
    (row, *_) = shown(stargate, [scene] * 25, 0, cyclic=True)
    assert row[150:190] == sorted(set(row[150:190]), reverse=True)  # no column is there twice
    assert (row[149], row[-1]) == (199, 0)


def test_a_clock_is_a_quarter_of_the_loop_late_at_three() -> None:
    assert shown(Clock(), moments(4, (3, 3)), 3, cyclic=True) == [[3, 3, 2], [0, 1, 2], [0, 1, 1]]


def test_a_clock_of_another_depth_than_the_loop_has_no_seam_at_noon() -> None:
    field = Clock(depth=0.1).field(Extent((33, 33), 25, 25, 0, 25, True))
    late = np.asarray(field.delay)
    assert np.abs(np.diff(late[0])).max() < 0.2
    assert late.max() == pytest.approx(2.5, abs=0.1)


def test_a_hand_leaves_what_it_passed_as_it_was() -> None:
    clock = Clock(hands=1)  # which goes round twice in a loop
    pictures = [shown(clock, moments(8, (3, 3)), k, cyclic=True) for k in range(8)]
    noon, three, six = ([at[y][x] for at in pictures] for y, x in ((0, 1), (1, 2), (2, 1)))
    assert noon == [0, 0, 0, 0, 4, 4, 4, 4]
    assert three == [5, 1, 1, 1, 1, 5, 5, 5]
    assert six == [6, 6, 2, 2, 2, 2, 6, 6]


def test_a_kaleidoscope_repeats_its_wedge_in_mirrors() -> None:
    kaleido = Kaleido(folds=4, depth=0.04)
    assert shown(kaleido, places(3, 5, 5), 2) == [  # the frame before, but in the middle
        [104, 103, 102, 103, 104],
        [103, 113, 212, 113, 103],
        [102, 212, 222, 212, 102],
        [103, 113, 212, 113, 103],
        [104, 103, 102, 103, 104],
    ]


def test_a_kaleidoscope_that_spins_looks_another_way_and_comes_round() -> None:
    kaleido = Kaleido(folds=4, spin=1, depth=0.04)
    still = [places(1, 5, 5)[0]] * 4
    assert [shown(kaleido, still, k, cyclic=True)[0][2] for k in range(4)] == [2, 24, 42, 20]


def test_screens_show_the_picture_each_later_than_the_one_before() -> None:
    tiles = Tiles(columns=2, rows=2, depth=3 / 25)
    assert shown(tiles, moments(4, (4, 4)), 3) == [
        [3, 3, 2, 2],
        [3, 3, 2, 2],
        [1, 1, 0, 0],
        [1, 1, 0, 0],
    ]
    scene = np.arange(16).reshape(4, 4) * 10
    small = [[25, 45], [105, 125]]  # means of 2 x 2 pixels
    assert shown(tiles, [scene], 0) == [row * 2 for row in small] * 2


def test_screens_of_another_shape_show_the_middle_undistorted() -> None:
    assert shown(Tiles(columns=2, rows=1, depth=0.04), places(1, 2, 4), 0) == [
        [1, 2, 1, 2],
        [11, 12, 11, 12],
    ]


@pytest.mark.parametrize(
    ("angle", "row", "column"),
    [(0, [5, 5, 5], [3, 5, 7]), (0.25, [7, 5, 3], [5, 5, 5]), (0.5, [5, 5, 5], [7, 5, 3])],
)
def test_a_plane_is_the_oldest_where_its_angle_points(
    angle: float, row: list[int], column: list[int]
) -> None:
    picture = shown(Plane(angle=angle, depth=4 / 25), moments(8, (3, 3)), 7)
    assert picture[1] == row
    assert [each[1] for each in picture] == column


def test_a_plane_that_spins_points_everywhere_once_in_a_loop() -> None:
    plane = Plane(angle=0, spin=1, depth=2 / 25)
    extent = Extent((3, 3), 25, 4, 0, 4, True)
    late = [np.rint(at(plane.field(extent).delay, k)) for k in range(4)]
    assert [each[:, 1].tolist() for each in late] == [[2, 1, 0], [1] * 3, [0, 1, 2], [1] * 3]
    assert [each[1].tolist() for each in late] == [[1] * 3, [0, 1, 2], [1] * 3, [2, 1, 0]]


@pytest.mark.parametrize("name", FIELDS)
def test_an_effect_loops_without_a_seam(name: str, out: Path) -> None:
    with RollingClip.open(DANCER, width=48, end=1.5, effect=name, loop="crossfade") as clip:
        clip.write_gif(str(out / "a.gif"), logger=None)
        assert clip.seam is not None
        assert clip.seam < 1.5


@pytest.mark.parametrize("name", FIELDS)
def test_a_gif_of_an_effect_shows_the_moments_of_its_field_and_carries_its_recipe(
    name: str, make_video: MakeVideo, out: Path
) -> None:
    path = make_video("effects.mp4", numbered(10, (16, 8)), *LOSSLESS, rate=10)
    chosen = {"fog": 0.0, "depth": 0.3}  # a fog would darken the numbers
    own: Any = {each: chosen[each] for each in settings_of(effects()[name]) if each in chosen}
    look = Look(effect=name, loop="wrap", **own)
    ran = rollscan(path, "--gif", out / "a.gif", *words_of(look.settings))
    assert (ran.status, ran.err) == (0, "")
    assert Look.of(out / "a.gif") == look
    frames = gif_frames(out / "a.gif")
    field = effect_of(look).field(Extent((16, 8), 10, 10, 0, 10, True))
    for k in (0, 5):
        moment = (k - nearest(at(field.delay, k))) % 10
        np.testing.assert_array_equal(numbers(frames[k]), np.broadcast_to(moment, (8, 16)))
