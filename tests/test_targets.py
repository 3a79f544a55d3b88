"""Where it goes: which files a run writes, what keeps a platform's limits, and that it does."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import (
    LOSSLESS,
    LOSSY,
    MakeVideo,
    Picture,
    decoded,
    gif_frames,
    names,
    number,
    numbered,
    running_ffmpegs,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError, Look, OutputError
from rollscan.deliver import moving
from rollscan.deliver.composition import Composition
from rollscan.deliver.geometry import Fitted
from rollscan.deliver.limits import within_limits
from rollscan.deliver.platforms import Platform, load
from rollscan.deliver.poster import PosterChooser
from rollscan.deliver.targets import Target, longer_side, targets_of
from rollscan.deliver.validate import check
from rollscan.gif import constant_delays
from rollscan.job import Job
from rollscan.outputs import style_of
from rollscan.run import render
from rollscan.video.source import Video

BUILT_IN = load()
DISCORD, EMOJI = BUILT_IN["discord"], BUILT_IN["slack-emoji"]


def composed(count: int, fps: float = 25, size: tuple[int, int] = (64, 48)) -> Composition:
    """`count` numbered frames; only as many as 200 differ."""
    shown = numbered(min(count, 200), size)
    return Composition(shown, [k % 200 for k in range(count)], fps, Fitted.whole(size))


def order(composition: Composition) -> list[int]:
    return [number(frame) for frame in composition]


# The composition.


def test_a_composition_can_be_written_again_and_again() -> None:
    composition = composed(5)
    assert order(composition) == order(composition) == [0, 1, 2, 3, 4]
    assert (len(composition), composition.seconds, composition.size) == (5, 0.2, (64, 48))


def test_fewer_frames_take_as_long() -> None:
    thinned = composed(10).thinned(4)
    assert order(thinned) == [0, 2, 5, 7]
    assert (thinned.fps, thinned.seconds) == (10, 0.4)


def test_a_circle_can_begin_anywhere() -> None:
    composition = dataclasses.replace(composed(5), seam=1.0).beginning_with(3)
    assert (order(composition), composition.seam) == ([3, 4, 0, 1, 2], 1.0)


def test_a_circle_that_is_cut_has_no_seam() -> None:
    composition = dataclasses.replace(composed(50), seam=1.0)
    assert composition.up_to(2) is composition
    cut = composition.up_to(1.99)
    assert (len(cut), cut.seam) == (49, None)
    assert len(composition.up_to(0.001)) == 1


def test_crop_and_padding_by_hand() -> None:
    frame = np.arange(4 * 8 * 3, dtype=np.uint8).reshape(4, 8, 3)
    cropped = Composition([frame], range(1), 25, Fitted((2, 0, 4, 4), (4, 4), (0, 0), (4, 4)))
    assert np.array_equal(cropped[0], frame[:, 2:6])
    padded = Composition([frame], range(1), 25, Fitted((0, 0, 8, 4), (8, 4), (0, 2), (8, 8)))
    assert np.array_equal(padded[0][2:6], frame)
    assert not padded[0][[0, 1, 6, 7]].any()


@given(st.integers(2, 300), st.integers(2, 300), st.integers(1, 300), st.sampled_from([0, 20]))
def test_a_narrower_picture_keeps_its_shape(
    width: int, height: int, narrower: int, bars: int
) -> None:
    whole = Fitted((0, 0, width, height), (width, height), (0, bars), (width, height + 2 * bars))
    fitted = whole.narrowed(narrower)
    assert fitted.size[0] == narrower
    assert abs(fitted.size[1] - (height + 2 * bars) * narrower / width) <= 1
    assert all(0 <= at <= fitted.size[i] - fitted.scaled[i] for i, at in enumerate(fitted.at))


# Limits kept by construction.

some = st.none() | st.integers(1, 400)
platforms = st.builds(
    Platform,
    st.just("here"),
    st.sampled_from(["gif", "webp"]),
    max_frames=some,
    max_seconds=st.none() | st.floats(0.5, 20),
    max_fps=st.none() | st.floats(2, 60),
    min_delay=st.none() | st.floats(0.001, 0.3),
    max_total_pixels=st.none() | st.integers(10**5, 10**7),
    shape=st.sampled_from(["", "square"]),
)


@given(platforms, st.integers(1, 600), st.floats(3, 50))
def test_frames_times_and_sizes_are_kept_as_the_format_rounds_them(
    platform: Platform, count: int, fps: float
) -> None:
    whole = composed(count, fps)
    kept = within_limits(whole, platform, "crop")
    ticks = 100 if platform.format == "gif" else 1000
    ends = [round(k * ticks / kept.fps) for k in range(len(kept) + 1)]
    delays = [b - a for a, b in pairwise(ends)]
    if platform.format == "gif" and kept.fps <= 50:
        delays = list(islice(constant_delays(kept.fps), len(kept)))
    assert len(kept) <= min(count, platform.max_frames or math.inf)
    assert math.prod(kept.size) * len(kept) <= (platform.max_total_pixels or math.inf)
    assert sum(delays) <= (platform.max_seconds or math.inf) * ticks + 1e-5
    if len(kept) > 1:
        assert len(kept) * ticks / sum(delays) <= (platform.max_fps or math.inf) + 1e-3
        assert min(delays) >= (platform.min_delay or 0) * ticks - 1e-5


def test_what_is_within_the_limits_is_left_alone() -> None:
    whole = composed(50)
    assert within_limits(whole, DISCORD, "crop") == whole


def test_more_frames_than_allowed_make_a_lower_rate() -> None:
    kept = within_limits(composed(200), EMOJI, "crop")
    assert (len(kept), kept.fps, kept.seconds) == (50, 6.25, 8)
    assert kept.size == (48, 48)


@pytest.mark.parametrize(
    "targets, side",
    [
        ([], 480),
        ([Target(Path("a.gif"), "gif")], 480),
        ([Target(Path("a.gif"), "gif", DISCORD)], 480),
        ([Target(Path("a.gif"), "gif", EMOJI)], 228),  # 128 high
        ([Target(Path("a.gif"), "gif", EMOJI), Target(Path("a.mp4"), "mp4")], 1280),
        ([Target(Path("a.webm"), "webm")], 1280),
        ([Target(Path("a.webp"), "webp")], 480),
        ([Target(Path("a.webm"), "webm", BUILT_IN["telegram-sticker"])], 512),
        ([Target(Path("a.webp"), "webp", BUILT_IN["whatsapp-sticker"])], 911),  # 512 high
        ([Target(Path("a.mp4"), "mp4", BUILT_IN["discord-video"])], 1280),
        ([Target(Path("a.mp4"), "mp4", BUILT_IN["instagram-feed"])], 1080),
        ([Target(Path("a.mp4"), "mp4", BUILT_IN["tiktok"])], 1920),  # 1920 high would be 3414
    ],
)
def test_the_video_is_decoded_as_large_as_it_is_shown(targets: list[Target], side: int) -> None:
    assert longer_side((1280, 720), targets, "crop") == side


# Which files.


def test_a_lone_target_keeps_the_name_and_several_add_theirs() -> None:
    gif = Path("x/a.b.gif")
    assert targets_of({"gif": gif}, ["discord", "discord"], BUILT_IN, None) == [
        Target(gif, "gif", DISCORD, 10_485_760)
    ]
    both = targets_of({"gif": gif, "mp4": Path("m.mp4")}, ["discord", "x"], BUILT_IN, 300)
    assert both == [
        Target(Path("x/a.b-discord.gif"), "gif", DISCORD, 300),
        Target(Path("x/a.b-x.gif"), "gif", BUILT_IN["x"], 300),
        Target(Path("m-discord-video.mp4"), "mp4", BUILT_IN["discord-video"], 300),
        Target(Path("m-x-video.mp4"), "mp4", BUILT_IN["x-video"], 300),
    ]
    emoji = targets_of({"gif": gif, "mp4": Path("m.mp4")}, ["slack-emoji"], BUILT_IN, 300)
    assert emoji == [Target(gif, "gif", EMOJI, 300), Target(Path("m.mp4"), "mp4", None, 300)]


@pytest.mark.parametrize("asked, most", [(None, 128_000), (200_000, 128_000), (9_000, 9_000)])
def test_the_smaller_budget_wins(asked: int | None, most: int) -> None:
    (target,) = targets_of({"gif": Path("a.gif")}, ["slack-emoji"], BUILT_IN, asked)
    assert target.max_bytes == most


# The poster.


def chosen(frames: list[Picture], full_from: int) -> int:
    chooser = PosterChooser(full_from)
    assert len(list(chooser.watch(iter(frames)))) == len(frames)
    return chooser.best


def test_the_poster_is_the_most_detailed_frame_whose_history_is_full() -> None:
    random = np.random.default_rng(0)
    frames = [random.integers(0, contrast, (48, 64, 3), np.uint8) for contrast in (200, 9, 99, 50)]
    assert chosen(frames, 0) == 0
    assert chosen(frames, 1) == 2
    assert chosen(frames, 3) == 3
    assert chosen(frames, 99) == 3  # the fullest there is
    assert chosen(numbered(3, (1, 1)), 1) == 1


# Written, and checked.


@pytest.fixture(scope="session")
def busy(make_video: MakeVideo) -> Path:
    """Noise that no setting makes small: 20 frames of 160x96 at 5 fps, 4 seconds."""
    random = np.random.default_rng(5)
    frames = [random.integers(0, 256, (96, 160, 3), np.uint8) for _ in range(20)]
    return make_video("busy.mp4", frames, *LOSSY, rate=5)


@pytest.fixture(scope="session")
def short(make_video: MakeVideo) -> Path:
    """Four frames, 1 second, as phone pictures take long to encode."""
    return make_video("short.mp4", numbered(4, (160, 96)), *LOSSY, rate=4)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height."""
    if path.suffix in (".webm", ".mp4"):
        height, width, _ = decoded(path)[0].shape
        return width, height
    with Image.open(path) as image:
        return image.size


SHAPED = {platform.shapes: platform for platform in BUILT_IN.values() if platform.shapes}
CASES = [(platform, "crop") for platform in BUILT_IN.values()]
CASES += [(platform, "pad") for platform in SHAPED.values()]
CASES += [(BUILT_IN["whatsapp-status"], "blur")]


@pytest.mark.parametrize("platform, fit", CASES, ids=lambda value: getattr(value, "name", value))
def test_what_is_written_for_a_platform_passes_its_check(
    busy: Path, short: Path, out: Path, platform: Platform, fit: str
) -> None:
    path = out / f"a.{platform.format}"
    options: dict[str, Any] = {platform.format: path, "names": (platform.name,), "fit": fit}
    source = short if platform.format == "mp4" else busy  # noise of that size takes too long
    (made,) = render(Job(source, **options))
    assert check(path, platform) == []
    assert names(out) == [path.name]
    assert (made.size, made.bytes) == (size_of(path), path.stat().st_size)
    if platform.max_seconds == 3:
        assert (made.seconds, made.of) == (3, 4)
        assert re.fullmatch(r"CRF 24→\d\d", made.given_up)


def test_a_limit_on_frames_or_on_their_rate_makes_fewer(plain: Path, out: Path) -> None:
    own = out / "own.toml"
    own.write_text(
        '[few]\nformat = "gif"\nmax_frames = 20\n[slow]\nformat = "gif"\nmax_fps = 8\n'
        '[calm]\nformat = "gif"\nmin_delay = 0.095\n'
    )
    few, slow, calm = render(
        Job(plain, gif=out / "a.gif", names=("few", "slow", "calm"), platforms=own, quality=100)
    )
    assert [made.frames for made in (few, slow, calm)] == [20, 16, 20]
    assert few.given_up == calm.given_up == "25→10 fps"
    assert {made.seconds for made in (few, slow, calm)} == {2}
    assert [number(frame[-1:]) for frame in gif_frames(few.path)][:4] == [0, 2, 5, 7]


def test_several_targets_and_outputs_decode_once(
    plain: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decodings = []
    frames = Video.frames

    def counted(video: Video, *span: int) -> Iterator[Picture]:
        decodings.append(span)
        return frames(video, *span)

    monkeypatch.setattr(Video, "frames", counted)
    outputs = {name: out / f"a.{name}" for name in ("gif", "mp4", "webm", "webp")}
    made = render(
        Job(
            plain,
            **outputs,
            poster=out / "a.png",
            still=out / "s.png",
            names=("discord", "slack-emoji", "telegram-sticker"),
            focus=(0.5, 0.5),  # or else where most moves is looked for before
            look=Look(loop="cut"),
        )
    )
    assert len(decodings) == 1
    assert [one.path.name for one in made] == [
        *("a-discord.gif", "a-slack-emoji.gif", "a.mp4", "a.webm", "a.webp", "a.png", "s.png")
    ]
    assert names(out) == sorted(one.path.name for one in made)
    assert [one.size for one in made] == [size_of(one.path) for one in made]
    assert not running_ffmpegs(naming=plain)


def test_a_file_that_breaks_a_limit_is_never_left(
    plain: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "within_limits", lambda composition, *_: composition)
    for ending, name in (
        *(("gif", "slack-emoji"), ("webp", "whatsapp-sticker"), ("webm", "round")),
        ("mp4", "tiktok"),
    ):
        path = out / f"a.{ending}"
        path.write_text("old")
        own = out / "own.toml"
        own.write_text('[round]\nformat = "webm"\nshape = "square"\n')
        options: dict[str, Any] = {ending: path, "names": (name,), "platforms": own}
        said = rf"{path} is not written, as it would have 64x48, {name} takes .*: give a smaller"
        with pytest.raises(OutputError, match=said):
            render(Job(plain, **options))
        own.unlink()
        assert path.read_text() == "old"
        assert names(out) == [path.name]
        path.unlink()


def test_a_platform_that_takes_too_little_is_named(plain: Path, out: Path) -> None:
    own = out / "own.toml"
    own.write_text(
        "".join(
            f'[my-{kind}]\nformat = "{kind}"\nmax_bytes = 99\n'
            for kind in ("gif", "mp4", "webm", "webp")
        )
    )
    for kind in ("gif", "mp4", "webm", "webp"):
        path = out / f"a.{kind}"
        options: dict[str, Any] = {kind: path, "names": (f"my-{kind}",), "platforms": own}
        said = rf"{path} for my-{kind}: max.(size|bytes) is 99.* the smallest .* \d+: "
        with pytest.raises(OutputError, match=said):
            render(Job(plain, **options))
        assert names(out) == ["own.toml"]


def test_a_smaller_size_is_asked_for_and_got(plain: Path, out: Path) -> None:
    made = render(Job(plain, gif=out / "a.gif", names=("discord", "slack-emoji"), scale=0.5))
    assert [one.size for one in made] == [(32, 24), (24, 24)]


def test_only_who_takes_no_other_size_gets_over_480_pixels(
    make_video: MakeVideo, out: Path
) -> None:
    path = make_video("wide.mp4", numbered(2, (1280, 720)), *LOSSLESS)
    made = render(
        Job(
            path,
            gif=out / "a.gif",
            webp=out / "a.webp",
            poster=out / "a.png",
            names=("whatsapp-sticker",),
        )
    )
    assert [one.size for one in made] == [(480, 270), (512, 512), (480, 270)]


def test_an_mp4_has_the_frames_of_the_gif_as_often_as_asked(plain: Path, out: Path) -> None:
    gif, mp4 = render(
        Job(plain, gif=out / "a.gif", mp4=out / "a.mp4", mp4_loops=3, fps=10, quality=100)
    )
    assert (mp4.frames, mp4.seconds) == (3 * gif.frames, 3 * gif.seconds) == (60, 6)
    live = [number(frame[-1:]) for frame in gif_frames(out / "a.gif")]
    assert [number(frame[-4:]) for frame in decoded(out / "a.mp4")] == live * 3


@pytest.fixture(scope="session")
def swelling(make_video: MakeVideo) -> Path:
    """20 frames of noise at 25 fps, whose contrast is highest in frame 12."""
    random = np.random.default_rng(5)
    frames = [random.integers(0, 250 - 9 * abs(k - 12), (96, 160, 3), np.uint8) for k in range(20)]
    return make_video("swelling.mp4", frames, *LOSSLESS)


TOP = Look(loop="wrap", slit=0.0)  # all but the slit is live


def test_the_poster_is_the_frame_of_the_loop_that_it_says(swelling: Path, out: Path) -> None:
    (poster,) = render(Job(swelling, poster=out / "a.png", look=TOP))
    assert (poster.size, poster.frames, poster.is_poster) == ((160, 96), 1, True)
    assert poster.seconds == pytest.approx(12 / 25)
    with Image.open(out / "a.png") as image:
        assert np.array_equal(np.asarray(image), decoded(swelling)[12])


def test_the_poster_comes_first_where_asked_and_the_circle_stays(swelling: Path, out: Path) -> None:
    render(Job(swelling, mp4=out / "a.mp4", poster=out / "a.png", look=TOP))
    moved = render(
        Job(swelling, mp4=out / "b.mp4", poster=out / "b.png", poster_first=True, look=TOP)
    )
    assert [made.seconds for made in moved] == [pytest.approx(0.8), 0]
    assert (out / "a.png").read_bytes() == (out / "b.png").read_bytes()
    before, after = decoded(out / "a.mp4"), decoded(out / "b.mp4")
    for k, frame in enumerate(after):
        off = [np.abs(frame.astype(int) - other).mean() for other in before]
        assert int(np.argmin(off)) == (12 + k) % 20


def test_a_loop_that_is_cut_has_no_other_first_frame(plain: Path, out: Path) -> None:
    with pytest.raises(ArgumentError, match=r"history begins empty: give --loop wrap, boomerang"):
        render(Job(plain, gif=out / "a.gif", poster_first=True))
    assert names(out) == []


# Which files are copies of others.


@pytest.mark.parametrize(
    "limits", [{"max_bit_rate": 9_000_000}, {"max_level": 3.1}, {"min_fps": 30}, {"min_seconds": 9}]
)
def test_videos_for_places_that_ask_for_another_making_are_no_copies(limits: Any) -> None:
    whole, style = composed(50), style_of(Job(Path("a.mp4"), mp4=Path("b.mp4")))
    usual, other = Platform("one", "mp4", max_fps=60), Platform("other", "mp4", **limits)
    parts = [
        moving.part_of(Target(Path("b.mp4"), "mp4", place), whole, style)
        for place in (usual, dataclasses.replace(usual, name="same"), other)
    ]
    assert parts[0] == parts[1] != parts[2]


# How large.


@pytest.mark.parametrize(
    ("wide", "sizes"),
    [
        (1000, {"gif": (480, 19), "webp": (480, 19), "mp4": (1000, 40), "webm": (1000, 40)}),
        (2400, {"gif": (480, 8), "webp": (480, 8), "mp4": (1920, 32), "webm": (1920, 32)}),
    ],
)
def test_each_format_has_its_own_size_where_several_are_made(
    make_video: MakeVideo, out: Path, wide: int, sizes: dict[str, tuple[int, int]]
) -> None:
    """A video is as large as its source, up to 1920 pixels; what shows a left half stays left."""
    frames = [np.zeros((40, wide, 3), np.uint8) for _ in range(3)]
    for frame in frames:
        frame[:, : wide // 2] = (200, 60, 60)
    video = make_video("wide.mp4", frames, *LOSSLESS)
    files = {name: out / f"a.{name}" for name in sizes}
    made = {one.path.suffix[1:]: one.size for one in render(Job(video, **files))}
    assert made == sizes
    for name, (width, height) in sizes.items():
        if name in ("gif", "webp"):
            with Image.open(files[name]) as image:
                picture = np.array(image.convert("RGB"))
        else:
            picture = decoded(files[name])[0]
        assert picture.shape == (height, width, 3)
        assert picture[:, : width // 2 - 2, 0].min() > 150 > picture[:, width // 2 + 2 :, 0].max()


def test_a_place_keeps_its_own_size_beside_a_larger_video(make_video: MakeVideo, out: Path) -> None:
    frames = [np.full((60, 1600, 3), 90, np.uint8)] * 3
    video = make_video("wider.mp4", frames, *LOSSLESS)
    files = {name: out / f"a.{name}" for name in ("mp4", "webm", "gif")}
    places = ("discord", "telegram-sticker")
    made = {one.path.name: one.size for one in render(Job(video, **files, names=places))}
    assert made["a.mp4"] == (1280, 48)
    assert made["a.webm"][0] == 512
    assert made["a.gif"][0] == 480
