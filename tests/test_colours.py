"""Colours of every standard come to those of the screen, whatever a file says or leaves out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from byte_edits import SAMPLE_TABLE, box, put_last
from conftest import (
    LOSSY,
    MakeVideo,
    Picture,
    decoded,
    encode,
    ffmpeg,
    gif_frames,
    rollscan,
    video_of,
)
from signs import check, made, signs

from rollscan import SourceError
from rollscan.job import Job
from rollscan.run import render
from rollscan.video.colours import Colours

PQ_LEVELS = Path(__file__).parents[2] / "shared" / "data" / "reports" / "pq-levels.mp4"
PATCHES = [(255, 0, 0), (0, 200, 0), (0, 0, 255), (128, 128, 128), (255, 255, 0), (255, 200, 170)]
NEAR = 14  # levels: two conversions, and chroma of half the size


def patches(size: tuple[int, int] = (96, 48)) -> Picture:
    """The patches side by side."""
    width, height = size
    row = np.repeat(np.array(PATCHES, np.uint8), width // len(PATCHES), axis=0)
    row = np.concatenate([row, row[-1:].repeat(width - len(row), axis=0)])
    return np.repeat(row[None], height, axis=0)


def shown(frame: Picture) -> npt.NDArray[np.int64]:
    """The colour in the middle of each patch."""
    step = frame.shape[1] // len(PATCHES)
    return frame[-4, step // 2 :: step][: len(PATCHES)].astype(int)


def converted(path: Path, size: tuple[int, int], primaries: str, matrix: str, *codec: str) -> Path:
    """Two frames of the patches, in other primaries, tagged."""
    picture = path.with_suffix(".png")
    from PIL import Image

    Image.fromarray(patches(size)).save(picture)
    wide = (
        "format=gbrp16le,zscale=primariesin=bt709:transferin=bt709:matrixin=gbr:rangein=full"
        f":primaries={primaries}:transfer=bt709:matrix={matrix}:range=limited,format=yuv444p12le,"
        f"format=yuv420p10le,setparams=color_primaries={primaries}:color_trc=bt709"
    )
    ffmpeg("-loop", "1", "-i", picture, "-frames:v", "2", "-vf", wide, *codec, path)
    return path


@pytest.mark.parametrize("size", [(96, 48), (130, 46)])
@pytest.mark.parametrize(("primaries", "matrix"), [("bt2020", "bt2020nc"), ("smpte432", "bt709")])
def test_wide_primaries_come_to_those_of_the_screen(
    tmp_path: Path, primaries: str, matrix: str, size: tuple[int, int]
) -> None:
    path = converted(tmp_path / "wide.mkv", size, primaries, matrix, "-c:v", "ffv1")
    for scale in (1, 0.5):
        frame = decoded(path, scale=scale)[1]
        assert np.abs(shown(frame) - PATCHES).max() <= NEAR


def test_wide_colours_are_those_of_the_screen_in_the_file(tmp_path: Path, out: Path) -> None:
    path = converted(tmp_path / "wide.mkv", (96, 48), "smpte432", "bt709", "-c:v", "ffv1")
    (made,) = render(Job(path, gif=out / "a.gif", quality=100))
    assert np.abs(shown(gif_frames(made.path)[0]) - PATCHES).max() <= NEAR


@pytest.mark.parametrize(
    ("size", "matrix"),
    [((720, 576), "bt601"), ((1280, 48), "bt709"), ((96, 720), "bt709"), ((96, 576), "bt601")],
)
def test_a_picture_of_hd_size_that_says_nothing_is_bt709(
    tmp_path: Path, size: tuple[int, int], matrix: str
) -> None:
    from PIL import Image

    Image.fromarray(patches(size)).save(tmp_path / "a.png")
    to = f"scale=out_color_matrix={matrix},format=yuv420p,setparams=colorspace=unknown"
    path = tmp_path / "untagged.mp4"
    ffmpeg("-i", tmp_path / "a.png", "-vf", to, *LOSSY, path)
    assert np.abs(shown(decoded(path)[0]) - PATCHES).max() <= NEAR


def test_jpeg_of_hd_size_keeps_its_own_matrix(make_video: MakeVideo) -> None:
    large = [patches((1280, 720))]
    path = make_video("hd.avi", large, "-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj444p")
    assert np.abs(shown(decoded(path)[0]) - PATCHES).max() <= NEAR


def of_light(levels: list[float]) -> Picture:
    """Greys of ten bits, (48, 64 for each) uint16, from shares of the signal's range."""
    steps = np.array([round(64 + 876 * level) for level in levels], "<u2")
    return np.repeat(np.repeat(steps, 64)[None], 48, axis=0)


def pq(nits: float) -> float:
    """The signal for an absolute light (SMPTE ST 2084)."""
    light = (nits / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * light) / (1 + 18.6875 * light)) ** 78.84375


def hdr(folder: Path, levels: list[float], tags: str) -> list[int]:
    """How HDR greys are shown."""
    greys = of_light(levels)
    chroma = np.full((24, greys.shape[1] // 2), 512, "<u2").tobytes()
    (folder / "raw.yuv").write_bytes(greys.tobytes() + 2 * chroma)
    size = f"{greys.shape[1]}x48"
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", size, "-i", folder / "raw.yuv")
    path = folder / "hdr.mkv"
    ffmpeg(*raw, "-vf", f"setparams=range=tv:{tags}", "-c:v", "ffv1", path)
    return [int(level) for level in decoded(path)[0][24, 32::64, 1]]


@pytest.mark.parametrize("transfer", [":color_trc=smpte2084:color_primaries=bt2020", ""])
def test_white_of_pq_and_of_hlg_is_near_white_and_faces_keep_their_light(
    tmp_path: Path, transfer: str
) -> None:
    """Without its transfer, ten bits of BT.2020 are taken for PQ."""
    nits = [0, 5, 20, 60, 100, 203, 400, 1000]
    matrix = "colorspace=bt2020nc"
    levels = hdr(tmp_path, [pq(light) for light in nits], f"{matrix}{transfer}")
    assert levels[0] <= 2
    assert (np.diff(levels) > 4).all(), "neighbours have run together"
    white = levels[nits.index(203)]
    assert 220 <= white <= 240
    assert 130 <= levels[nits.index(60)] <= 175, "a face is too dark, or clips"
    hlg = f"{matrix}:color_trc=arib-std-b67:color_primaries=bt2020"
    assert abs(hdr(tmp_path, [0.75], hlg)[0] - white) <= 10


@pytest.mark.skipif(not PQ_LEVELS.exists(), reason="no inputs after reports")
def test_the_levels_of_pq_are_apart_and_white_is_near_white_in_the_file(out: Path) -> None:
    """Thirds of 203 nits, which is the white of paper, of 26 and of 983."""
    rollscan(str(PQ_LEVELS), "--gif", str(out / "a.gif"), "--scale", "1")
    for frame in gif_frames(out / "a.gif"):
        white, grey, light = (int(level) for level in frame[90, 53::107, 1][:3])
        assert 191 <= white <= 240
        assert 85 <= grey <= 130
        assert white + 15 <= light


@pytest.mark.parametrize("matrix", ["ictcp", "ycgco", "bt2020c", "chroma-derived-nc"])
def test_a_matrix_that_ordinary_pictures_have_by_a_slip_is_bt709(
    tmp_path: Path, make_video: MakeVideo, matrix: str
) -> None:
    to = f"scale=out_color_matrix=bt709,format=yuv420p,setparams=colorspace={matrix}"
    path = make_video(f"slip_{matrix}.mp4", [patches()] * 2, *LOSSY, "-crf", "1", "-vf", to)
    assert np.abs(shown(decoded(path)[0]) - PATCHES).max() <= NEAR


@pytest.mark.parametrize("transfer", ["log100", "log316"])
def test_a_transfer_that_players_ignore_is_ignored(make_video: MakeVideo, transfer: str) -> None:
    """ffmpeg does not scale such pictures."""
    to = f"scale=out_color_matrix=bt709,setparams=colorspace=bt709:color_trc={transfer}"
    path = make_video(f"{transfer}.mkv", [patches()] * 2, "-vf", to, *LOSSY, "-crf", "1")
    assert np.abs(shown(decoded(path)[0]) - PATCHES).max() <= NEAR


@pytest.mark.parametrize(
    "tags",
    [
        "color_primaries=smpte432:color_trc=smpte428:colorspace=bt470bg",
        "color_primaries=smpte431:color_trc=bt1361e:colorspace=bt709",
        "color_primaries=bt470m:color_trc=arib-std-b67:colorspace=bt709",
    ],
)
def test_tags_that_no_encoder_writes_together_are_read(make_video: MakeVideo, tags: str) -> None:
    path = make_video("odd.mkv", [patches()] * 2, "-vf", f"setparams={tags}", *LOSSY)
    assert len(decoded(path)) == 2


def test_a_matrix_that_is_not_read_is_named(make_video: MakeVideo) -> None:
    to = "scale=out_color_matrix=bt709,format=yuv444p10le,setparams=colorspace=ictcp"
    path = make_video("ictcp.mkv", [patches()] * 2, "-vf", to, "-c:v", "ffv1")
    with pytest.raises(SourceError, match=r"ictcp\.mkv has the colour matrix ictcp, which is not"):
        video_of(path)


@pytest.mark.parametrize("pixel_format", ["rgb24", "gbrp", "bgra", "pal8"])
def test_rgb_of_hd_size_is_left_as_it_is(pixel_format: str) -> None:
    said = {"space": "unknown", "primaries": "unknown", "trc": "unknown"}
    assert not Colours.of(said, pixel_format, (1920, 1080)).filters_before_scaling


# Dolby Vision.

DEEP = (
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-x265-params",
    "log-level=none",
    "-tag:v",
    "hvc1",
)


def dolby(folder: Path, profile: int, compatibility: int, *options: str) -> Path:
    codec = (*DEEP, "-pix_fmt", "yuv420p10le", *options)
    film = encode(folder / "film.mp4", signs(3), *codec).read_bytes()
    record = bytes([1, 0, profile << 1, 6 << 3 | 5, compatibility << 4]) + bytes(19)
    path = folder / "dolby.mp4"
    path.write_bytes(put_last(film, (*SAMPLE_TABLE, b"stsd", b"hvc1"), box(b"dvcC", record)))
    return path


def test_dolby_vision_whose_colours_nobody_else_shows_is_refused(tmp_path: Path) -> None:
    path = dolby(tmp_path, 5, 0)
    ran = rollscan(path, "--gif", tmp_path / "a.gif")
    why = "is Dolby Vision of profile 5, whose colours only its own players show"
    remedy = "give a version in HDR10, HLG or SDR"
    assert (ran.status, ran.err) == (1, f"rollscan: error: {path} {why}: {remedy}\n")


def test_dolby_vision_with_a_picture_for_everybody_is_read(tmp_path: Path) -> None:
    check(made(dolby(tmp_path, 8, 4)), [0, 0.04, 0.08], 0.12)
    stated = "setparams=color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc"
    with video_of(dolby(tmp_path, 5, 0, "-vf", stated)) as video:
        assert len(list(video)) == 3
