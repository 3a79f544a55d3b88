"""TimeDisplacer on frames whose every pixel tells its frame, against the definition."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import LOSSLESS, MakeVideo, fields, gif_frames, moments, numbered, numbers, rollscan
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError, Look, OutputError, RewindError, TimeDisplacer
from rollscan.composers import delay_line
from rollscan.composers.directions import MAPS
from rollscan.composers.maps import time_map
from rollscan.look import loop_of
from rollscan.loop.cyclic import Cyclic
from rollscan.loop.loops import LOOPS

Frame = npt.NDArray[Any]

FPS = 4  # a power of two, so that halves of frames are exact
# ramps of eighths and sixteenths: their products with depths in eighths are exact, too
EIGHTHS = st.integers(0, 8).map(lambda k: k / 8)


def displaced(frames: list[Frame], k: int, late: Frame) -> Frame:
    """Composed frame k by the definition; late: frames, for each pixel. Halves to the older."""
    picture = np.empty_like(frames[0])
    for place in np.ndindex(*late.shape):
        moment = max(0, k - int(np.floor(late[place] + 0.5)))
        picture[place] = frames[moment][place]
    return picture


def shown(displacer: TimeDisplacer, k: int) -> list[Any]:
    """Composed frame k as lists."""
    return displacer.make_frame(k / displacer.fps).tolist()


def test_a_ramp_up_shows_now_at_the_bottom_and_the_oldest_at_the_top() -> None:
    displacer = TimeDisplacer(moments(6, (4, 1)), FPS, map="up", depth=3 / FPS)
    assert [np.ravel(shown(displacer, k)).tolist() for k in range(6)] == [
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 2],
        [0, 1, 2, 3],
        [1, 2, 3, 4],
        [2, 3, 4, 5],
    ]


@pytest.mark.parametrize(
    ("name", "row_or_column"),
    [
        ("up", [5, 6, 7, 8, 9]),
        ("down", [9, 8, 7, 6, 5]),
        ("left", [5, 6, 7, 8, 9]),
        ("right", [9, 8, 7, 6, 5]),
        ("out", [5, 7, 9, 7, 5]),
        ("in", [9, 7, 5, 7, 9]),
    ],
)
def test_maps_by_name(name: str, row_or_column: list[int]) -> None:
    shape = (1, 5) if name in ("left", "right") else (5, 1)
    displacer = TimeDisplacer(moments(10, shape), FPS, map=name, depth=1)
    assert displacer.make_frame(9 / FPS).ravel().tolist() == row_or_column


def test_radial_is_now_at_the_centre_and_oldest_in_the_corners() -> None:
    displacer = TimeDisplacer(moments(10, (3, 3)), FPS, map="radial", depth=1)
    assert shown(displacer, 9) == [[5, 6, 5], [6, 9, 6], [5, 6, 5]]  # edges: 4 / sqrt(2) frames


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("size", [(1, 1), (1, 4), (4, 1), (2, 2), (5, 4)])
def test_a_map_begins_now_and_ends_at_the_oldest_unless_it_has_but_one_line(
    name: str, size: tuple[int, int]
) -> None:
    values = time_map(name, size)
    assert values.shape == size[::-1]
    assert values.min() == 0
    assert values.max() in (0, 1)


def test_halves_go_to_the_older_frame() -> None:
    late = np.array([[0, 0.5, 1, 1.5, 2]])
    displacer = TimeDisplacer(moments(5, (1, 5)), FPS, map=late / 2, depth=2 / FPS)
    assert shown(displacer, 4) == [[4, 3, 3, 2, 2]]


@given(st.integers(2, 9), st.integers(1, 9), st.sampled_from([24000 / 1001, 25, 29.97, 60]))
def test_halves_go_to_the_older_frame_even_where_they_fall_short_of_one_half(
    rows: int, halves: int, rate: float
) -> None:
    late = np.arange(rows) * halves  # in half frames: the last row is (rows - 1) halves
    values = np.arange(rows)[:, None] / (rows - 1)
    depth = (rows - 1) * halves / 2 / rate
    count = int(late[-1] + 1) // 2 + 1
    displacer = TimeDisplacer(moments(count, (rows, 1)), rate, map=values, depth=depth)
    last = displacer.make_frame((count - 1) / rate).ravel()
    np.testing.assert_array_equal(last, count - 1 - (late + 1) // 2)


@st.composite
def eighths(draw: st.DrawFn, shape: tuple[int, int]) -> Frame:
    """A map that says its eighths by row, by column or by pixel."""
    kind = draw(st.sampled_from([(shape[0], 1), (1, shape[1]), shape]))
    values = draw(st.lists(EIGHTHS, min_size=kind[0] * kind[1], max_size=kind[0] * kind[1]))
    return np.broadcast_to(np.reshape(values, kind), shape)


@given(st.data())
def test_every_pixel_is_of_the_moment_its_map_says(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5)), "shape")
    values = data.draw(eighths(shape), "map")
    depth = data.draw(st.integers(1, 40), "depth, in eighths of a frame") / 8
    rate = data.draw(st.sampled_from([0.5, 1, 4, 32]), "fps")
    channels = data.draw(st.sampled_from([(), (1,), (3,)]), "channels")
    frames = fields(data.draw(st.integers(1, 9), "frames"), (*shape, *channels))
    displacer = TimeDisplacer(frames, rate, map=values, depth=depth / rate)
    for asked in data.draw(st.lists(st.integers(0, 11), min_size=1, max_size=6), "times"):
        k = min(asked, len(frames) - 1)  # after the last frame, the last composition stays
        composed = displacer.make_frame(asked / rate)
        np.testing.assert_array_equal(composed, displaced(frames, k, values * depth))
        composed[:] = -1  # is the caller's


@given(st.data())
def test_pixels_on_disk_are_those_in_memory(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)), "shape")
    values = data.draw(eighths(shape), "map")
    frames = [frame.astype(np.uint8) for frame in fields(12, (*shape, 3))]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(delay_line, "MOST_IN_MEMORY", -1)
        displacer = TimeDisplacer(frames, FPS, map=values, depth=1)
        for k in (0, 3, 4, 11, 2):
            np.testing.assert_array_equal(
                displacer.make_frame(k / FPS), displaced(frames, k, values * FPS)
            )
        displacer.close()


class Cycle:
    """A source of so many moments."""

    def __init__(self, count: int, shape: tuple[int, int]) -> None:
        self._frames = moments(count, shape)

    def __len__(self) -> int:
        return len(self._frames)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        return islice(self._frames, first, stop)


@given(
    st.integers(5, 9),
    st.sampled_from(["wrap", "boomerang", "crossfade", "match"]),
    st.integers(1, 60),
    st.sampled_from(MAPS),
)
def test_a_composed_frame_of_a_loop_depends_on_its_place_in_the_period_alone(
    count: int, loop: str, depth: int, name: str
) -> None:
    # as many frames before the first as the map is deep
    needed = -(-depth // 8)
    cycle = Cyclic(Cycle(count, (4, 3)), loop_of(Look(loop=loop, fade=2)), needed, rate=1)
    displacer = TimeDisplacer(cycle, 1, map=name, depth=depth / 8, pre_roll=needed)
    once = [displacer.make_frame(k) for k in range(cycle.period)]
    for k, before in enumerate(once):
        np.testing.assert_array_equal(displacer.make_frame(k + cycle.period), before)
    cycle.close()


def test_a_pre_roll_fills_the_history_before_frame_0() -> None:
    displacer = TimeDisplacer(moments(5, (3, 1)), FPS, map="up", depth=2 / FPS, pre_roll=2)
    assert shown(displacer, 0) == [[0], [1], [2]]
    with pytest.raises(ArgumentError, match="frames holds 5 of the 6 needed"):
        TimeDisplacer(moments(5, (3, 1)), FPS, map="up", depth=2 / FPS, pre_roll=5)


def test_masks_are_displaced_as_well() -> None:
    masks = [np.full((2, 2), k / 4) for k in range(4)]
    displacer = TimeDisplacer(masks, FPS, map="left", depth=1 / FPS)
    assert shown(displacer, 3) == [[0.5, 0.75], [0.5, 0.75]]


def test_frames_that_pass_only_once_cannot_be_asked_for_again() -> None:
    displacer = TimeDisplacer(iter(moments(3, (2, 1))), FPS, map="up", depth=1)
    displacer.make_frame(1)
    with pytest.raises(RewindError, match="only once"):
        displacer.make_frame(0)
    displacer.close()
    with pytest.raises(RewindError, match="closed"):
        displacer.make_frame(1)


def test_one_array_for_all_the_frames_is_enough() -> None:
    def counted() -> Iterator[Frame]:
        frame = np.zeros((3, 1), np.uint8)
        for k in range(5):
            frame[:] = k
            yield frame

    displacer = TimeDisplacer(counted(), FPS, map="up", depth=2 / FPS)
    assert shown(displacer, 4) == [[2], [3], [4]]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"fps": 0}, "fps is 0: give frames per second over 0"),
        ({"depth": 0}, "depth is 0: give seconds over 0"),
        ({"depth": -1}, "depth is -1: give seconds over 0"),
        ({"depth": "1"}, "depth is '1': give seconds over 0"),
        ({"depth": np.inf}, "depth is inf: give seconds over 0"),
        ({"pre_roll": -1}, "pre_roll is -1: give a whole number, 0 or more"),
        ({"map": "sideways"}, "map is 'sideways': give one of up, down, left, right, out, in"),
        ({"map": None}, "map is a NoneType: give one of"),
        ({"map": [[0.1, "x"]]}, "map is a list: give one of"),
        ({"map": np.zeros((2, 3))}, r"map is \(2, 3\), the frames are \(3, 2\)"),
        ({"map": np.full((3, 2), 1.5)}, "map goes from 1.5 to 1.5: give numbers from 0"),
        ({"map": np.full((3, 2), -1)}, "map goes from -1.0 to -1.0"),
        ({"map": np.full((3, 2), np.nan)}, "map goes from nan to nan"),
        ({"frames": 5}, "frames is 5: give a list"),
        ({"frames": []}, "frames holds 0 of the 1 needed"),
        ({"frames": [np.zeros(4)]}, r"frames has a frame that is \(4,\)"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], complaint: str) -> None:
    good = {"frames": moments(3, (3, 2)), "fps": FPS, "map": "up", "depth": 1.0}
    given = {**good, **settings}
    with pytest.raises(ArgumentError, match=complaint):
        TimeDisplacer(given.pop("frames"), given.pop("fps"), **given)


def test_frames_that_change_are_an_error() -> None:
    frames = [np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8)]
    displacer = TimeDisplacer(frames, FPS, map="up", depth=1)
    with pytest.raises(ArgumentError, match="frames changes from"):
        displacer.make_frame(1)


def test_a_full_temporary_folder_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(delay_line, "MOST_IN_MEMORY", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(OutputError, match=r"temporary folder .* cannot take"):
        TimeDisplacer(moments(3, (3, 2)), FPS, map="up", depth=1)


def kept(shape: tuple[int, int], name: str, depth: int) -> int:
    """Bytes in the rings of a displacer."""
    displacer = TimeDisplacer([np.zeros((*shape, 3), np.uint8)], 1, map=name, depth=depth)
    return sum(ring.nbytes for ring in displacer._layers[0]._line._rings)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", MAPS)
def test_a_pixel_is_kept_as_often_as_it_is_frames_late(name: str) -> None:
    late = np.floor(time_map(name, (30, 20)) * 16 + 0.5)
    assert kept((20, 30), name, 16) == 3 * late.sum()


def test_what_smooth_takes_counts_as_memory_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delay_line, "MOST_IN_MEMORY", 70 * 40 * 40)
    frames = [np.zeros((40, 40, 3), np.uint8)]
    for smooth, on_disk in ((False, False), (True, True)):
        if smooth:
            pytest.importorskip("cv2")
        displacer = TimeDisplacer(frames, 10, map="up", depth=1, smooth=smooth)
        assert bool(displacer._layers[0]._line._file) is on_disk  # type: ignore[attr-defined]
        displacer.close()


def test_a_depth_beyond_all_time_takes_no_room() -> None:
    frames = moments(4, (3, 2))
    displacer = TimeDisplacer(frames, FPS, map="up", depth=100_000_000)
    assert shown(displacer, 3) == [[0, 0], [0, 0], [3, 3]]
    displacer.close()


GREYS = np.array([[0, 85], [170, 255]], np.uint8)
EXIF_TURN = 0x0112


def saved(path: Path, picture: Frame | Image.Image, **options: Any) -> Path:
    """The picture as a file."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(path, **options)
    return path


def palette() -> Image.Image:
    """GREYS by way of a palette in another order."""
    image = Image.frombytes("P", (2, 2), bytes([3, 2, 1, 0]))
    image.putpalette([value for grey in (255, 170, 85, 0) for value in (grey,) * 3])
    return image


def turned() -> tuple[Image.Image, Image.Exif]:
    """GREYS as a camera lays them down that was held on its side."""
    exif = Image.Exif()
    exif[EXIF_TURN] = 6  # turn it by a quarter to the right
    return Image.fromarray(np.rot90(GREYS)), exif


def see_through(mode: str) -> Image.Image:
    """White, as opaque as GREYS are bright."""
    white = Image.new("L", (2, 2), 255)
    return Image.merge(mode, [*[white] * (len(mode) - 1), Image.fromarray(GREYS)])


def test_a_picture_is_read_as_grey(tmp_path: Path) -> None:
    expected = GREYS / 255
    turned_image, exif = turned()
    files = [
        saved(tmp_path / "grey.png", GREYS),
        saved(tmp_path / "colour.png", np.stack([GREYS] * 3, axis=-1)),
        saved(tmp_path / "16.png", GREYS.astype(np.uint16) * 257),
        saved(tmp_path / "16.tif", GREYS.astype(np.uint16) * 257),
        saved(tmp_path / "floats.tif", (GREYS / 255).astype(np.float32)),
        saved(tmp_path / "palette.png", palette()),
        saved(tmp_path / "palette.gif", palette()),
        saved(tmp_path / "turned.png", turned_image, exif=exif),
        saved(tmp_path / "rgba.png", see_through("RGBA")),
        saved(tmp_path / "la.png", see_through("LA")),
        saved(tmp_path / "still.webp", GREYS, lossless=True),
    ]
    for path in files:
        np.testing.assert_allclose(time_map(path, (2, 2)), expected, atol=1e-6, err_msg=path.name)
        np.testing.assert_array_equal(time_map(str(path), (2, 2)), time_map(path, (2, 2)))


def test_16_bits_keep_their_greys(tmp_path: Path) -> None:
    greys = np.array([[0, 1, 256, 65535]], np.uint16)
    path = saved(tmp_path / "fine.png", greys)
    np.testing.assert_allclose(time_map(path, (4, 1)), greys / 65535, atol=1e-7)


def test_what_shows_through_is_black(tmp_path: Path) -> None:
    for name, picture, clear in [
        ("grey.png", GREYS, 170),
        ("16.png", GREYS.astype(np.uint16) * 257, 170 * 257),
        ("colour.png", np.stack([GREYS] * 3, axis=-1), (170, 170, 170)),
        ("palette.png", palette(), 1),
    ]:
        path = saved(tmp_path / name, picture, transparency=clear)
        np.testing.assert_allclose(
            time_map(path, (2, 2)), np.array([[0, 85], [0, 255]]) / 255, atol=1e-6, err_msg=name
        )


def test_a_picture_is_scaled_to_the_frame(tmp_path: Path) -> None:
    path = saved(tmp_path / "ramp.png", np.arange(256, dtype=np.uint8)[:, None])
    values = time_map(path, (3, 64))
    assert values.shape == (64, 3)
    assert (values == values[:, :1]).all()
    np.testing.assert_allclose(values[:, 0], np.linspace(1.5, 253.5, 64) / 255, atol=0.01)
    hard = saved(tmp_path / "hard.png", np.array([[0, 255]], np.uint8))
    wide = time_map(hard, (8, 2))
    assert wide.min() >= 0
    assert wide.max() <= 1
    assert (np.diff(wide) >= 0).all()


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("missing", "out, in, radial, luma, motion, or a picture or a video that is there"),
        ("text", "is no picture that can be read"),
        ("half", "is no picture that can be read"),
        ("empty", "is no picture that can be read"),
        ("folder", "is no picture that can be read"),
        ("moving", "moves: give a picture that stands still"),
        ("1 pixel", "is 1 pixel: give a picture with more"),
        ("bright", "has greys outside 0 to 1"),
        ("huge", r"is 10000x10000 pixels, 67,108,864 are read at most: give a smaller one"),
    ],
)
def test_a_map_that_is_none(kind: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "map.png"
    if kind == "text":
        path.write_text("up")
    elif kind == "half":
        noise = np.random.default_rng(1).integers(256, size=(64, 64), dtype=np.uint8)
        path.write_bytes(saved(tmp_path / "whole.png", noise).read_bytes()[:2000])
    elif kind == "empty":
        path.touch()
    elif kind == "folder":
        path.mkdir()
    elif kind == "moving":
        saved(path, GREYS, save_all=True, append_images=[Image.fromarray(GREYS.T.copy())])
    elif kind == "1 pixel":
        saved(path, GREYS[:1, :1])
    elif kind == "bright":
        saved(path.with_suffix(".tif"), GREYS.astype(np.float32)).rename(path)
    elif kind == "huge":
        saved(path, Image.new("1", (10_000, 10_000)))
    with pytest.raises(ArgumentError, match=complaint) as raised:
        time_map(path, (4, 4))
    assert "\n" not in str(raised.value)


def composed_numbers(path: Path) -> list[list[int]]:
    """Which frame each row of each frame of a GIF comes from."""
    return [numbers(frame)[:, 0].tolist() for frame in gif_frames(path)]


@pytest.fixture
def short(make_video: MakeVideo) -> Path:
    """10 numbered frames of 16x8 at 10 fps."""
    return make_video("displace.mp4", numbered(10, (16, 8)), *LOSSLESS, rate=10)


def test_the_command_line_displaces(short: Path, out: Path) -> None:
    ran = rollscan(short, "--gif", out / "a.gif", "--effect", "displace", "--depth", "0.7")
    assert ran.status == 0, ran.err
    expected = [[max(0, k - late) for late in range(7, -1, -1)] for k in range(10)]
    assert composed_numbers(out / "a.gif") == expected


@pytest.mark.parametrize(
    ("loop", "cycle"), [("wrap", [*range(10)]), ("boomerang", [*range(10), *range(8, 0, -1)])]
)
def test_the_command_line_displaces_around_a_loop(
    loop: str, cycle: list[int], short: Path, out: Path
) -> None:
    options = ("--effect", "displace", "--map", "down", "--depth", "0.7", "--loop", loop)
    ran = rollscan(short, "--gif", out / "a.gif", *options)
    assert ran.status == 0, ran.err
    n = len(cycle)
    expected = [[cycle[(k - late) % n] for late in range(8)] for k in range(n)]
    assert composed_numbers(out / "a.gif") == expected


def test_the_command_line_takes_a_picture_as_a_map(short: Path, out: Path) -> None:
    path = saved(out / "map.png", np.repeat(np.array([[0, 255]], np.uint8), 4, axis=0).repeat(8, 1))
    options = ("--effect", "displace", "--map", path, "--depth", "0.3", "--loop", "wrap")
    ran = rollscan(short, "--gif", out / "a.gif", *options)
    assert ran.status == 0, ran.err
    shown = [numbers(frame)[3, [0, 7, 8, 15]].tolist() for frame in gif_frames(out / "a.gif")]
    assert shown == [[k, k, (k - 3) % 10, (k - 3) % 10] for k in range(10)]


def test_a_depth_longer_than_the_clip_is_clamped_with_cut_and_an_error_in_a_loop(
    short: Path, out: Path
) -> None:
    options = (short, "--gif", out / "a.gif", "--effect", "displace", "--depth")
    assert rollscan(*options, "7").status == 0
    expected = [[max(0, k - 10 * late) for late in range(7, -1, -1)] for k in range(10)]
    assert composed_numbers(out / "a.gif") == expected
    assert rollscan(*options, "1", "--loop", "wrap").status == 0  # as long as the loop
    ran = rollscan(*options, "1.5", "--loop", "wrap")
    assert ran.status == 2
    complaint = "--depth is 1.5 s, and the loop has 1.00 s: give no more than that, or loop 'cut'"
    assert ran.err == f"rollscan: error: {complaint}\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--effect", "swirl"), "--effect: 'swirl', which needs the effect swirl: give"),
        (("--effect", "displace", "--map", "swirl"), "map is 'swirl': give one of up, down"),
        (("--effect", "displace", "--map", ""), "map is '': give one of up, down"),
        (("--effect", "displace", "--depth", "0"), "depth is 0.0: give seconds over 0"),
        (("--effect", "displace", "--depth", "-2"), "depth is -2.0: give seconds over 0"),
        (("--effect", "displace", "--depth", "nan"), "depth is nan: give seconds over 0"),
        (("--depth", "1"), "depth is for effect displace, stargate, "),
        (("--map", "up"), "map is for effect displace, and the effect is roll"),
        (("--effect", "displace", "--slit", "0.2"), "slit is for effect roll, stargate or "),
        (("--effect", "displace", "--slit-width", "2"), "--slit-width is for effect roll"),
        (("--effect", "displace", "--direction", "up"), "direction is for effect roll or scan"),
        (("--effect", "displace", "--line", "red"), "line is for effect scan"),
    ],
)
def test_the_command_line_names_what_is_wrong(
    options: tuple[str, ...], complaint: str, short: Path, out: Path
) -> None:
    ran = rollscan(short, "--gif", out / "a.gif", *options)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert complaint in ran.err
    assert not list(out.iterdir())


def test_a_strip_photograph_keeps_its_slit_beside_any_effect(short: Path, out: Path) -> None:
    strip = ("--slit", "0.3", "--slit-width", "2", "--direction", "right")
    both = ("--gif", out / "a.gif", "--still", out / "a.png", "--effect", "displace")
    ran = rollscan(short, *both, *strip, "--no-recipe")
    assert ran.status == 0, ran.err
    assert rollscan(short, "--still", out / "b.png", *strip, "--no-recipe").status == 0
    assert (out / "a.png").read_bytes() == (out / "b.png").read_bytes()


def test_a_clip_of_moviepy_is_displaced_with_its_mask() -> None:
    from moviepy import VideoClip

    from rollscan import RollScan

    clip = VideoClip(lambda t: np.full((4, 6, 3), round(t * 10), np.uint8), duration=1).with_fps(10)
    clip = clip.with_mask(
        VideoClip(lambda t: np.full((4, 6), round(t * 10) / 10), is_mask=True, duration=1)
    )
    made = clip.with_effects([RollScan(effect="displace", map="up", depth=0.3, loop="wrap")])
    assert made.get_frame(0.1)[:, 0, 0].tolist() == [8, 9, 0, 1]
    assert made.mask.get_frame(0.1)[:, 0].tolist() == [0.8, 0.9, 0, 0.1]
    with pytest.raises(ArgumentError, match="sweep is for effect scan, and the effect is displace"):
        RollScan(effect="displace", sweep=1)


def bars(count: int, step: float, size: tuple[int, int] = (160, 96)) -> list[Frame]:
    """A soft white bar on black that moves `step` pixels a frame to the right."""
    width, height = size
    columns = np.arange(width)
    frames = []
    for k in range(count):
        levels = 255 * np.exp(-(((columns - 30 - step * k) / 8) ** 2))
        frames.append(np.tile(levels.astype(np.uint8)[None, :, None], (height, 1, 3)))
    return frames


def centres(picture: Frame) -> Frame:
    """Where the bar is in each row."""
    levels = picture[..., 0].astype(float)
    return (levels * np.arange(levels.shape[1])).sum(axis=1) / levels.sum(axis=1)


def smoothly(frames: list[Frame], **settings: Any) -> TimeDisplacer:
    """A smooth displacer at 10 frames a second."""
    pytest.importorskip("cv2")
    return TimeDisplacer(frames, 10, smooth=True, **settings)


@pytest.mark.parametrize("pixels", [False, True])
def test_with_smooth_a_moving_bar_leans_without_stairs(pixels: bool) -> None:
    frames = bars(12, step=6)
    ramp = time_map("up", (160, 96))
    if pixels:  # so that rows are not alike, and each pixel is on its own
        ramp = np.maximum(ramp - 1e-4 * (np.arange(160) % 2), 0)
    straight = 30 + 6 * (11 - 8 * ramp[:, 1])
    smooth = smoothly(frames, map=ramp, depth=0.8).make_frame(1.1)
    plain = TimeDisplacer(frames, 10, map=ramp, depth=0.8).make_frame(1.1)
    assert np.abs(centres(plain) - straight).max() > 2.5  # half a step
    assert np.abs(centres(smooth) - straight).max() < 0.5


def test_with_smooth_whole_frames_are_those_frames() -> None:
    rng = np.random.default_rng(5)
    frames = [np.roll(rng.integers(256, size=(40, 50, 3), dtype=np.uint8), k, 1) for k in range(6)]
    late = np.arange(50) % 4 / 3 * np.ones((40, 1))
    smooth = smoothly(frames, map=late, depth=0.3)
    plain = TimeDisplacer(frames, 10, map=late, depth=0.3)
    for k in (0, 1, 5, 3):
        np.testing.assert_array_equal(smooth.make_frame(k / 10), plain.make_frame(k / 10))


def test_with_smooth_nothing_is_made_up_between_two_shots() -> None:
    shots = [np.random.default_rng(k // 4).integers(256, size=(12, 12, 3)) for k in range(12)]
    frames = [np.kron(shot, np.ones((8, 8, 1))).astype(np.uint8) for shot in shots]
    smooth = smoothly(frames, map="up", depth=0.7)
    plain = TimeDisplacer(frames, 10, map="up", depth=0.7)
    for k in range(12):
        np.testing.assert_array_equal(smooth.make_frame(k / 10), plain.make_frame(k / 10))


def test_with_smooth_nothing_is_made_up_between_flashes_of_one_colour() -> None:
    dark_bright_dark = [0, 136, 17]
    frames = [numbered(200, (64, 64))[k] for k in dark_bright_dark]
    composed = smoothly(frames, map="up", depth=0.2).make_frame(0.2)
    late = np.floor(2 * time_map("up", (64, 64)) + 0.5).astype(int)
    np.testing.assert_array_equal(numbers(composed), np.array(dark_bright_dark)[2 - late])


def test_with_smooth_an_array_that_is_filled_again_and_again_is_enough() -> None:
    frames = bars(6, step=4)

    def refilled() -> Iterator[Frame]:
        frame = np.empty_like(frames[0])
        for each in frames:
            frame[:] = each
            yield frame

    one = smoothly(refilled(), map="up", depth=0.4).make_frame(0.5)
    np.testing.assert_array_equal(one, smoothly(frames, map="up", depth=0.4).make_frame(0.5))


@pytest.mark.parametrize("loop", ["wrap", "boomerang"])
def test_with_smooth_a_loop_has_a_period(loop: str) -> None:
    class Bars(Cycle):
        def __init__(self) -> None:
            self._frames = bars(7, step=5, size=(96, 70))

    cycle = Cyclic(Bars(), LOOPS[loop](), 3, rate=10)
    smooth = smoothly(cycle, map="up", depth=0.25, pre_roll=3)
    once = [smooth.make_frame(k / 10) for k in range(cycle.period)]
    for k, before in enumerate(once):
        np.testing.assert_array_equal(smooth.make_frame((k + cycle.period) / 10), before)
    np.testing.assert_array_equal(smooth.make_frame(0.2), once[2])  # after a start over
    cycle.close()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (5, 300), (9, 9), (64, 65), (70, 91), (33, 2)])
@pytest.mark.parametrize("channels", [(3,), (1,), ()])
def test_with_smooth_pictures_may_be_of_any_size_and_kind(
    shape: tuple[int, int], channels: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(1)
    kept = np.uint8 if channels else np.float64
    frames = [(rng.random((*shape, *channels)) * (255 if channels else 1)).astype(kept)] * 2
    frames += [np.roll(frames[0], 1, axis=1)]
    composed = smoothly(frames, map="radial", depth=0.15).make_frame(0.2)
    assert composed.shape == frames[0].shape
    assert composed.dtype == kept
    assert composed.min() >= min(frame.min() for frame in frames)
    assert composed.max() <= max(frame.max() for frame in frames) + 1e-6


def test_smooth_without_opencv_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, short: Path, out: Path
) -> None:
    install = r"pip install \"rollscan\[smooth\]\""
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "cv2", None)
        with pytest.raises(ArgumentError, match=install):
            TimeDisplacer([], FPS, map="up", depth=1, smooth=True)
    (out / "cv2.py").write_text("raise ImportError('gone')")
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    monkeypatch.syspath_prepend(out)
    ran = rollscan(short, "--gif", out / "a.gif", "--effect", "displace", "--smooth")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert 'smooth needs OpenCV, which cannot be had (gone): pip install "rollscan[smooth]"' in (
        ran.err
    )
    assert not (out / "a.gif").exists()


def test_the_command_line_displaces_smoothly(make_video: MakeVideo, out: Path) -> None:
    pytest.importorskip("cv2")
    path = make_video("bars.mp4", bars(12, step=6), *LOSSLESS, rate=10)
    options = ("--effect", "displace", "--depth", "0.8", "--smooth", "--quality", "100")
    ran = rollscan(path, "--gif", out / "a.gif", *options)
    assert ran.status == 0, ran.err
    straight = 30 + 6 * (11 - 8 * time_map("up", (160, 96))[:, 0])
    assert np.abs(centres(gif_frames(out / "a.gif")[-1]) - straight).max() < 0.7
