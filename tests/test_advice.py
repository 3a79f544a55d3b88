"""The advice in the closing line: what may disappoint is found, and what is advised helps."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, gif_frames
from conftest import rollscan as ran_with
from PIL import Image
from test_fit import GROUND, RATE, about, across, drawn

from rollscan import Job, Look
from rollscan.assessment import noticed
from rollscan.look import extent_of, named_looks
from rollscan.result import Noticed, Written
from rollscan.run import render
from rollscan.sheet import Grid
from rollscan.strength import HARDLY, strength
from rollscan.summary import advice_for


def slowly(count: int = 40) -> list[Picture]:
    """A small square that creeps."""
    return drawn(lambda k: (0.4 + 0.2 * k / count, 0.5), count)


@pytest.mark.parametrize("name", ["twist", "ripple", "ghost", "sweep", "vortex"])
def test_a_look_of_delays_is_not_seen_where_nothing_moves(name: str) -> None:
    assert strength(Look.named(name), [GROUND] * 20, RATE) == 0


@pytest.mark.parametrize("name", named_looks())
def test_every_look_is_seen_where_something_large_moves_fast(name: str) -> None:
    large = drawn(lambda k: ((k / 12) % 1, 0.5), 40, side=16)
    assert strength(Look.named(name), large, RATE) >= HARDLY


def test_a_picture_that_is_only_late_is_not_taken_for_a_look() -> None:
    late = Look(effect="displace", map=np.ones((32, 48)), depth=0.3, loop="wrap")
    assert strength(late, across(2), RATE) < HARDLY


WALL = np.random.default_rng(3).integers(0, 256, (32, 12, 3)).repeat(8, axis=1).astype(np.uint8)


def panned(speed: float, count: int = 40) -> list[Picture]:
    """A camera that pans along a wall, so many pixels a frame."""
    return [np.roll(WALL, -round(speed * k), 1)[:, :48].copy() for k in range(count)]


@pytest.mark.parametrize("name", ["twist", "ripple"])
def test_delays_are_seen_where_a_camera_pans_fast_and_not_where_it_pans_slowly(name: str) -> None:
    look = Look.named(name)
    assert strength(look, panned(0.2), RATE) < HARDLY < strength(look, panned(4), RATE)


def test_colours_that_part_by_a_pixel_are_seen() -> None:
    twist = Look.named("twist")
    assert strength(twist, panned(0.3), RATE) < HARDLY
    assert strength(twist.over(rgb=0.5), panned(0.3), RATE) >= HARDLY


def clip_of(make_video: MakeVideo, name: str, frames: list[Picture]) -> Path:
    return make_video(f"{name}.mp4", frames, *LOSSLESS, rate=RATE)


def closing_line(*words: str | Path) -> str:
    """What a command line says of its file, without the name of that."""
    ran = ran_with(*words)
    assert ran.status == 0, ran.err
    return ran.out.partition("a.gif: ")[2]


def advised(line: str) -> list[str]:
    """The options that a closing line advises."""
    found = re.search(r"try (--[^,;]+)", line)
    assert found, line
    return shlex.split(found[1].split(", ")[0])


def test_a_look_that_is_hardly_seen_is_told_and_the_advice_helps(
    make_video: MakeVideo, out: Path
) -> None:
    clip, gif = clip_of(make_video, "slow", slowly()), out / "a.gif"
    line = closing_line(clip, "--gif", gif, "--look", "twist", "--no-fit", "--depth", "0.3")
    assert "this look is hardly seen on this clip: try --look " in line
    better = closing_line(clip, "--gif", gif, *advised(line))
    assert "hardly" not in better
    assert strength(Look.of(gif), slowly(), RATE) >= HARDLY


def test_a_clip_in_which_nothing_moves_is_told_and_the_advice_helps(
    make_video: MakeVideo, out: Path
) -> None:
    clip = clip_of(make_video, "still", [GROUND] * 20)
    for options in ((), ("--look", "twist")):
        line = closing_line(clip, "--gif", out / "a.gif", *options)
        assert "hardly anything moves here: try --look stargate" in line
    assert "hardly" not in closing_line(clip, "--gif", out / "a.gif", *advised(line))


@pytest.mark.parametrize("options", [(), ("--look", "ribbon", "--slit", "0.2")])
def test_a_slit_that_little_crosses_is_told_where_most_would(
    make_video: MakeVideo, out: Path, options: tuple[str, ...]
) -> None:
    clip = clip_of(make_video, "below", across(1, 0.8))
    line = closing_line(clip, "--gif", out / "a.gif", *options)
    assert re.search(r"little crosses the slit at \d+%, and most would at (7|8)\d%", line)
    index = options.index("--slit") if options else 0
    again = closing_line(clip, "--gif", out / "a.gif", *options[:index], *advised(line))
    assert "little crosses" not in again


def test_black_bars_are_told_with_the_crop_that_takes_them_off(
    make_video: MakeVideo, out: Path
) -> None:
    frames = across(1, 0.5)
    for frame in frames:
        frame[:, :7] = frame[:, -6:] = 0
    clip, gif = clip_of(make_video, "bars", frames), out / "a.gif"
    line = closing_line(clip, "--gif", gif, "--loop", "boomerang")
    found = re.search(r"the picture has black bars: try (--crop) (\S+)$", line.strip())
    assert found, line
    assert "bars" not in closing_line(clip, "--gif", gif, "--loop", "boomerang", *found.groups())
    shown = gif_frames(gif)[0]
    assert 33 <= shown.shape[1] <= 35
    assert shown.max(axis=(0, 2)).min() > 50


def test_a_night_around_a_light_is_no_black_bar() -> None:
    night = [np.where(np.arange(48)[:, None] // 12 == 2, frame, 0) for frame in across(1, 0.5)]
    assert noticed(Look(), extent_of(Look(), (48, 32), RATE, 30), night, RATE).inside_bars is None


def test_a_slit_that_was_set_to_the_clip_is_told_where_it_is(
    make_video: MakeVideo, out: Path
) -> None:
    frames = across(1, 0.1)
    for k, frame in enumerate(frames):
        frame[13:15, k : k + 2] = 240
    clip = clip_of(make_video, "high", frames)
    line = closing_line(clip, "--gif", out / "a.gif", "--look", "ribbon")
    fitted = re.search(r"set to the clip: slit 0\.(4\d)", line)
    assert fitted, line
    assert re.search(f"little crosses the slit at {fitted[1]}%, and most would at 1.%", line)


FAST = drawn(lambda k: ((k / 5) % 1, 0.5), 40, side=12)


def test_torn_history_is_told_with_what_mends_it(
    make_video: MakeVideo, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cv2")
    clip, gif = clip_of(make_video, "fast", FAST), out / "a.gif"
    boomerang = (clip, "--gif", gif, "--loop", "boomerang")
    line = closing_line(*boomerang)
    assert "history is torn: try --smooth" in line
    assert "torn" not in closing_line(*boomerang, *advised(line))
    ribbon = (clip, "--gif", gif, "--look", "ribbon")
    assert "torn" not in closing_line(*ribbon)
    assert Look.of(gif).smooth
    assert "torn" not in closing_line(*ribbon, "--no-smooth")  # as was asked
    assert not Look.of(gif).smooth
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert 'history is torn: pip install "rollscan[smooth]"' in closing_line(*ribbon)
    assert not Look.of(gif).smooth


@pytest.mark.parametrize(
    ("frames", "look"),
    [(about(0.5, 0.5, 0.05), "marey"), ([np.roll(GROUND, k, 1) for k in range(20)], "bloom")],
)
def test_a_loop_without_a_look_is_told_one_that_suits_the_clip(
    frames: list[Picture], look: str
) -> None:
    extent = extent_of(Look(), (48, 32), RATE, len(frames))
    found = noticed(Look(), extent, frames, RATE)
    made = Written(Path("a.gif"), (4, 4), 4, 1.0, seam=9.0, noticed=found)
    assert advice_for(made, Look()) == f"; the loop jumps: try --look {look}"


def test_a_dark_picture_is_told(make_video: MakeVideo, out: Path) -> None:
    dark = [frame // 8 for frame in drawn(lambda k: (0.3 + k / 80, 0.5), 40, side=14)]
    clip = clip_of(make_video, "dark", dark)
    line = closing_line(clip, "--gif", out / "a.gif", "--loop", "boomerang")
    assert "the picture is dark: try ffmpeg -i INPUT -vf eq=gamma=2 " in line


def test_there_is_one_advice_and_the_most_useful_comes_first() -> None:
    noticed = Noticed(hardly_seen=True, better="bloom", slit=(0.5, 0.3), is_torn=True, is_dark=True)
    made = Written(Path("a.gif"), (4, 4), 4, 1.0, seam=9.0, filled=0.2, noticed=noticed)
    assert advice_for(made, Look(loop="wrap")).count("try") == 1
    assert advice_for(made, Look(loop="wrap")).endswith("try --look bloom")


def test_nothing_is_advised_that_is_there_already() -> None:
    made = Written(Path("a.gif"), (4, 4), 4, 1.0, seam=9.0)
    assert advice_for(made, Look(loop="wrap")) == "; the loop jumps: try --loop boomerang"
    assert advice_for(made, Look(loop="boomerang")) == ""
    still = replace(
        made, seam=1.0, noticed=Noticed(hardly_seen=True, is_still=True, better="bloom")
    )
    assert advice_for(still, Look.named("ripple")).endswith("goes to and fro")
    assert "to and fro" not in advice_for(still, Look.named("stargate"))


def test_the_sheet_dims_a_look_that_is_hardly_seen(make_video: MakeVideo, out: Path) -> None:
    clip = clip_of(make_video, "still", [GROUND] * 20)
    render(Job(clip, looks=out / "s.png"))
    with Image.open(out / "s.png") as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    grid, names = Grid(list(named_looks()), (48, 32)), list(named_looks())
    light = {}
    for look in ("twist", "sweep", "ribbon", "bloom"):
        x, y = grid.corner(names.index(look))
        light[look] = pixels[y : y + 32, x : x + 48].mean()
    assert min(light["twist"], light["sweep"]) > max(light["ribbon"], light["bloom"]) + 50
