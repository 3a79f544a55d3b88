"""H.264 and HEVC without a container: their packets list no times, and may hold no picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import LOSSY, MakeVideo, ffmpeg, number, numbered, video_of

X264 = (*LOSSY, "-g", "12", "-bf", "3", "-b_strategy", "0")
X265 = ("-c:v", "libx265", "-x265-params", "log-level=none:lossless=1:keyint=12:bframes=3")

# Units that hold no picture, with which a stream may end: a delimiter, metadata, an end mark.
TRAILERS = {
    "h264": ["09f0", "0605016180", "0b"],
    "hevc": ["460150", "4e0105016180", "4801"],
}


def bare(make_video: MakeVideo, ending: str, count: int = 25) -> Path:
    """A stream of numbered frames; the last one is a keyframe where there are 25."""
    return make_video(f"bare.{ending}", numbered(count), *(X264 if ending == "h264" else X265))


@pytest.mark.parametrize(
    ("ending", "trailer"), [(ending, each) for ending, all_ in TRAILERS.items() for each in all_]
)
def test_what_follows_the_last_picture_of_a_bare_stream_is_no_frame(
    make_video: MakeVideo, tmp_path: Path, ending: str, trailer: str
) -> None:
    path = tmp_path / f"trailing.{ending}"
    unit = b"\0\0\0\1" + bytes.fromhex(trailer)
    path.write_bytes(bare(make_video, ending).read_bytes() + unit)
    with video_of(path) as video:
        assert [number(frame) for frame in video] == list(range(25))
    with video_of(path, 0.4, 0.8) as video:
        assert [number(frame) for frame in video] == list(range(10, 20))


@pytest.mark.parametrize("count", [25, 30])
@pytest.mark.parametrize("delimiters", ["pass", "insert"])
def test_a_bare_stream_with_an_orientation_is_turned_and_keeps_its_length(
    make_video: MakeVideo, tmp_path: Path, count: int, delimiters: str
) -> None:
    path = tmp_path / "turned.h264"
    turn = f"h264_metadata=display_orientation=insert:rotate=90:aud={delimiters}"
    ffmpeg("-i", bare(make_video, "h264", count), "-c", "copy", "-bsf:v", turn, path)
    with video_of(path) as video:
        assert video.size == (48, 64)
        assert [number(frame) for frame in video] == list(range(count))
