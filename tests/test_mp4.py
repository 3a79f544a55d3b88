"""MP4 for places: byte budgets, and what the finished file is, as decoding and its boxes tell."""

from __future__ import annotations

import math
import os
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FFMPEG, decoded, encode, names, number, numbered

from rollscan.deliver import attempts
from rollscan.deliver import encode as encoders
from rollscan.deliver.composition import Composition
from rollscan.deliver.formats import FORMATS, Mp4
from rollscan.deliver.geometry import Fitted
from rollscan.deliver.moving import FilePart
from rollscan.deliver.mp4_boxes import boxes, is_fast_start, level_of
from rollscan.deliver.platforms import Platform
from rollscan.deliver.targets import Style, Target
from rollscan.deliver.validate import check
from rollscan.errors import BudgetError
from rollscan.job import Job
from rollscan.loop.sound import RATE
from rollscan.run import render
from rollscan.sound import Sound

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart")
HERE = Platform("here", "mp4")
ONE_SIZE = Platform("here", "mp4", width=96, height=64)
STYLE = Style("crop", False, False, loop=0, mp4_loops=1, quality=80, colors=256, recipe="")


def noise(count: int = 30, size: tuple[int, int] = (96, 64)) -> Composition:
    """Noise that moves, which no setting makes small."""
    random = np.random.default_rng(3)
    frames = [random.integers(0, 256, (size[1], size[0], 3), np.uint8) for _ in range(count)]
    return Composition(frames, range(count), 25, Fitted.whole(size))


def written(
    path: Path,
    composition: Composition,
    budget: int | None = None,
    platform: Platform | None = None,
    loops: int = 1,
) -> tuple[Composition, float]:
    """Write an MP4; what is in it, and at which CRF."""
    mp4, target = FORMATS["mp4"], Target(path, "mp4", platform, budget)
    made = mp4.encode(path, FilePart(composition, "mp4", loops), target, STYLE)
    crf = re.fullmatch(r"CRF 18→([\d.]+)", made.coarser)
    return made.shown, float(crf[1]) if crf else 18


@pytest.fixture
def crfs(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The CRF of each encoding that is made."""
    used: list[float] = []
    encode_mp4 = encoders.encode_mp4

    def counted(*args: Any, **options: Any) -> None:
        used.append(float(f"{options['crf']:.3g}"))  # as it is told
        encode_mp4(*args, **options)

    monkeypatch.setattr(encoders, "encode_mp4", counted)
    return used


# Budgets.


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="/proc tells what is open")
def test_attempts_go_where_a_later_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    encode_mp4 = encoders.encode_mp4

    def once(file: Path, *args: Any, **options: Any) -> None:
        made.append(file)
        if len(made) > 1:
            raise KeyboardInterrupt
        encode_mp4(file, *args, **options)

    monkeypatch.setattr(encoders, "encode_mp4", once)
    with pytest.raises(KeyboardInterrupt) as kept:  # with all that its frames hold
        written(tmp_path / "a.mp4", noise(9), 8_000)
    assert len(made) == 2
    assert not any(path.exists() for path in made), kept


def test_nobody_can_be_in_the_way_of_an_attempt(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may write to the temporary folder too, and know the names that were used before."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "attempt.mp4").symlink_to("/nonexistent/a.mp4")
    os.mkfifo(tmp_path / ".attempt-rollscan-01234567.mp4")
    before = names(tmp_path)
    pipe = os.open(tmp_path / ".attempt-rollscan-01234567.mp4", os.O_RDWR)  # to open it is no end
    written(out / "a.mp4", noise(9), 8_000)
    os.close(pipe)
    assert names(tmp_path) == before
    assert 0 < (out / "a.mp4").stat().st_size <= 8_000


@pytest.mark.parametrize("share", [0.7, 0.3, 0.1, 0.02])
def test_an_mp4_is_made_to_fit(tmp_path: Path, crfs: list[float], share: float) -> None:
    whole, path, composition = tmp_path / "whole.mp4", tmp_path / "a.mp4", noise()
    written(whole, composition)
    crfs.clear()
    budget = int(share * whole.stat().st_size)
    shown, crf = written(path, composition, budget)
    assert 0.9 * budget <= path.stat().st_size <= budget
    assert 2 <= len(crfs) <= 4
    assert crf in crfs and crf > 18
    frames = decoded(path)
    height, width, _ = frames[0].shape
    assert len(frames) == len(shown)
    assert (width, height) == tuple(side + side % 2 for side in shown.size)
    if share < 0.1:  # too few bits for each pixel
        assert shown.fps < 25 and shown.size[0] < 96


def test_what_fits_is_encoded_once_and_whole(tmp_path: Path, crfs: list[float]) -> None:
    whole, path = tmp_path / "whole.mp4", tmp_path / "a.mp4"
    written(whole, noise(5))
    crfs.clear()
    shown, crf = written(path, noise(5), whole.stat().st_size)
    assert (len(shown), crf, crfs) == (5, 18, [18])
    assert path.read_bytes() == whole.read_bytes()


@pytest.fixture
def drafts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """Drafts are made for any clip; the width and the CRF of each of them, and of each encoding."""
    made: list[tuple[int, float]] = []
    encode_mp4 = encoders.encode_mp4

    def noted(file: Path, frames: Composition, *args: Any, **options: Any) -> None:
        made.append((frames.size[0], float(f"{options['crf']:.3g}")))
        encode_mp4(file, frames, *args, **options)

    monkeypatch.setattr(encoders, "encode_mp4", noted)
    monkeypatch.setattr(attempts, "_MANY_PIXELS", 0)
    monkeypatch.setattr(Mp4, "way", replace(Mp4.way, few_bits=math.inf))
    return made


@pytest.mark.parametrize("share", [0.3, 0.05])
def test_small_drafts_tell_where_to_begin_if_a_budget_is_hopeless(
    tmp_path: Path, drafts: list[tuple[int, float]], share: float
) -> None:
    whole, path, composition = tmp_path / "whole.mp4", tmp_path / "a.mp4", noise(60)
    written(whole, composition)
    drafts.clear()
    budget = int(share * whole.stat().st_size)
    shown, crf = written(path, composition, budget, ONE_SIZE)
    assert 0.9 * budget <= path.stat().st_size <= budget
    small = [crf for width, crf in drafts if width == 32]
    large = [crf for width, crf in drafts if width == 96]
    assert small[0] == 18 < min(large)  # the whole of it is never encoded in full
    assert len(small) <= 4
    assert len(large) <= 4
    assert len(drafts) == len(small) + len(large)
    assert crf in large
    assert len(decoded(path)) == len(shown)


def test_sound_that_is_more_than_the_budget_alone_is_said_before_anything_is_encoded(
    tmp_path: Path, drafts: list[tuple[int, float]]
) -> None:
    noisy = np.random.default_rng(5).integers(-9999, 9999, (10 * RATE, 2)).astype(np.int16)
    composition = replace(noise(250), sound=Sound(noisy))
    with pytest.raises(BudgetError, match=r"max_bytes is 30000, the sound alone has [34]\d{4}: "):
        written(tmp_path / "a.mp4", composition, 30_000)
    silence = replace(composition, sound=Sound(np.zeros_like(noisy)))
    assert drafts == []
    written(tmp_path / "a.mp4", silence, 30_000)
    assert (tmp_path / "a.mp4").stat().st_size <= 30_000


def test_one_size_is_kept(tmp_path: Path) -> None:
    shown, _ = written(tmp_path / "a.mp4", noise(), 8_000, ONE_SIZE)
    assert shown.size == (96, 64)


def test_repeats_count(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    shown, _ = written(path, noise(), 50_000, loops=3)
    assert 45_000 <= path.stat().st_size <= 50_000
    assert len(decoded(path)) == 3 * len(shown)


def test_what_cannot_be_that_small_is_said(tmp_path: Path, crfs: list[float]) -> None:
    with pytest.raises(BudgetError, match=r"max_bytes is 900, the smallest .* gets is \d+"):
        written(tmp_path / "a.mp4", noise(), 900)
    assert len(crfs) <= 4
    assert not list(tmp_path.iterdir())


def test_what_was_given_up_is_said_once(plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    (whole,) = render(Job(plain, mp4=path))
    (made,) = render(Job(plain, mp4=path, max_bytes=whole.bytes * 2 // 3))
    assert 0.9 * whole.bytes * 2 // 3 <= made.bytes <= whole.bytes * 2 // 3
    assert re.fullmatch(
        r"CRF 18→\d+(\.\d)?(, 25→[\d.]+ fps)?(, 64→\d+ pixels wide)?", made.given_up
    )


# What a place takes.


def test_a_bit_rate_is_kept(tmp_path: Path) -> None:
    platform = Platform("here", "mp4", max_bit_rate=400_000)
    path = tmp_path / "a.mp4"
    budget = FORMATS["mp4"].most_bytes(noise(50), None, platform)
    assert budget == 100_000  # of two seconds
    assert FORMATS["mp4"].most_bytes(noise(50), 70_000, platform) == 70_000
    written(path, noise(50), None, platform)
    assert 90_000 <= path.stat().st_size <= 100_000
    assert check(path, platform) == []


@pytest.mark.parametrize(
    "fps, least, shown", [(10, 23, 30), (22, 23, 44), (23, 23, 23), (5, 24, 25)]
)
def test_slow_frames_are_shown_several_times(fps: float, least: float, shown: float) -> None:
    composition = Composition(numbered(4), range(4), fps, Fitted.whole((64, 48)))
    held = FORMATS["mp4"].shown(composition, Platform("here", "mp4", min_fps=least))
    assert (held.fps, held.seconds) == (shown, composition.seconds)
    times = round(shown / fps)
    assert [number(frame) for frame in held] == [k for k in range(4) for _ in range(times)]


def test_a_video_for_a_place_begins_with_its_index_and_edits_nothing(tmp_path: Path) -> None:
    placed, plain = tmp_path / "a.mp4", tmp_path / "b.mp4"
    composition = Composition(numbered(40), range(40), 25, Fitted.whole((64, 48)))
    written(placed, composition, platform=Platform("here", "mp4", max_level=3.1))
    written(plain, composition)
    assert b"elst" in plain.read_bytes() and b"elst" not in placed.read_bytes()
    assert is_fast_start(placed) and is_fast_start(plain)
    assert level_of(placed) == 3.1
    assert [number(frame) for frame in decoded(placed)] == list(range(40))


def ways(folder: Path) -> dict[str, tuple[Path, Platform]]:
    """Files that each break one limit, and the platform that has it."""
    frames = numbered(20, (64, 48))

    def made(name: str, *options: str, **more: Any) -> Path:
        return encode(
            folder / f"{name}.mp4", frames, *H264, "-pix_fmt", "yuv420p", *options, **more
        )

    odd = encode(folder / "odd.mp4", numbered(5, (63, 48)), *H264, "-pix_fmt", "yuv444p")
    late = made("late", "-movflags", "0")
    plain, level = made("plain"), made("level", "-level", "4.2")
    return {
        "64x48, here takes 9:16": (plain, Platform("here", "mp4", shape="9:16")),
        "0.8 s, here takes 3 or more": (plain, Platform("here", "mp4", min_seconds=3)),
        "25.0 fps, here takes 26 or more": (plain, Platform("here", "mp4", min_fps=26)),
        "64 pixels wide, here takes 65 or more": (plain, Platform("here", "mp4", min_width=65)),
        "48 pixels high, here takes 49 or more": (plain, Platform("here", "mp4", min_height=49)),
        "H.264 level 4.2, here takes 3.1": (level, Platform("here", "mp4", max_level=3.1)),
        "its index at the end, here takes it at the beginning": (late, HERE),
        "yuv444p pixels, here takes yuv420p; 63x48, here takes even sides": (odd, HERE),
    }


def test_each_limit_that_a_video_breaks_is_said(tmp_path: Path) -> None:
    for said, (path, platform) in ways(tmp_path).items():
        assert "; ".join(check(path, platform)) == said
    plain = tmp_path / "plain.mp4"
    assert check(plain, HERE) == []
    (said,) = check(plain, Platform("here", "mp4", max_bit_rate=1000))
    assert said.endswith("Mbit/s, here takes 0.001")


def test_another_video_is_said(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", numbered(5), "-c:v", "mpeg4")
    assert check(path, HERE)[0] == "mpeg4 video, here takes mp4"
    moved = tmp_path / "a.mkv"
    h264 = encode(tmp_path / "b.mp4", numbered(5), *H264, "-pix_fmt", "yuv420p")
    subprocess.run([FFMPEG, "-v", "error", "-i", h264, "-c", "copy", moved], check=True)
    assert check(moved, HERE)[0] == "h264 video, here takes mp4"


def test_boxes_end_where_the_file_does(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    large = (1).to_bytes(4, "big") + b"mdat" + (20).to_bytes(8, "big") + b"1234"
    path.write_bytes(b"\0\0\0\x0cftypabcd" + large + b"\0\0\0\0free" + b"the rest")
    assert list(boxes(path)) == [("ftyp", 8, 12), ("mdat", 28, 32), ("free", 40, 48)]
    for torn in (b"", b"\0\0", b"\0\0\0\x63moov", b"\0\0\0\x02moov0000"):
        path.write_bytes(torn)
        assert list(boxes(path)) == []
        assert level_of(path) is None and not is_fast_start(path)
