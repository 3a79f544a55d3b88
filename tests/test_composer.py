"""FrameComposer on pictures small enough to read: which row of which frame is shown where."""

from __future__ import annotations

import copy
import pickle
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import numbered, rolled_as_by_the_original
from hypothesis import given
from hypothesis import strategies as st

from rollscan import ArgumentError, FrameComposer, LineScanner, RewindError, TimeDisplacer
from rollscan.composers.composer import Composer

FPS = 25
Frame = npt.NDArray[np.int64]

# To see "left" as "up" and so on: how to turn a picture so that its history flows up.
UPWARDS: dict[str, Callable[[Frame], Frame]] = {
    "up": lambda picture: picture,
    "down": lambda picture: picture[::-1],
    "left": lambda picture: picture.swapaxes(0, 1),
    "right": lambda picture: picture.swapaxes(0, 1)[::-1],
}


def columns(count: int, height: int) -> list[Frame]:
    """Frames one pixel wide: row r of frame k is 100 k + r, so 302 is row 2 of frame 3."""
    return [100 * k + np.arange(height)[:, None] for k in range(count)]


def fields(count: int, shape: tuple[int, int]) -> list[Frame]:
    """Frames in which no two pixels, of the same frame or of others, are alike."""
    size = shape[0] * shape[1]
    return [size * k + np.arange(size).reshape(shape) for k in range(count)]


def shown(composer: FrameComposer, k: int) -> list[int]:
    """The composed frame k of `columns`, as a list."""
    return composer.make_frame(k / FPS).ravel().tolist()


def test_history_rises_from_the_slit_one_row_per_frame() -> None:
    composer = FrameComposer(columns(5, height=4), FPS)
    assert [shown(composer, k) for k in range(5)] == [
        [0, 1, 2, 3],
        [100, 2, 102, 103],
        [2, 102, 202, 203],
        [102, 202, 302, 303],
        [202, 302, 402, 403],
    ]


def test_history_falls_when_the_direction_is_down() -> None:
    composer = FrameComposer(columns(3, height=4), FPS, direction="down")
    assert [shown(composer, k) for k in range(3)] == [
        [0, 1, 2, 3],
        [100, 101, 102, 2],
        [200, 201, 202, 102],
    ]


def test_history_flows_to_both_edges_when_the_direction_is_out() -> None:
    composer = FrameComposer(columns(3, height=5), FPS, direction="out")
    assert [shown(composer, k) for k in range(3)] == [
        [0, 1, 2, 3, 4],
        [100, 2, 102, 2, 104],
        [2, 102, 202, 102, 2],
    ]


@pytest.mark.parametrize(
    ("direction", "composed"), [("left", [2, 102, 202, 203]), ("right", [200, 201, 202, 102])]
)
def test_history_flows_sideways_from_a_slit_that_is_a_column(
    direction: str, composed: list[int]
) -> None:
    frames = [column.T for column in columns(3, height=4)]
    assert shown(FrameComposer(frames, FPS, direction=direction), 2) == composed


def test_a_slit_two_rows_wide_rolls_two_rows_per_frame() -> None:
    composer = FrameComposer(columns(4, height=6), FPS, slit_width=2)
    assert [shown(composer, k) for k in range(4)] == [
        [0, 1, 2, 3, 4, 5],
        [100, 3, 4, 103, 104, 105],  # row 0 has been reached by no history yet
        [4, 103, 104, 203, 204, 205],
        [104, 203, 204, 303, 304, 305],
    ]


def test_the_composition_is_the_original_scripts() -> None:
    frames = fields(30, (11, 3))
    composer = FrameComposer(frames, FPS)
    for k, original in enumerate(rolled_as_by_the_original(frames)):
        np.testing.assert_array_equal(composer.make_frame(k / FPS), original)


def composed(frames: list[Frame], k: int, slit: float, width: int) -> Frame:
    """Composed frame k with history up, row by row: the definition, for others to be turned to."""
    height = len(frames[0])
    first = min(int(slit * height), height - width)
    picture = frames[k].copy()
    for row in range(first):
        ago = -(-(first - row) // width)  # the smallest that is at the slit or below it
        if ago <= k:
            picture[row] = frames[k - ago][row + width * ago]
    return picture


@given(st.data())
def test_every_row_of_history_is_the_slit_row_of_the_frame_it_came_from(
    data: st.DataObject,
) -> None:
    shape = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)), "shape")
    direction = data.draw(st.sampled_from(["up", "down", "left", "right", "out"]), "direction")
    side = shape[1] if direction in ("left", "right") else shape[0]
    width = data.draw(st.integers(1, side), "slit_width")
    slit = data.draw(st.floats(0, 1), "slit")
    frames = fields(data.draw(st.integers(1, 40), "frames"), shape)
    visits = data.draw(st.lists(st.integers(0, len(frames) + 3), min_size=1, max_size=8), "visits")
    first = min(int(slit * side), side - width)

    composer = FrameComposer(frames, FPS, slit=slit, direction=direction, slit_width=width)
    for visit in visits:
        k = min(visit, len(frames) - 1)
        picture = composer.make_frame(visit / FPS)
        for flow in ("up", "down") if direction == "out" else (direction,):
            turn = UPWARDS[flow]
            # The slit is the same rows however history flows: seen upside down, they are elsewhere.
            top = first if flow in ("up", "left") else side - first - width
            expected = composed([turn(frame) for frame in frames], k, (top + 0.5) / side, width)
            rows = slice(0, top + width if direction == "out" else None)
            np.testing.assert_array_equal(turn(picture)[rows], expected[rows])


@pytest.mark.parametrize("slit", [0.0, 0.3, 0.999, 1.0])
def test_the_slit_is_where_it_is_asked_for_and_never_outside(slit: float) -> None:
    composer = FrameComposer(columns(2, height=4), FPS, slit=slit)
    row = {0.0: 0, 0.3: 1, 0.999: 3, 1.0: 3}[slit]
    assert shown(composer, 1)[row:] == [100 + r for r in range(row, 4)]
    assert shown(composer, 1)[:row][-1:] == [row] * (row > 0)


@pytest.mark.parametrize("fps", [25, 24, 12.5, 30000 / 1001, 60])
def test_every_exact_frame_time_shows_its_own_frame(fps: float) -> None:
    composer = FrameComposer((np.full((1, 1), k) for k in range(5001)), fps)
    assert [composer.make_frame(k / fps).item() for k in range(5001)] == list(range(5001))


def test_moviepys_frame_times_show_every_frame_once() -> None:
    composer = FrameComposer((np.full((1, 1), k) for k in range(5000)), FPS)
    times = np.arange(5000) / FPS
    assert [composer.make_frame(t).item() for t in times] == list(range(5000))


def test_a_frame_stays_on_display_until_the_next_is_due() -> None:
    composer = FrameComposer(columns(3, height=1), fps=10)
    assert [composer.make_frame(t).item() for t in (0, 0.05, 0.0999, 0.1, 0.1999)] == [
        *(0, 0, 0),
        *(100, 100),
    ]


def test_skipping_takes_in_every_frame_between() -> None:
    one_by_one = FrameComposer(columns(26, height=9), FPS)
    for k in range(25):
        one_by_one.make_frame(k / FPS)
    skipping = FrameComposer(columns(26, height=9), FPS)
    skipping.make_frame(0)
    np.testing.assert_array_equal(skipping.make_frame(1.0), one_by_one.make_frame(1.0))


def test_asking_again_gives_the_same_picture_and_takes_no_frame() -> None:
    taken = []

    def frames() -> Iterator[Frame]:
        for k, frame in enumerate(columns(9, height=4)):
            taken.append(k)
            yield frame

    composer = FrameComposer(frames(), FPS)
    assert shown(composer, 3) == shown(composer, 3) == [102, 202, 302, 303]
    assert taken == [0, 1, 2, 3]


def test_going_back_starts_the_frames_over() -> None:
    composer = FrameComposer(columns(9, height=4), FPS)
    first = shown(composer, 2)
    assert shown(composer, 8) != first
    assert shown(composer, 2) == first


def test_going_back_on_a_one_shot_iterator_is_an_error_and_not_a_wrong_frame() -> None:
    composer = FrameComposer(iter(columns(9, height=4)), FPS)
    last = shown(composer, 8)
    with pytest.raises(RewindError, match="iterator that runs only once: give a list"):
        composer.make_frame(0)
    assert shown(composer, 8) == last


def test_the_last_composition_stays_after_the_last_frame() -> None:
    composer = FrameComposer(columns(3, height=4), FPS)
    assert shown(composer, 2) == shown(composer, 3) == shown(composer, 1000) == [2, 102, 202, 203]
    assert shown(composer, 1) == [100, 2, 102, 103]


def test_returned_pictures_can_be_kept_and_written_to() -> None:
    frames = columns(5, height=4)
    composer = FrameComposer(frames, FPS, slit_width=2)
    kept = [composer.make_frame(k / FPS) for k in range(5)]
    copies = [picture.copy() for picture in kept]
    for picture in (composer.make_frame(4 / FPS), composer.buffer):
        picture[:] = -1
    np.testing.assert_array_equal(kept, copies)
    np.testing.assert_array_equal(composer.make_frame(4 / FPS), copies[4])
    np.testing.assert_array_equal(frames, columns(5, height=4))


def test_frames_given_may_be_used_again_by_their_maker() -> None:
    def one_array() -> Iterator[Frame]:
        array = np.empty((4, 1), int)
        for frame in columns(4, height=4):
            array[:] = frame
            yield array

    assert shown(FrameComposer(one_array(), FPS), 3) == [102, 202, 302, 303]


def test_the_kind_of_the_frames_is_kept() -> None:
    for frame in (
        np.ones((4, 6, 3), np.uint8),
        np.ones((4, 6, 4), np.uint16),
        np.full((4, 6), 0.5),
    ):
        picture = FrameComposer([frame] * 3, FPS).make_frame(1)
        assert (picture.dtype, picture.shape) == (frame.dtype, frame.shape)
        assert (picture == frame).all()


def test_frames_that_cannot_be_written_to_are_taken() -> None:
    frames = numbered(4)
    for frame in frames:
        frame.flags.writeable = False
    picture = FrameComposer(frames, FPS).make_frame(3 / FPS)
    assert picture.flags.writeable


def test_the_buffer_holds_the_slit_and_the_history_in_their_rows() -> None:
    composer = FrameComposer(columns(3, height=4), FPS)
    composer.make_frame(2 / FPS)
    assert isinstance(composer.buffer, np.ndarray)
    assert composer.buffer.ravel().tolist() == [2, 102, 202, 0]


def test_the_buffer_survives_a_roll_that_is_longer_than_the_video_is_high() -> None:
    composer = FrameComposer(columns(99, height=3), FPS)
    assert shown(composer, 98) == [9701, 9801, 9802]
    assert composer.buffer.ravel().tolist() == [9701, 9801, 0]


def test_the_pre_roll_fills_the_history_before_frame_0() -> None:
    composer = FrameComposer(columns(6, height=4), FPS, pre_roll=2)
    assert [shown(composer, k) for k in range(2)] == [[2, 102, 202, 203], [102, 202, 302, 303]]


def test_the_pre_roll_is_had_again_when_going_back() -> None:
    composer = FrameComposer(columns(9, height=4), FPS, pre_roll=3)
    first = shown(composer, 0)
    shown(composer, 5)
    assert shown(composer, 0) == first == [102, 202, 302, 303]


def test_feather_blends_the_newest_history_into_the_live_picture() -> None:
    frames = [np.full((6, 1), value, float) for value in (0, 0, 0, 100)]
    composer = FrameComposer(frames, FPS, slit=0.5, feather=1)
    assert shown(composer, 3) == [0, 0, 50, 100, 100, 100]
    composer = FrameComposer(frames, FPS, slit=0.5, feather=3)
    assert shown(composer, 3) == [25, 50, 75, 100, 100, 100]


@pytest.mark.parametrize("direction", ["up", "down", "out"])
def test_feather_is_the_same_on_every_side_of_the_slit(direction: str) -> None:
    frames = [np.full((7, 1), value, float) for value in (0, 0, 0, 100)]
    composer = FrameComposer(frames, FPS, slit=0.5, feather=3, direction=direction)
    up, down = [25, 50, 75], [75, 50, 25]
    assert shown(composer, 3) == [
        *(up if direction in ("up", "out") else [100] * 3),
        100,
        *(down if direction in ("down", "out") else [100] * 3),
    ]


def test_feather_is_no_wider_than_the_history_there_is() -> None:
    frames = [np.full((6, 1), value, float) for value in (0, 100)]
    composer = FrameComposer(frames, FPS, feather=3)
    assert shown(composer, 0) == [0] * 6
    assert shown(composer, 1)[:2] == [100, 100]
    assert 0 < shown(composer, 1)[2] < 100


def test_a_slit_that_stands_still_as_a_function_is_a_slit_that_stands_still() -> None:
    for direction in ("up", "down", "left", "right", "out"):
        frames = fields(20, (7, 5))
        fixed = FrameComposer(frames, FPS, slit=0.4, direction=direction)
        moving = FrameComposer(frames, FPS, slit=lambda _: 0.4, direction=direction)
        for k in range(20):
            np.testing.assert_array_equal(
                moving.make_frame(k / FPS), fixed.make_frame(k / FPS), err_msg=direction
            )


def test_a_moving_slit_is_told_the_frame_number_negative_in_the_pre_roll() -> None:
    asked: list[int] = []

    def slit(k: int) -> float:
        asked.append(k)
        return 0.5

    FrameComposer(columns(5, height=4), FPS, slit=slit, pre_roll=2).make_frame(1 / FPS)
    assert sorted(set(asked)) == [-2, -1, 0, 1]


def test_a_slit_that_moves_down_one_row_per_frame_leaves_standing_history() -> None:
    """History rises as fast as the slit sinks away from it, so two rows lie between its rows."""
    composer = FrameComposer(columns(3, height=6), FPS, slit=lambda k: (k + 2.5) / 6)
    assert [shown(composer, k) for k in range(3)] == [
        [0, 1, 2, 3, 4, 5],
        [100, 2, 3, 103, 104, 105],
        [2, 3, 103, 104, 204, 205],
    ]


BAD = {
    "fps": [0, -1, float("nan"), float("inf")],
    "slit": [-0.1, 1.1, float("nan"), float("inf")],
    "direction": ["sideways", "", None],
    "slit_width": [0, -1, 5, 1.5],
    "pre_roll": [-1, 0.5],
    "feather": [-1, 0.5],
}


@pytest.mark.parametrize(
    ("name", "value"), [(n, value) for n, some in BAD.items() for value in some]
)
def test_a_bad_argument_is_named_with_its_value_and_what_is_allowed(
    name: str, value: object
) -> None:
    arguments = {"fps": FPS, name: value}
    with pytest.raises(ValueError, match=rf"^{name} is {value!r}: give \S") as raised:
        FrameComposer(columns(3, height=4), **arguments)
    assert raised.type is ArgumentError


@pytest.mark.parametrize("t", [-0.04, float("nan"), float("inf")])
def test_a_time_that_is_none_is_an_error(t: float) -> None:
    with pytest.raises(ValueError, match=rf"^t is {t}: give seconds, 0 or more"):
        FrameComposer(columns(3, height=4), FPS).make_frame(t)


def test_no_frames_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^frames holds 0 of the 1 needed"):
        FrameComposer([], FPS)


def test_a_pre_roll_that_uses_up_all_frames_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^frames holds 3 of the 4 needed"):
        FrameComposer(columns(3, height=4), FPS, pre_roll=3)


def test_a_pre_roll_of_no_use_is_told_too() -> None:
    with pytest.raises(ArgumentError, match=r"^frames holds 3 of the .+ needed"):
        FrameComposer(columns(3, height=4), FPS, pre_roll=HUGE)


def test_frames_of_different_shapes_are_an_error() -> None:
    composer = FrameComposer([np.zeros((4, 6, 3)), np.zeros((4, 7, 3))], FPS)
    with pytest.raises(
        ValueError, match=r"^frames changes from \(4, 6, 3\) float64 to \(4, 7, 3\) float64"
    ):
        composer.make_frame(1)


def test_a_moving_slit_that_leaves_the_picture_is_an_error() -> None:
    composer = FrameComposer(columns(9, height=4), FPS, slit=lambda k: k / 4)
    with pytest.raises(ValueError, match=r"^slit is 1\.25: give a fraction from 0 to 1"):
        composer.make_frame(8 / FPS)


def test_closing_closes_the_frame_iterator() -> None:
    closed = []

    def frames() -> Iterator[Frame]:
        try:
            yield from columns(9, height=4)
        finally:
            closed.append(True)

    FrameComposer(frames(), FPS).close()
    assert closed
    FrameComposer(columns(9, height=4), FPS).close()  # nothing to close in a list


def test_a_closed_composer_gives_no_more_frames() -> None:
    composer = FrameComposer([np.zeros((2, 2, 3), np.uint8)] * 5, FPS)
    composer.close()
    with pytest.raises(RewindError, match="closed"):
        composer.make_frame(0)


@pytest.mark.parametrize(
    "frames",
    [
        [np.zeros((2, 2, 3), np.uint8), None],
        [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3))],
        [[[0, 0, 0]]],
        None,
        7,
    ],
    ids=["none among them", "another type", "lists", "none at all", "a number"],
)
def test_frames_that_are_no_frames_are_refused(frames: object) -> None:
    with pytest.raises(ValueError, match=r"^frames "):
        FrameComposer(frames, FPS).make_frame(1)


@pytest.mark.parametrize("slit", [None, "0.5", (0.2, 0.8)])
def test_a_slit_that_is_no_number_is_refused(slit: object) -> None:
    with pytest.raises(ValueError, match=r"^slit is "):
        FrameComposer([np.zeros((2, 2, 3), np.uint8)], FPS, slit=slit)


# Copies, threads, and frames that fail.


def failing(count: int, error: BaseException) -> Iterator[Frame]:
    """That many frames, and then the error."""
    yield from columns(count, height=4)
    raise error


class Failing:
    """Frames that fail as often as they are iterated, but for the last time."""

    def __init__(self, count: int, error: BaseException, times: int) -> None:
        self._count, self._error, self._times = count, error, times

    def __iter__(self) -> Iterator[Frame]:
        self._times -= 1
        return iter(columns(9, height=4)) if self._times < 0 else failing(self._count, self._error)


def test_a_copy_goes_its_own_way_through_the_frames() -> None:
    expected = [shown(FrameComposer(columns(9, height=4), FPS, pre_roll=2), k) for k in range(7)]
    composer = FrameComposer(columns(9, height=4), FPS, pre_roll=2)
    twin = copy.copy(composer)
    for k in range(7):
        assert shown(twin, k) == shown(composer, k) == expected[k]
    later = copy.copy(composer)
    assert [shown(later, k) for k in range(7)] == expected
    composer.close()
    assert shown(twin, 5) == expected[5]


def test_a_copy_keeps_what_a_subclass_holds() -> None:
    class Titled(FrameComposer):
        def __init__(self, title: str) -> None:
            super().__init__(columns(3, height=4), FPS, direction="down")
            self.title = title

    twin = copy.copy(Titled("rain"))
    assert isinstance(twin, Titled)
    assert (twin.title, shown(twin, 1)) == ("rain", [100, 101, 102, 2])


def test_frames_that_run_only_once_cannot_be_copied() -> None:
    composer = FrameComposer(iter(columns(3, height=4)), FPS)
    with pytest.raises(RewindError, match="runs only once: give a list"):
        copy.copy(composer)
    assert shown(composer, 2) == [2, 102, 202, 203]


def test_a_closed_composer_cannot_be_copied() -> None:
    composer = FrameComposer(columns(3, height=4), FPS)
    composer.close()
    with pytest.raises(RewindError, match="open the clip again"):
        copy.copy(composer)


@pytest.mark.parametrize("taken", [copy.deepcopy, pickle.dumps])
def test_a_composer_is_neither_pickled_nor_deeply_copied(taken: Callable[[object], object]) -> None:
    with pytest.raises(
        ArgumentError, match=r"FrameComposer .* neither pickled nor deeply copied: "
    ):
        taken(FrameComposer(columns(3, height=4), FPS))


def test_threads_that_share_a_composer_get_the_frames_they_ask_for() -> None:
    class Slow:
        """Frames that let other threads run before each one."""

        def __iter__(self) -> Iterator[Frame]:
            for frame in columns(12, height=4):
                time.sleep(0)
                yield frame

    alone = FrameComposer(columns(12, height=4), FPS)
    expected = [shown(alone, k) for k in range(12)]
    composer = FrameComposer(Slow(), FPS)
    asked = [k * 5 % 12 for k in range(320)]
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda k: shown(composer, k), asked))
    assert got == [expected[k] for k in asked]


def test_frames_that_failed_once_fail_again() -> None:
    composer = FrameComposer(failing(3, OSError("gone")), FPS)
    shown(composer, 2)
    for k in (3, 5, 2):
        with pytest.raises(OSError, match="gone"):
            shown(composer, k)
    with pytest.raises(OSError, match="gone"):
        copy.copy(composer)


def test_frames_that_can_be_had_again_are_tried_again() -> None:
    composer = FrameComposer(Failing(3, OSError("gone"), times=2), FPS)
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            shown(composer, 5)
    assert shown(composer, 5) == shown(FrameComposer(columns(9, height=4), FPS), 5)


def test_frames_that_fail_in_the_pre_roll_fail_again() -> None:
    class Fewer:
        """Five frames, but one where they are iterated again."""

        count = 5

        def __iter__(self) -> Iterator[Frame]:
            yield from columns(self.count, height=4)
            self.count = 1

    composer = FrameComposer(Fewer(), FPS, pre_roll=2)
    shown(composer, 9)
    for _ in range(2):
        with pytest.raises(ArgumentError, match="holds 1 of the 3 needed"):
            shown(composer, 0)


def test_a_frame_that_does_not_fit_is_not_passed_over() -> None:
    frames = [*columns(2, height=4), *columns(1, height=5), *columns(5, height=4)]
    for one in (frames, iter(frames)):
        composer = FrameComposer(one, FPS)
        for _ in range(2):
            with pytest.raises(ArgumentError, match="frames changes from"):
                shown(composer, 6)


def test_frames_that_were_interrupted_go_on_from_the_first() -> None:
    composer = FrameComposer(Failing(3, KeyboardInterrupt(), times=1), FPS)
    with pytest.raises(KeyboardInterrupt):
        shown(composer, 5)
    assert shown(composer, 5) == shown(FrameComposer(columns(9, height=4), FPS), 5)
    once = FrameComposer(failing(3, KeyboardInterrupt()), FPS)
    with pytest.raises(KeyboardInterrupt):
        shown(once, 5)
    with pytest.raises(RewindError, match="start over"):
        shown(once, 5)


# Values of other types.

HUGE = 10**5000  # a whole number too long for Python to write


def kind(value: object) -> str:
    """What a test with the value is called."""
    return value if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("fps", value) for value in ("25", None, True, HUGE, Decimal(25), 25j, [25])),
        *(("slit", value) for value in ("0.5", None, True, HUGE, [0.5], np.zeros((9, 9)))),
        *(("direction", value) for value in (["up"], {}, 1, np.array(["up", "down"]))),
        *(("slit_width", value) for value in ("auto", None, True, HUGE, 1.0, [1])),
        *(("pre_roll", value) for value in ("1", None, True, 1.0)),
        *(("feather", value) for value in ("1", None, True, 1.0)),
        *(("frames", value) for value in (None, 5, "ab", np.zeros((4, 6, 3), np.uint8), [[1]])),
    ],
    ids=kind,
)
def test_values_of_no_use_are_told_in_one_line(name: str, value: object) -> None:
    arguments = {"frames": columns(3, height=4), "fps": FPS, name: value}
    with pytest.raises(ArgumentError, match=rf"^{name} .*: give \S") as raised:
        FrameComposer(**arguments)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("t", ["0", None, True, 1e308, HUGE, [0], np.zeros(3), 1j], ids=kind)
def test_a_time_of_no_use_is_told_in_one_line(t: object) -> None:
    with pytest.raises(ArgumentError, match=r"^t is .+: give seconds, 0 or more$"):
        FrameComposer(columns(3, height=4), FPS).make_frame(t)


def test_numbers_of_any_kind_serve() -> None:
    expected = FrameComposer(columns(300, height=200), FPS, slit_width=2, pre_roll=120, feather=120)
    composer = FrameComposer(
        columns(300, height=200),
        Fraction(25),
        slit=np.float16(0.5),
        direction=np.str_("up"),
        slit_width=np.int8(2),
        pre_roll=np.int8(120),
        feather=np.int8(120),
    )
    for k in range(3):
        assert shown(composer, k) == shown(expected, k)


def test_a_short_float_is_not_too_short_for_the_frames_number() -> None:
    fps = np.float32(30000 / 1001)
    composer = FrameComposer((np.full((1, 1), k) for k in range(5001)), fps)
    assert composer.make_frame((4002 - 1e-4) / float(fps)).item() == 4001


@pytest.mark.parametrize("feather", [300_000_000, 10**23, HUGE], ids=["3e8", "1e23", "huge"])
def test_feather_takes_no_more_room_than_the_picture(feather: int) -> None:
    frames = [np.full((6, 1), value, float) for value in (0, 0, 0, 100)]
    tracemalloc.start()
    try:
        composer = FrameComposer(frames, FPS, feather=feather)
        assert shown(composer, 3) == pytest.approx([100] * 6)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_feather_longer_than_the_picture_is_the_end_of_a_long_one() -> None:
    frames = [np.full((6, 1), value, float) for value in (0, 0, 0, 100)]
    composer = FrameComposer(frames, FPS, feather=9)
    assert shown(composer, 3) == pytest.approx([70, 80, 90, 100, 100, 100])


COMPOSERS: list[Callable[[Any], Composer]] = [
    lambda frames: FrameComposer(frames, 25, slit_width=2),
    lambda frames: TimeDisplacer(frames, 25, map="up", depth=0.2),
    lambda frames: LineScanner(frames, 25, seconds=0.2),
]


@pytest.mark.parametrize("compose", COMPOSERS)
def test_a_composer_is_iterated_as_its_frames_are_made(compose: Callable[[Any], Composer]) -> None:
    frames = fields(12, (6, 4))
    one, other = compose(frames), compose(frames)
    pictures = list(one)
    assert len(pictures) == 12
    for k, picture in enumerate(pictures):
        assert np.array_equal(picture, other.make_frame(k / 25))
    assert all(map(np.array_equal, one, pictures))  # again, from the first on
    once = compose(iter(frames))
    assert all(map(np.array_equal, once, pictures))
    with pytest.raises(RewindError, match="only once"):
        next(iter(once))
    assert len(list(FrameComposer(one, 25))) == 12  # the frames of another composer


def test_a_composer_can_be_asked_between_two_of_its_frames() -> None:
    frames = fields(6, (6, 4))
    composer = FrameComposer(frames, 25)
    expected = list(composer)
    pictures = []
    for picture in composer:
        pictures.append(picture)
        composer.make_frame(0)
    assert all(map(np.array_equal, pictures, expected))
    assert len(pictures) == 6


def test_the_frames_of_a_pre_roll_are_not_iterated() -> None:
    assert len(list(FrameComposer(fields(6, (6, 4)), 25, pre_roll=2))) == 4
