"""LineScanner on frames whose every pixel tells its frame, against the definition."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import LOSSLESS, MakeVideo, fields, gif_frames, moments, numbered, numbers, rollscan
from hypothesis import given
from hypothesis import strategies as st

from rollscan import ArgumentError, LineScanner, RewindError

Frame = npt.NDArray[Any]

FPS = 4

# To see "up" as "down" and so on: how to turn a picture so that its line moves down.
DOWNWARDS: dict[str, Callable[[Frame], Frame]] = {
    "down": lambda picture: picture,
    "up": lambda picture: picture[::-1],
    "right": lambda picture: picture.swapaxes(0, 1),
    "left": lambda picture: picture.swapaxes(0, 1)[::-1],
}


def scanned(frames: list[Frame], k: int, sweep: Fraction) -> Frame:
    """Composed frame k by the definition, with the line moving down; sweep: frames it takes."""
    height = len(frames[0])
    picture = np.empty_like(frames[0])
    for row in range(height):
        passed_in = ceil((row + 1) * sweep / height) - 1  # the frame that reaches the row's end
        picture[row] = frames[min(k, passed_in)][row]
    return picture


def column(scanner: LineScanner, k: int) -> list[Any]:
    """The first column of composed frame k."""
    return scanner.make_frame(k / scanner.fps)[:, 0].tolist()


def test_the_line_freezes_what_it_passes() -> None:
    scanner = LineScanner(moments(7, (4, 1)), FPS, seconds=1)
    assert [column(scanner, k) for k in range(7)] == [
        [0, 0, 0, 0],
        [0, 1, 1, 1],
        [0, 1, 2, 2],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
        [0, 1, 2, 3],
    ]


@pytest.mark.parametrize(
    ("direction", "passed_last"),
    [
        ("down", [[0, 0], [1, 1]]),
        ("up", [[1, 1], [0, 0]]),
        ("right", [[0, 1], [0, 1]]),
        ("left", [[1, 0], [1, 0]]),
    ],
)
def test_the_line_moves_in_four_directions(direction: Any, passed_last: list[list[int]]) -> None:
    scanner = LineScanner(moments(5, (2, 2)), FPS, direction=direction, seconds=0.5)
    assert scanner.make_frame(1).tolist() == passed_last


@given(st.data())
def test_every_row_is_live_until_the_line_has_passed_it(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 7), st.integers(1, 7)), "shape")
    direction = data.draw(st.sampled_from(list(DOWNWARDS)), "direction")
    rate = data.draw(st.sampled_from([0.5, 4, 25, 29.97]), "fps")
    sweep = data.draw(st.integers(1, 80).map(lambda k: Fraction(k, 8)), "sweep, in frames")
    pre_roll = data.draw(st.integers(0, 3), "pre_roll")
    channels = data.draw(st.sampled_from([(), (3,)]), "channels")
    frames = fields(pre_roll + data.draw(st.integers(1, 9), "frames"), (*shape, *channels))
    scanner = LineScanner(
        frames, rate, direction=direction, seconds=float(sweep) / rate, pre_roll=pre_roll
    )
    turn, shown = DOWNWARDS[direction], frames[pre_roll:]
    for asked in data.draw(st.lists(st.integers(0, 11), min_size=1, max_size=6), "times"):
        k = min(asked, len(shown) - 1)  # after the last frame, the last composition stays
        composed = scanner.make_frame(asked / rate)
        expected = scanned([turn(frame) for frame in shown], k, sweep)
        np.testing.assert_array_equal(turn(composed), expected)
        composed[:] = -1  # is the caller's


@given(st.integers(1, 300), st.integers(1, 400), st.sampled_from([24000 / 1001, 25, 29.97, 60]))
def test_a_sweep_as_long_as_the_clip_ends_with_its_last_frame(
    height: int, count: int, rate: float
) -> None:
    scanner = LineScanner(moments(count, (height, 1)), rate, seconds=count / rate)
    shown = scanner.make_frame((count - 1) / rate)[:, 0]
    assert shown[-1] == count - 1
    assert set(shown) == {ceil((row + 1) * count / height) - 1 for row in range(height)}


def test_a_line_is_drawn_where_it_is_and_leaves_nothing_behind() -> None:
    red = [255, 0, 0]
    frames = [np.full((4, 2, 3), k, np.uint8) for k in range(6)]
    scanner = LineScanner(frames, FPS, seconds=1, line="red")
    plain = LineScanner(frames, FPS, seconds=1)
    for k in range(6):
        shown, expected = scanner.make_frame(k / FPS), plain.make_frame(k / FPS)
        if k < 3:
            assert shown[k + 1].tolist() == [red, red]
            expected[k + 1] = red
        np.testing.assert_array_equal(shown, expected)


def test_a_line_is_thicker_in_a_larger_picture_and_opaque_in_a_mask() -> None:
    frame = np.zeros((8, 1080))
    scanner = LineScanner([frame], FPS, direction="left", seconds=0.5, line="#123456")
    shown = scanner.make_frame(0)
    assert np.flatnonzero(shown[0]).tolist() == [536, 537, 538, 539]
    assert shown.max() == 1


def test_frames_that_pass_only_once_cannot_be_asked_for_again() -> None:
    scanner = LineScanner(iter(moments(3, (2, 1))), FPS, seconds=1)
    scanner.make_frame(1)
    with pytest.raises(RewindError, match="only once"):
        scanner.make_frame(0)
    scanner.close()
    with pytest.raises(RewindError, match="closed"):
        scanner.make_frame(1)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"fps": "4"}, "fps is '4': give frames per second over 0"),
        ({"seconds": 0}, "seconds is 0: give seconds over 0"),
        ({"seconds": -1}, "seconds is -1: give seconds over 0"),
        ({"seconds": None}, "seconds is None: give seconds over 0"),
        ({"direction": "out"}, "direction is 'out': give one of up, down, left, right"),
        ({"direction": None}, "direction is None: give one of up, down, left, right"),
        ({"pre_roll": 0.5}, "pre_roll is 0.5: give a whole number"),
        ({"pre_roll": 3}, "frames holds 3 of the 4 needed"),
        ({"line": "mud"}, "line is 'mud': give a colour, as red or #ff0000"),
        ({"line": "#12345678"}, "line is '#12345678': give a colour"),
        ({"line": "rgb(300,0,0)"}, r"line is 'rgb\(300,0,0\)': give a colour"),
        ({"line": 7}, "line is 7: give a colour"),
        ({"frames": []}, "frames holds 0 of the 1 needed"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], complaint: str) -> None:
    good = {"frames": moments(3, (3, 2)), "fps": FPS, "seconds": 1.0}
    given = {**good, **settings}
    with pytest.raises(ArgumentError, match=complaint):
        LineScanner(given.pop("frames"), given.pop("fps"), **given)


@pytest.fixture
def short(make_video: MakeVideo) -> Path:
    """8 numbered frames of 16x8 at 10 fps."""
    return make_video("scan.mp4", numbered(8, (16, 8)), *LOSSLESS, rate=10)


def composed_numbers(path: Path) -> list[list[int]]:
    """Which frame each row of each frame of a GIF comes from."""
    return [numbers(frame)[:, 0].tolist() for frame in gif_frames(path)]


# The composition of `short` in a sweep that takes all of it: row r stays as it was in frame r.
SWEPT = [[min(k, row) for row in range(8)] for k in range(8)]


@pytest.mark.parametrize(
    ("loop", "composed"),
    [("cut", SWEPT), ("wrap", SWEPT), ("boomerang", SWEPT + SWEPT[-2:0:-1])],
)
def test_the_command_line_scans(
    loop: str, composed: list[list[int]], short: Path, out: Path
) -> None:
    ran = rollscan(short, "--gif", out / "a.gif", "--effect", "scan", "--loop", loop)
    assert ran.status == 0, ran.err
    assert composed_numbers(out / "a.gif") == composed


def test_a_picture_that_is_frozen_stays_until_the_clip_ends(short: Path, out: Path) -> None:
    options = ("--effect", "scan", "--sweep", "0.4", "--direction", "up")
    ran = rollscan(short, "--gif", out / "a.gif", *options)
    assert ran.status == 0, ran.err
    expected = [[min(k, (7 - row) // 2) for row in range(8)] for k in range(4)]
    shown = composed_numbers(out / "a.gif")
    assert shown[:4] == expected
    assert all(later == expected[-1] for later in shown[3:])


def test_what_was_frozen_dissolves_into_the_next_sweep_with_a_crossfade(
    short: Path, out: Path
) -> None:
    options = ("--effect", "scan", "--loop", "crossfade", "--fade", "0.2", "--quality", "100")
    ran = rollscan(short, "--gif", out / "a.gif", *options)
    assert ran.status == 0, ran.err
    shown = gif_frames(out / "a.gif")
    frames = numbered(8, (16, 8))
    swept = [scanned(frames, k, Fraction(6)) for k in range(8)]  # the clip without the fade
    expected = swept[2:6] + [
        np.rint(swept[6 + i] * (1 - (i + 1) / 3) + swept[i] * ((i + 1) / 3)) for i in range(2)
    ]
    assert len(shown) == len(expected)
    for one, other in zip(shown, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1)


def test_the_part_that_loops_best_is_scanned(short: Path, out: Path) -> None:
    options = ("--effect", "scan", "--loop", "match", "--min-loop", "0.4", "--max-loop", "0.4")
    ran = rollscan(short, "--gif", out / "a.gif", *options)
    assert ran.status == 0, ran.err
    shown = composed_numbers(out / "a.gif")
    first = shown[0][0]
    assert shown == [[first + min(k, row // 2) for row in range(8)] for k in range(4)]


def test_the_line_is_seen_in_the_gif(short: Path, out: Path) -> None:
    ran = rollscan(short, "--gif", out / "a.gif", "--effect", "scan", "--line", "white")
    assert ran.status == 0, ran.err
    for k, frame in enumerate(gif_frames(out / "a.gif")):
        assert np.flatnonzero((frame == 255).all(axis=(1, 2))).tolist() == [k + 1][: 7 - k]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            ("--effect", "scan", "--direction", "out"),
            "--direction is 'out', and a scan has a line: give one of",
        ),
        (("--effect", "scan", "--sweep", "0"), "sweep is 0.0: give seconds over 0"),
        (("--effect", "scan", "--sweep", "-1"), "sweep is -1.0: give seconds over 0"),
        (("--effect", "scan", "--line", "mud"), "line is 'mud': give a colour"),
        (("--effect", "scan", "--depth", "1"), "depth is for effect displace or "),
        (("--effect", "scan", "--feather", "1"), "feather is for effect roll, and the effect is"),
        (("--effect", "scan", "--smooth"), "smooth is for effect roll or displace"),
        (("--sweep", "1"), "sweep is for effect scan, and the effect is roll"),
    ],
)
def test_the_command_line_names_what_is_wrong(
    options: tuple[str, ...], complaint: str, short: Path, out: Path
) -> None:
    ran = rollscan(short, "--gif", out / "a.gif", *options)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert complaint in ran.err
    assert not list(out.iterdir())


def test_a_clip_of_moviepy_is_scanned_with_its_mask() -> None:
    from moviepy import VideoClip

    from rollscan import RollScan

    clip = VideoClip(lambda t: np.full((4, 6, 3), round(t * 4), np.uint8), duration=1).with_fps(4)
    clip = clip.with_mask(
        VideoClip(lambda t: np.full((4, 6), round(t * 4) / 4), is_mask=True, duration=1)
    )
    made = clip.with_effects([RollScan(effect="scan", direction="right", sweep=0.5)])
    assert made.get_frame(0.75)[0, :, 0].tolist() == [0, 0, 0, 1, 1, 1]
    assert made.mask.get_frame(0.75)[0].tolist() == [0, 0, 0, 0.25, 0.25, 0.25]
