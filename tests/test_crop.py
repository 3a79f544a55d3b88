"""A crop is of the video itself: everything else sees only the part that it takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, decoded, gif_frames, rollscan
from moviepy import ImageSequenceClip
from test_cli import complains
from test_focus import kept, squares

from rollscan import Job, Look, RollingClip, RollScan, still
from rollscan.run import render
from rollscan.studio.clip import Clip
from rollscan.studio.job_request import CommandLine, parse_request
from rollscan.video.opening import open_video
from rollscan.video.probe import Probe


@pytest.fixture(scope="module")
def video(make_video: MakeVideo) -> Path:
    """Frames of 96x64 in which no pixel is like another."""
    levels = np.random.default_rng(1).integers(0, 256, (8, 64, 96, 3), np.uint8)
    return make_video("noise.mp4", list(levels), *LOSSLESS)


def frames_of(path: Path, **how: Any) -> list[Picture]:
    with open_video(Probe(path).facts(), **how) as opened:
        frames = list(opened)
        assert {(frame.shape[1], frame.shape[0]) for frame in frames} == {opened.size}
        return frames


@pytest.mark.parametrize(
    ("crop", "rows", "columns"),
    [
        ((0.25, 0.5, 0.5, 0.25), slice(32, 48), slice(24, 72)),
        ((0, 0, 1, 1), slice(0, 64), slice(0, 96)),
        ((0.5, 0, 0.5, 1), slice(0, 64), slice(48, 96)),
        ("1:1", slice(0, 64), slice(16, 80)),
        ("2:1", slice(8, 56), slice(0, 96)),
        ("9:16", slice(0, 64), slice(30, 66)),
    ],
)
def test_the_video_is_what_the_crop_takes(
    video: Path, crop: Any, rows: slice, columns: slice
) -> None:
    whole = frames_of(video)
    for frame, full in zip(frames_of(video, crop=crop), whole, strict=True):
        np.testing.assert_array_equal(frame, full[rows, columns])


def test_sizes_are_of_what_is_cropped(video: Path) -> None:
    sizes = {
        (48, 48): {"crop": "1:1", "width": 48},
        (32, 32): {"crop": "1:1", "scale": 0.5},
        (40, 20): {"crop": "2:1", "fit": 40},
        (24, 16): {"crop": (0, 0, 0.5, 0.5), "scale": 0.5},
    }
    for size, how in sizes.items():
        with open_video(Probe(video).facts(), **how) as opened:
            assert opened.size == size
            assert next(iter(opened)).shape == (size[1], size[0], 3)
            assert next(opened.small(12)).shape[1] == 12
            (x,) = opened.frames(0, 1, crop=(3, 2, 5, 4))
            (full,) = opened.frames(0, 1)
            np.testing.assert_array_equal(x, full[2:6, 3:8])


def test_a_crop_comes_before_the_effect_and_the_survey(make_video: MakeVideo, out: Path) -> None:
    """Most moves in the red square, at the left, which the crop leaves out."""
    left = squares((0,))
    right = squares((2,), 40)
    frames = [a.copy() for a in left]
    for frame, other in zip(frames, right, strict=True):
        frame[:, 64:] = other[:, 64:]
    wide = make_video("both.mp4", frames, *LOSSLESS)
    render(Job(wide, gif=out / "a.gif", names=("slack-emoji",)))
    assert kept(out / "a.gif") == {0}
    render(Job(wide, gif=out / "b.gif", names=("slack-emoji",), look=Look(crop=(0.33, 0, 0.67, 1))))
    assert kept(out / "b.gif") == {2}
    # A focus is a point of what is left: its left is the green square.
    look = Look(crop=(1 / 3, 0, 2 / 3, 1))
    render(Job(wide, gif=out / "c.gif", names=("slack-emoji",), look=look, focus=(0, 0.5)))
    assert kept(out / "c.gif") == {1}


def test_the_command_line_crops_every_output_and_files_say_so(video: Path, out: Path) -> None:
    ran = rollscan(
        *(video, "--gif", out / "a.gif", "--mp4", out / "a.mp4", "--still", out / "a.png"),
        *("--crop", "16:9", "--slit", "0.3"),
    )
    assert (ran.status, ran.err) == (0, "")
    assert {frame.shape for frame in gif_frames(out / "a.gif")} == {(54, 96, 3)}
    assert {frame.shape for frame in decoded(out / "a.mp4")} == {(54, 96, 3)}
    assert Look.of(out / "a.gif") == Look(crop="16:9", slit=0.3)
    assert still(video, crop="16:9").shape == (54, 96, 3)
    with RollingClip.open(video, crop="16:9") as clip:
        assert clip.size == (96, 54)
    strip = still(video, crop=(0.5, 0.25, 0.5, 0.5), slit=0, slit_width="auto")
    whole = frames_of(video)
    np.testing.assert_array_equal(strip[:, :6], whole[0][16:48, 48:54])


def test_a_moviepy_clip_is_cropped() -> None:
    frames = [np.random.default_rng(k).integers(0, 256, (32, 48, 3), np.uint8) for k in range(4)]
    clip = ImageSequenceClip(frames, fps=4)
    with clip.with_effects([RollScan(crop=(0.5, 0, 0.5, 0.5), slit=0)]) as rolling:
        assert rolling.size == (24, 16)
        np.testing.assert_array_equal(rolling.get_frame(0), frames[0][:16, 24:])


def test_a_rectangle_comes_back_from_its_recipe() -> None:
    look = Look(crop="10%,0,80%,100%")
    assert look.crop == (0.1, 0, 0.8, 1)
    assert Look(crop=" 4:3 ").crop == "4:3"
    for each in (look, Look(crop="2.39:1", still_area=(0, 0, 0.5, 1))):
        words = {
            name: Look.declared()[name].words(value)[1] for name, value in each.settings.items()
        }
        assert Look(**words) == each


def test_the_studio_opens_a_recipe_with_both_and_asks_for_them_again(
    video: Path, out: Path
) -> None:
    look = Look(crop=(0.25, 0, 0.5, 1), still_area=(0.1, 0.2, 0.3, 0.4), slit=0.3)
    render(Job(video, gif=out / "a.gif", look=look))
    line = CommandLine({"like": str(out / "a.gif")})
    sent = json.loads(json.dumps(line.shown("noise.mp4")))  # to the page, and back
    assert sent["crop"] == [0.25, 0, 0.5, 1] and sent["still_area"] == [0.1, 0.2, 0.3, 0.4]
    clip = Clip(video, Probe(video).facts())
    assert parse_request(sent, line, clip, out).job.look == look


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--crop 16:0", "crop is '16:0': give a ratio, as 16:9, or left, top, width and height"),
        ("--crop 0.5,0,0.6,1", "give left, top, width and height, within the picture"),
        ("--crop 16x9", "--crop: '16x9': give"),
        ("--crop 1:900", "pixels: give one that leaves each side from 2"),
        ("--crop 0,0,0.01,0.01 --width 9000", "crop less"),
    ],
)
def test_a_crop_that_cannot_be_is_refused(plain: Path, out: Path, words: str, said: str) -> None:
    complains([plain, "--gif", out / "a.gif", *words.split()], said, (2,))
