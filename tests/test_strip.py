"""The strip photograph: its columns tell the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import (
    LOSSLESS,
    MakeVideo,
    Picture,
    encode,
    number,
    numbered,
    quarters,
    rollscan,
    video_of,
)
from films import Film, columns, fitted, long, shown
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError
from rollscan.deliver.picture import check_picture, write_picture
from rollscan.strip.strips import Strips


def strip(count: int, size: tuple[int, int], **how: object) -> Picture:
    """The strip photograph of numbered frames."""
    photograph = fitted(Film(numbered(count, size)), **how)
    photograph.read()
    return shown(photograph)


def test_columns_tell_the_time_from_left_to_right() -> None:
    assert columns(strip(8, (8, 6))) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_more_frames_than_columns_are_spread_evenly() -> None:
    assert columns(strip(40, (8, 6))) == [0, 5, 10, 15, 20, 25, 30, 35]


def test_fewer_frames_than_columns_leave_no_column_black() -> None:
    assert columns(strip(3, (8, 6))) == [0, 0, 0, 1, 1, 1, 2, 2]
    assert columns(strip(1, (8, 6))) == [0] * 8


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("left", [0, 1, 2, 3, 4, 5]), ("right", [5, 4, 3, 2, 1, 0])],
)
def test_time_runs_along_the_width(direction: str, expected: list[int]) -> None:
    assert columns(strip(6, (6, 4), direction=direction)) == expected


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("up", [0, 1, 2, 3, 4, 5]), ("down", [5, 4, 3, 2, 1, 0]), ("out", [0, 2, 4, 4, 2, 0])],
)
def test_time_runs_along_the_height(direction: str, expected: list[int]) -> None:
    assert columns(strip(6, (4, 6), direction=direction).swapaxes(0, 1)) == expected


def test_each_column_is_the_slits_and_stands_as_it_does_in_the_video() -> None:
    frames = [np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3) + k for k in range(8)]
    for slit, column in ((0, 0), (0.5, 4), (1, 7)):
        photograph = fitted(Film(frames), slit=slit)
        photograph.read()
        for k, frame in enumerate(frames):
            np.testing.assert_array_equal(shown(photograph)[:, k], frame[:, column])


@pytest.mark.parametrize(
    "slit, width, expected",
    [
        ((0, 1), 1, [0, 1, 2, 3, 4, 5, 6, 7]),
        ((1, 0), 1, [7, 6, 5, 4, 3, 2, 1, 0]),
        ((0.5, 0.9, 0.5), 1, [4, 4, 5, 6, 7, 6, 5, 4]),  # and on where it sets out anew
        ((0, 1), 2, [0, 1, 2, 3, 4, 5, 6, 7]),  # frames 0, 2, 4 and 6, two columns of each
    ],
)
@pytest.mark.parametrize("sideways", [True, False])
def test_a_slit_that_moves_is_taken_where_it_is_in_each_frame(
    slit: Sequence[float], width: int, expected: list[int], sideways: bool
) -> None:
    film = [np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3) + 8 * k for k in range(8)]
    how = {"slit": slit, "slit_width": width, "direction": "left" if sideways else "up"}
    reading, watching = fitted(Film(film), **how), fitted(Film(film), **how)
    reading.read()
    for frame, watched in zip(film, watching.watch(film), strict=True):
        assert watched is frame
    np.testing.assert_array_equal(shown(reading), shown(watching))
    for at, column in enumerate(expected):
        frame = film[at // width * width]
        laid = shown(reading)[:, at] if sideways else shown(reading)[at]
        np.testing.assert_array_equal(laid, frame[:, column] if sideways else frame[column])


def test_a_wide_slit_is_laid_down_whole_and_cut_off_at_the_edge() -> None:
    frames = [np.arange(8, dtype=np.uint8)[None, :, None].repeat(3, 2) + 10 * k for k in range(3)]
    photograph = fitted(Film(frames), slit_width=3)
    photograph.read()
    assert shown(photograph)[0, :, 0].tolist() == [4, 5, 6, 14, 15, 16, 24, 25]


@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    count=st.integers(1, 40),
    slit_width=st.integers(1, 9),
    slit=st.floats(0, 1),
    direction=st.sampled_from(["left", "right", "up", "down", "out"]),
)
def test_time_never_goes_back_and_begins_at_frame_0(
    size: tuple[int, int], count: int, slit_width: int, slit: float, direction: str
) -> None:
    sideways = direction in ("left", "right")
    slit_width = min(slit_width, size[0 if sideways else 1])
    picture = strip(count, size, slit=slit, slit_width=slit_width, direction=direction)
    times = columns(picture if sideways else picture.swapaxes(0, 1))
    if direction in ("right", "down"):
        times = [*reversed(times)]
    if direction == "out":
        times = times[: (len(times) + 1) // 2]
    assert times == sorted(times)
    assert (times[0] if direction not in ("right", "down") else min(times)) == 0
    if direction in ("left", "up") and count >= len(times) and slit_width == 1:
        steps = np.diff([*times, count])
        assert steps.max() - steps.min() <= 1


def test_watching_gives_the_frames_on_and_the_same_picture() -> None:
    frames = numbered(20, (8, 6))
    watching = fitted(Film(frames))
    assert [number(frame) for frame in watching.watch(frames)] == list(range(20))
    np.testing.assert_array_equal(shown(watching), strip(20, (8, 6)))


def test_a_video_that_ends_early_leaves_no_column_black() -> None:
    frames = numbered(8, (8, 6))
    photograph = fitted(Film(frames))
    assert len(list(photograph.watch(frames[:5]))) == 5
    assert columns(shown(photograph)) == [0, 1, 2, 3, 4, 4, 4, 4]


def test_a_real_video_is_read_by_its_slit_alone(plain: Path) -> None:
    with video_of(plain) as video:
        photograph = fitted(video)
        photograph.read()
    assert columns(shown(photograph)) == [k * 50 // 64 for k in range(64)]


@pytest.mark.parametrize("direction", ["left", "down"])
@pytest.mark.parametrize("strips", [fitted, long], ids=["fit", "film"])
def test_strips_of_several_slits_lie_in_one_picture_in_their_order(
    strips: Callable[..., Strips], direction: str
) -> None:
    film = Film([np.arange(8 * 6 * 3, dtype=np.uint8).reshape(6, 8, 3) + k for k in range(9)])
    slits = [0.9, 0.1, (0, 1)]
    for some in (slits, slits[:2]):  # whose frames are whole, and cropped
        reading, watching = (strips(film, *some, direction=direction) for _ in range(2))
        reading.read()
        assert list(map(id, watching.watch(film))) == list(map(id, film))
        alone = [strips(film, slit, direction=direction) for slit in some]
        for each in alone:
            each.read()
        expected = np.concatenate(list(map(shown, alone)), axis=0 if direction == "left" else 1)
        np.testing.assert_array_equal(shown(reading), expected)
        np.testing.assert_array_equal(shown(watching), expected)
        assert reading.picture.size == expected.shape[1::-1]
        bands = [*reading.picture.bands(0, reading.picture.length, 100)]
        np.testing.assert_array_equal(np.concatenate(bands), expected)


@pytest.mark.parametrize("bad", [{"slit": 2}, {"slit_width": 0}, {"slit_width": 9}])
def test_a_bad_argument_is_named(bad: dict[str, int]) -> None:
    ((name, value),) = bad.items()
    with pytest.raises(ArgumentError, match=f"^{name} is {value}: give "):
        strip(3, (8, 6), **bad)


# As a file.


@pytest.mark.parametrize(
    ("ending", "form"),
    [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG"), ("webp", "WEBP"), ("PNG", "PNG")],
)
def test_the_names_ending_gives_the_format(out: Path, ending: str, form: str) -> None:
    path = out / f"a.{ending}"
    write_picture(quarters(), path)
    with Image.open(path) as image:
        assert image.format == form
        shown = np.array(image.convert("RGB")).astype(int)
    assert np.abs(shown - quarters()).mean() < 3
    assert [path] == list(out.iterdir())


def test_png_is_exact(out: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    write_picture(picture, out / "a.png")
    with Image.open(out / "a.png") as image:
        np.testing.assert_array_equal(np.array(image), picture)


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.gif", ".png"])
def test_another_ending_is_an_error_that_lists_those_known(out: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match=r"ends in '.*': give one of \.png, \.jpg, "):
        write_picture(quarters(), out / name)
    assert not list(out.iterdir())


@pytest.mark.parametrize(("name", "most"), [("a.webp", 16_383), ("a.jpg", 65_535)])
def test_a_picture_too_large_for_its_format_is_an_error(name: str, most: int) -> None:
    check_picture(name, (most, 10))
    with pytest.raises(ArgumentError, match=f"holds {most}: give a --scale"):
        check_picture(name, (10, most + 1))


# From the command line.


def opened(path: Path) -> Picture:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def test_the_still_of_the_command_line_is_full_size(make_video: MakeVideo, out: Path) -> None:
    path = make_video("large.mp4", numbered(30, (640, 360)), *LOSSLESS)
    assert rollscan(path, "--still", out / "a.png").status == 0
    picture = opened(out / "a.png")
    assert picture.shape == (360, 640, 3)
    assert columns(picture) == [k * 30 // 640 for k in range(640)]


def test_scale_slit_width_and_direction_apply_to_the_still(plain: Path, out: Path) -> None:
    how = ("--scale", "0.5", "--direction", "down", "--slit-width", "2", "--slit", "0.1")
    assert rollscan(plain, "--still", out / "a.png", *how).status == 0
    picture = opened(out / "a.png")
    assert picture.shape == (24, 32, 3)
    rows = columns(picture.swapaxes(0, 1))
    assert rows == [k for strip in range(11, -1, -1) for k in [strip * 50 // 12] * 2]


def test_start_and_end_apply_to_the_still(plain: Path, out: Path) -> None:
    assert rollscan(plain, "--still", out / "a.png", "--start", "1", "--end", "1.4").status == 0
    assert columns(opened(out / "a.png")) == [25 + k * 10 // 64 for k in range(64)]


@pytest.mark.parametrize(
    ("how", "moving"),
    [
        (("--scale", "0.5"), ("--fps", "7")),
        (("--direction", "down", "--start", "0.5"), ("--speed", "3")),
        ((), ("--loop", "wrap")),
    ],
)
def test_gif_and_still_in_one_run_are_those_of_two_runs(
    plain: Path, out: Path, how: tuple[str, ...], moving: tuple[str, ...]
) -> None:
    both = rollscan(plain, "--gif", out / "a.gif", "--still", out / "a.png", *how, *moving)
    assert both.status == 0, both.err
    assert rollscan(plain, "--gif", out / "b.gif", *how, *moving).status == 0
    assert rollscan(plain, "--still", out / "b.png", *how).status == 0
    assert (out / "a.gif").read_bytes() == (out / "b.gif").read_bytes()
    np.testing.assert_array_equal(opened(out / "a.png"), opened(out / "b.png"))


def test_gif_and_still_of_different_sizes_are_those_of_two_runs(tmp_path: Path, out: Path) -> None:
    path = encode(tmp_path / "wide.mp4", numbered(30, (640, 64)), *LOSSLESS)
    assert rollscan(path, "--gif", out / "a.gif", "--still", out / "a.png").status == 0
    assert rollscan(path, "--still", out / "b.png").status == 0
    assert opened(out / "a.gif").shape == (48, 480, 3)
    np.testing.assert_array_equal(opened(out / "a.png"), opened(out / "b.png"))
