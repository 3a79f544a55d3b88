"""RollingClip and RollScan as MoviePy sees them, and the GIFs they write, decoded again."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import moviepy
import numpy as np
import pytest
from conftest import (
    LOSSLESS,
    MakeVideo,
    Picture,
    decoded,
    gif_frames,
    numbered,
    numbers,
    rolled_as_by_the_original,
    running_ffmpegs,
)
from PIL import Image, ImageSequence

from rollscan import (
    ArgumentError,
    FrameComposer,
    Look,
    OutputError,
    RewindError,
    RollingClip,
    RollScan,
    SourceError,
)


def gif_centiseconds(path: Path) -> list[int]:
    """How long each frame of a GIF is shown."""
    with Image.open(path) as gif:
        return [frame.info["duration"] // 10 for frame in ImageSequence.Iterator(gif)]


def column(picture: Picture) -> list[int]:
    """From top to bottom, the number of the frame each row comes from."""
    (rows,) = np.unique(numbers(picture), axis=1).T
    return rows.tolist()


def scene(count: int, size: tuple[int, int] = (64, 48)) -> list[Picture]:
    """A bar that wanders over a smooth background."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    background = np.stack([x * 3, y * 4, 255 - x * 2], axis=-1).astype(np.uint8)
    frames = []
    for k in range(count):
        frame = background.copy()
        frame[:, (2 * k) % width :][:, :8] = (250, 240, 30)
        frames.append(frame)
    return frames


@pytest.fixture(scope="session")
def moving(make_video: MakeVideo) -> Path:
    """57 frames at 25 fps: a count for which duration = n / fps would drop the last one."""
    return make_video("scene.mp4", scene(57), *LOSSLESS)


def test_a_clip_opened_from_a_file_is_a_moviepy_clip_of_every_frame(plain: Path) -> None:
    with RollingClip.open(plain) as clip:
        assert isinstance(clip, moviepy.VideoClip)
        assert (*clip.size, clip.w, clip.h, clip.fps) == (64, 48, 64, 48, 25)
        assert clip.duration == pytest.approx(2)
        frames = list(clip.iter_frames(dtype="uint8"))
    np.testing.assert_array_equal(frames, list(rolled_as_by_the_original(numbered(50))))


@pytest.mark.parametrize("count", [1, 2, 28, 29, 57, 58])
def test_no_count_of_frames_loses_the_last_one(make_video: MakeVideo, count: int) -> None:
    path = make_video(f"{count}.mp4", numbered(count, (4, 4)), *LOSSLESS)
    with RollingClip.open(path) as clip:
        frames = list(clip.iter_frames())
    assert len(frames) == count
    assert numbers(frames[-1])[-1, -1] == count - 1


def test_any_time_can_be_asked_for_in_any_order(plain: Path) -> None:
    expected = list(rolled_as_by_the_original(numbered(50)))
    with RollingClip.open(plain) as clip:
        for k in (49, 0, 7, 7, 3, 30):
            np.testing.assert_array_equal(clip.get_frame(k / 25), expected[k])


def test_the_options_of_open_reach_the_composition(plain: Path) -> None:
    with RollingClip.open(
        plain, scale=0.5, start=0.4, end="0.8", slit=0.25, direction="down", slit_width=2
    ) as clip:
        assert (clip.w, clip.h) == (32, 24)
        frames = list(clip.iter_frames(dtype="uint8"))
    assert len(frames) == 10
    assert column(frames[3]) == [13] * 8 + [12, 12, 11, 11, 10, 10] + [13] * 10


def test_width_sets_the_size(plain: Path) -> None:
    with RollingClip.open(plain, width=16) as clip:
        assert (clip.w, clip.h) == (16, 12)


def test_a_lower_fps_shows_fewer_compositions_of_all_frames(plain: Path) -> None:
    expected = list(rolled_as_by_the_original(numbered(50)))
    with RollingClip.open(plain, fps=5) as clip:
        frames = list(clip.iter_frames(dtype="uint8"))
    np.testing.assert_array_equal(frames, expected[::5])


def test_speed_shortens_the_clip_and_loses_no_history(plain: Path) -> None:
    expected = list(rolled_as_by_the_original(numbered(50)))
    with RollingClip.open(plain, speed=2) as clip:
        assert (clip.duration, clip.fps) == (pytest.approx(1), 50)
        np.testing.assert_array_equal(clip.get_frame(0.5), expected[25])
    with RollingClip.open(plain, speed=0.5, fps=25) as clip:
        frames = list(clip.iter_frames(dtype="uint8"))
    np.testing.assert_array_equal(frames, np.repeat(expected, 2, axis=0))


def test_leaving_the_block_ends_ffmpeg(plain: Path) -> None:
    with RollingClip.open(plain, scale=10) as clip:
        clip.get_frame(0.2)
        assert running_ffmpegs(naming=plain)
    assert not running_ffmpegs(naming=plain)
    clip.close()


def test_an_error_in_open_ends_ffmpeg(plain: Path) -> None:
    for bad in ({"slit": 2}, {"slit_width": 0}, {"direction": "in"}, {"speed": 0}, {"fps": -1}):
        with pytest.raises(ArgumentError):
            RollingClip.open(plain, **bad)
        assert not running_ffmpegs(naming=plain)


BAD: list[tuple[str, Any]] = [
    *(("speed", value) for value in (0, -1, float("nan"), float("inf"), 1e9)),
    *(("fps", value) for value in (0, -1, float("nan"), float("inf"), 1e9)),
    *(("slit", value) for value in (-0.1, 1.1, float("nan"))),
    *(("slit_width", value) for value in (0, -1, 1.5, 49)),
    *(("scale", value) for value in (0, -1, float("nan"), float("inf"), 1e-3)),
    *(("width", value) for value in (0, 1, 70_000)),
    *(("start", value) for value in (-1, "soon", float("nan"))),
    ("end", 0),
    ("direction", "sideways"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_argument_of_open_is_named_with_its_value(plain: Path, name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"\b{name}( is)? {value!r}.*: give ") as raised:
        RollingClip.open(plain, **{name: value})
    assert raised.type is ArgumentError


def test_a_missing_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.mp4 does not exist"):
        RollingClip.open(tmp_path / "none.mp4")


# The GIF.


def test_the_gif_of_a_25_fps_clip_is_the_original_composition(moving: Path, out: Path) -> None:
    """As many frames as the clip has, each the original script's, up to the palette."""
    with RollingClip.open(moving) as clip:
        clip.write_gif(out / "a.gif", fps=25, logger=None)
    frames = gif_frames(out / "a.gif")
    expected = list(rolled_as_by_the_original(scene(57)))
    assert len(frames) == len(expected) == 57
    for k, (frame, composed) in enumerate(zip(frames, expected, strict=True)):
        assert np.abs(frame.astype(int) - composed).mean() < 4, f"frame {k}"
    assert gif_centiseconds(out / "a.gif") == [4] * 57


def test_few_colours_survive_the_gif_as_they_are(plain: Path, out: Path) -> None:
    with RollingClip.open(plain) as clip:
        clip.write_gif(out / "a.gif", logger=None, quality=100)
    for frame, composed in zip(
        gif_frames(out / "a.gif"), rolled_as_by_the_original(numbered(50)), strict=True
    ):
        np.testing.assert_array_equal(numbers(frame), numbers(composed))


def test_write_gif_takes_moviepys_arguments_and_says_what_it_wrote(plain: Path, out: Path) -> None:
    with RollingClip.open(plain) as clip:
        summary = clip.write_gif(str(out / "a.gif"), 10, 3, None)
    with Image.open(out / "a.gif") as gif:
        assert (gif.n_frames, gif.size) == (20, (64, 48))
        assert gif.info["loop"] == 2  # times it plays again after the first: three in all
    assert (summary.frames, summary.duration_cs) == (20, 200)
    assert summary.bytes == (out / "a.gif").stat().st_size


def test_a_rate_that_gif_cannot_hold_plays_in_real_time(make_video: MakeVideo, out: Path) -> None:
    path = make_video("30.mp4", numbered(30), *LOSSLESS, rate=30)
    with RollingClip.open(path) as clip:
        clip.write_gif(out / "a.gif", logger=None)
    centiseconds = gif_centiseconds(out / "a.gif")
    assert (len(centiseconds), sum(centiseconds), set(centiseconds)) == (30, 100, {3, 4})


def test_a_clip_shorter_than_a_gif_frame_is_one_frame(make_video: MakeVideo, out: Path) -> None:
    path = make_video("60.mp4", numbered(2), *LOSSLESS, rate=60)
    with RollingClip.open(path) as clip:
        clip.write_gif(out / "a.gif", fps=10, logger=None)
    assert len(gif_frames(out / "a.gif")) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("fps", value) for value in (0, -1, float("nan"), 51)),
        *(("quality", value) for value in (0, 101)),
        *(("colors", value) for value in (0, 1, 257)),
        *(("loop", value) for value in (-1, 70_000)),
    ],
)
def test_a_bad_argument_of_write_gif_is_named_and_nothing_is_written(
    plain: Path, out: Path, name: str, value: float
) -> None:
    with RollingClip.open(plain) as clip, pytest.raises(ValueError, match=rf"^{name} is {value}\b"):
        clip.write_gif(out / "a.gif", **{"logger": None, name: value})
    assert not list(out.iterdir())


def test_a_folder_that_is_not_there_is_an_output_error(plain: Path, out: Path) -> None:
    with RollingClip.open(plain) as clip, pytest.raises(OutputError, match="there is no folder"):
        clip.write_gif(out / "none" / "a.gif", logger=None)


def test_the_clip_can_be_written_twice(plain: Path, out: Path) -> None:
    with RollingClip.open(plain) as clip:
        clip.write_gif(out / "a.gif", logger=None)
        clip.write_gif(out / "b.gif", logger=None)
    assert (out / "a.gif").read_bytes() == (out / "b.gif").read_bytes()


def test_the_clip_can_be_written_as_a_video_by_moviepy(plain: Path, out: Path) -> None:
    with RollingClip.open(plain) as clip:
        clip.write_videofile(
            str(out / "a.mkv"), codec="libx264", ffmpeg_params=["-qp", "0"], logger=None
        )
    written = decoded(out / "a.mkv")
    assert len(written) == 50
    expected = list(rolled_as_by_the_original(numbered(50)))
    assert np.abs(written[30].astype(int) - expected[30]).mean() < 8


# The effect.


class Counting(moviepy.VideoClip):
    """A clip whose frame k has the colour of number k."""

    def __init__(self, count: int = 25, fps: float = 25) -> None:
        frames = numbered(count, (8, 6))
        super().__init__(
            lambda t: frames[min(int(t * fps + 1e-6), count - 1)], duration=count / fps
        )
        self.fps = fps


def test_the_effect_rolls_any_clip_with_an_fps() -> None:
    rolled = Counting().with_effects([RollScan()])
    assert isinstance(rolled, RollingClip)
    frames = list(rolled.iter_frames(dtype="uint8"))
    np.testing.assert_array_equal(frames, list(rolled_as_by_the_original(numbered(25, (8, 6)))))
    rolled.close()


def test_the_effects_options_reach_the_composition() -> None:
    rolled = Counting().with_effects([RollScan(slit=0, direction="down", slit_width=2)])
    assert column(rolled.get_frame(5 / 25).astype(np.uint8)) == [5, 5, 4, 4, 3, 3]


def test_the_effect_rolls_a_video_file_clip(plain: Path) -> None:
    expected = list(rolled_as_by_the_original(numbered(50)))
    with moviepy.VideoFileClip(str(plain), audio=False) as clip:
        rolled = clip.with_effects([RollScan()])
        assert rolled.duration == pytest.approx(2)
        for k in (0, 1, 7, 20):
            frame = rolled.get_frame(k / 25).astype(np.uint8)
            np.testing.assert_array_equal(numbers(frame), numbers(expected[k]))


def test_the_effect_rolls_a_composited_clip() -> None:
    left = moviepy.ColorClip((4, 6), (255, 0, 0), duration=1)
    both = moviepy.CompositeVideoClip([Counting(), left], size=(8, 6)).with_fps(25)
    frame = both.with_effects([RollScan()]).get_frame(5 / 25).astype(np.uint8)
    assert column(frame[:, 4:]) == [2, 3, 4, 5, 5, 5]
    assert (frame[:, :4] == (255, 0, 0)).all()


def test_the_effect_rolls_a_clip_of_one_colour() -> None:
    rolled = moviepy.ColorClip((8, 6), (7, 8, 9), duration=1).with_fps(10)
    rolled = rolled.with_effects([RollScan()])
    assert rolled.duration == pytest.approx(1)
    assert (rolled.get_frame(0.9) == (7, 8, 9)).all()
    assert len(list(rolled.iter_frames())) == 10


def test_a_mask_rolls_with_its_picture() -> None:
    levels = [np.full((6, 8), k / 10) for k in range(10)]
    mask = moviepy.VideoClip(lambda t: levels[min(int(t * 10 + 1e-6), 9)], is_mask=True, duration=1)
    clip = Counting(10, fps=10).with_mask(mask)
    rolled = clip.with_effects([RollScan()])
    assert rolled.mask.is_mask
    assert rolled.mask.get_frame(0.5)[:, 0] == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.5, 0.5])
    over_white = moviepy.ColorClip((8, 6), (255, 255, 255), duration=1)
    both = moviepy.CompositeVideoClip([over_white, rolled]).get_frame(0.5)
    assert both.shape == (6, 8, 3)
    assert (both[0] > both[5]).all()


def test_the_effect_keeps_sound_place_and_time() -> None:
    tone = moviepy.AudioClip(lambda t: np.sin(440 * t), duration=1, fps=8000)
    clip = Counting().with_audio(tone).with_start(2).with_position((3, 4)).with_layer_index(5)
    rolled = clip.with_effects([RollScan()])
    assert rolled.audio.get_frame(0.3) == clip.audio.get_frame(0.3) == np.sin(440 * 0.3)
    assert (rolled.start, rolled.end, rolled.layer_index) == (2, 3, 5)
    assert rolled.pos(0) == (3, 4)
    assert rolled.duration == pytest.approx(1)


def test_the_effect_leaves_the_clip_it_is_given_as_it_was() -> None:
    clip = Counting()
    before = clip.get_frame(0.2).copy()
    clip.with_effects([RollScan()]).get_frame(0.5)
    np.testing.assert_array_equal(clip.get_frame(0.2), before)


def test_effects_follow_one_another() -> None:
    rolled = Counting().with_effects(
        [RollScan(), RollScan(direction="down"), moviepy.vfx.MirrorX()]
    )
    assert rolled.get_frame(0.5).shape == (6, 8, 3)


def test_a_clip_without_an_fps_or_an_end_is_an_error() -> None:
    clip = moviepy.ColorClip((8, 6), (7, 8, 9), duration=1)
    with pytest.raises(ArgumentError, match=r"fps is not set: give it one, as in with_fps\(25\)"):
        clip.with_effects([RollScan()])
    clip = moviepy.ColorClip((8, 6), (7, 8, 9)).with_fps(10)
    with pytest.raises(ArgumentError, match="duration is not set: give it one, as in with_dur"):
        clip.with_effects([RollScan()])


def test_a_clip_can_be_made_of_frames_alone() -> None:
    clip = RollingClip(FrameComposer(numbered(9, (8, 6)), 25), 9)
    assert len(list(clip.iter_frames())) == 9
    clip.close()


def test_a_clip_over_50_fps_is_written_at_50(plain: Path, tmp_path: Path) -> None:
    with RollingClip.open(plain, speed=3) as clip:
        assert clip.fps == 75
        summary = clip.write_gif(tmp_path / "a.gif", logger=None)
        assert (summary.frames, summary.duration_cs) == (33, 66)  # 50 frames at 75 fps: 0.67 s
        with pytest.raises(ArgumentError, match="fps is 75"):
            clip.write_gif(tmp_path / "b.gif", fps=75, logger=None)


def test_a_cyclic_clip_of_another_length_keeps_its_rate(plain: Path, tmp_path: Path) -> None:
    with RollingClip.open(plain, loop="wrap") as clip:
        longer = clip.with_duration(2.05)
        summary = longer.write_gif(tmp_path / "a.gif", fps=10, logger=None)
        assert set(gif_centiseconds(tmp_path / "a.gif")) == {10}
        assert summary.duration_cs in (200, 210)


@pytest.mark.parametrize(
    ("name", "value"),
    [("quality", 0), ("quality", None), ("colors", 1), ("loop", 1.5), ("max_bytes", 0)],
)
def test_a_bad_gif_option_is_refused_before_any_work(
    plain: Path, tmp_path: Path, name: str, value: object
) -> None:
    with RollingClip.open(plain) as clip, pytest.raises(ArgumentError, match=f"^{name} is {value}"):
        clip.write_gif(tmp_path / "a.gif", logger=None, **{name: value})
    assert list(tmp_path.iterdir()) == []


# Clips derived from a clip, and threads.


DERIVED: dict[str, Callable[[Any], Any]] = {
    "copied": lambda clip: clip.copy(),
    "shallow": copy.copy,
    "subclipped": lambda clip: clip.subclipped(0, 0.5),
    "resized": lambda clip: clip.resized(0.5),
    "longer": lambda clip: clip.with_duration(5),
    "sliced": lambda clip: clip[0.2:0.6],
    "rolled": lambda clip: clip.with_effects([RollScan()]),
}


@pytest.mark.parametrize("derive", DERIVED.values(), ids=DERIVED)
def test_to_close_what_is_derived_from_a_clip_leaves_it_open(
    plain: Path, derive: Callable[[Any], Any]
) -> None:
    expected = list(rolled_as_by_the_original(numbered(50)))
    with RollingClip.open(plain) as clip:
        with derive(clip) as derived:
            assert isinstance(derived, RollingClip)
            derived.get_frame(0.2)
        derive(clip).close()
        np.testing.assert_array_equal(clip.get_frame(1), expected[25])
        derived = derive(clip)
    with pytest.raises(RewindError, match="closed"):
        derived.get_frame(0.1)


def test_what_is_derived_keeps_the_frames_of_a_forgotten_clip(plain: Path) -> None:
    derived = RollingClip.open(plain).with_duration(1)
    np.testing.assert_array_equal(
        derived.get_frame(0.8), list(rolled_as_by_the_original(numbered(50)))[20]
    )
    del derived
    assert not running_ffmpegs(naming=plain)


def test_a_mask_is_closed_with_its_picture() -> None:
    clip = Counting(10, fps=10).with_mask(moviepy.ColorClip((8, 6), 1.0, True, 1).with_fps(10))
    rolled = clip.with_effects([RollScan(loop="boomerang")])
    mask = rolled.mask
    rolled.close()
    with pytest.raises(RewindError, match="closed"):
        mask.get_frame(0)


def test_threads_that_share_a_clip_get_the_frames_they_ask_for(plain: Path) -> None:
    expected = list(rolled_as_by_the_original(numbered(50)))
    asked = [k * 7 % 50 for k in range(24)]
    with RollingClip.open(plain, width=64) as clip, ThreadPoolExecutor(4) as threads:
        got = list(threads.map(lambda k: clip.get_frame(k / 25), asked))
    for frame, k in zip(got, asked, strict=True):
        np.testing.assert_array_equal(frame, expected[k])


@pytest.mark.parametrize("taken", [copy.deepcopy, pickle.dumps])
def test_a_clip_is_neither_pickled_nor_deeply_copied(taken: Callable[[Any], Any]) -> None:
    clip = RollingClip(FrameComposer(numbered(9, (8, 6)), 25), 9)
    with pytest.raises(ArgumentError, match=r"RollingClip .* neither pickled nor deeply copied: "):
        taken(clip)
    clip.close()


@pytest.mark.parametrize("rate", [25, 30000 / 1001, 12.5, 1000 / 33])
def test_as_many_pictures_are_written_as_there_are_frames(out: Path, rate: float) -> None:
    for count in (1, 18, 29, 57):
        clip = RollingClip(FrameComposer(numbered(count, (2, 2)), rate), count)
        names = clip.write_images_sequence(str(out / "%03d.png"), logger=None)
        assert len(names) == len(list(clip.iter_frames())) == count
        with Image.open(names[-1]) as last:
            assert numbers(np.array(last))[-1, -1] == count - 1
        clip.close()


def test_pictures_are_written_at_another_rate_and_with_a_mask(out: Path) -> None:
    clip = Counting(10, fps=10).with_mask(moviepy.ColorClip((8, 6), 0.5, True, 1).with_fps(10))
    rolled = clip.with_effects([RollScan()])
    names = rolled.write_images_sequence(str(out / "%d.png"), 5, logger=None)
    with Image.open(names[-1]) as last:
        assert (len(names), last.mode) == (5, "RGBA")
        assert (np.array(last)[..., 3] == 127).all()
        assert numbers(np.array(last))[-1, -1] == 8
    rolled.close()


# Values of other types.

LONG = 10**400  # a whole number too large for a float


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("scale", value) for value in ("x", [1], True, LONG)),
        *(("width", value) for value in ("x", [32], True, LONG, 32.5, float("nan"))),
        *(("fps", value) for value in ("x", True, LONG, [25])),
        *(("speed", value) for value in ("x", None, True, LONG)),
        *(("start", value) for value in (None, [1], LONG, "x", {})),
        *(("end", value) for value in ([1], LONG, "x")),
        *(("fade", value) for value in ("x", None, True, LONG, float("nan"))),
        *(("min_loop", value) for value in ("x", None, True)),
        *(("max_loop", value) for value in ("x", None, float("inf"))),
        *(("direction", value) for value in (["up"], {}, 1)),
        *(("loop", value) for value in (["cut"], None, 1, np.array(["cut", "wrap"]))),
        *(("slit", value) for value in ("half", None, True, [], [0.5, "x"], np.array(0.5))),
        *(("slit_width", value) for value in (None, True, [1], "wide")),
        *(("feather", value) for value in (None, True, "one")),
        *(("look", value) for value in ("spirall", {}, 5)),
        *(("path", value) for value in (None, 5, b"plain.mp4", "a\0b.mp4", ["plain.mp4"])),
    ],
    ids=lambda value: str(value)[:20],
)
def test_values_of_no_use_are_told_in_one_line(plain: Path, name: str, value: Any) -> None:
    arguments = {"path": plain, name: value}
    with pytest.raises(ArgumentError, match=rf"^{name} is .*[ (]give \S") as raised:
        RollingClip.open(**arguments)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("name", ["a\0b.gif", None, 5, b"a.gif"], ids=str)
def test_a_file_cannot_be_called_so(name: Any) -> None:
    clip = RollingClip(FrameComposer(numbered(3, (8, 6)), 25), 3)
    with pytest.raises(ArgumentError, match=r"^the output is .*: give the name of a file"):
        clip.write_gif(name, logger=None)
    clip.close()


def test_numbers_of_any_kind_serve(plain: Path) -> None:
    with (
        RollingClip.open(
            plain,
            width=np.int16(32),
            fps=Fraction(25, 2),
            speed=np.float32(0.5),
            end=np.float32(1),
            slit=np.array([0.25, 0.75]),
            slit_width=np.int8(2),
            feather=np.uint8(1),
        ) as clip,
        RollingClip.open(
            plain, width=32, fps=12.5, speed=0.5, end=1, slit=(0.25, 0.75), slit_width=2, feather=1
        ) as same,
    ):
        assert (clip.fps, clip.duration) == (same.fps, same.duration) == (12.5, pytest.approx(2))
        np.testing.assert_array_equal(list(clip.iter_frames()), list(same.iter_frames()))


def test_a_look_holds_pythons_own_numbers() -> None:
    look = Look(
        slit=(np.float32(0.5), Fraction(1, 4)), slit_width=np.int8(3), fade=np.float64(0.25)
    )
    assert repr(look.over(slit=(0.5, 0.25))) == repr(look)
    assert "Fraction" not in repr(look)


@pytest.mark.parametrize("count", [0, -1, 1.5, "9", True])
def test_a_count_of_frames_of_no_use_is_named(count: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^n_frames is"):
        RollingClip(FrameComposer(numbered(9, (8, 6)), 25), count)


def test_the_effect_is_for_clips_that_give_pictures(plain: Path) -> None:
    tone = moviepy.AudioClip(lambda t: np.sin(440 * t), duration=1, fps=8000)
    with pytest.raises(ArgumentError, match=r"AudioClip .*: give one that has pictures"):
        tone.with_effects([RollScan()])
    closed = moviepy.VideoFileClip(str(plain), audio=False)
    closed.close()
    with pytest.raises(ArgumentError, match=r"gives no frame .*: give one that is open"):
        closed.with_effects([RollScan()])
    rolling = RollingClip.open(plain)
    rolling.close()
    with pytest.raises(RewindError, match="open the clip again"):
        rolling.with_effects([RollScan()])


@pytest.mark.parametrize(("name", "value"), [("fps", "25"), ("duration", float("inf"))])
def test_a_clip_of_no_use_to_the_effect_is_told(name: str, value: Any) -> None:
    clip = Counting()
    setattr(clip, name, value)
    with pytest.raises(ArgumentError, match=rf"^the clip's {name} is .*: give \S"):
        clip.with_effects([RollScan()])


def test_effects_of_equal_looks_are_equal_and_say_what_they_are() -> None:
    effect = RollScan(slit=0.25, direction="down")
    assert effect == RollScan(Look(slit=0.25, direction="down"))
    assert effect != RollScan(slit=0.25)
    assert eval(repr(effect), {"RollScan": RollScan, "Look": Look}) == effect
    assert "slit=0.25, direction='down'" in repr(effect)
    spiral = RollScan(Look.named("spiral").over(slit=0.25))
    assert RollScan("spiral", fit=False, slit=0.25) == spiral
    assert RollScan("spiral", slit=0.25) != spiral  # which is not set to a clip
    with pytest.raises(ArgumentError, match=r"^look is 5: give a Look, or the name of one"):
        RollScan(5)  # type: ignore[arg-type]


def test_frames_set_aside_go_with_their_clip(plain: Path) -> None:
    with RollingClip.open(plain) as clip:
        aside = clip.set_aside(logger=None)
        assert aside[3].shape == (48, 64, 3)
    with pytest.raises(RewindError, match="let go: open the clip again"):
        aside[3]
