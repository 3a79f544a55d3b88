"""Clips trimmed by an edit list, as phones and LosslessCut do: what is shown is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from campaign.edits import edited
from conftest import LOSSLESS, LOSSY, MakeVideo, decoded, gif_frames, number, numbered, video_of

from rollscan.job import Job
from rollscan.look import Look
from rollscan.run import render

CODECS = {
    "b_frames": (*LOSSY, "-g", "12", "-bf", "2"),
    "no_b_frames": (*LOSSY, "-g", "12", "-bf", "0"),
    "all_key": ("-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj444p"),
}
PARTS = {
    "end": [(0, 25)],
    "end, by one frame": [(0, 49)],
    "end, by two frames": [(0, 48)],
    "beginning": [(17, 50)],
    "both ends": [(7, 38)],
    "both ends, at keyframes": [(12, 36)],
    "two parts": [(0, 10), (30, 45)],
    "two parts, at keyframes": [(0, 12), (36, 48)],
    "three parts, in another order": [(24, 36), (3, 9), (40, 50)],
    "a part three times": [(0, 20)] * 3,
    "a part in the middle twice": [(15, 27)] * 2,
}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("shown", PARTS)
def test_the_frames_that_an_edit_list_shows_are_taken_and_no_others(
    make_video: MakeVideo, tmp_path: Path, codec: str, shown: str
) -> None:
    whole = make_video(f"{codec}.mp4", numbered(50), *CODECS[codec])
    path = edited(whole, tmp_path / "edited.mp4", PARTS[shown])
    expected = [frame for part in PARTS[shown] for frame in range(*part)]
    with video_of(path) as video:
        assert [number(frame) for frame in video] == expected
        assert (len(video), video.rate) == (len(expected), 25)
        some = [number(frame) for frame in video.frames(5, 23)]
        assert some == expected[5:23]


@pytest.mark.parametrize("shown", ["end", "both ends", "two parts", "a part three times"])
def test_a_part_of_a_trimmed_clip_is_counted_from_what_is_shown(
    make_video: MakeVideo, tmp_path: Path, shown: str
) -> None:
    whole = make_video("b_frames.mp4", numbered(50), *CODECS["b_frames"])
    path = edited(whole, tmp_path / "edited.mp4", PARTS[shown])
    expected = [frame for part in PARTS[shown] for frame in range(*part)]
    assert [number(frame) for frame in decoded(path, 0.2, 0.8)] == expected[5:20]
    assert [number(frame) for frame in decoded(path, 0.4)] == expected[10:]


def test_a_loop_of_a_trimmed_clip_is_as_long_as_what_is_shown(
    make_video: MakeVideo, tmp_path: Path, out: Path
) -> None:
    whole = make_video("lossless.mp4", numbered(50), *LOSSLESS, "-bf", "2")
    path = edited(whole, tmp_path / "edited.mp4", [(0, 48)])
    (made,) = render(Job(path, gif=out / "a.gif", look=Look(loop="cut"), quality=100))
    assert made.seconds == pytest.approx(48 / 25)
    assert [number(frame[-1:]) for frame in gif_frames(made.path)] == list(range(48))
