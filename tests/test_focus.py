"""What a crop to a platform's shape keeps: where most moves, or what was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, decoded, gif_frames, rollscan
from test_cli import complains

from rollscan import Job
from rollscan.deliver.geometry import fitted_size
from rollscan.deliver.platforms import Platform
from rollscan.loop.motion import liveliest_window, motion_map
from rollscan.run import render

SIZE = (96, 32)  # three squares side by side


def squares(moving: tuple[int, ...], amount: int = 120) -> list[Picture]:
    """Ten frames of a red, a green and a blue square, with noise; in some of them a bar moves."""
    random = np.random.default_rng(7)
    frames = []
    for k in range(10):
        frame = np.zeros((32, 96, 3), np.int64)
        for square in range(3):
            frame[:, 32 * square : 32 * square + 32, square] = 120
            if square in moving:
                x = 32 * square + 3 * k
                frame[8:24, x : x + 3] += amount
        frames.append((frame + random.integers(0, 3, frame.shape)).astype(np.uint8))
    return frames


def kept(path: Path) -> set[int]:
    """Which of the squares most of each frame shows."""
    frames = gif_frames(path) if path.suffix == ".gif" else decoded(path)
    return {int(np.argmax(frame.mean(axis=(0, 1)))) for frame in frames}


@pytest.mark.parametrize("moving", [0, 1, 2])
def test_a_crop_follows_where_most_moves_and_stays_there(
    make_video: MakeVideo, out: Path, moving: int
) -> None:
    video = make_video("squares.mp4", squares((moving,)), *LOSSLESS)
    render(Job(video, gif=out / "a.gif", names=("slack-emoji",)))
    assert kept(out / "a.gif") == {moving}


def test_a_crop_is_of_the_middle_where_nothing_moves_or_everything_does(
    make_video: MakeVideo, out: Path
) -> None:
    for moving in ((), (0, 1, 2)):
        video = make_video("all.mp4", squares(moving), *LOSSLESS)
        render(Job(video, gif=out / "a.gif", names=("slack-emoji",)))
        assert kept(out / "a.gif") == {1}


def test_a_crop_is_of_what_moves_in_the_part_that_is_shown(
    make_video: MakeVideo, out: Path
) -> None:
    frames = squares((0,), 40) + squares((2,))
    video = make_video("part.mp4", frames, *LOSSLESS, rate=5)
    (made,) = render(Job(video, gif=out / "a.gif", names=("slack-emoji",), length=2))
    assert made.part == (pytest.approx(2, abs=0.21), pytest.approx(4, abs=0.21))
    assert kept(out / "a.gif") == {2}
    render(Job(video, gif=out / "a.gif", names=("slack-emoji",), end=2))
    assert kept(out / "a.gif") == {0}


def test_each_place_has_the_crop_of_its_own_shape(make_video: MakeVideo, out: Path) -> None:
    """A narrow one shows the square in which most moves, too; a place of any shape shows all."""
    (own := out / "own.toml").write_text('[narrow]\nformat = "mp4"\nshape = "9:16"\n')
    video = make_video("shapes.mp4", squares((2,)), *LOSSLESS)
    files = {"gif": out / "a.gif", "mp4": out / "a.mp4"}
    render(Job(video, **files, names=("slack-emoji", "narrow", "giphy"), platforms=own))
    assert kept(out / "a-slack-emoji.gif") == {2}
    assert kept(out / "a.mp4") == {2}
    (shape,) = {frame.shape for frame in gif_frames(out / "a-giphy.gif")}
    assert shape == (32, 96, 3)


@pytest.mark.parametrize(("focus", "shown"), [("0%,50%", 0), ("0.5,0", 1), ("99%,1", 2)])
def test_a_focus_is_the_middle_of_a_crop(
    make_video: MakeVideo, out: Path, focus: str, shown: int
) -> None:
    video = make_video("squares.mp4", squares((1,)), *LOSSLESS)
    ran = rollscan(video, "--gif", out / "a.gif", "--for", "slack-emoji", f"--focus={focus}")
    assert (ran.status, ran.err) == (0, "")
    assert kept(out / "a.gif") == {shown}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--focus 0.3,0.4", "--focus is (0.3, 0.4), which has no effect without --for"),
        ("--for slack-emoji --fit pad --focus 0.3,0.4", "has no effect without --fit crop"),
        ("--for slack-emoji --focus 0.3", "--focus: '0.3': give x and y, such as 30%,40%"),
        ("--for slack-emoji --focus 0.3,4", "--focus is (0.3, 4.0): give x and y as fractions"),
    ],
)
def test_a_focus_that_cannot_be_is_refused(plain: Path, out: Path, words: str, said: str) -> None:
    complains([plain, "--gif", out / "a.gif", *words.split()], said, (2,))


def test_a_crop_about_a_point_stays_within_the_picture() -> None:
    square = Platform("here", "gif", shape="square")
    lefts = {x: fitted_size((96, 32), square, focus=(x, 0.9)).crop for x in (0.0, 0.25, 0.5, 1.0)}
    assert lefts == {0.0: (0, 0, 32, 32), 0.25: (8, 0, 32, 32), 0.5: (32, 0, 32, 32),
                     1.0: (64, 0, 32, 32)}  # fmt: skip


# The search.


def test_noise_and_cuts_do_not_count_as_motion() -> None:
    frames = squares(())
    assert not motion_map(frames, (0, 10)).any()
    for frame in frames[5:]:
        frame[:] = 255 - frame  # a cut, in which all changes alike
    moved = motion_map(frames, (0, 10))
    assert moved.max() <= 40
    assert liveliest_window(moved, 1 / 3, 1.0) == (pytest.approx(0.5, abs=0.02), 0.5)


def test_only_the_frames_of_the_part_are_compared() -> None:
    frames = squares((0,)) + squares((2,))
    assert liveliest_window(motion_map(frames, (0, 10)), 1 / 3, 1.0)[0] < 0.3
    assert liveliest_window(motion_map(frames, (10, 20)), 1 / 3, 1.0)[0] > 0.7
    assert not motion_map(frames, (3, 4)).any()
