"""MP4, WebM and WebP: what a decoder finds in them, and what is left when something goes wrong."""

from __future__ import annotations

import math
import subprocess
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FFMPEG, Picture, decoded, names, number, numbered, running_ffmpegs
from PIL import Image, ImageSequence

from rollscan import ArgumentError
from rollscan.deliver import encode
from rollscan.deliver.composition import Composition
from rollscan.deliver.encode import encode_webm, write_mp4
from rollscan.deliver.formats import Encoded
from rollscan.deliver.geometry import Fitted, fitted_size
from rollscan.deliver.moving import FilePart
from rollscan.deliver.output import written_beside
from rollscan.deliver.platforms import load
from rollscan.deliver.targets import Style, Target
from rollscan.deliver.validate import check
from rollscan.deliver.webp import save_webp
from rollscan.errors import BudgetError, OutputError
from rollscan.video import ffmpeg as the_ffmpeg
from rollscan.video.probe import Probe

Write = Callable[..., object]
STYLE = Style("crop", False, False, loop=0, mp4_loops=1, quality=80, colors=256, recipe="")


def write_webm(path: Path, frames: Iterable[Picture], fps: float, **more: Any) -> None:
    with written_beside(path) as temporary:
        encode_webm(temporary, frames, fps, shown_as=path, **more)


def webm_within(path: Path, frames: Sequence[Picture], max_bytes: int) -> Encoded:
    """Write a WebM of frames at 25 a second."""
    size = frames[0].shape[1], frames[0].shape[0]
    part = FilePart(Composition(frames, range(len(frames)), 25, Fitted.whole(size)), "webm")
    with written_beside(path) as temporary:
        target = Target(path, "webm", None, max_bytes)
        return target.kind.encode(temporary, part, target, STYLE)


def write_webp(
    path: Path, frames: Iterable[Picture], fps: float, *, quality: int = 80, loop: int = 0
) -> None:
    with written_beside(path) as temporary, open(temporary, "wb") as file:
        save_webp(file, frames, fps, quality=quality, loop=loop)


VIDEOS = [(write_mp4, "a.mp4"), (write_webm, "a.webm")]
ALL = [*VIDEOS, (write_webp, "a.webp")]
videos = pytest.mark.parametrize("write, name", VIDEOS, ids=["mp4", "webm"])
all_formats = pytest.mark.parametrize("write, name", ALL, ids=["mp4", "webm", "webp"])


def streams(path: Path) -> str:
    """What ffmpeg says of the streams in a file."""
    said = subprocess.run([FFMPEG, "-hide_banner", "-i", path], capture_output=True, text=True)
    return "\n".join(line for line in said.stderr.splitlines() if "Stream #" in line)


def pictures(path: Path) -> tuple[list[Picture], list[int]]:
    """The frames of a WebP, and how many milliseconds each is shown."""
    with Image.open(path) as image:
        shown = [
            (np.asarray(frame.convert("RGB")), frame.info["duration"])
            for frame in ImageSequence.Iterator(image)
        ]
    return [picture for picture, _ in shown], [duration for _, duration in shown]


def frames_of(path: Path) -> list[Picture]:
    return pictures(path)[0] if path.suffix == ".webp" else decoded(path)


def noise(count: int, size: tuple[int, int] = (64, 48)) -> list[Picture]:
    random = np.random.default_rng(1)
    return [random.integers(0, 256, (size[1], size[0], 3), np.uint8) for _ in range(count)]


# What is written.


@all_formats
def test_every_frame_is_there_in_its_place(out: Path, write: Write, name: str) -> None:
    write(out / name, numbered(30), 25)
    assert [number(frame) for frame in frames_of(out / name)] == list(range(30))
    assert names(out) == [name]


@all_formats
def test_colours_stay(out: Path, write: Write, name: str) -> None:
    """The purest ones, which move furthest where the matrix or the range is taken for another."""
    colours = [tuple(255 * (k >> bit & 1) for bit in (0, 1, 2)) for k in range(8)]
    frames = [np.full((48, 64, 3), colour, np.uint8) for colour in colours]
    write(out / name, frames, 25)
    for shown, frame in zip(frames_of(out / name), frames, strict=True):
        assert np.abs(shown.astype(int) - frame).max() <= 4


@videos
def test_a_video_is_as_every_player_takes_it(out: Path, write: Write, name: str) -> None:
    write(out / name, numbered(3), 25)
    said = streams(out / name)
    assert said.count("Stream #") == 1  # no sound
    assert f"Video: {'h264' if write is write_mp4 else 'vp9'}" in said
    assert "yuv420p(tv, bt709" in said
    assert "64x48" in said


@videos
@pytest.mark.parametrize("fps", [25, 30000 / 1001, 12.5, Fraction(24000, 1001)])
def test_the_rate_stays(out: Path, write: Write, name: str, fps: float) -> None:
    write(out / name, numbered(10), fps)
    facts = Probe(out / name).facts()
    assert facts.n_frames == 10
    assert facts.rate == Fraction(fps).limit_denominator(1001)


def test_an_mp4_can_be_played_while_it_loads(out: Path) -> None:
    write_mp4(out / "a.mp4", numbered(3), 25)
    content = out.joinpath("a.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (63, 47), (1, 1), (2, 2)])
def test_an_mp4_gets_even_sides_by_an_edge_shown_twice(out: Path, size: tuple[int, int]) -> None:
    odd = noise(3, size)
    even = [
        np.pad(frame, ((0, size[1] % 2), (0, size[0] % 2), (0, 0)), mode="edge") for frame in odd
    ]
    write_mp4(out / "odd.mp4", odd, 25)
    write_mp4(out / "even.mp4", even, 25)
    shown = decoded(out / "odd.mp4")
    assert [frame.shape for frame in shown] == [frame.shape for frame in even]
    assert np.array_equal(shown, decoded(out / "even.mp4"))


@pytest.mark.parametrize("write, name", ALL[1:], ids=["webm", "webp"])
def test_the_others_keep_odd_sides(out: Path, write: Write, name: str) -> None:
    write(out / name, numbered(3, (63, 47)), 25)
    assert {frame.shape for frame in frames_of(out / name)} == {(47, 63, 3)}


@pytest.mark.parametrize("fps", [25, 30000 / 1001, 33.333])
def test_an_mp4_repeats_the_loop_at_an_even_rate_and_encodes_it_once(out: Path, fps: float) -> None:
    write_mp4(out / "a.mp4", iter(numbered(4)), fps, loops=300)
    assert [number(frame) for frame in decoded(out / "a.mp4")] == [0, 1, 2, 3] * 300
    write_mp4(out / "once.mp4", numbered(4), fps)
    facts = Probe(out / "a.mp4").facts()
    np.testing.assert_allclose(facts.times, np.arange(1200) / fps, atol=0.001)
    np.testing.assert_array_equal(decoded(out / "a.mp4")[:4], decoded(out / "once.mp4"))


def test_a_large_mp4_is_encoded_as_well_and_more_quickly(out: Path) -> None:
    write_mp4(out / "large.mp4", numbered(2, (1280, 800)), 25)
    assert [number(frame) for frame in decoded(out / "large.mp4")] == [0, 1]
    assert b"subme=4" in (out / "large.mp4").read_bytes()  # of the preset "faster"


@videos
def test_frames_may_come_from_an_iterator_and_lie_anyhow_in_memory(
    out: Path, write: Write, name: str
) -> None:
    write(out / name, (frame.swapaxes(0, 1) for frame in numbered(3)), 25)
    assert [frame.shape for frame in decoded(out / name)] == [(64, 48, 3)] * 3


# WebP.


@pytest.mark.parametrize(
    "fps, durations", [(30, {33, 34}), (25, {40}), (1000, {1}), (7.3, {136, 137})]
)
def test_a_webp_lasts_as_long_as_its_frames(out: Path, fps: float, durations: set[int]) -> None:
    write_webp(out / "a.webp", numbered(60), fps)
    shown = pictures(out / "a.webp")[1]
    assert len(shown) == 60
    assert set(shown) == durations
    assert sum(shown) == round(60 * 1000 / fps)


def test_a_webp_shows_equal_frames_as_one_that_lasts_as_long(out: Path) -> None:
    first, second = numbered(2)
    write_webp(out / "a.webp", [first, first, first, second, second], 30)
    shown, durations = pictures(out / "a.webp")
    assert [number(frame) for frame in shown] == [0, 1]
    assert durations == [100, 67]


@pytest.mark.parametrize("loop", [0, 3])
def test_a_webp_tells_how_often_it_plays(out: Path, loop: int) -> None:
    write_webp(out / "a.webp", numbered(2), 25, loop=loop)
    with Image.open(out / "a.webp") as image:
        assert image.info["loop"] == loop


def test_a_webp_of_less_quality_is_smaller(out: Path) -> None:
    for quality in (20, 90):
        write_webp(out / f"{quality}.webp", noise(2), 25, quality=quality)
    assert out.joinpath("20.webp").stat().st_size < out.joinpath("90.webp").stat().st_size


class Film:
    """Frames with a length, which counts how many of them are alive at once."""

    def __init__(self, frames: list[Picture]) -> None:
        self._frames = frames
        self._alive: weakref.WeakSet[Picture] = weakref.WeakSet()
        self.most_alive = 0

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Picture]:
        for frame in self._frames:
            picture = Shared(frame)
            self._alive.add(picture)
            self.most_alive = max(self.most_alive, len(self._alive))
            yield picture
            del picture


class Shared(np.ndarray):  # type: ignore[type-arg]
    """An array that can be in a set."""

    def __new__(cls, frame: Picture) -> Shared:
        return frame.copy().view(cls)

    __hash__ = object.__hash__  # type: ignore[assignment]


@all_formats
def test_frames_with_a_length_are_taken_one_by_one(out: Path, write: Write, name: str) -> None:
    film = Film(numbered(12))
    write(out / name, film, 25)
    assert len(frames_of(out / name)) == 12
    assert film.most_alive <= 3


def test_a_webp_of_frames_without_a_length(out: Path) -> None:
    write_webp(out / "a.webp", iter(numbered(3)), 25)
    assert [number(frame) for frame in pictures(out / "a.webp")[0]] == [0, 1, 2]


# WebM within a number of bytes.


@pytest.fixture
def crfs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The CRF of each WebM encoded."""
    tried = []
    encode_one = encode._encode

    def spy(
        target: Path,
        frames: object,
        fps: float,
        options: tuple[str, ...],
        *heard: object,
        **more: str,
    ) -> None:
        tried.append(int(options[1]))
        encode_one(target, frames, fps, options, *heard, **more)

    monkeypatch.setattr(encode, "_encode", spy)
    return tried


def test_a_webm_that_is_small_enough_is_encoded_once(out: Path, crfs: list[int]) -> None:
    assert webm_within(out / "a.webm", numbered(3), 100_000).coarser == ""
    assert crfs == [24]
    assert len(decoded(out / "a.webm")) == 3


def test_a_webm_is_first_made_coarser(out: Path, crfs: list[int]) -> None:
    made = webm_within(out / "a.webm", noise(8), 20_000)
    assert made.coarser in [f"CRF 24→{crf}" for crf in crfs[1:]]
    assert 0.85 * 20_000 <= out.joinpath("a.webm").stat().st_size <= 20_000
    assert 2 <= len(crfs) <= 4
    frames = decoded(out / "a.webm")
    assert (len(frames), frames[0].shape) == (8, (48, 64, 3))
    assert names(out) == ["a.webm"]


def test_a_webm_that_its_worst_crf_leaves_too_large_is_slower_and_smaller_too(
    out: Path, crfs: list[int]
) -> None:
    made = webm_within(out / "a.webm", noise(20, (128, 96)), 5_000)
    frames = decoded(out / "a.webm")
    assert 0.8 * 5_000 <= out.joinpath("a.webm").stat().st_size <= 5_000
    assert len(frames) == len(made.shown) < 20
    assert frames[0].shape[1::-1] == made.shown.size < (128, 96)
    assert made.shown.seconds == pytest.approx(0.8)
    assert 63 in crfs
    assert len(crfs) <= 5


def test_a_webm_that_cannot_be_that_small_is_said(out: Path) -> None:
    out.joinpath("a.webm").write_text("old")
    with pytest.raises(BudgetError, match=r"max_bytes is 300, the smallest this clip gets is \d+:"):
        webm_within(out / "a.webm", noise(4), 300)
    assert out.joinpath("a.webm").read_text() == "old"
    assert names(out) == ["a.webm"]


# For the places that take no GIF.


def test_a_sticker_for_telegram_passes_its_check(out: Path) -> None:
    telegram = load()["telegram-sticker"]
    size = fitted_size((64, 4), telegram).size
    write_webm(out / "a.webm", numbered(90, size), 30)
    assert check(out / "a.webm", telegram) == []


def test_a_sticker_for_whatsapp_passes_its_check(out: Path) -> None:
    whatsapp = load()["whatsapp-sticker"]
    write_webp(out / "a.webp", numbered(4, fitted_size((64, 48), whatsapp).size), 120)
    assert check(out / "a.webp", whatsapp) == []


# What goes wrong.


@all_formats
@pytest.mark.parametrize("failure", [ZeroDivisionError, OSError, KeyboardInterrupt])
def test_frames_that_fail_leave_nothing_behind(
    out: Path, write: Write, name: str, failure: type[BaseException]
) -> None:
    def failing() -> Iterator[Picture]:
        yield from noise(20, (320, 240))
        raise failure

    out.joinpath(name).write_text("old")
    with pytest.raises(failure):
        write(out / name, failing(), 25)
    assert names(out) == [name]
    assert out.joinpath(name).read_text() == "old"
    assert not running_ffmpegs(naming=out)


@pytest.fixture
def broken_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has another program stand in for ffmpeg: broken_ffmpeg("exit 1")."""

    def replace(script: str) -> None:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(the_ffmpeg, "ffmpeg", lambda: str(path))

    return replace


@videos
@pytest.mark.parametrize(
    "script, cause",
    [
        ("echo Unknown encoder >&2; echo no output >&2; exit 1", "Unknown encoder"),
        ("cat >/dev/null; echo it broke >&2; exit 3", "it broke"),
        ("exit 1", "ffmpeg ended with status 1"),
        ("exit 0", "ffmpeg ended with status 0"),
    ],
)
def test_why_ffmpeg_failed_is_said_in_one_line(
    out: Path,
    broken_ffmpeg: Callable[[str], None],
    write: Write,
    name: str,
    script: str,
    cause: str,
) -> None:
    broken_ffmpeg(script)
    with pytest.raises(OutputError) as raised:
        write(out / name, noise(9, (320, 240)), 25)
    assert str(raised.value) == (
        f"{out / name} cannot be encoded ({cause}): try another --scale, or the ffmpeg that"
        " imageio-ffmpeg brings"
    )
    assert names(out) == []


@videos
def test_an_encoder_that_is_killed_is_told_as_that(
    out: Path, broken_ffmpeg: Callable[[str], None], write: Write, name: str
) -> None:
    broken_ffmpeg("kill -9 $$")
    with pytest.raises(OutputError) as raised:
        write(out / name, noise(9, (320, 240)), 25)
    assert str(raised.value) == (
        f"{out / name} cannot be encoded, ffmpeg was killed or had not enough memory: close other"
        " programs, or give a smaller --scale"
    )
    assert names(out) == []


@all_formats
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
def test_a_full_disk_is_said(write: Write, name: str) -> None:
    with pytest.raises(OutputError, match="/dev/full cannot be written, the disk is full: free"):
        write("/dev/full", noise(9), 25)


@all_formats
def test_a_folder_that_is_not_there_is_said(out: Path, write: Write, name: str) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        write(out / "none" / name, numbered(2), 25)


@all_formats
@pytest.mark.parametrize("fps", [0, -1, math.nan, math.inf, 1001])
def test_a_rate_out_of_range_is_said(out: Path, write: Write, name: str, fps: float) -> None:
    with pytest.raises(ArgumentError, match=f"fps is {fps}: give a number over 0, up to 1000"):
        write(out / name, numbered(2), fps)
    assert names(out) == []


@all_formats
def test_frames_unlike_each_other_are_said(out: Path, write: Write, name: str) -> None:
    odd = [*numbered(2), *numbered(1, (32, 48))]
    with pytest.raises(ArgumentError, match=r"frame 2 is \(48, 32, 3\) uint8: give all as"):
        write(out / name, odd, 25)
    with pytest.raises(ArgumentError, match=r"frame 0 is \(48, 64, 3\) float64: give all as"):
        write(out / name, [frame / 255 for frame in numbered(2)], 25)
    with pytest.raises(ArgumentError, match="there are no frames: give at least one"):
        write(out / name, [], 25)
    assert names(out) == []


def test_values_out_of_range_are_said(out: Path) -> None:
    frames = numbered(2)
    with pytest.raises(ArgumentError, match="loops is 0: give a whole number, 1 or more"):
        write_mp4(out / "a", frames, 25, loops=0)
    with pytest.raises(ArgumentError, match="quality is 101: give a whole number, 1 to 100"):
        write_webp(out / "a", frames, 25, quality=101)
    with pytest.raises(ArgumentError, match="loop is -1: give a whole number, 0 to 65535"):
        write_webp(out / "a", frames, 25, loop=-1)
    with pytest.raises(ArgumentError, match="would be 16384x1 pixels, WebP holds 16383: give a"):
        write_webp(out / "a", numbered(2, (16_384, 1)), 25)
    assert names(out) == []
