"""Recordings of screens and the like: bursts of frames, and still stretches between them."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import LOSSLESS, MakeVideo, decoded, ffmpeg, number, numbered, video_of

from rollscan import SourceError

# When each of 40 frames is shown: 20 at 50 a second, then nothing, then 20 more from 4 s on.
BURSTS = [k / 50 + (3.6 if k >= 20 else 0) for k in range(40)]


def bursts(make_video: MakeVideo, ending: str) -> Path:
    """A video of two bursts, 4.4 s long."""
    clock = ("-vf", "settb=1/1000,setpts='20*N+3600*gte(N,20)'", "-fps_mode", "passthrough")
    options = (*LOSSLESS, "-g", "5", "-bf", "2", "-enc_time_base", "1:1000")
    return make_video(f"bursts.{ending}", numbered(40), *clock, *options, rate=50)


def on_display(at: float) -> int:
    """The number of the frame that is shown at a time, in seconds."""
    return sum(due < at + 1e-3 for due in BURSTS) - 1


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_every_frame_of_a_burst_is_shown_at_its_time(make_video: MakeVideo, ending: str) -> None:
    with video_of(bursts(make_video, ending)) as video:
        assert (video.rate, len(video)) == (50, 220)
        assert [number(frame) for frame in video] == [on_display(k / 50) for k in range(220)]
        some = [number(frame) for frame in video.frames(100, 210)]
        assert some == [on_display(k / 50) for k in range(100, 210)]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize(
    ("start", "end"),
    [(1, 3), (2, None), (2, 4.2), (0, 3), (0.2, 3), (0.3, 4.1), (3.9, 4), (4.1, 4.3), (0.3, 0.36)],
)
def test_a_part_is_as_long_as_asked_for_where_the_picture_stands_still(
    make_video: MakeVideo, ending: str, start: float, end: float | None
) -> None:
    frames = [number(frame) for frame in decoded(bursts(make_video, ending), start, end)]
    count = round(((end or 4.4) - start) * 50)
    assert frames == [on_display(start + k / 50) for k in range(count)]


def test_a_part_of_frames_that_were_dropped_begins_with_the_one_on_display(
    make_video: MakeVideo,
) -> None:
    """AVI writes nothing where a frame was dropped: frame 9 stands from 0.36 to 0.6 s."""
    dropped = ("-vf", "select='lt(n,10)+gte(n,15)'", "-fps_mode", "passthrough")
    path = make_video("dropped.avi", numbered(25), *dropped, "-c:v", "ffv1")
    assert [number(frame) for frame in decoded(path, 0.44, 1)] == [*[9] * 4, *range(15, 25)]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_burst_in_an_hour_does_not_make_endless_frames(
    make_video: MakeVideo, tmp_path: Path, ending: str
) -> None:
    clock = "settb=1/1000,setpts='20*N+7200000*gte(N,20)'"
    slow = ("-vf", clock, "-fps_mode", "passthrough", *LOSSLESS, "-enc_time_base", "1:1000")
    path = tmp_path / f"hours.{ending}"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=50:d=0.8", *slow, path)
    with pytest.raises(SourceError, match="stands still from"):
        video_of(path)
