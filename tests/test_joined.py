"""Clips joined of several encodings: colours, sizes, shapes, light and transparency that change."""

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
DEEP = "format=yuv420p10le,setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc="
TAGGED = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
LIGHT = {
    "PQ": ("-vf", f"{DEEP}smpte2084"),
    "HLG": ("-vf", f"{DEEP}arib-std-b67"),
    "SDR": ("-vf", f"scale=out_color_matrix=bt709,format=yuv420p,{TAGGED}"),
    "deep SDR": ("-vf", f"{DEEP}bt709"),  # as PQ and HLG, but for the transfer function
    "deep 709": ("-vf", f"format=yuv420p10le,{TAGGED}"),
    "PQ in 709": ("-vf", f"format=yuv420p10le,{TAGGED.replace('trc=bt709', 'trc=smpte2084')}"),
    "untagged": (*MATRIX_601[:1], "scale=out_color_matrix=bt601,format=yuv420p"),
}
SEEN_THROUGH = "format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='255*gte(X,32)'"
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
    return copied(path, first, second)


def copied(path: Path, *parts: Path) -> Path:
    """A file of the packets of several, one after another."""
    if path.suffix == ".ts":
        path.write_bytes(b"".join(part.read_bytes() for part in parts))
        return path
    listing = path.with_name("list.txt")
    listing.write_text("".join(f"file '{part}'\n" for part in parts))
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
    frames = decoded(copied(tmp_path / "both.webm", lying, upright))
    assert [number(frame) for frame in frames[:10]] == list(range(10))
    assert [number(middle(frame)) for frame in frames[10:]] == list(range(10, 20))
    for frame in frames[10:]:
        assert frame.shape == (48, 64, 3)
        assert not np.delete(frame, slice(12, 52), axis=1).any()


def middle(frame: Picture) -> Picture:
    """What 3:4 takes of 4:3, less its edges."""
    return frame[4:-4, 18:-18]


def half(make_video: MakeVideo, light: str, frames: range, ending: str) -> Path:
    """Some of 20 numbered frames, in one kind of light."""
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "1", "-g", "5", "-bf", "2")
    if ending == "webm":
        codec = ("-c:v", "libvpx-vp9", "-crf", "4", "-b:v", "0", "-cpu-used", "8", "-g", "5")
    name = f"{light}.{'webm' if ending == 'webm' else 'ts'}"
    some = [numbered(20)[k] for k in frames]
    return make_video(name, some, *codec, *LIGHT[light])


@pytest.mark.parametrize(
    ("lights", "endings"),
    [
        (("SDR", "PQ"), ["mkv", "mp4", "ts", "h264", "webm"]),
        (("PQ", "SDR"), ["mkv", "webm"]),
        (("HLG", "untagged"), ["mp4", "ts"]),
        (("untagged", "PQ", "untagged"), ["mkv", "ts"]),
        (("deep SDR", "PQ"), ["mkv", "ts"]),
        (("deep SDR", "HLG"), ["mp4"]),
        (("deep 709", "PQ in 709"), ["mkv"]),
    ],
)
def test_each_part_of_a_clip_has_the_light_that_it_has_alone(
    make_video: MakeVideo, tmp_path: Path, lights: tuple[str, ...], endings: list[str]
) -> None:
    """Of HDR and SDR, in both orders; also of a part of the clip."""
    step = 20 // len(lights)
    ranges = [range(k * step, (k + 1) * step) for k in range(len(lights))]
    for ending in endings:
        parts = [half(make_video, *each, ending) for each in zip(lights, ranges, strict=True)]
        alone = np.array([frame for part in parts for frame in decoded(part)])
        with video_of(copied(tmp_path / f"both.{ending}", *parts)) as video:
            frames = np.array(list(video))
            assert frames.shape == alone.shape
            for light, part in zip(lights, ranges, strict=True):
                if light in ("SDR", "untagged"):
                    assert [number(frames[k]) for k in part] == list(part)
            assert np.abs(frames.astype(int) - alone).max() <= 2
            for first in (4, step, step + 2):
                some = np.array(list(video.frames(first, first + step)))
                assert np.array_equal(some, frames[first : first + step])


@pytest.mark.parametrize("lights", [("SDR", "PQ"), ("PQ", "SDR")])
def test_interlaced_parts_have_their_light_and_their_speed(
    make_video: MakeVideo, tmp_path: Path, lights: tuple[str, str]
) -> None:
    parts = []
    for k, light in enumerate(lights):
        fields = (*LIGHT[light][:1], f"{LIGHT[light][1]},setfield=tff", "-flags", "+ildct+ilme")
        some = numbered(20)[10 * k : 10 * k + 10]
        codec = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "1", "-g", "5")
        parts.append(make_video(f"fields_{light}.ts", some, *codec, *fields))
    alone = np.array([frame for part in parts for frame in decoded(part)])
    frames = np.array(decoded(copied(tmp_path / "both.mkv", *parts)))
    assert frames.shape == alone.shape
    within = [k for k in range(20) if k not in (0, 9, 10, 19)]  # the others have one neighbour
    assert np.abs(frames[within].astype(int) - alone[within]).max() <= 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1)])
@pytest.mark.parametrize("ending", ["mov", "webm", "mkv"])
def test_what_is_seen_through_is_black_also_where_only_parts_of_a_clip_are(
    make_video: MakeVideo, tmp_path: Path, ending: str, order: tuple[int, ...]
) -> None:
    """1 is a part whose left half is transparent."""
    codecs = ("-c:v", "png"), ("-c:v", "png", "-vf", SEEN_THROUGH)
    if ending != "mov":
        vp9 = ("-c:v", "libvpx-vp9", "-crf", "4", "-b:v", "0", "-cpu-used", "8", "-g", "5")
        codecs = (*vp9, "-pix_fmt", "yuv420p"), (*vp9, "-vf", f"{SEEN_THROUGH},format=yuva420p")
    parts = [
        make_video(f"part.{ending}", numbered(30)[10 * k :][:10], *codecs[is_seen_through])
        for k, is_seen_through in enumerate(order)
    ]
    count = 10 * len(order)
    with video_of(copied(tmp_path / f"both.{ending}", *parts)) as video:
        for first in (0, 7, 13):
            frames = list(video.frames(first))
            assert [number(frame[:, 36:]) for frame in frames] == list(range(first, count))
            for k, frame in enumerate(frames, first):
                assert (frame[:, :28].max() < 10) == order[k // 10]
