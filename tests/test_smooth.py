"""Smooth history: each row the slit of its very moment, whatever direction, loop and footage."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import LOSSLESS, MakeVideo, gif_frames, numbered, rollscan
from hypothesis import example, given, settings
from hypothesis import strategies as st
from moviepy import VideoClip

from rollscan import ArgumentError, FrameComposer, Look, RollingClip, RollScan, SourceError
from rollscan.composers.interpolate import Interpolation
from rollscan.composers.smooth import LONGEST_HOLD, MARGIN, Steps
from rollscan.look import effect_of, extent_of, loop_of
from rollscan.loop.cyclic import Cyclic

FPS = 25
Frame = npt.NDArray[Any]
DIRECTIONS = ("up", "down", "left", "right")

# To see "left" as "up" and so on: how to turn a picture so that its history flows up, and back.
UPWARDS: dict[str, Callable[[Frame], Frame]] = {
    "up": lambda picture: picture,
    "down": lambda picture: picture[::-1],
    "left": lambda picture: picture.swapaxes(0, 1),
    "right": lambda picture: picture[:, ::-1].swapaxes(0, 1),
}
BACK = {**UPWARDS, "right": lambda picture: picture.swapaxes(0, 1)[:, ::-1]}


def blob(at: float, shape: tuple[int, int] = (48, 160)) -> Frame:
    """A textured hill of light, `at` pixels from the left, the same in every row: (H, W, 3)."""
    x = np.arange(shape[1]) - at
    row = 60 + 150 * np.exp(-((x / 9) ** 2)) + 30 * np.cos(x / 3) * np.exp(-((x / 14) ** 2))
    return np.repeat(np.rint(row)[None, :, None], shape[0], axis=0).repeat(3, 2).astype(np.uint8)


def pan(count: int, speed: float = 3, start: float = 30) -> list[Frame]:
    """The blob, `speed` pixels further to the right in each frame."""
    return [blob(start + speed * k) for k in range(count)]


def place(row: Frame) -> float:
    """Where in a row the blob is: the middle of what is brighter than the ground."""
    light = (row.reshape(len(row), -1)[:, 0].astype(float) - 100).clip(0)
    return float((light * np.arange(len(row))).sum() / light.sum())


def composed(frames: Any, k: int, direction: str = "up", **settings: Any) -> Frame:
    """Composed frame k, turned so that its history flows up, of frames given as if it did."""
    turned = [BACK[direction](frame) for frame in frames]
    composer = FrameComposer(turned, FPS, direction=direction, smooth=True, **settings)
    return UPWARDS[direction](composer.make_frame(k / FPS))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_each_row_of_history_shows_the_slit_at_its_own_moment(direction: str, width: int) -> None:
    picture = composed(pan(16), 15, direction, slit_width=width)
    slit = 24 if direction in ("up", "left") else 24 - width  # counted from the other end
    for j in range(1, min(slit, 13 * width)):
        assert place(picture[slit - j]) == pytest.approx(30 + 3 * (15 - j / width), abs=0.25)


def test_a_plain_comb_has_teeth_where_smooth_history_has_none() -> None:
    plain = FrameComposer(pan(16), FPS, slit_width=3).make_frame(15 / FPS)
    smooth = FrameComposer(pan(16), FPS, slit_width=3, smooth=True).make_frame(15 / FPS)
    steps = [np.diff([place(row) for row in picture[4:24]]) for picture in (plain, smooth)]
    assert steps[0].max() > 2.5
    assert steps[1] == pytest.approx(1, abs=0.2)


def test_a_row_is_averaged_over_the_time_it_stands_for() -> None:
    frames = pan(12, speed=7)
    row = FrameComposer(frames, FPS, smooth=True).make_frame(11 / FPS)[20, :, 0].astype(float)
    moments = [blob(30 + 7 * (7 + share))[0, :, 0] for share in np.linspace(-0.5, 0.5, 33)]
    averaged, sharp = (np.abs(row - true).mean() for true in (np.mean(moments, 0), moments[16]))
    assert averaged < sharp / 2


def test_history_flows_smoothly_to_both_sides() -> None:
    frames = pan(12)
    picture = FrameComposer(frames, FPS, direction="out", slit_width=3, smooth=True).make_frame(
        11 / FPS
    )
    for j in range(1, 20):
        assert place(picture[24 - j]) == pytest.approx(30 + 3 * (11 - j / 3), abs=0.25)
        assert place(picture[min(26 + j, 47)]) == pytest.approx(
            30 + 3 * (11 - min(j, 21) / 3), abs=0.25
        )


def test_live_rows_are_the_frame_and_begin_at_the_slit() -> None:
    frames = pan(10)
    picture = FrameComposer(frames, FPS, slit=0.5, slit_width=4, smooth=True).make_frame(9 / FPS)
    assert np.array_equal(picture[24:], frames[9][24:])


def test_the_place_of_a_moving_slit_is_in_between_too() -> None:
    # Every row has a brightness of its own, and nothing moves: a row of history tells its place.
    still = np.repeat((np.arange(80) * 3)[:, None, None], 64, axis=1).repeat(3, 2).astype(np.uint8)
    path = lambda k: (20 + 4 * k) / 80 + 1e-9  # noqa: E731
    composer = FrameComposer([still] * 10, FPS, slit=path, slit_width=2, smooth=True)
    rows = composer.make_frame(9 / FPS)[:, 32, 0] / 3
    slit = 20 + 4 * 9
    expected = [slit - 4 * j / 6 for j in range(1, 40)]  # 2 + 4 rows a frame
    assert rows[slit - 39 : slit][::-1] == pytest.approx(expected, abs=0.4)


def test_a_feather_blends_smooth_history_into_the_live_picture() -> None:
    frames = pan(12)
    bare, soft = (
        FrameComposer(frames, FPS, slit_width=3, feather=feather, smooth=True).make_frame(11 / FPS)
        for feather in (0, 4)
    )
    share = (np.arange(1, 5) / 5)[:, None, None]
    blend = frames[11][20:24] * share + bare[20:24] * (1 - share)
    assert np.array_equal(soft[20:24], np.rint(blend))
    assert np.array_equal(soft[:20], bare[:20])


@pytest.mark.parametrize("direction", ["up", "down", "left", "right", "out"])
def test_what_stands_still_stays_exactly_as_it_is(direction: Any) -> None:
    still = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    composer = FrameComposer([still] * 20, FPS, direction=direction, slit_width=2, smooth=True)
    picture = composer.make_frame(19 / FPS)
    if direction in ("left", "right"):
        picture, still = picture.swapaxes(0, 1), still.swapaxes(0, 1)
    middle = len(still) // 2
    if direction == "out":
        assert (picture == still[middle]).all()
    elif direction in ("up", "left"):
        assert (picture[:middle] == still[middle]).all()
    else:
        assert (picture[middle + 2 :] == still[middle + 1]).all()


# Footage as it comes: repeats, rests, cuts.


def held(lengths: list[int], speed: float) -> list[Frame]:
    """Steps of the blob, as even in time as frames allow, held for so many frames each."""
    frames = []
    for n in lengths:
        middle = len(frames) + (n - 1) / 2
        frames += [blob(20 + speed * middle)] * n
    return frames


@pytest.mark.parametrize(
    "pattern", [[3, 2], [2], [2, 1, 1, 1], [3, 2, 2, 3], [6], [1, 2, 1, 2, 2]], ids=str
)
def test_repeated_frames_do_not_make_history_stand_and_jump(pattern: list[int]) -> None:
    speed = 4 / max(pattern)
    frames = held(pattern * (40 // sum(pattern)), speed)
    k = len(frames) - 14
    picture = FrameComposer(frames, FPS, slit_width=2, smooth=True).make_frame(k / FPS)
    steps = np.diff([place(row) for row in picture[4:23]])
    assert steps == pytest.approx(speed / 2, rel=0.25)
    assert np.array_equal(picture[24:], frames[k][24:])  # the live picture is the frame of its time


def test_repeats_are_told_through_the_noise_of_compression() -> None:
    rng = np.random.default_rng(0)
    frames = [
        frame + rng.integers(0, 4, frame.shape, dtype=np.uint8) for frame in held([2] * 20, 3)
    ]
    picture = FrameComposer(frames, FPS, slit_width=2, smooth=True).make_frame(30 / FPS)
    assert np.diff([place(row) for row in picture[4:23]]) == pytest.approx(1.5, abs=0.5)


def test_a_rest_is_no_repeat() -> None:
    frames = [*pan(8), *[blob(30 + 3 * 7)] * 20, *pan(8, start=54)]
    picture = FrameComposer(frames, FPS, slit=1, smooth=True).make_frame(35 / FPS)
    places = [place(row) for row in picture[12:47]]  # frames 0 to 34
    assert places[8:27] == pytest.approx([51] * 19, abs=0.1)


def test_nothing_is_made_up_between_two_shots() -> None:
    rng = np.random.default_rng(1)
    shots = [rng.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(2)]
    frames = [shots[0]] * 6 + [shots[1]] * 6
    for width in (1, 4):
        composer = FrameComposer(frames, FPS, slit_width=width, smooth=True)
        picture = composer.make_frame(8 / FPS)
        rows = {row.tobytes() for row in picture[30 - 8 * width + 1 if width == 1 else 0 : 30]}
        made = rows - {shot[30].tobytes() for shot in shots}
        assert len(made) <= (width == 1)  # the mean of both, over the step between them


def test_a_flash_does_not_bleed() -> None:
    frames = pan(12)
    frames[6] = np.full_like(frames[6], 255)
    picture = FrameComposer(frames, FPS, slit_width=4, smooth=True).make_frame(9 / FPS)
    ground = picture[:24, 0, 0]
    assert set(ground.tolist()) == {60, 255}
    assert 3 <= np.count_nonzero(ground == 255) <= 5


def test_no_motion_is_found_in_noise_that_is_worse_than_its_rows() -> None:
    rng = np.random.default_rng(2)
    frames = [rng.integers(0, 256, (60, 80), dtype=np.uint8) for _ in range(8)]
    picture = FrameComposer(frames, FPS, slit_width=3, smooth=True).make_frame(7 / FPS)
    real = {frame[30].tobytes() for frame in frames}
    assert {row.tobytes() for row in picture[10:30]} <= real


# A function of time alone, round and round.


def wobble(count: int) -> list[Frame]:
    """A circle of frames: the blob to and fro, some of them twice."""
    frames = [blob(80 + 30 * np.sin(2 * np.pi * k / count)) for k in range(count)]
    for k in range(3, count, 7):
        frames[k] = frames[k - 1]
    return frames


class Circle:
    """Frames as a source."""

    def __init__(self, frames: list[Frame]) -> None:
        self._all = frames
        self.size = frames[0].shape[1], frames[0].shape[0]

    def __len__(self) -> int:
        return len(self._all)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        return iter(self._all[first:stop])


@pytest.mark.parametrize("slit", [0.5, (0.3, 0.7, 0.3), (0.2, 0.8)], ids=str)
@pytest.mark.parametrize("loop", ["wrap", "boomerang", "crossfade"])
def test_frames_of_a_loop_come_again_exactly(loop: Any, slit: Any) -> None:
    look = Look(slit=slit, slit_width=2, loop=loop, smooth=True, fade=0.2)
    source = Circle(wobble(24))
    roll, extent = effect_of(look), extent_of(look, source.size, FPS, len(source))
    cycle = Cyclic(source, loop_of(look), roll.history(extent), rate=FPS)
    composer = roll.composer(cycle, extent, pre_roll=cycle.pre_roll)
    first = [composer.make_frame(k / FPS) for k in range(cycle.period)]
    for k in range(cycle.period):
        assert np.array_equal(composer.make_frame((cycle.period + k) / FPS), first[k])
    cycle.close()


@settings(max_examples=4)  # each composes a hundred frames
@given(st.lists(st.integers(0, 25), min_size=2, max_size=3), st.integers(1, 4))
@example([25, 0, 25], 1)
def test_a_frame_is_the_same_whatever_was_asked_before(asked: list[int], width: int) -> None:
    frames = wobble(24)
    composer = FrameComposer(frames, FPS, slit_width=width, smooth=True)
    for k in asked:
        got = composer.make_frame(k / FPS)
    alone = FrameComposer(frames, FPS, slit_width=width, smooth=True).make_frame(asked[-1] / FPS)
    assert np.array_equal(got, alone)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_steps_hold_every_frame_once_and_no_longer_than_a_hold(levels: list[int]) -> None:
    given_ = [np.full((4, 4), 60 * level, np.uint8) for level in levels]
    steps = Steps(iter(given_))
    shown: list[int] = []
    for k, frame in enumerate(steps):
        assert np.array_equal(frame, given_[k])
        for step in steps.around(max(0, k - 0.5)):
            assert 0 <= step.last - step.first < LONGEST_HOLD
            assert np.array_equal(step.frame, given_[step.first])
            assert (np.diff([levels[n] for n in range(step.first, step.last + 1)]) == 0).all()
        shown.append(k)
    assert len(shown) == len(levels)


def test_no_more_frames_are_read_ahead_than_it_takes() -> None:
    read = 0

    def counted(frames: list[Frame]) -> Iterator[Frame]:
        nonlocal read
        for frame in frames:
            read += 1
            yield frame

    composer = FrameComposer(counted(pan(40, speed=1)), FPS, smooth=True)
    composer.make_frame(20 / FPS)
    assert read <= 23
    read = 0
    composer = FrameComposer(counted([blob(30)] * 60), FPS, smooth=True)
    composer.make_frame(20 / FPS)
    assert read <= 21 + MARGIN


def test_frames_may_be_one_array_filled_again_and_again() -> None:
    def reused() -> Iterator[Frame]:
        room = np.empty_like(blob(0))
        for frame in pan(10):
            room[:] = frame
            yield room

    ours = FrameComposer(reused(), FPS, slit_width=2, smooth=True).make_frame(8 / FPS)
    assert np.array_equal(
        ours, FrameComposer(pan(10), FPS, slit_width=2, smooth=True).make_frame(8 / FPS)
    )


def test_what_goes_wrong_ahead_is_raised_in_its_turn_and_every_time() -> None:
    def broken() -> Iterator[Frame]:
        yield from pan(6)
        raise SourceError("the video is damaged")

    composer = FrameComposer(broken(), FPS, smooth=True)
    composer.make_frame(5 / FPS)
    for _ in range(2):
        with pytest.raises(SourceError, match="damaged"):
            composer.make_frame(6 / FPS)


# All that rolls is smooth too.


@pytest.mark.parametrize("shape", [(2, 2, 3), (1, 5, 3), (9, 1, 3), (1, 1), (7, 90, 4), (40, 9, 6)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, bool, np.float32, np.float64])
def test_pictures_of_any_shape_and_type(shape: tuple[int, ...], dtype: Any) -> None:
    rng = np.random.default_rng(3)
    frames = [(rng.random(shape) * 1.9).astype(dtype) for _ in range(4)]
    low, high = min(frame.min() for frame in frames), max(frame.max() for frame in frames)
    for direction, slit in (("up", 0), ("down", 1), ("left", 0.5), ("right", 1), ("out", 0.5)):
        length = shape[1 if direction in ("left", "right") else 0]
        for width in {1, length}:
            composer = FrameComposer(
                frames, FPS, slit=slit, direction=direction, slit_width=width, smooth=True
            )
            picture = composer.make_frame(3 / FPS)
            assert (picture.shape, picture.dtype) == (shape, dtype)
            assert low <= picture.min() and picture.max() <= high


def test_a_mask_rolls_as_its_picture_does() -> None:
    def clip(**given_: Any) -> VideoClip:
        return VideoClip(**given_, duration=1).with_fps(FPS)

    picture = clip(frame_function=lambda t: blob(30 + 75 * t))
    mask = clip(frame_function=lambda t: blob(30 + 75 * t)[..., 0] / 255, is_mask=True)
    rolling = picture.with_mask(mask).with_effects([RollScan(slit_width=3, smooth=True)])
    seen, masked = rolling.get_frame(0.8), rolling.mask.get_frame(0.8)
    assert masked.dtype == float
    for j in range(1, 20):
        assert place(seen[24 - j]) == pytest.approx(30 + 3 * (20 - j / 3), abs=0.25)
        assert place(masked[24 - j] * 255) == pytest.approx(place(seen[24 - j]), abs=0.2)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ArgumentError, match="complex"):
        FrameComposer([np.zeros((9, 9), complex)] * 3, FPS, smooth=True).make_frame(1 / FPS)


@pytest.mark.parametrize("smooth", [None, 1, "no"])
def test_smooth_is_true_or_false(smooth: Any) -> None:
    for make in (lambda: Look(smooth=smooth), lambda: FrameComposer([], FPS, smooth=smooth)):
        with pytest.raises(ArgumentError, match=r"smooth is .*: give True or False"):
            make()


# In between, on its own.


def test_between_makes_any_moment_of_two_frames() -> None:
    before, after = blob(40), blob(43)
    between = Interpolation(before, after)
    assert np.array_equal(between.at(0), before)
    assert np.array_equal(between.at(1), after)
    for share in (0.25, 0.5, 0.8):
        assert np.abs(between.at(share).astype(int) - blob(40 + 3 * share)).max() <= 8
    rows = between.finished(between.rows([3, 9.5], [0.5, 0]))
    assert np.array_equal(rows, [between.at(0.5)[3], before[9]])


def test_between_gives_each_pixel_a_moment_of_its_own() -> None:
    between = Interpolation(blob(40), blob(46))
    y, x = np.mgrid[:48, :160]
    share = y / 47
    picture = between.finished(between.pixels(y, x, share))
    for row in (0, 20, 47):
        assert np.array_equal(picture[row], between.at(share[row, 0])[row])


# The command line and what is missing.


def test_the_command_line_makes_it_smooth(make_video: MakeVideo, out: Path) -> None:
    video = make_video("pan.mp4", pan(20), *LOSSLESS)
    ran = rollscan(video, "--gif", out / "a.gif", "--slit-width", "3", "--smooth")
    assert ran.status == 0, ran.err
    picture = gif_frames(out / "a.gif")[-1]
    assert np.diff([place(row) for row in picture[4:24]]) == pytest.approx(1, abs=0.4)
    with RollingClip.open(video, slit_width=3, smooth=True, loop="wrap") as clip:
        assert clip.get_frame(0).shape == (48, 160, 3)


def test_without_opencv_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    from rollscan.cli import main

    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ArgumentError, match=r"pip install \"rollscan\[smooth\]\""):
        FrameComposer(numbered(3), FPS, smooth=True)
    assert main(["there-is-none.mp4", "--gif", "a.gif", "--smooth"]) == 2
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "--smooth needs OpenCV" in said


def test_opencv_is_imported_only_to_be_smooth(make_video: MakeVideo, out: Path) -> None:
    video = make_video("pan.mp4", pan(20), *LOSSLESS)
    script = (
        "import sys; from rollscan.cli import main;"
        "sys.exit(main(sys.argv[1:]) or 9 * ('cv2' in sys.modules))"
    )
    plain = [sys.executable, "-c", script, str(video), "--gif", str(out / "a.gif")]
    assert subprocess.run(plain, capture_output=True).returncode == 0
    assert subprocess.run([*plain, "--smooth"], capture_output=True).returncode == 9
