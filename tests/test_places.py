"""Where loops are posted: formats chosen, parts chosen before looping, whole repeats, copies."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import (
    LOSSLESS,
    MakeVideo,
    Picture,
    decoded,
    ffmpeg,
    gif_frames,
    names,
    number,
    numbered,
    rollscan,
)
from hypothesis import assume, given
from hypothesis import strategies as st

from rollscan import ArgumentError, Look, OutputError
from rollscan.deliver import encode as encoders
from rollscan.deliver.composition import Composition, blurred
from rollscan.deliver.formats import repeats
from rollscan.deliver.geometry import Fitted, fitted_size
from rollscan.deliver.limits import SLOWEST, longest_loop, within_limits
from rollscan.deliver.platforms import Platform, load
from rollscan.deliver.targets import Target, targets_of
from rollscan.deliver.validate import check
from rollscan.job import Job
from rollscan.look import loop_of
from rollscan.loop.motion import liveliest
from rollscan.parts import best_part
from rollscan.result import Written
from rollscan.run import render
from rollscan.survey import Survey

BUILT_IN = load()
REELS, SHORTS = BUILT_IN["instagram-reels"], BUILT_IN["youtube-shorts"]
TOP = {"slit": 0.0}  # all but the slit is live
GIF, MP4 = Path("x/a.gif"), Path("x/a.mp4")


def own(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text)
    return path


def live(frames: list[Picture]) -> list[int]:
    """The number of each frame at the bottom, which history does not reach."""
    return [number(frame[-2:]) for frame in frames]


# Which format.


def test_a_place_that_takes_another_format_gets_its_own_where_one_output_is_named() -> None:
    assert targets_of({"gif": GIF, "mp4": None}, ["reels"], BUILT_IN, None) == [
        Target(MP4, "mp4", REELS, REELS.max_bytes, "gif")
    ]
    assert targets_of({"gif": GIF, "mp4": None}, ["Reels", "DISCORD"], BUILT_IN, None) == [
        Target(GIF, "gif", BUILT_IN["discord"], 10_485_760),
        Target(MP4, "mp4", REELS, REELS.max_bytes, "gif"),
    ]
    several = targets_of({"gif": GIF, "mp4": None}, ["reels", "shorts", "reel"], BUILT_IN, 99)
    assert several == [
        Target(Path("x/a-instagram-reels.mp4"), "mp4", REELS, 99, "gif"),
        Target(Path("x/a-youtube-shorts.mp4"), "mp4", SHORTS, 99, "gif"),
    ]


@pytest.mark.parametrize(
    "files, found",
    [
        ({"gif": GIF, "mp4": None}, ["x"]),
        ({"gif": None, "mp4": MP4}, ["x-video"]),
        ({"gif": GIF, "mp4": MP4}, ["x", "x-video"]),
    ],
)
def test_a_place_gets_those_formats_asked_for_that_it_takes(
    files: dict[str, Path | None], found: list[str]
) -> None:
    targets = targets_of(files, ["Twitter", "x"], BUILT_IN, None)
    assert [target.platform.name for target in targets if target.platform] == found
    assert [target.path for target in targets] == [path for path in files.values() if path]


@pytest.mark.parametrize(
    "files",
    [{"gif": GIF, "webp": Path("a.webp")}, {"gif": Path("/dev/stdout")}, {"gif": None}],
)
def test_a_format_that_has_no_name_is_said(files: dict[str, Path | None]) -> None:
    asked = dict.fromkeys(("gif", "mp4", "webm", "webp")) | files
    with pytest.raises(ArgumentError, match=r"instagram-reels takes mp4: add --mp4 out\.mp4"):
        targets_of(asked, ["reels"], BUILT_IN, None)


TALL = '[tall]\nformat = "mp4"\naliases = ["high"]\nwidth = 36\nheight = 64\n'


def test_the_closing_line_says_why_it_is_another_format(plain: Path, out: Path) -> None:
    options = ["--gif", out / "a.gif", "--platforms", own(out, TALL)]
    for _ in range(2):  # and its own file may be made again
        ran = rollscan(plain, *options, "--for", " , HIGH ,")
        assert ran.status == 0, ran.err
        assert f"{out / 'a.mp4'}: 36x64, 50 frames, 2.00 s" in ran.out
        assert "MP4, as tall takes no GIF" in ran.out
        assert names(out) == ["a.mp4", "own.toml"]


def test_options_are_for_the_format_that_a_place_gets(plain: Path, out: Path) -> None:
    tone = out / "tone.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=440:duration=1", tone)
    video = ["--for", "tall", "--platforms", own(out, TALL), "--gif", out / "a.gif"]
    ran = rollscan(plain, *video, "--sound", tone, "--mp4-loops", 2)
    assert ran.status == 0, ran.err
    assert "4.00 s" in ran.out and "with sound" in ran.out
    ran = rollscan(plain, *video, "--colors", 9)
    assert (ran.status, "--colors is 9, which has no effect without --gif" in ran.err) == (2, True)
    emoji = [plain, "--for", "slack-emoji", "--mp4", out / "b.mp4"]
    ran = rollscan(*emoji, "--colors", 2)
    assert ran.status == 0, ran.err
    assert len(np.unique(gif_frames(out / "b.gif")[0].reshape(-1, 3), axis=0)) <= 2
    ran = rollscan(*emoji, "--sound", plain)
    assert (ran.status, "no effect without --mp4, --webm or --prores" in ran.err) == (2, True)


def test_a_file_that_nobody_named_is_not_lost(plain: Path, out: Path) -> None:
    (out / "a.mp4").write_bytes(plain.read_bytes())
    job = Job(plain, gif=out / "a.gif", names=("tall",), platforms=own(out, TALL))
    with pytest.raises(OutputError, match=r"a\.mp4 is there already, and no loop of rollscan's"):
        render(job)
    assert (out / "a.mp4").read_bytes() == plain.read_bytes()
    assert names(out) == ["a.mp4", "own.toml"]
    copy = out / "b.mp4"
    copy.write_bytes(plain.read_bytes())
    with pytest.raises(OutputError, match=r"b\.mp4 is the input itself"):
        render(Job(copy, gif=out / "b.gif", names=("tall",), platforms=out / "own.toml"))


# Bars.


def test_a_blurred_background_is_the_picture_dark_and_out_of_focus() -> None:
    frame = np.zeros((48, 64, 3), np.uint8)
    frame[:, :32], frame[:, 32:] = (200, 0, 0), (0, 0, 200)
    platform = Platform("tall", "mp4", width=90, height=160)
    fitted = fitted_size((64, 48), platform, "blur")
    shown = Composition([frame], range(1), 25, fitted)[0]
    padded = Composition([frame], range(1), 25, fitted_size((64, 48), platform, "pad"))[0]
    x, y = fitted.at
    height = fitted.scaled[1]
    assert (x, shown.shape) == (0, (160, 90, 3))
    assert np.array_equal(shown[y : y + height], padded[y : y + height])
    assert not padded[[0, -1]].any()
    for row in (0, -1):
        left, middle, right = shown[row, 0], shown[row, 45], shown[row, -1]
        assert 100 <= left[0] <= 130 and left[2] <= 10
        assert 100 <= right[2] <= 130 and right[0] <= 10
        assert 40 <= middle[0] <= 80 and 40 <= middle[2] <= 80  # where the two run together


@pytest.mark.parametrize("size", [(36, 64), (64, 36), (64, 64), (2, 500), (500, 2)])
def test_a_background_of_one_colour_is_that_colour(size: tuple[int, int]) -> None:
    background = blurred(np.full((48, 64, 3), 100, np.uint8), size)
    assert background.shape == (size[1], size[0], 3)
    assert background.min() == background.max() == 60


# Repeats.


@given(st.floats(0.1, 200), st.integers(1, 9), st.floats(0.5, 10), st.floats(1, 100))
def test_a_loop_is_repeated_whole_and_within_the_limits(
    seconds: float, wanted: int, least: float, more: float
) -> None:
    platform = Platform("here", "mp4", min_seconds=least, max_seconds=least + more)
    assume(seconds <= least + more)
    try:
        count = repeats(platform, seconds, wanted)
    except ArgumentError:
        fitting = math.floor((least + more) / seconds + 1e-6)
        assert fitting * seconds < least
        return
    assert count >= 1
    assert least - 1e-4 <= count * seconds <= least + more + 1e-3
    assert count >= wanted or (count + 1) * seconds > least + more - 1e-4


def test_a_short_loop_is_there_several_times_and_slow_frames_too(
    make_video: MakeVideo, out: Path
) -> None:
    path = make_video("slow.mp4", numbered(14), *LOSSLESS, rate=10)
    platforms = own(
        out,
        '[long]\nformat = "mp4"\nmin_seconds = 3\nmax_seconds = 9\nmin_fps = 23\nmax_fps = 60\n',
    )
    (made,) = render(Job(path, mp4=out / "a.mp4", names=("long",), platforms=platforms))
    assert (made.frames, made.seconds) == (3 * 3 * 14, pytest.approx(4.2))
    assert check(out / "a.mp4", load(platforms)["long"]) == []
    frames = decoded(out / "a.mp4")
    assert live(frames) == [k for _ in range(3) for k in range(14) for _ in range(3)]


def test_a_video_of_just_the_rate_that_is_taken_keeps_every_frame() -> None:
    frames = numbered(1)
    fps = 238 / math.nextafter(238 / 30, 9)
    whole = Composition(frames, [0] * 238, fps, Fitted.whole((64, 48)))
    assert len(within_limits(whole, BUILT_IN["reddit-video"], "crop")) == 238
    assert len(within_limits(whole, Platform("here", "mp4", max_fps=29.9), "crop")) == 237


# Parts.


def sources(frames: list[Picture]) -> Any:
    class Source:
        size = (frames[0].shape[1], frames[0].shape[0])

        def __len__(self) -> int:
            return len(frames)

        def small(self, width: int) -> Any:
            return iter(frames)

    return Source()


def moving(count: int, first: int, stop: int, row: int = 24) -> list[Picture]:
    """A grey picture, in which a block moves along a row from frame `first` to `stop`."""
    frames = [np.full((48, 64, 3), 60, np.uint8) for _ in range(count)]
    for k in range(first, stop):
        at = 4 * k % 56
        frames[k][row : row + 4, at : at + 8] = 250
    return frames


def test_the_liveliest_part_is_where_most_moves_within_the_band() -> None:
    frames = moving(60, 20, 30)
    assert 15 <= liveliest(frames, 16)[0] <= 19  # with the step before and the one after
    elsewhere = moving(60, 40, 55, row=0)
    for k in range(20, 30):
        elsewhere[k] = frames[k]
    assert 15 <= liveliest(elsewhere, 16, (0, 0.4, 1, 0.6))[0] <= 19
    assert 39 <= liveliest(elsewhere, 16, (0, 0, 1, 0.1))[0] <= 40
    assert liveliest(frames, 60) == (0, 60)
    assert liveliest(moving(9, 0, 0), 4) == (0, 4)


def test_a_change_of_scene_is_no_motion() -> None:
    frames = moving(80, 0, 80)
    for k in range(40):
        frames[k] = frames[k] // 2  # the same, half as bright: half the motion
    assert liveliest(frames, 30)[0] >= 39


def test_an_exact_loop_in_the_video_is_found() -> None:
    """Frames 37 to 57 are those of 57 to 77 again; nothing else comes twice."""
    random = np.random.default_rng(2)
    frames = [random.integers(0, 256, (12, 16, 3), np.uint8) for _ in range(120)]
    frames[57:81] = frames[37:61]
    for loop in ("wrap", "match"):
        first, stop = best_part(Look(loop=loop, min_loop=1), Survey(sources(frames), 10), 2.5)
        assert stop - first == 20
        assert 37 <= first <= 61


@given(
    st.sampled_from(["cut", "boomerang", "crossfade"]),
    st.integers(60, 400),
    st.floats(5, 60),
    st.floats(1.5, 20),
)
def test_a_part_makes_a_loop_as_long_as_it_may_be(
    loop: Any, count: int, rate: float, longest: float
) -> None:
    look = Look(loop=loop)
    assume(loop_of(look).longest(count, rate) > longest)
    frames = [np.zeros((2, 2, 3), np.uint8)] * count
    first, stop = best_part(look, Survey(sources(frames), rate), longest)
    assert 0 <= first < stop <= count
    seconds = loop_of(look).longest(stop - first, rate)
    assert longest - 2 / rate - 1e-6 <= seconds <= longest + 1e-6


LOOPS: list[tuple[str, Callable[[list[int]], bool]]] = [
    ("cut", lambda order: order == list(range(order[0], order[0] + 20))),
    ("boomerang", lambda order: all(order[k] == order[-k] for k in range(20))),
]


@pytest.mark.parametrize("loop, closed", LOOPS)
@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_what_is_cut_down_still_loops(
    make_video: MakeVideo,
    out: Path,
    loop: Any,
    kind: str,
    closed: Callable[[list[int]], bool],
) -> None:
    path = make_video("minute.mp4", numbered(100), *LOSSLESS, rate=10)
    platforms = own(out, f'[brief]\nformat = "{kind}"\nmax_seconds = 2\n')
    options: dict[str, Any] = {kind: out / f"a.{kind}", "names": ("brief",), "quality": 100}
    (made,) = render(
        Job(path, **options, platforms=platforms, start=2, look=Look(loop=loop, **TOP))
    )
    assert made.part and made.part[0] >= 2 and made.of == 8
    assert (made.frames, made.seconds) == (20, pytest.approx(2))
    order = live(gif_frames(out / "a.gif") if kind == "gif" else decoded(out / "a.mp4"))
    assert closed(order), order
    assert min(order) == round(made.part[0] * 10)


def test_a_wrap_that_is_cut_down_is_the_part_that_loops(make_video: MakeVideo, out: Path) -> None:
    """The numbers come again after 16 frames, but only from frame 40 on."""
    frames = numbered(60)
    shown = [*frames[:40], *(frames[40 + k % 16] for k in range(60))]
    path = make_video("returning.mp4", shown, *LOSSLESS, rate=10)
    platforms = own(out, '[brief]\nformat = "mp4"\nmax_seconds = 2\n')
    for loop in ("wrap", "match"):
        look = Look(loop=loop, min_loop=1, **TOP)
        (made,) = render(
            Job(path, mp4=out / "a.mp4", names=("brief",), platforms=platforms, look=look)
        )
        order = live(decoded(out / "a.mp4"))
        assert sorted(order) == list(range(40, 56))
        steps = [(b - a) % 16 for a, b in zip(order, [*order[1:], order[0]], strict=True)]
        assert set(steps) == {1}  # across the seam too
        assert made.part and made.part[0] >= 4


def test_targets_that_show_the_same_share_it_and_others_have_their_own(
    make_video: MakeVideo, out: Path
) -> None:
    path = make_video("minute.mp4", numbered(100), *LOSSLESS, rate=10)
    platforms = own(
        out,
        "".join(
            f'[{name}]\nformat = "gif"\nmax_seconds = {most}\n'
            for name, most in (("two", 2), ("five", 5), ("also-two", 2), ("long", 60))
        ),
    )
    job = Job(
        path,
        gif=out / "a.gif",
        mp4=out / "a.mp4",
        poster=out / "a.png",
        names=("two", "five", "also-two", "long"),
        platforms=platforms,
    )
    made = render(job)
    assert [one.path.name for one in made] == [
        *("a-two.gif", "a-five.gif", "a-also-two.gif", "a-long.gif", "a.mp4", "a.png")
    ]
    assert [one.seconds for one in made[:5]] == [2, 5, 2, 10, 10]
    assert [one.of for one in made[:5]] == [10, 10, 10, None, None]
    assert made[0].part == made[2].part
    assert (out / "a-two.gif").read_bytes() == (out / "a-also-two.gif").read_bytes()


# No slideshow.


@pytest.mark.parametrize(
    "seconds, fps, longest",
    [
        (79.5, 10, 5.0),  # would be 0.6 frames a second
        (79.5, 25, 5.0),
        (10.0, 25, math.inf),  # 5 frames a second
        (10.1, 25, 5.0),
        (79.5, 2, 25.0),  # slower than that by itself
        (20.0, 2, math.inf),
    ],
)
def test_a_loop_is_shortened_before_it_is_a_slideshow(
    seconds: float, fps: float, longest: float
) -> None:
    assert longest_loop(BUILT_IN["slack-emoji"], seconds, fps) == longest


@given(
    st.floats(0.2, 300),
    st.floats(1, 60),
    st.none() | st.integers(1, 400),
    st.none() | st.floats(0.5, 60),
    st.none() | st.floats(1, 60),
)
def test_no_limit_makes_a_slideshow(
    seconds: float, fps: float, frames: int | None, most: float | None, fastest: float | None
) -> None:
    platform = Platform("a", "gif", max_frames=frames, max_seconds=most, max_fps=fastest)
    longest = min(seconds, longest_loop(platform, seconds, fps))
    assert longest <= (most or math.inf)
    shown = min(fps, fastest or math.inf)
    assert (frames or math.inf) / longest >= min(SLOWEST, shown) - 1e-2


# Copies.


def test_equal_files_are_made_once_and_copied(
    plain: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[Path] = []
    encode = encoders.encode_mp4

    def counted(file: Path, *args: Any, **options: Any) -> None:
        encoded.append(options["shown_as"])
        encode(file, *args, **options)

    monkeypatch.setattr(encoders, "encode_mp4", counted)
    tall = 'format = "mp4"\nwidth = 36\nheight = 64\n'
    platforms = own(
        out,
        f"[one]\n{tall}max_bytes = 900_000\n[two]\n{tall}max_bytes = 800_000\n"
        f"[three]\n{tall}[wide]\n{tall.replace('36', '66')}",
    )
    names_ = ("one", "two", "three", "wide")
    made = render(Job(plain, mp4=out / "a.mp4", names=names_, platforms=platforms))
    files = [(out / f"a-{name}.mp4").read_bytes() for name in names_]
    assert files[0] == files[1] == files[2] != files[3]
    assert [path.name for path in encoded] == ["a-one.mp4", "a-wide.mp4"]
    assert [one.bytes for one in made] == [len(file) for file in files]
    assert len({(out / f"a-{name}.mp4").stat().st_ino for name in names_}) == 4
    for name in names_:
        assert check(out / f"a-{name}.mp4", load(platforms)[name]) == []


def test_a_file_too_large_for_another_place_is_made_again(make_video: MakeVideo, out: Path) -> None:
    random = np.random.default_rng(5)
    frames = [random.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(20)]
    path = make_video("noise.mp4", frames, *LOSSLESS)
    text = "".join(f'[n{n}]\nformat = "gif"\nmax_bytes = {n}000\n' for n in (900, 20, 30, 20_000))
    made: list[Written] = render(
        Job(
            path,
            gif=out / "a.gif",
            names=("n900", "n20", "n30", "n20000"),
            platforms=own(out, text),
        )
    )
    full, small, larger, also_full = (one.path.read_bytes() for one in made)
    assert full == also_full
    assert len(small) <= 20_000 < len(larger) <= 30_000 < len(full)


def test_a_whole_picture_is_no_other_when_it_is_fitted_to_nothing() -> None:
    assert Fitted.whole((64, 48)).narrowed(64) == Fitted.whole((64, 48))
