"""Looks that set themselves to the clip: what moves is found, and each rule follows it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, gif_frames, rollscan
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rollscan import Job, Look, RollingClip, make, sheet
from rollscan.composing import Listed
from rollscan.effect import Effect
from rollscan.effect.fits import to_centre
from rollscan.effect.shared_settings import smooth_setting
from rollscan.fit import fittable
from rollscan.kinds import point
from rollscan.look import named_looks
from rollscan.loop.moving import Moving
from rollscan.options import command_of, job_of
from rollscan.run import render
from rollscan.setting import setting
from rollscan.survey import Survey
from rollscan.up_to_date import is_up_to_date

SIZE = (48, 32)
RATE = 10.0
GROUND = np.random.default_rng(5).integers(60, 120, (32, 48, 3)).astype(np.uint8)

Place = Callable[[int], tuple[float, float]]  # of frame k: x and y


def drawn(place: Place, count: int = 30, side: int = 6) -> list[Picture]:
    """Frames of a bright square before a mottled ground that rests. place: of its middle."""
    frames = []
    for k in range(count):
        x, y = place(k)
        frame = GROUND.copy()
        left, top = round(x * SIZE[0] - side / 2), round(y * SIZE[1] - side / 2)
        frame[max(0, top) : top + side, max(0, left) : left + side] = 240
        frames.append(frame)
    return frames


def about(x: float, y: float, reach: float = 0.1, period: int = 6) -> list[Picture]:
    """A square that goes round a place."""
    turn = 2 * np.pi / period
    return drawn(lambda k: (x + reach * np.cos(turn * k), y + reach * np.sin(turn * k)))


def across(seconds: float, y: float = 0.75) -> list[Picture]:
    """A square that goes across the picture in so many seconds, and again."""
    return drawn(lambda k: ((k / RATE / seconds) % 1, y))


def fit(look: Look, frames: list[Picture], *kept: str) -> Look:
    names = [name for name in fittable(look) if name not in (*kept, "smooth")]
    return Survey(Listed(frames), RATE).fitted(look, names, None, SIZE)


@settings(max_examples=20)
@given(st.floats(0.3, 0.7), st.floats(0.3, 0.7))
def test_the_centre_is_that_of_what_moves(x: float, y: float) -> None:
    assert Moving(about(x, y), RATE).centre == pytest.approx((x, y), abs=0.06)
    look = fit(Look.named("whirl"), about(x, y))
    assert look.centre == pytest.approx((x, y), abs=0.06)
    assert 0.35 <= look.ring <= 0.7


def test_a_ring_is_as_large_as_what_moves() -> None:
    look = Look.named("bloom")
    small, large = (fit(look, about(0.5, 0.5, reach)).ring for reach in (0.05, 0.3))
    assert small < large


@pytest.mark.parametrize("y", [0.45, 0.6, 0.75])
def test_a_slit_that_nothing_crosses_goes_to_where_most_does(y: float) -> None:
    assert fit(Look.named("spiral").over(slit=0.2), across(2, y)).slit == pytest.approx(y, abs=0.1)


def test_a_slit_that_is_crossed_well_enough_stays() -> None:
    assert fit(Look.named("ribbon"), across(2, 0.5)).slit == 0.5


def test_the_columns_of_a_loom_are_those_in_which_something_moves() -> None:
    first, last, again = fit(Look.named("loom"), about(0.3, 0.5)).slit
    assert first == again
    assert (first, last) == pytest.approx((0.15, 0.48), abs=0.08)


@pytest.mark.parametrize(
    ("look", "name"),
    [("twist", "depth"), ("ghost", "rgb"), ("stargate", "depth"), ("marey", "step")],
)
def test_what_moves_slowly_needs_longer_delays(look: str, name: str) -> None:
    fast, slow = (getattr(fit(Look.named(look), across(s)), name) for s in (0.8, 8))
    assert fast < slow


def test_history_is_narrower_for_what_moves_slowly() -> None:
    fast, slow = (fit(Look.named("ribbon"), across(s, 0.5)) for s in (0.8, 8))
    assert fast.slit_width >= slow.slit_width
    assert isinstance(fast.slit_width, int)


def test_a_line_goes_the_way_of_what_goes_across() -> None:
    assert fit(Look.named("sweep"), across(2)).direction == "right"
    assert fit(Look.named("sweep"), about(0.5, 0.5)).direction is None


@pytest.mark.parametrize("name", named_looks())
def test_a_look_is_valid_where_nothing_moves_or_there_is_one_frame(name: str) -> None:
    for frames in ([GROUND] * 12, [GROUND]):
        look = fit(Look.named(name), frames)
        with RollingClip.of(Listed(frames), look, RATE) as clip:
            assert clip.get_frame(0).shape == GROUND.shape


@pytest.mark.parametrize("name", named_looks())
def test_what_is_given_stays_and_the_same_clip_gives_the_same(name: str) -> None:
    look, frames = Look.named(name), about(0.35, 0.6)
    assert fit(look, frames) == fit(look, frames)
    assert fit(look, frames, *fittable(look)) == look


def test_an_effect_of_ones_own_is_fitted_by_declaration(toy: type[Effect]) -> None:
    look = Look(effect=toy.name)
    assert fittable(look)[-2:] == ("smooth", "loop")
    assert fit(look, about(0.35, 0.6)).there == pytest.approx((0.35, 0.6), abs=0.06)


@pytest.fixture
def toy(registry: None) -> Iterator[type[Effect]]:
    """An effect that declares that a point of its own suits the clip."""

    @dataclass(frozen=True)
    class Toy(Effect):
        name: ClassVar[str] = "fitted-toy"
        there: tuple[float, float] = setting((0.5, 0.5), point(), "a point", fits=to_centre)
        smooth: bool = smooth_setting()

    yield Toy


@pytest.fixture
def clip(make_video: MakeVideo) -> Path:
    return make_video("about.mp4", about(0.35, 0.6), *LOSSLESS, rate=RATE)


def test_a_look_by_name_is_fitted_told_and_carried(clip: Path, out: Path) -> None:
    ran = rollscan(clip, "--gif", out / "a.gif", "--look", "whirl", "--no-smooth")
    made = Look.of(out / "a.gif")
    assert made.centre == pytest.approx((0.35, 0.6), abs=0.06)
    assert (made.whirl, made.smooth) == (0.25, False)
    x, y = made.centre
    assert f"centre {x:g},{y:g}" in ran.out
    assert rollscan(clip, "--gif", out / "b.gif", "--like", out / "a.gif").status == 0
    assert_alike(out)


def test_no_fit_leaves_a_look_as_it_is_written(clip: Path, out: Path) -> None:
    ran = rollscan(clip, "--gif", out / "a.gif", "--look", "whirl", "--no-fit")
    assert Look.of(out / "a.gif") == Look.named("whirl")
    assert "set to the clip" not in ran.out
    ran = rollscan(clip, "--gif", out / "a.gif", "--no-fit")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "--no-fit has no effect without --look or --looks" in ran.err
    ran = rollscan(clip, "--looks", out / "a.png", "--no-smooth")
    assert "--no-smooth has no effect on the sheet of --looks: give --no-fit" in ran.err


def test_scripts_and_moviepy_fit_a_look_by_name_alike(clip: Path, out: Path) -> None:
    make(clip, out / "a.gif", look="whirl", depth=1)
    made = Look.of(out / "a.gif")
    with RollingClip.open(clip, look="whirl", depth=1) as rolling:
        assert rolling.look == made
        assert made.depth == 1
    with RollingClip.open(clip, look="whirl", fit=False) as rolling:
        assert rolling.look == Look.named("whirl")
    make(clip, out / "a.gif", look=Look.named("whirl"))
    assert Look.of(out / "a.gif") == Look.named("whirl")


def test_each_part_of_a_video_has_the_look_fitted_to_it(make_video: MakeVideo, out: Path) -> None:
    rest = about(0.3, 0.6, 0.12, 4)
    video = make_video("v.mp4", [*rest, *about(0.7, 0.3, 0.15, 3)[:12], *rest], *LOSSLESS, rate=4)
    look = Look(effect="bloom", loop="crossfade")
    places = ("discord-emoji", "discord")
    job = Job(video, gif=out / "a.gif", look=look, fits=("centre",), names=places)
    centres = {made.path.stem: Look.of(made.path).centre for made in render(job)}
    assert centres["a-discord-emoji"] == pytest.approx((0.7, 0.3), abs=0.05)
    assert centres["a-discord"][0] < 0.5


def test_the_sheet_shows_what_a_look_makes_smooth_where_opencv_is(
    make_video: MakeVideo, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cv2")
    monkeypatch.setattr(sheet, "named_looks", lambda: {"twist": named_looks()["twist"]})
    video = make_video("fast.mp4", across(0.8, 0.5), *LOSSLESS, rate=RATE)
    render(Job(video, looks=out / "s.png"))
    with Image.open(out / "s.png") as image:
        x, y = sheet.Grid(["twist"], SIZE).corner(0)
        shown = np.asarray(image.convert("RGB"))[y : y + SIZE[1], x : x + SIZE[0]]
    for smooth in (True, False):
        with RollingClip.open(video, look="twist", smooth=smooth) as clip:
            made = [clip.get_frame(k / RATE) for k in range(round(clip.duration * RATE))]
        assert any(np.array_equal(frame, shown) for frame in made) is smooth


def test_a_file_is_made_already_where_the_same_was_asked(clip: Path, out: Path) -> None:
    path, of_clip = out / "a.gif", {"input": clip, "gif": out / "a.gif"}
    job = job_of({**of_clip, "look": "whirl"})
    render(job)
    assert is_up_to_date(path, job, 0)
    fitted_one = Look.of(path)
    for other in (
        {"look": "bloom"},
        {"look": "whirl", "depth": fitted_one.depth},
        {"look": "whirl", "fit_look": False},
        {"like": path},
    ):
        assert not is_up_to_date(path, job_of({**of_clip, **other}), 0)


@pytest.mark.parametrize(
    "options",
    [
        {"look": "spiral"},
        {"look": "spiral", "slit": 0.6},
        {"look": "bloom", "smooth": False},
        {"look": "spiral", "fit_look": False},
        {"slit": 0.6},
    ],
)
def test_the_command_of_a_job_fits_what_the_job_fits(options: dict[str, object]) -> None:
    job = job_of({"input": "a.mp4", "gif": "a.gif", **options})
    words = command_of(job)
    assert ("--no-fit" in words) == ("fit_look" in options)
    assert ("--no-smooth" in words) == ("smooth" in options)
    assert ("--slit" in words) == ("slit" in options)


def test_smooth_is_chosen_where_opencv_is(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cv2")
    job, survey = Job("a.mp4", look="bloom"), Survey(Listed(about(0.5, 0.5)), RATE)
    assert survey.fitted(job.look, job.fits, None, SIZE).smooth
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert not survey.fitted(job.look, job.fits, None, SIZE).smooth


def assert_alike(out: Path) -> None:
    """a.gif and b.gif show the same."""
    for one, other in zip(gif_frames(out / "a.gif"), gif_frames(out / "b.gif"), strict=True):
        assert np.array_equal(one, other)
