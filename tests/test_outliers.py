"""Clips in which a few presentation times are far off, as broken clocks leave them."""

from __future__ import annotations

import random
import re
import struct
from pathlib import Path

import pytest
from conftest import LOSSY, MakeVideo, decoded, ffmpeg, number, numbered, video_of
from hypothesis import given
from hypothesis import strategies as st

from rollscan import SourceError
from rollscan.video.outliers import repaired

VP9 = ("-c:v", "libvpx-vp9", "-crf", "8", "-b:v", "0", "-cpu-used", "8")
FAR = {
    "late": "if(eq(N,20),400/TB,0)",
    "by 8 s": "if(eq(N,20),8/TB,0)",
    "two": "if(eq(N,15),400/TB,0)+if(eq(N,30),90/TB,0)",
    "two in a row": "if(between(N,20,21),400/TB,0)",
}


def clip(make_video: MakeVideo, ending: str, b_frames: int = 0) -> Path:
    codec = VP9 if ending == "webm" else (*LOSSY, "-bf", str(b_frames), "-b_strategy", "0")
    return make_video(f"good{b_frames}.{ending}", numbered(50), *codec, "-g", "12")


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize(
    ("ending", "b_frames"), [("mkv", 2), ("mp4", 0), ("flv", 2), ("ts", 2), ("webm", 0)]
)
def test_a_clip_with_an_outlying_time_shows_all_its_frames_in_order(
    make_video: MakeVideo, tmp_path: Path, ending: str, b_frames: int, far: str
) -> None:
    path = tmp_path / f"far.{ending}"
    change = f"setts=pts='PTS+{FAR[far]}'"
    ffmpeg("-i", clip(make_video, ending, b_frames), "-c", "copy", "-bsf:v", change, path)
    assert [number(frame) for frame in decoded(path)] == list(range(50))
    assert [number(frame) for frame in decoded(path, 0.4, 1.2)] == list(range(10, 30))
    with video_of(path) as video:
        assert [number(frame) for frame in video.frames(25, 35)] == list(range(25, 35))


@pytest.mark.parametrize(("frame", "to"), [(20, -20_000), (20, -700), (30, 30_000), (1, -5000)])
@pytest.mark.parametrize("ending", ["mkv", "webm"])
def test_a_time_that_goes_back_for_a_frame_does_not_move_it(
    make_video: MakeVideo, tmp_path: Path, ending: str, frame: int, to: int
) -> None:
    """to: the time of that block within its cluster, in milliseconds."""
    film = bytearray(clip(make_video, ending).read_bytes())
    at = re.search(b"\\x81" + re.escape(struct.pack(">h", 40 * frame)) + b"\\x00", film)
    assert at
    film[at.start() + 1 : at.start() + 3] = struct.pack(">h", to)
    path = tmp_path / f"back.{ending}"
    path.write_bytes(film)
    assert [number(frame) for frame in decoded(path)] == list(range(50))


@pytest.mark.parametrize("seconds", [2, 400])
def test_times_that_cannot_be_repaired_are_an_error(
    make_video: MakeVideo, tmp_path: Path, seconds: int
) -> None:
    """Where every third frame is late, nothing tells which times are right."""
    path = tmp_path / "wild.mkv"
    change = f"setts=pts='PTS+if(mod(N,3),0,{seconds}/TB)'"
    ffmpeg("-i", clip(make_video, "mkv"), "-c", "copy", "-bsf:v", change, path)
    with pytest.raises(SourceError, match=r"wild\.mkv has frames whose times go back, its clock"):
        decoded(path)


@pytest.mark.parametrize("ending", ["mkv", "flv"])
def test_a_clock_that_stands_still_is_an_error(
    make_video: MakeVideo, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"still.{ending}"
    change = "setts=ts=min(N\\,40)*0.04/TB"
    ffmpeg("-i", clip(make_video, ending), "-c", "copy", "-bsf:v", change, path)
    with pytest.raises(SourceError, match=rf"still\.{ending} has many frames of one and the same"):
        decoded(path)


@given(st.randoms(use_true_random=False), st.integers(0, 4), st.integers(30, 60))
def test_outliers_come_back_to_where_a_frame_is_missing(
    chance: random.Random, b_frames: int, count: int
) -> None:
    """Of a constant rate, decoded in groups of a frame and the B-frames that are shown before."""
    step = b_frames + 1
    groups = [[k + b_frames, *range(k, k + b_frames)] for k in range(1, count * step, step)]
    right = [0, *(40 * k for group in groups for k in group)]
    assert repaired(right) is None
    wrong = list(right)
    for k in chance.sample(range(2 * step + 2, len(right) - 4 * step - 4), 2):
        wrong[k] += chance.choice([-1, 1]) * chance.randrange(2000, 10**7)
    assert repaired(wrong) == sorted(right)


@given(st.lists(st.sampled_from([20, 40, 40, 40, 400, 60_000]), min_size=8, max_size=80))
def test_times_that_only_grow_have_no_outlier(steps: list[int]) -> None:
    times = [sum(steps[:k]) for k in range(len(steps))]
    assert repaired(times) is None
