"""Strip photographs as long as the film, or as what passes the slit."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, numbered, rollscan
from films import Film, columns, fitted, long, shown
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError, Job, Look, SourceError, still, strips
from rollscan.deliver import picture as pictures
from rollscan.deliver.png import write_png
from rollscan.options import command_of
from rollscan.strip.long_picture import LongPicture
from rollscan.strip.stacked_picture import StackedPicture


def laid(frames: list[Picture], **how: object) -> Picture:
    """The strip photograph of these frames, which is the same if they pass by in whole."""
    reading, watching = long(Film(frames), **how), long(Film(frames), **how)
    reading.read()
    for frame, watched in zip(frames, watching.watch(frames), strict=True):
        assert watched is frame
    found = shown(reading)
    assert found.shape[1::-1] == reading.picture.size
    np.testing.assert_array_equal(found, shown(watching))
    return found


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        (None, [0, 1, 2, 3, 4]),
        ("left", [0, 1, 2, 3, 4]),
        ("right", [4, 3, 2, 1, 0]),
        ("up", [0, 1, 2, 3, 4]),
        ("down", [4, 3, 2, 1, 0]),
        ("out", [0, 1, 2, 3, 4, 4, 3, 2, 1, 0]),
    ],
)
def test_every_frame_adds_its_slit(direction: str | None, expected: list[int]) -> None:
    picture = laid(numbered(5, (4, 3)), direction=direction)
    assert columns(picture if direction in (None, "left", "right") else picture.swapaxes(0, 1)) == (
        expected
    )


def ramp(count: int, width: int = 24) -> list[Picture]:
    """Frames whose columns are 10 levels apart, and each a level lighter than the one before."""
    row = (np.arange(width) * 10).astype(np.uint8)
    return [np.broadcast_to((row + k)[None, :, None], (3, width, 3)).copy() for k in range(count)]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("left", [100, 110, 101, 111, 102, 112]), ("right", [102, 112, 101, 111, 100, 110])],
)
def test_a_wide_slit_stands_as_it_does_in_the_video(direction: str, expected: list[int]) -> None:
    picture = laid(ramp(3), direction=direction, slit=10.5 / 24, slit_width=2)
    assert picture[0, :, 0].tolist() == expected


def test_a_slit_that_moves_is_taken_where_it_is_in_each_frame() -> None:
    assert laid(ramp(3, 9), slit=(0, 1))[0, :, 0].tolist() == [0, 41, 82]


Levels = npt.NDArray[np.float64]
SCENE = np.random.default_rng(5).integers(0, 256, (24, 700, 3)).astype(np.float64)
for _ in range(5):  # as fine as a lens shows it
    SCENE = (SCENE + np.roll(SCENE, 1, 1) + np.roll(SCENE, -1, 1)) / 3
HOUSES = SCENE[::-1, 300:460]


def passing(
    speeds: list[float], rows: slice = slice(None), width: int = 160, scene: Levels = SCENE
) -> list[Picture]:
    """Frames in which the scene moves by so many columns from one to the next, in some rows.

    Its column 300 is at the middle of the first frame. Speeds are over 0 to the right.
    """
    frames = []
    for place in np.cumsum([0.0, *speeds]):
        at = np.arange(width) + 300 - width // 2 - place
        first = np.floor(at).astype(int)
        share = (at - first)[None, :, None]
        frame = np.resize(HOUSES[:, :width], (len(scene), width, 3))
        frame[rows] = (scene[:, first] * (1 - share) + scene[:, first + 1] * share)[rows]
        frames.append(np.rint(frame).astype(np.uint8))
    return frames


UNEVEN = [3.0] * 8 + [2.5, 1.8, 0.9, 0.4] + [0.0] * 6 + [0.5, 1.2, 2.2] + [4.0] * 12


def test_the_wheels_of_a_train_at_changing_speeds_are_round() -> None:
    y, x = np.mgrid[:48, :700]
    away = np.hypot((x - 20) % 60 - 30, y - 24)
    wheels = np.clip(17.5 - away, 0, 1)[..., None]
    train = (60 + SCENE[np.arange(48) % 24] / 2) * (1 - wheels) + np.array([250, 10, 10]) * wheels
    speeds = [*np.linspace(0.3, 9, 24), 7.4, 5.1, 3.3, 1.6, *[0.0] * 5, *np.linspace(0.5, 6.2, 30)]
    picture = laid(passing([-speed for speed in speeds], scene=train), strip="moving").astype(float)
    redness = np.clip((picture[..., 0] - picture[..., 1] - 120) / 100, 0, 1)
    places = np.arange(picture.shape[1]) + 300
    middles = [middle for middle in range(50, 700, 60) if 320 < middle < 280 + picture.shape[1]]
    assert len(middles) == 3
    for middle in middles:
        wheel = redness * (np.abs(places - middle) < 28)
        wide, tall = (
            np.average((at - np.average(at, weights=wheel)) ** 2, weights=wheel)
            for at in np.broadcast_arrays(places, np.arange(48)[:, None])
        )
        assert abs(np.sqrt(wide / tall) - 1) < 0.03


@pytest.mark.parametrize("rows", [slice(None), slice(6, 20)], ids=["a pan", "before houses"])
@pytest.mark.parametrize("towards", [-1, 1], ids=["to the left", "to the right"])
def test_what_moves_unevenly_is_laid_down_as_it_is(towards: int, rows: slice) -> None:
    picture = laid(passing([towards * speed for speed in UNEVEN], rows), strip="moving")
    width = round(sum(UNEVEN))
    assert abs(picture.shape[1] - width) <= 1
    first = 300 if towards < 0 else 300 - picture.shape[1] + 1
    expected = SCENE[rows, first : first + picture.shape[1]]
    error = np.abs(picture[rows] - expected).mean()
    assert error < 0.1 * np.abs(SCENE - SCENE.mean()).mean()


def test_what_is_at_rest_behind_is_not_repeated_with_every_slice() -> None:
    picture = laid(passing([-3.0] * 20, slice(8, 16)), strip="moving").astype(float)
    for rows in (slice(0, 7), slice(17, 24)):
        assert np.abs(picture[rows] - HOUSES[rows, 80:81]).mean() < 2


def places(picture: Picture, size: int = 20) -> list[int]:
    """Of each piece of the picture, the column of the scene with which it agrees best."""
    found = []
    for first in range(0, picture.shape[1] - size + 1, size):
        piece = picture[:, first : first + size].astype(float)
        windows = np.lib.stride_tricks.sliding_window_view(SCENE, size, axis=1)
        flat = windows - windows.mean((0, 2, 3), keepdims=True)
        piece = (piece - piece.mean()).transpose(0, 2, 1)[:, None]
        found.append(int((flat * piece).sum((0, 2, 3)).argmax()))
    return found


def test_a_pan_with_noise_and_drifting_light_becomes_a_panorama() -> None:
    noise, turn = np.random.default_rng(2), np.sin(np.linspace(0, np.pi, 40)) ** 0.7
    there, back = 6.3 * turn, 4.1 * turn[::2]
    frames = passing([*-there, *[0.0] * 4, *back])
    light = 1 + 0.12 * np.sin(np.arange(len(frames)) / 9)
    lit = [
        np.clip(frame * gain + noise.normal(0, 3, frame.shape), 0, 255).astype(np.uint8)
        for frame, gain in zip(frames, light, strict=True)
    ]
    picture = laid(lit, strip="moving")
    lengths = there.sum(), back.sum()
    assert abs(picture.shape[1] / sum(lengths) - 1) < 0.01
    first = round(lengths[0])
    pan = places(picture[:, :first])
    assert np.abs(np.array(pan) - 300 - 20 * np.arange(len(pan))).max() <= 1
    returned = places(picture[:, first + 1 :])  # over what was seen, and not mirrored
    begin = 300 + first - lengths[1]
    assert np.abs(np.array(returned) - begin - 20 * np.arange(len(returned))).max() <= 3


def test_where_nothing_moves_nothing_is_added() -> None:
    noise = np.random.default_rng(0)
    still_scene = passing([0.0] * 9)
    frames = [
        np.clip(f + noise.normal(0, 1.5, f.shape), 0, 255).astype(np.uint8) for f in still_scene
    ]
    assert laid(frames, strip="moving").shape == (24, 0, 3)


def test_a_strip_beside_a_longer_one_is_black_where_it_has_ended() -> None:
    frames = passing([3.0] * 10, slice(0, 24))
    for frame in frames:
        frame[:, :70] = HOUSES[:, :70]  # before which nothing moves at the first slit
    frames += passing([-3.0] * 5)
    strips = long(Film(frames), 0.1, 0.6, strip="moving")
    strips.read()
    picture = shown(strips)
    assert picture.shape[0] == 48
    lengths = [np.flatnonzero(rows.any((0, 2)))[-1] + 1 for rows in np.split(picture, 2)]
    assert lengths[0] < lengths[1] == picture.shape[1]


@pytest.mark.parametrize(
    "how",
    [{"slit_width": 2}, {"pace": 50}, {"slit_width": 2, "slit": (0.5, 0.5)}],
    ids=["a wide slit", "a pace", "a slit that might move"],
)
def test_a_smooth_strip_shows_what_passes_between_two_frames(how: dict[str, object]) -> None:
    pytest.importorskip("cv2")
    frames = passing([-2.0] * 20)
    picture = laid(frames, smooth=True, **how)
    assert picture.shape == (24, 42, 3)
    contrast = np.abs(SCENE - SCENE.mean()).mean()
    assert np.abs(picture[:, 2:40] - SCENE[:, 302:340]).mean() < 0.12 * contrast
    assert np.ptp(picture[:, 40:], axis=1).max() == 0  # the last frame stands


def test_a_smooth_strip_wider_than_its_frames_shows_what_passes_between_them() -> None:
    pytest.importorskip("cv2")
    frames = passing([-2.0] * 19, width=40)
    plain, smooth = (fitted(Film(frames), smooth=smooth) for smooth in (False, True))
    for each in (plain, smooth):
        each.read()
    steps = [np.abs(shown(each)[:, 1:38] - SCENE[:, 301:338]).mean() for each in (plain, smooth)]
    assert steps[1] < 0.25 * steps[0]


def test_several_smooth_strips_are_those_of_each_slit() -> None:
    pytest.importorskip("cv2")
    film = Film(passing([-2.0, 3.0, -1.0] * 4))
    both = long(film, 0.2, 0.7, slit_width=3, smooth=True)
    assert [frame is own for frame, own in zip(both.watch(film), film, strict=True)] == [True] * 13
    alone = [long(film, slit, slit_width=3, smooth=True) for slit in (0.2, 0.7)]
    for each in alone:
        each.read()
    np.testing.assert_array_equal(shown(both), np.concatenate([*map(shown, alone)]))


def test_what_fails_while_a_smooth_strip_reads_ahead_is_raised() -> None:
    pytest.importorskip("cv2")

    def broken() -> Iterator[Picture]:
        yield from frames[:9]
        raise SourceError("broken")

    frames = passing([-2.0] * 19)
    strips = long(Film(frames), slit_width=2, smooth=True)
    with pytest.raises(SourceError, match="broken"):
        deque(strips.watch(broken()), maxlen=0)


def test_a_direction_that_is_given_is_kept_though_things_are_mirrored() -> None:
    frames = passing([2.0] * 20)
    chosen = laid(frames, strip="moving")
    np.testing.assert_array_equal(laid(frames, strip="moving", direction="right"), chosen)
    np.testing.assert_array_equal(laid(frames, strip="moving", direction="left"), chosen[:, ::-1])


def test_what_moves_up_is_laid_down_from_top_to_bottom() -> None:
    frames = [frame.swapaxes(0, 1) for frame in passing([-2.0] * 20)]
    upright = laid(passing([-2.0] * 20), strip="moving", direction="left")
    turned = laid(frames, strip="moving", direction="up")
    np.testing.assert_array_equal(turned, upright.swapaxes(0, 1))


@pytest.mark.parametrize("direction", ["left", "right"])
def test_what_moves_at_the_pace_is_laid_down_as_it_is(direction: str) -> None:
    towards = -1 if direction == "left" else 1
    picture = laid(passing([towards * 2.5] * 19), pace=62.5, direction=direction)
    assert picture.shape[1] == 50  # 20 frames are 0.8 s
    first = 300 if towards < 0 else 251
    assert np.abs(picture - SCENE[:, first : first + 50]).mean() < 5


def test_a_pace_of_less_than_a_column_a_frame_mixes_frames() -> None:
    assert laid(ramp(10), pace=12.5, slit=0.5)[0, :, 0].tolist() == [120, 122, 124, 126, 128]


@given(
    pieces=st.lists(st.integers(1, 400), min_size=1, max_size=5),
    sideways=st.booleans(),
    reverse=st.booleans(),
    twofold=st.booleans(),
    flips=st.booleans(),
    cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_any_part_of_a_long_picture_is_what_was_added(
    pieces: list[int],
    sideways: bool,
    reverse: bool,
    twofold: bool,
    flips: bool,
    cut: tuple[float, float],
) -> None:
    long = LongPicture(3, sideways=sideways)
    long.reverse, long.twofold = reverse, twofold
    whole = np.random.default_rng(sum(pieces)).integers(0, 256, (sum(pieces), 3, 3), np.uint8)
    laid = np.split(whole, np.cumsum(pieces)[:-1])
    for piece in laid:
        long.append(piece)
    if flips:
        ends = np.cumsum([0, *pieces]).tolist()
        long.flipped = list(zip(ends[:-1:2], ends[1::2], strict=False))
        whole = np.concatenate([each[:: 1 if k % 2 else -1] for k, each in enumerate(laid)])
    expected = whole[::-1] if reverse else whole
    if twofold:
        expected = np.concatenate([expected, expected[::-1]])
    first, stop = sorted(round(at * len(expected)) for at in cut)
    found = long.part(first, stop)
    stacked = StackedPicture([long])
    bands = [*stacked.bands(first, stop, 2000)] if first < stop else [found]
    np.testing.assert_array_equal(found.swapaxes(0, 1) if sideways else found, expected[first:stop])
    np.testing.assert_array_equal(np.concatenate(bands), found)
    assert all(band.nbytes <= 2000 or len(band) == 1 for band in bands)
    long.close()


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 9), st.integers(0, 3))
def test_a_png_in_bands_is_exact(width: int, height: int, band: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    file = io.BytesIO()
    write_png(file, (width, height), (picture[k : k + band] for k in range(0, height, band)), "so")
    with Image.open(file) as image:
        np.testing.assert_array_equal(np.array(image), picture)
        assert (image.mode, image.text) == ("RGB", {"Comment": "so"})


# As a file.


@pytest.fixture
def moving(make_video: MakeVideo) -> Path:
    return make_video("moving.mp4", passing([-3.0] * 20), *LOSSLESS)


def opened(path: Path) -> Picture:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def test_the_strip_of_the_command_line_is_that_of_python(moving: Path, out: Path) -> None:
    for options in ({"strip": "film"}, {"strip": "moving"}, {"pace": 100}):
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        assert rollscan(moving, "--still", out / "a.png", *words).status == 0
        picture = opened(out / "a.png")
        np.testing.assert_array_equal(picture, still(moving, **options))
        np.testing.assert_array_equal(picture, np.concatenate([*strips(moving, **options)], 1))
    assert Look.of(out / "a.png") == Look()


def test_the_strip_beside_a_loop_is_the_same(moving: Path, out: Path) -> None:
    both = rollscan(moving, "--still", out / "a.png", "--gif", out / "a.gif", "--strip", "moving")
    assert both.status == 0
    np.testing.assert_array_equal(opened(out / "a.png"), still(moving, strip="moving"))


def test_what_is_too_long_for_a_file_is_made_in_parts_but_a_png_is_whole(
    moving: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_MOST_PIXELS", 24 * 30)
    for name in ("a.png", "a.jpg"):
        done = rollscan(moving, "--still", out / name, "--strip", "moving", "--slit", "0.4")
        assert done.status == 0
    *names, png = sorted(path.name for path in out.iterdir())
    assert (names, png) == ([f"a-{number}.jpg" for number in (1, 2)], "a.png")
    whole = opened(out / "a.png")
    assert whole.shape == (24, 60, 3)
    parts = np.concatenate([opened(out / name) for name in names], 1).astype(int)
    assert parts.shape == whole.shape
    assert np.abs(parts - whole).mean() < 3
    assert Look.of(out / "a.png").slit == Look.of(out / "a-2.jpg").slit == 0.4


def test_a_slit_at_which_nothing_moves_is_an_error(plain: Path, out: Path) -> None:
    done = rollscan(plain, "--still", out / "a.png", "--strip", "moving")
    assert done.status == 1
    assert "nothing moves at the slit of" in done.err
    assert not list(out.iterdir())


def test_several_slits_are_given_by_the_same_option(moving: Path, out: Path) -> None:
    slits = ("--slit", "30%", "--slit=0.7", "--slit", "20%:80%")
    assert rollscan(moving, "--still", out / "a.png", "--strip", "film", *slits).status == 0
    picture = opened(out / "a.png")
    places = [0.3, 0.7, (0.2, 0.8)]
    np.testing.assert_array_equal(picture, still(moving, strip="film", slits=places))
    alone = [still(moving, strip="film", slit=place) for place in places]
    np.testing.assert_array_equal(picture, np.concatenate(alone))
    np.testing.assert_array_equal(picture, np.concatenate([*strips(moving, slits=places)], 1))
    assert Look.of(out / "a.png").slit == 0.3
    job = Job(moving, still=out / "a.png", slits=places, look=Look(slit=0.3))
    assert command_of(job)[-6:] == ["--slit", "0.3", "--slit", "0.7", "--slit", "0.2:0.8"]


def test_a_wrong_slit_of_several_is_told_as_it_was_typed(moving: Path, out: Path) -> None:
    done = rollscan(moving, "--still", out / "a.png", "--slit", "0.2", "--slit", "2")
    assert (done.status, "--slit is 2" in done.err) == (2, True)


def test_several_slits_of_a_loop_are_refused(moving: Path, out: Path) -> None:
    for outputs in (("--gif", out / "a.gif"), ("--gif", out / "a.gif", "--still", out / "a.png")):
        done = rollscan(moving, *outputs, "--slit", "20%", "--slit", "50%")
        assert (done.status, [*out.iterdir()]) == (2, [])
        assert done.err.strip().endswith(
            "--slit is given 2 times, and only a strip photograph has several slits: give one, or"
            " --still without other outputs"
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strip": "moving", "slits": [0.2, 0.5]}, "several slits add different widths"),
        ({"smooth": True}, "smooth has no effect with 1 columns"),
        ({"smooth": True, "pace": 20}, "with 0.8 columns for each frame"),
        ({"smooth": True, "strip": "moving"}, "smooth has no effect with --strip moving"),
        ({"slits": [0.2, 0.5], "slit": 0.3}, "slit and slits are given"),
        ({"slits": [0.2, 2]}, "slits is 2: give a fraction"),
        ({"slits": "0.2"}, "slits is '0.2': give several, as a list"),
        ({"strip": "moving", "slit": (0.2, 0.8)}, "slices are taken at one place"),
        ({"strip": "moving", "slit_width": 3}, "slit_width has no effect"),
        ({"strip": "moving", "pace": 9}, "pace is 9, which has no effect without strip film"),
        ({"strip": "fit"}, "strip is 'fit'"),
        ({"strip": "long"}, "strip is 'long': "),
    ],
)
def test_what_does_not_go_together_is_told(
    moving: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        next(strips(moving, **options))


def test_a_smooth_strip_as_wide_as_the_video_takes_no_width(moving: Path) -> None:
    with pytest.raises(ArgumentError, match="slit_width has no effect with smooth"):
        still(moving, smooth=True, slit_width=2)
