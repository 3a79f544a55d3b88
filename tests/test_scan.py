"""LineScanner on frames whose every pixel tells its frame, against the definition."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
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


def fields(count: int, shape: tuple[int, ...]) -> list[Frame]:
    """Frames in which no two values, of the same frame or of others, are alike."""
    size = int(np.prod(shape))
    return [size * k + np.arange(size).reshape(shape) for k in range(count)]


def moments(count: int, shape: tuple[int, ...]) -> list[Frame]:
    """Frames that are filled with their number."""
    return [np.full(shape, k) for k in range(count)]


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
