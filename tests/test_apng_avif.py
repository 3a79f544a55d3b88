"""Animated PNG and AVIF, read back by programs of other people."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, ffmpeg, names, number, numbered, rollscan
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError, Look
from rollscan.deliver.apng import write_apng
from rollscan.deliver.encode import encode_avif


def shown(file: Path | io.BytesIO) -> tuple[list[Picture], list[float], Image.Image]:
    """The frames that Pillow shows, and for how many milliseconds; and the image."""
    with Image.open(file) as image:
        frames, times = [], []
        for k in range(image.n_frames):
            image.seek(k)
            frames.append(np.array(image.convert("RGB")))
            times.append(image.info.get("duration", 0))
    return frames, times, image


def apng(frames: list[Picture], fps: float, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    write_apng(file, frames, fps, **options)
    return file


# PNG.


@given(
    changes=st.lists(
        st.tuples(*[st.integers(0, 5)] * 4, st.integers(0, 255)), min_size=1, max_size=6
    ),
    fps=st.sampled_from([1, 7, 25, 29.97, 60]),
)
def test_an_apng_shows_every_frame_exactly_and_in_time(
    changes: list[tuple[int, int, int, int, int]], fps: float
) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (6, 6, 3), np.uint8)
    frames = []
    for top, left, height, width, level in changes:
        frame = frame.copy()
        frame[top : top + height, left : left + width] = level
        frames.append(frame)
    found, times, _ = shown(apng(frames, fps))
    ends = np.cumsum(times)
    assert ends[-1] == pytest.approx(1000 * len(frames) / fps, abs=0.51)
    for k, frame in enumerate(frames):
        at = int(np.searchsorted(ends, 1000 * (k + 0.5) / fps, side="right"))
        np.testing.assert_array_equal(found[at], frame)


def test_an_apng_stores_what_changes_and_frames_that_are_alike_once() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    dot = noise.copy()
    dot[9, 9] = 255 - dot[9, 9]
    alone, both = (apng(frames, 10).getvalue() for frames in ([noise], [noise, noise, dot, dot]))
    assert len(both) - len(alone) < 250
    assert shown(io.BytesIO(both))[1] == [200, 200]


def test_an_apng_at_rest_for_long_lasts_as_long() -> None:
    times = shown(apng(numbered(1, (2, 2)) * 200, 1))[1]
    assert sum(times) == 200_000


@pytest.mark.parametrize("loop", [0, 3])
def test_an_apng_tells_how_often_it_plays_and_its_comment(loop: int) -> None:
    file = apng(numbered(3), 10, loop=loop, comment="so")
    _, _, image = shown(file)
    assert (image.info.get("loop"), image.text["Comment"]) == (loop, "so")
    assert number(np.array(Image.open(file).convert("RGB"))) == 0  # where nothing moves


def test_ffmpeg_shows_the_same_apng(tmp_path: Path) -> None:
    path = tmp_path / "a.apng"
    path.write_bytes(apng(numbered(9), 12).getvalue())
    ffmpeg("-f", "apng", "-i", path, "-fps_mode", "passthrough", tmp_path / "%d.png")
    frames = [np.array(Image.open(tmp_path / f"{k + 1}.png").convert("RGB")) for k in range(9)]
    assert [number(frame) for frame in frames] == list(range(9))


@pytest.mark.parametrize("frames", [[], [np.zeros((2, 2), np.uint8)], [*numbered(1), np.zeros(3)]])
def test_no_apng_is_made_of_what_are_no_frames(frames: list[Picture]) -> None:
    with pytest.raises(ArgumentError):
        apng(frames, 10)


# AVIF.


def of_avif(path: Path, folder: Path) -> list[Picture]:
    """The frames of the track, which ffmpeg lists after the still picture."""
    ffmpeg("-i", path, "-map", "0:v:1", "-fps_mode", "passthrough", folder / "f%03d.png")
    return [np.array(Image.open(file)) for file in sorted(folder.glob("f*.png"))]


@pytest.mark.parametrize("size", [(64, 48), (33, 21), (16, 16)])
def test_an_avif_shows_every_frame_in_its_colours(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    path.touch()
    encode_avif(path, numbered(12, size), 12, shown_as=path)
    frames = of_avif(path, tmp_path)
    assert [number(frame) for frame in frames] == list(range(12))
    assert frames[0].shape == (size[1] + size[1] % 2, size[0] + size[0] % 2, 3)


def test_an_avif_of_less_quality_is_smaller(tmp_path: Path) -> None:
    noise = [np.random.default_rng(k).integers(0, 256, (48, 64, 3), np.uint8) for k in range(4)]
    sizes = []
    for crf in (26, 60):
        path = tmp_path / "a.avif"
        path.touch()
        encode_avif(path, noise, 12, crf=crf, shown_as=path)
        sizes.append(path.stat().st_size)
    assert sizes[1] < sizes[0] / 2


# As files of a job.


def test_both_are_written_from_the_command_line_with_their_look(plain: Path, out: Path) -> None:
    paths = out / "a.avif", out / "a.apng"
    words = ("--avif", paths[0], "--apng", paths[1], "--repeat", "2", "--slit", "0.3")
    ran = rollscan(plain, *words)
    assert (ran.status, names(out)) == (0, ["a.apng", "a.avif"])
    for path in paths:
        assert re.search(rf"{path}: 64x48, 50 frames, 2\.00 s", ran.out)
        assert Look.of(path) == Look(slit=0.3)
    composed, times, image = shown(paths[1])
    assert (len(composed), sum(times), image.info["loop"]) == (50, 2000, 2)
    for exact, near in zip(composed, of_avif(paths[0], out), strict=True):
        assert np.abs(exact.astype(int) - near).mean() < 5


@pytest.fixture
def noisy(make_video: MakeVideo) -> Path:
    noise = np.random.default_rng(3)
    frames = [noise.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(20)]
    return make_video("noisy.mp4", frames, *LOSSLESS)


def test_a_budget_leaves_an_apng_its_colours_and_an_avif_its_size(noisy: Path, out: Path) -> None:
    for name, budget, gives_up in (("apng", 60_000, r"fps"), ("avif", 30_000, r": CRF 26→\d")):
        path = out / f"a.{name}"
        ran = rollscan(noisy, f"--{name}", path, "--max-size", str(budget))
        assert (ran.status, path.stat().st_size <= budget) == (0, True)
        assert re.search(gives_up, ran.out)
        assert "quality" not in ran.out


def test_what_a_box_of_strangers_says_is_no_recipe(tmp_path: Path) -> None:
    for box in (
        b"\0\0\0\1uuid",
        b"\xff\xff\xff\xffuuid" + bytes(30),
        b"\0\0\0\x20uuid" + bytes(24),
    ):
        path = tmp_path / "a.avif"
        path.write_bytes(b"\0\0\0\x10ftypavis\0\0\0\0" + box)
        assert rollscan("a.mp4", "--gif", "a.gif", "--like", path).status in (1, 2)
