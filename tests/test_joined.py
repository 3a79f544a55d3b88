"""Clips joined of several encodings: colours, sizes and shapes that change on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSY, MakeVideo, Picture, decoded, ffmpeg, number, numbered, video_of

MATRIX_601 = ("-vf", "scale=out_color_matrix=bt601,format=yuv420p,setparams=colorspace=smpte170m")
OTHERS = {
    "matrix": ("-vf", "scale=out_color_matrix=bt709,format=yuv420p,setparams=colorspace=bt709"),
    "range": ("-vf", "scale=out_range=full:out_color_matrix=bt601,format=yuvj420p"),
    "pixel format": (*MATRIX_601[:1], MATRIX_601[1].replace("yuv420p", "yuv444p")),
    "size": (*MATRIX_601[:1], f"scale=128:96:flags=neighbor,{MATRIX_601[1]}"),
}
VP8 = ("-c:v", "libvpx", "-crf", "4", "-b:v", "2M", "-cpu-used", "8", "-g", "10")


def joined(make_video: MakeVideo, folder: Path, change: str, ending: str) -> Path:
    """40 numbered frames, of which the second half is encoded in another way."""
    halves = numbered(20), numbered(40)[20:]
    x264 = (*LOSSY, "-crf", "1", "-g", "10", "-bf", "2")
    pixels = ("-pix_fmt", "yuv444p") if change == "pixel format" else ()
    first = make_video("first.ts", halves[0], *x264, *MATRIX_601)
    name = f"{change.replace(' ', '_')}.ts"
    second = make_video(name, halves[1], *x264, *pixels, *OTHERS[change])
    path = folder / f"both.{ending}"
    if ending == "ts":
        path.write_bytes(first.read_bytes() + second.read_bytes())
        return path
    listing = folder / "list.txt"
    listing.write_text(f"file '{first}'\nfile '{second}'\n")
    ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", path)
    return path


@pytest.mark.parametrize("ending", ["h264", "mp4", "mkv", "ts"])
@pytest.mark.parametrize("change", OTHERS)
def test_a_clip_joined_of_two_encodings_goes_on_after_the_join(
    make_video: MakeVideo, tmp_path: Path, change: str, ending: str
) -> None:
    path = joined(make_video, tmp_path, change, ending)
    with video_of(path) as video:
        assert [number(frame[4:-4, 4:-4]) for frame in video] == list(range(40))
        for first in (17, 20, 31):
            some = [number(frame[4:-4, 4:-4]) for frame in video.frames(first, first + 5)]
            assert some == list(range(first, first + 5))


def test_a_part_of_another_shape_is_shown_whole_and_not_stretched(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    """As where a phone was turned while it recorded: bars to the left and right."""
    lying = make_video("lying.webm", numbered(10), *VP8)
    upright = make_video("upright.webm", numbered(20, (48, 64))[10:], *VP8)
    listing, path = tmp_path / "list.txt", tmp_path / "both.webm"
    listing.write_text(f"file '{lying}'\nfile '{upright}'\n")
    ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", path)
    frames = decoded(path)
    assert [number(frame) for frame in frames[:10]] == list(range(10))
    assert [number(middle(frame)) for frame in frames[10:]] == list(range(10, 20))
    for frame in frames[10:]:
        assert frame.shape == (48, 64, 3)
        assert not np.delete(frame, slice(12, 52), axis=1).any()


def middle(frame: Picture) -> Picture:
    """What 3:4 takes of 4:3, less its edges."""
    return frame[4:-4, 18:-18]
