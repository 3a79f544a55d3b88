"""Videos as people have them, made by ffmpeg: upright, in proportion, in real time."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from conftest import (
    FFMPEG,
    LOSSLESS,
    LOSSY,
    MakeVideo,
    Picture,
    bad_video,
    decoded,
    encode,
    ffmpeg,
    number,
    numbered,
    quarters,
    running_ffmpegs,
    sig,
    video_of,
)

from rollscan import ArgumentError, SourceError
from rollscan.checks import in_seconds
from rollscan.video.opening import open_video
from rollscan.video.probe import Probe

VP9 = ("-c:v", "libvpx-vp9", "-crf", "15", "-b:v", "0", "-cpu-used", "8", "-pix_fmt", "yuv420p")
HEVC10 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:crf=8")
HEVC10 = (*HEVC10, "-pix_fmt", "yuv420p10le")
GIF = ("-filter_complex", "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse")

# 50 numbered frames at 25 fps, keyframes every 10 frames where the format has such things.
KINDS: dict[str, tuple[str, ...]] = {
    "lossless.mp4": (*LOSSLESS, "-g", "10"),
    "bframes.mp4": (*LOSSY, "-g", "10", "-bf", "3"),
    "open_gop.mkv": (*LOSSY, "-g", "10", "-bf", "3", "-x264-params", "open-gop=1"),
    "phone.mov": (*LOSSY, "-g", "10"),
    "hevc10.mp4": (*HEVC10, "-g", "10"),
    "xvid.avi": ("-c:v", "mpeg4", "-q:v", "1", "-g", "10"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj444p"),
    "vp8.webm": ("-c:v", "libvpx", "-crf", "4", "-b:v", "2M", "-g", "10", "-cpu-used", "8"),
    "vp9.webm": (*VP9, "-g", "10"),
    "ffv1.mkv": ("-c:v", "ffv1"),
    "broadcast.ts": (*LOSSY, "-g", "10", "-bf", "2"),
    "dvd.mpg": ("-c:v", "mpeg2video", "-q:v", "1", "-g", "10"),
    "flash.flv": ("-c:v", "flv", "-q:v", "1", "-g", "10"),
    "bare.h264": (*LOSSY, "-g", "10"),
    "animated.gif": GIF,
    "fragmented.mp4": (*LOSSY, "-g", "10", "-movflags", "frag_keyframe+empty_moov"),
}


@pytest.fixture(params=KINDS, scope="session")
def kind(request: pytest.FixtureRequest, make_video: MakeVideo) -> Path:
    """The same 50 frames in every container and codec."""
    return make_video(request.param, numbered(50), *KINDS[request.param])


@pytest.fixture(scope="session")
def frames_of_kind(kind: Path) -> list[Picture]:
    return decoded(kind)


def test_every_frame_comes_once_and_in_order(kind: Path, frames_of_kind: list[Picture]) -> None:
    assert [number(frame) for frame in frames_of_kind] == list(range(50))
    with video_of(kind) as video:
        assert (len(video), video.rate, video.size) == (50, 25, (64, 48))


def test_frames_from_the_middle_are_those_of_the_whole(
    kind: Path, frames_of_kind: list[Picture]
) -> None:
    with video_of(kind) as video:
        for first, stop in ((0, 1), (1, 3), (9, 12), (23, 31), (47, None), (49, 99)):
            some = list(video.frames(first, stop))
            assert [number(frame) for frame in some] == list(range(50))[first:stop]
            np.testing.assert_array_equal(some, frames_of_kind[first:stop])


X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params")


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("open.mp4", (*LOSSY, "-bf", "3", "-x264-params", "open-gop=1")),
        ("x265.mp4", (*X265, "log-level=none:crf=8:open-gop=1:bframes=3")),  # its default
        ("recorder.mp4", (*LOSSY, "-bf", "3", "-movflags", "frag_keyframe+empty_moov")),
    ],
)
def test_frames_shown_before_the_keyframe_that_they_are_stored_after_are_found(
    make_video: MakeVideo, name: str, codec: tuple[str, ...]
) -> None:
    path = make_video(name, numbered(50), *codec, "-g", "12")
    with video_of(path) as video:
        for first in (10, 11, 23, 47):
            some = [number(frame) for frame in video.frames(first, first + 3)]
            assert some == list(range(50))[first : first + 3]
    assert [number(frame) for frame in decoded(path, 0.4, 0.6)] == list(range(10, 15))


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 0.4), (0.43, 1.21), (1.36, 1.39), (1.96, 99)],
)
def test_start_and_end_give_the_frames_in_between(
    kind: Path, start: float, end: float | None
) -> None:
    expected = [k for k in range(50) if start - 1e-4 <= k / 25 < (end or 99) - 1e-4]
    with video_of(kind, start, end) as video:
        assert [number(frame) for frame in video] == expected
        assert len(video) == len(expected)


def test_frames_from_the_middle_of_a_part_are_those_of_the_part(kind: Path) -> None:
    with video_of(kind, 0.48, 1.52) as video:
        assert [number(frame) for frame in video.frames(11, 15)] == [23, 24, 25, 26]
        assert [number(frame) for frame in video.frames(20)] == [32, 33, 34, 35, 36, 37]


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "15", "60", "12.5"])
def test_the_rate_is_exact(tmp_path: Path, rate: str) -> None:
    for name in ("a.mp4", "a.mkv", "a.avi"):
        path = encode(tmp_path / name, numbered(40), *LOSSY, rate=rate)
        with video_of(path) as video:
            assert video.rate == Fraction(rate)
            assert [number(frame) for frame in video] == list(range(40))
            assert [number(frame) for frame in video.frames(31, 33)] == [31, 32]


def test_times_are_seconds_or_clock_times() -> None:
    assert in_seconds("start", "1:02.5") == in_seconds("start", (1, 2.5)) == 62.5
    assert in_seconds("start", "01:00:00,25") == 3600.25
    assert in_seconds("start", 3) == in_seconds("start", "3") == 3


@pytest.mark.parametrize(
    "value", ["", "soon", "-1", -0.1, "nan", "inf", "1:2:3:4", "1::2", (), [1]]
)
def test_a_time_that_is_none_is_an_error(value: Any) -> None:
    with pytest.raises(ArgumentError, match=rf"^start is {re.escape(repr(value))}: give seconds"):
        in_seconds("start", value)


# Upright, in proportion.

UPRIGHT = {0: "RGBW", 90: "GWRB", 180: "WBGR", 270: "BRWG"}


def corners(picture: Picture) -> str:
    """The colours of a `quarters` picture, row by row."""
    height, width, _ = picture.shape
    names = {(True, False, False): "R", (False, True, False): "G", (False, False, True): "B"}
    spots = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return "".join(names.get(tuple((picture[spot] > 128).tolist()), "W") for spot in spots)


@pytest.mark.parametrize("degrees", UPRIGHT)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_clip_turned_by_its_metadata_stands_upright(
    make_video: MakeVideo, tmp_path: Path, degrees: int, ending: str
) -> None:
    lying = make_video("quarters.mp4", [quarters()] * 4, *LOSSY)
    path = tmp_path / f"turned.{ending}"
    ffmpeg("-display_rotation", str(degrees), "-i", lying, "-c", "copy", path)
    (first, *_) = frames = decoded(path)
    assert first.shape == ((48, 64, 3) if degrees % 180 == 0 else (64, 48, 3))
    assert {corners(frame) for frame in frames} == {UPRIGHT[degrees]}


def test_a_mirrored_clip_is_mirrored(make_video: MakeVideo, tmp_path: Path) -> None:
    plain = make_video("quarters.mp4", [quarters()] * 4, *LOSSY)
    path = tmp_path / "mirrored.mp4"
    ffmpeg("-display_hflip", "-i", plain, "-c", "copy", path)
    assert corners(decoded(path)[0]) == "GRWB"


def test_scaling_a_turned_clip_keeps_its_proportions(make_video: MakeVideo, tmp_path: Path) -> None:
    lying = make_video("quarters.mp4", [quarters()] * 4, *LOSSY)
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", lying, "-c", "copy", path)
    assert video_of(path, scale=0.5).size == (24, 32)
    assert video_of(path, width=96).size == (96, 128)
    assert corners(decoded(path, width=96)[0]) == UPRIGHT[90]


@pytest.mark.parametrize(
    ("aspect", "size"), [("2/1", (128, 48)), ("1/2", (32, 48)), ("64/45", (91, 48))]
)
def test_pixels_that_are_not_square_are_made_square(
    make_video: MakeVideo, aspect: str, size: tuple[int, int]
) -> None:
    name = f"sar{aspect.replace('/', '_')}.mp4"
    path = make_video(name, [quarters()] * 3, *LOSSY, "-vf", f"setsar={aspect}")
    assert video_of(path).size == size
    assert corners(decoded(path)[0]) == "RGBW"
    assert video_of(path, scale=0.5).size == tuple(round(side / 2) for side in size)


def test_a_turned_clip_with_tall_pixels_is_wide_and_upright(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    lying = make_video("sar2.mp4", [quarters()] * 3, *LOSSY, "-vf", "setsar=2/1")
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", lying, "-c", "copy", path)
    width, height = video_of(path).size
    assert height / width == pytest.approx(128 / 48, rel=0.03)
    assert corners(decoded(path)[0]) == UPRIGHT[90]


@pytest.mark.parametrize("size", [(63, 47), (33, 48), (17, 9), (2, 2), (3, 2)])
def test_odd_sizes_lose_no_pixel(tmp_path: Path, size: tuple[int, int]) -> None:
    path = encode(tmp_path / "odd.mkv", numbered(5, size), "-c:v", "ffv1", "-pix_fmt", "yuv420p")
    frames = decoded(path)
    assert [number(frame) for frame in frames] == list(range(5))
    assert frames[0].shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({}, (64, 48)),
        ({"scale": 0.2}, (13, 10)),
        ({"scale": 1}, (64, 48)),
        ({"scale": 1.5}, (96, 72)),
        ({"width": 7}, (7, 5)),
        ({"width": 640}, (640, 480)),
        ({"fit": 32}, (32, 24)),
        ({"fit": 480}, (64, 48)),
    ],
)
def test_the_picture_has_the_size_asked_for(
    plain: Path, asked: dict[str, Any], size: tuple[int, int]
) -> None:
    assert video_of(plain, **asked).size == size
    frames = decoded(plain, 0, 0.2, **asked)
    assert [number(frame) for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[0].shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    "asked",
    [
        *({"scale": value} for value in (0, -1, float("nan"), float("inf"), 1e-3, 1100, 1e308)),
        *({"width": value} for value in (0, 1, -5, 65_536, 1.5)),
        {"scale": 0.5, "width": 32},
    ],
)
def test_a_size_out_of_range_is_named_with_its_value(plain: Path, asked: dict[str, float]) -> None:
    name, value = next(iter(asked.items()))
    with pytest.raises(ArgumentError, match=rf"{name}( is)? {re.escape(str(value))}\b.*: give "):
        video_of(plain, **asked)


def test_a_crop_is_cut_from_the_scaled_picture(make_video: MakeVideo) -> None:
    path = make_video("lossless_quarters.mp4", [quarters()] * 4, *LOSSLESS)
    for asked in ({}, {"scale": 2}, {"width": 31}):
        with video_of(path, **asked) as video:
            (whole, *_) = video
            for x, y, width, height in ((0, 0, 1, 23), (5, 3, 20, 7), (0, 19, 31, 1)):
                cut = list(video.frames(crop=(x, y, width, height)))
                assert len(cut) == 4
                np.testing.assert_array_equal(cut[0], whole[y : y + height, x : x + width])


def test_a_part_of_a_large_picture_is_as_in_the_whole_also_where_the_size_changes(
    tmp_path: Path,
) -> None:
    noise = np.random.default_rng(4)
    sizes = ((192, 112), (96, 112), (48, 112))  # the last as narrow as what is cut out first
    parts = [tmp_path / f"{k}.ts" for k in range(len(sizes))]
    for part, (width, height) in zip(parts, sizes, strict=True):
        encode(part, list(noise.integers(0, 256, (4, height, width, 3), np.uint8)))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    for path in (parts[0], joined):
        with video_of(path) as video:
            whole = list(video)
            for x, y, width, height in ((90, 0, 1, 112), (191, 0, 1, 112), (0, 53, 192, 2)):
                cut = list(video.frames(crop=(x, y, width, height)))
                expected = [frame[y : y + height, x : x + width] for frame in whole]
                np.testing.assert_array_equal(cut, expected)


def test_lossless_video_comes_through_untouched(plain: Path) -> None:
    np.testing.assert_array_equal(decoded(plain), numbered(50))


# Colour.


def grey(level: int) -> Picture:
    return np.full((48, 64, 3), level, np.uint8)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_tone_mapped_with_greys_grey_and_apart(make_video: MakeVideo, transfer: str) -> None:
    levels = [0, 64, 96, 128, 160]
    tags = f"color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
    path = make_video(
        f"{transfer}.mp4",
        [grey(level) for level in levels],
        *HEVC10,
        *("-vf", f"scale=out_color_matrix=bt2020nc,format=yuv420p10le,setparams={tags}"),
    )
    shown = np.array([frame.reshape(-1, 3).mean(0) for frame in decoded(path)])
    assert np.ptp(shown, axis=1).max() < 3, "grey has taken on a colour"
    brightness = shown.mean(1)
    assert brightness[0] < 4
    assert (np.diff(brightness) > 8).all(), "neighbouring greys have run together"
    assert 70 < brightness[levels.index(128)] < 200, "mid-grey is crushed or blown"


def test_standard_colours_are_kept(make_video: MakeVideo) -> None:
    """BT.709, as cameras write it, and full range, as phones do."""
    colours = [(200, 30, 60), (30, 200, 60), (30, 60, 200), (128, 128, 128), (250, 240, 20)]
    frames = [np.full((48, 64, 3), colour, np.uint8) for colour in colours]
    for name, to in {
        "bt709.mp4": "scale=out_color_matrix=bt709,format=yuv420p,setparams=colorspace=bt709",
        "bt601.mp4": "scale=out_color_matrix=bt601,format=yuv420p,setparams=colorspace=smpte170m",
        "full.mp4": "scale=out_range=full,format=yuvj420p",
    }.items():
        path = make_video(name, frames, *LOSSY, "-crf", "1", "-vf", to)
        shown = [frame[20, 20].astype(int) for frame in decoded(path)]
        assert np.abs(np.array(shown) - colours).max() <= 4, name


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("alpha8.webm", ("-c:v", "libvpx", "-auto-alt-ref", "0", "-crf", "4", "-b:v", "2M")),
        ("alpha9.webm", ("-c:v", "libvpx-vp9", "-auto-alt-ref", "0", "-crf", "10", "-b:v", "0")),
        ("alpha.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
        ("alpha.mkv", ("-c:v", "ffv1", "-pix_fmt", "yuva420p")),
    ],
)
def test_a_transparent_video_lies_over_black(
    make_video: MakeVideo, name: str, codec: tuple[str, ...]
) -> None:
    alpha = "format=yuva420p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='if(lt(X,32),255,0)'"
    codec = codec if "-pix_fmt" in codec else (*codec, "-pix_fmt", "yuva420p")
    path = make_video(name, numbered(10), "-vf", alpha, *codec)
    frames = decoded(path)
    assert [number(frame[:, :28]) for frame in frames] == list(range(10))
    assert max(frame[:, 36:].max() for frame in frames) <= 4
    with video_of(path) as video:
        assert [number(frame[:, :28]) for frame in video.frames(5, 7)] == [5, 6]


def test_half_transparent_is_half_as_bright(make_video: MakeVideo) -> None:
    alpha = "format=yuva444p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a=128"
    path = make_video("half.mkv", [grey(200)] * 2, "-vf", alpha, "-c:v", "ffv1")
    assert decoded(path)[0].mean() == pytest.approx(100, abs=2)


# Real time.


def test_a_variable_rate_is_shown_in_real_time(make_video: MakeVideo) -> None:
    """25 fps, except that frame 9 stands for a second."""
    for name in ("vfr.mp4", "vfr.mkv"):
        pause = ("-vf", "setpts='PTS+if(gt(N,9),1,0)/TB'", "-fps_mode", "vfr")
        path = make_video(name, numbered(20), *LOSSY, *pause)
        with video_of(path) as video:
            assert video.rate == 25
            expected = [*range(10), *[9] * 25, *range(10, 20)]
            assert [number(frame) for frame in video] == expected
            assert len(video) == 45
            for first, stop in ((0, 12), (20, 40), (33, 36), (36, 45)):
                some = [number(frame) for frame in video.frames(first, stop)]
                assert some == expected[first:stop]


def test_a_rate_that_changes_half_way_is_shown_in_real_time(make_video: MakeVideo) -> None:
    """A second at 10 fps, then a second at 20 fps."""
    slower = ("-vf", "settb=1/1000,setpts='if(lt(N,10),N/10,1+(N-10)/20)/TB'", "-fps_mode", "vfr")
    slower = (*slower, "-enc_time_base", "1:1000")
    path = make_video("change.mp4", numbered(30), *LOSSY, *slower)
    with video_of(path) as video:
        numbers = [number(frame) for frame in video]
        seen_at = {n: numbers.index(n) / float(video.rate) for n in sorted(set(numbers))}
        assert len(video) / video.rate == pytest.approx(2, abs=0.11)
    assert sorted(seen_at) == numbers_once(numbers)
    for n, at in seen_at.items():
        due = n / 10 if n < 10 else 1 + (n - 10) / 20
        assert at == pytest.approx(due, abs=float(1 / video.rate) / 2 + 1e-3)


def numbers_once(numbers: list[int]) -> list[int]:
    """The numbers without repeats, as they come: ascending if time never goes back."""
    return [numbers[0], *(b for a, b in pairwise(numbers) if a != b)]


def test_start_and_end_are_in_real_time_where_the_rate_varies(make_video: MakeVideo) -> None:
    pause = ("-vf", "setpts='PTS+if(gt(N,9),1,0)/TB'", "-fps_mode", "vfr")
    path = make_video("vfr.mp4", numbered(20), *LOSSY, *pause)
    assert [number(frame) for frame in decoded(path, 1.4, 1.6)] == [10, 11, 12, 13, 14]
    assert [number(frame) for frame in decoded(path, 0.2, 0.4)] == [5, 6, 7, 8, 9]


def test_a_webm_without_a_duration_is_read_to_its_end(plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "live.webm"
    path.write_bytes(to_a_pipe(plain, *VP9, "-f", "webm"))
    with video_of(path) as video:
        assert (len(video), video.rate) == (50, 25)
        assert [number(frame) for frame in video] == list(range(50))
        assert [number(frame) for frame in video.frames(31, 33)] == [31, 32]
    assert [number(frame) for frame in decoded(path, 1.0, 1.2)] == [25, 26, 27, 28, 29]


def to_a_pipe(video: Path, *options: str) -> bytes:
    """What ffmpeg writes where it cannot go back to fill in the duration."""
    line = [FFMPEG, "-v", "error", "-i", str(video), *options, "pipe:1"]
    return subprocess.run(line, capture_output=True, check=True).stdout


def test_sound_longer_than_the_picture_adds_no_frames(plain: Path, tmp_path: Path) -> None:
    tone = ("-f", "lavfi", "-t", "5", "-i", "sine")
    for name, codec in {"a.mp4": "aac", "a.mkv": "aac", "a.avi": "pcm_s16le"}.items():
        path = tmp_path / name
        ffmpeg("-i", plain, *tone, *LOSSY, "-c:a", codec, path)
        with video_of(path) as video:
            assert len(video) == 50
            assert [number(frame) for frame in video] == list(range(50))


def test_sound_before_the_picture_in_the_file_is_passed_over(plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "sound_first.mkv"
    tone = ("-f", "lavfi", "-t", "2", "-i", "sine")
    ffmpeg("-i", plain, *tone, "-map", "1:a", "-map", "0:v", "-c:v", "copy", path)
    assert [number(frame) for frame in decoded(path)] == list(range(50))


def test_cover_art_is_not_the_video(make_video: MakeVideo, tmp_path: Path) -> None:
    cover = make_video("cover.png", numbered(8)[7:])
    video = make_video("frames.mp4", numbered(20), *LOSSY)
    path = tmp_path / "a.mp4"
    both = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic")
    ffmpeg("-i", cover, "-i", video, *both, path)
    assert [number(frame) for frame in decoded(path)] == list(range(20))


def test_music_with_cover_art_is_no_video(make_video: MakeVideo, tmp_path: Path) -> None:
    cover = make_video("cover.png", numbered(8)[7:])
    tone = ("-f", "lavfi", "-t", "1", "-i", "sine")
    ffmpeg(*tone, "-i", cover, "-c:v", "copy", "-disposition:v", "attached_pic", tmp_path / "a.m4a")
    with pytest.raises(SourceError, match=r"a\.m4a has sound or text but no picture"):
        video_of(tmp_path / "a.m4a")


def test_a_clip_trimmed_by_its_metadata_begins_where_it_should(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    """As phones trim: the frames from the keyframe on are all there, an edit list hides some."""
    path = tmp_path / "trimmed.mp4"
    whole = make_video("phone.mov", numbered(50), *KINDS["phone.mov"])
    ffmpeg("-ss", "1.12", "-i", whole, "-c", "copy", path)
    with video_of(path) as video:
        assert [number(frame) for frame in video] == list(range(28, 50))
        assert [number(frame) for frame in video.frames(10, 13)] == [38, 39, 40]


def test_recordings_one_after_another_are_one_video(make_video: MakeVideo, tmp_path: Path) -> None:
    halves = (numbered(20), numbered(40)[20:])
    first, second = (make_video(f"part{k}.ts", half, *LOSSY) for k, half in enumerate(halves))
    path = tmp_path / "both.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    assert [number(frame) for frame in decoded(path)] == list(range(40))


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_a_first_frame_that_is_not_at_time_0_is_frame_0(
    plain: Path, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"late.{ending}"
    tone = ("-f", "lavfi", "-t", "4", "-i", "sine")
    ffmpeg("-itsoffset", "1.5", "-i", plain, *tone, *LOSSY, "-g", "10", "-c:a", "aac", path)
    with video_of(path) as video:
        assert len(video) == 50
        assert [number(frame) for frame in video] == list(range(50))
        assert [number(frame) for frame in video.frames(20, 23)] == [20, 21, 22]


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "gif", "webm", "ts", "h264"])
def test_a_single_frame_is_a_video(make_video: MakeVideo, ending: str) -> None:
    codec = {"gif": GIF, "webm": VP9}.get(ending, LOSSY)
    path = make_video(f"single.{ending}", [*numbered(8)[7:]], *codec)
    with video_of(path) as video:
        assert len(video) == 1
        assert [number(frame) for frame in video] == [7]


def test_a_picture_is_a_video_of_one_frame(make_video: MakeVideo) -> None:
    path = make_video("still.png", numbered(8)[7:])
    assert [number(frame) for frame in decoded(path)] == [7]


def test_a_gif_with_delays_of_its_own_is_shown_in_real_time(tmp_path: Path) -> None:
    from PIL import Image

    first, *rest = (Image.fromarray(frame) for frame in numbered(4))
    path = tmp_path / "delays.gif"
    first.save(path, save_all=True, append_images=rest, duration=[100, 300, 100, 200])
    with video_of(path) as video:
        assert video.rate == 10
        assert [number(frame) for frame in video] == [0, 1, 1, 1, 2, 3, 3]


@pytest.mark.parametrize("delays", [[1] * 12, [1, 20, 0, 1, 30, 10, *[1] * 6]])
def test_a_gif_of_delays_that_nobody_means_is_as_slow_as_in_browsers(
    tmp_path: Path, delays: list[int]
) -> None:
    """They take 0 and 1/100 s for 1/10."""
    from PIL import Image

    first, *rest = (Image.fromarray(frame) for frame in numbered(12))
    first.save(tmp_path / "quick.gif", save_all=True, append_images=rest, duration=100)
    film = bytearray((tmp_path / "quick.gif").read_bytes())
    at = 0
    for delay in delays:
        at = film.index(b"\x21\xf9\x04", at) + 4
        assert film[at : at + 2] == b"\x0a\x00"
        film[at : at + 2] = delay.to_bytes(2, "little")
    path = tmp_path / "quick.gif"
    path.write_bytes(film)
    shown = [delay if delay > 1 else 10 for delay in delays]
    expected = [k for k, delay in enumerate(shown) for _ in range(delay // 10)]
    with video_of(path) as video:
        assert video.rate == 10
        assert [number(frame) for frame in video] == expected
    assert [number(frame) for frame in decoded(path, 0.1, 0.5)] == expected[1:5]


# The ffmpeg behind it.


def test_a_video_can_be_read_again_and_twice_at_once(plain: Path) -> None:
    with video_of(plain) as video:
        both = [(number(a), number(b)) for a, b in zip(video, islice(video, 0, 50), strict=True)]
        assert both == [(k, k) for k in range(50)]
        assert [number(frame) for frame in video] == list(range(50))


def test_frames_are_the_callers_to_keep_and_write_to(plain: Path) -> None:
    with video_of(plain) as video:
        frames = []
        for frame in video:
            frame[0] = 0
            frames.append(frame)
    assert [number(frame[1:]) for frame in frames] == list(range(50))


def test_closing_ends_every_ffmpeg_of_the_video(plain: Path) -> None:
    video = video_of(plain, scale=10)
    running = [iter(video) for _ in range(3)]
    for frames in running:
        next(frames)
    assert len(running_ffmpegs(naming=plain)) == 3
    video.close()
    assert not running_ffmpegs(naming=plain)
    video.close()


def test_leaving_off_half_way_ends_ffmpeg(plain: Path) -> None:
    frames = iter(video_of(plain, scale=10))
    next(frames)
    assert running_ffmpegs(naming=plain)
    del frames
    assert not running_ffmpegs(naming=plain)


def test_an_error_half_way_ends_ffmpeg(plain: Path) -> None:
    with pytest.raises(ZeroDivisionError), video_of(plain, scale=10) as video:
        for _ in video:
            raise ZeroDivisionError
    assert not running_ffmpegs(naming=plain)


@pytest.mark.parametrize("with_signal", [sig("SIGKILL"), signal.SIGTERM, signal.SIGSEGV])
def test_an_ffmpeg_killed_half_way_is_an_error_and_not_a_short_video(
    long: Path, with_signal: signal.Signals
) -> None:
    with video_of(long) as video:
        frames = iter(video)
        next(frames)
        (pid,) = running_ffmpegs(naming=long)
        os.kill(pid, with_signal)
        with pytest.raises(SourceError, match=r"endless\.mp4 could not be read past frame \d+ "):
            list(frames)


def test_reading_after_the_end_gives_nothing(plain: Path) -> None:
    with video_of(plain) as video:
        assert list(video.frames(50)) == list(video.frames(7, 7)) == list(video.frames(9, 3)) == []


# What is not a video.


NOT_VIDEOS = {
    "missing": "does not exist: check the name",
    "folder": "is a directory: give a video file",
    "empty": "is empty: copy or download it again",
    "text": "is not a video that ffmpeg can read, or is cut short: ",
    "noise": "is not a video that ffmpeg can read, or is cut short: ",
    "sound": "has sound or text but no picture: give a video",
    "half": "is not a video that ffmpeg can read, or is cut short: ",
    "link to itself": "cannot be opened (Too many levels of symbolic links): check the name",
}


@pytest.mark.parametrize("kind", NOT_VIDEOS)
def test_what_is_not_a_video_is_said_with_the_remedy(
    kind: str, plain: Path, tmp_path: Path
) -> None:
    path = tmp_path / "input.mp4"
    bad_video(kind, path, plain)
    with pytest.raises(SourceError) as raised:
        video_of(path)
    assert str(raised.value).startswith(f"{path} {NOT_VIDEOS[kind]}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("mp4", ("-movflags", "+faststart")),
        ("mkv", ()),
        ("avi", ()),
        ("webm", VP9),
        ("mov", ("-movflags", "+faststart")),
    ],
)
@pytest.mark.parametrize("kept", [0.5, 0.8])
def test_a_video_that_is_cut_short_is_an_error_that_says_how_much_is_there(
    make_video: MakeVideo, tmp_path: Path, ending: str, options: tuple[str, ...], kept: float
) -> None:
    whole = make_video(f"whole.{ending}", numbered(100), *LOSSY, "-g", "10", *options)
    path = tmp_path / f"cut.{ending}"
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * kept)])
    with pytest.raises(SourceError, match=r"is cut short, ([0-9.]+) s can be read") as raised:
        video_of(path)
    (there,) = re.findall(r"with an end of ([0-9.]+)", str(raised.value))
    frames = [number(frame) for frame in decoded(path, 0, there)]
    assert frames == list(range(len(frames)))
    assert len(frames) == pytest.approx(float(there) * 25, abs=1)


def test_a_start_past_the_end_is_an_error(kind: Path) -> None:
    for start in (2, 2.1, 60):
        with pytest.raises(SourceError, match=rf"\b(start is|from start) {start} s"):
            video_of(kind, start)


@pytest.mark.parametrize("name", ["lossless.mp4", "ffv1.mkv", "broadcast.ts", "bare.h264"])
def test_a_part_that_lies_between_two_frames_is_an_error(make_video: MakeVideo, name: str) -> None:
    path = make_video(name, numbered(50), *KINDS[name])
    with pytest.raises(SourceError, match=r"no frame from start 1\.37 s to 1\.39 s: choose"):
        video_of(path, 1.37, 1.39)


def test_an_end_before_the_start_is_an_error(plain: Path) -> None:
    for start, end in ((1, 1), (1, 0.5), ("0:01", "0.5"), (0, 0)):
        with pytest.raises(ArgumentError, match=rf"^end is {end}, not after start {start}: give"):
            Probe(plain, start, end)


def test_frames_never_asked_for_leave_no_ffmpeg(plain: Path) -> None:
    before = psutil.Process().children()  # of other tests, such as a browser
    video = open_video(Probe(plain).facts())
    video.frames().close()
    assert psutil.Process().children() == before  # not even one that waits to be reaped
    small = video.small(8)
    del small
    gc.collect()
    assert psutil.Process().children() == before


# Interlaced video.


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("tape.mp4", (*LOSSY, "-flags", "+ilme+ildct", "-bf", "2", "-g", "10")),
        ("tape.mpg", ("-c:v", "mpeg2video", "-q:v", "1", "-flags", "+ilme+ildct", "-g", "10")),
        ("tape.ts", (*LOSSY, "-flags", "+ilme+ildct", "-g", "10")),
    ],
)
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_interlaced_video_shows_no_comb(
    make_video: MakeVideo, name: str, codec: tuple[str, ...], order: str
) -> None:
    """A bar that moves 2 pixels a field: each row of a frame is to show it at one moment."""
    fields = []
    for k in range(40):
        field = np.full((48, 96, 3), 16, np.uint8)
        field[:, 4 + 2 * k : 20 + 2 * k] = 235
        fields.append(field)
    options = ("-vf", f"interlace=scan={order}:lowpass=off", *codec)
    path = make_video(f"{order}{name}", fields, *options, rate=50)
    with video_of(path) as video:
        frames = list(video)
        assert (len(frames), video.rate) == (20, 25)
        assert len(list(video.frames(7, 12))) == 5
    for frame in frames[1:-1]:
        edges = (frame[..., 0] > 128).argmax(axis=1)
        assert np.ptp(edges[8:-8]) <= 1


def test_progressive_video_is_not_touched_by_deinterlacing(kind: Path) -> None:
    assert not Probe(kind).facts().interlaced


def test_a_last_frame_half_way_between_two_is_shown(make_video: MakeVideo) -> None:
    # At 2.26 s, a hair under 56.5 frames as far as floats can tell.
    late = ("-vf", r"settb=1/1000,setpts=if(lt(N\,50)\,N*40\,2260)", "-fps_mode", "passthrough")
    path = make_video("half-way.mkv", numbered(51), *late, "-enc_time_base", "1/1000", *LOSSLESS)
    shown = [number(frame) for frame in decoded(path)]
    assert shown == [*range(50), *[49] * 7, 50]
