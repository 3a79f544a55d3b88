"""The tools of the studio's page, in a real Chromium: the brush, keyframes and sound."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeVideo, numbered
from PIL import Image
from studio_page import (  # noqa: F401
    MARKS,
    Open,
    Studio,
    _no_ffmpeg_is_left_behind,
    assert_alike,
    composed,
)
from test_sound import CHIRP, heard, with_sound

from rollscan.cli import main
from rollscan.job import Job
from rollscan.look import Look
from rollscan.run import render

pytestmark = MARKS


def _stroke(studio: Studio, *points: tuple[float, float]) -> None:
    """Draw from point to point, in shares of the picture."""
    box = studio.page.locator("#brush").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    studio.page.mouse.move(*places[0])
    studio.page.mouse.down()
    for place in places[1:]:
        studio.page.mouse.move(*place, steps=3)
    studio.page.mouse.up()
    studio.until("() => rollscan.studio.state.held === null && rollscan.isSettled")


def _saved(studio: Studio, folder: Path) -> Path:
    """The map that was drawn, as it is saved."""
    with studio.page.expect_download() as coming:
        studio.page.click("text=Save map.png")
    path = folder / "map.png"
    coming.value.save_as(path)
    return path


def test_a_drawn_map_is_shown_as_the_file_has_it_and_the_command_makes_it(
    studio: Studio, noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.choose(effect="displace", map="up", depth=2, smooth=False)
    studio.page.click("text=Draw")
    studio.page.click("#brush-bar >> text=Clear")
    _stroke(studio, (0.2, 0.3), (0.7, 0.6))
    studio.page.click("#brush-bar >> text=Done")
    path = _saved(studio, tmp_path)
    levels = np.asarray(Image.open(path).convert("L"))
    assert levels.shape == (44, 60)
    assert levels[13, 12] > 200 and levels[2, 55] == 0, "it is late where the brush was"
    assert 0 < levels[13, 9] < levels[13, 12], "its edge is soft"
    look = Look(effect="displace", map=str(path), depth=2, smooth=False)
    assert_alike(studio, composed(noise, look))

    monkeypatch.chdir(tmp_path)
    words = shlex.split(studio.text("#command").removeprefix("$ "))
    assert "map.png" in words
    assert main(words[1:]) == 0
    assert (tmp_path / "levels.gif").exists()


def test_a_stroke_is_undone_in_one_step_and_erased_where_the_eraser_was(
    studio: Studio, tmp_path: Path
) -> None:
    studio.choose(effect="displace", map="down", depth=2, smooth=False)
    studio.page.click("text=Draw")
    _stroke(studio, (0.1, 0.2), (0.9, 0.2))
    drawn = studio.js("() => rollscan.studio.state.value('map')")
    studio.page.click("#brush-bar >> text=Erase")
    _stroke(studio, (0.5, 0.9), (0.5, 0.95))
    studio.page.click("#brush-bar >> text=Done")
    path = _saved(studio, tmp_path)
    levels = np.asarray(Image.open(path).convert("L")).astype(int)
    assert levels[40, 30] < 30 < 200 < levels[40, 2], "it began with the map that was chosen"
    studio.page.click("#undo")
    assert studio.js("() => rollscan.studio.state.value('map')") == drawn
    studio.page.click("#undo")
    assert studio.js("() => rollscan.studio.state.value('map')") == "down"


def test_a_picture_that_is_chosen_is_the_map(studio: Studio, noise: Path, tmp_path: Path) -> None:
    picture = tmp_path / "slope.png"
    Image.fromarray(np.tile(np.arange(60, dtype=np.uint8) * 4, (44, 1))).save(picture)
    studio.choose(effect="displace", depth=1, smooth=False)
    studio.page.set_input_files(".own input[type=file]", picture)
    studio.until("() => document.querySelector('#command').textContent.includes('slope.png')")
    studio.settle()
    look = Look(effect="displace", map=str(picture), depth=1, smooth=False)
    assert_alike(studio, composed(noise, look))


def test_keyframes_are_dragged_added_and_removed_and_the_file_has_them(
    studio: Studio, noise: Path
) -> None:
    begun = "0.2@0s 0.8@4s 0.2@8s"
    studio.choose(effect="roll", loop="wrap", slit=begun, slit_width=1)
    studio.until("() => document.querySelectorAll('.key').length === 3")
    box = studio.page.locator(".graph").bounding_box()
    studio.drag(".key >> nth=1", box["width"] / 10, box["height"] / 4)  # a second later, and less
    studio.page.locator("[aria-label='How it goes on']").select_option("hold")
    studio.page.mouse.dblclick(box["x"] + box["width"] * 0.95, box["y"] + 9)
    studio.until("() => document.querySelectorAll('.key').length === 4")
    studio.page.locator(".key").nth(2).focus()
    studio.page.keyboard.press("Delete")
    studio.until("() => document.querySelectorAll('.key').length === 3")
    studio.settle()
    text = studio.sent()["slit"]
    keys = [tuple(map(float, word[:-1].split("@"))) for word in text.split() if "@" in word]
    assert keys[0] == (0.2, 0)
    assert keys[1] == pytest.approx((0.55, 5.025), abs=0.03)
    assert keys[2] == pytest.approx((0.2, 9.74), abs=0.03), "it has the value of the curve there"
    assert text.split()[2] == "hold"
    assert_alike(studio, composed(noise, Look(slit=text, slit_width=1, loop="wrap")))
    for _ in range(4):
        studio.page.click("#undo")
    assert studio.sent()["slit"] == begun, "each change is one step"
    studio.until("() => document.querySelectorAll('.key').length === 3")
    studio.until(
        "slit => JSON.parse(new URLSearchParams(location.hash.slice(1)).get('slit')) === slit",
        begun,
    )
    studio.page.reload()
    studio.settle()
    assert studio.sent()["slit"] == begun, "a reload keeps it"


def test_the_depth_moves_by_keyframes_that_take_the_place_of_a_wave(
    studio: Studio, noise: Path
) -> None:
    studio.choose(effect="displace", loop="wrap", map="left", depth=2, smooth=False)
    studio.page.click("[aria-label='depth: moves']")
    studio.page.click("text=Set keyframes")
    studio.until("() => document.querySelectorAll('.key').length === 4")
    studio.settle()
    text = studio.sent()["depth"]
    assert text.count("@") == 4
    look = Look(effect="displace", loop="wrap", map="left", depth=text, smooth=False)
    # A field that moves as a whole is not drawn by the page: at rest it shows the frame of Python.
    studio.js("() => rollscan.studio.stopAt(12)")
    studio.until("() => !document.querySelector('#rested').hidden")
    levels = studio.js(
        "() => { const { width, height } = rested; const context = rested.getContext('2d');"
        " return Array.from(context.getImageData(0, 0, width, height).data) }"
    )
    shown = np.reshape(levels, (44, 60, 4))[..., :3]
    assert np.array_equal(shown, composed(noise, look)[12])


def test_sound_is_heard_as_in_the_file_and_a_silent_format_says_why(
    open_studio: Open, make_video: MakeVideo, tmp_path: Path
) -> None:
    clip = with_sound(make_video("mute.mp4", numbered(25)), tmp_path / "tone.mov", CHIRP)
    with open_studio(clip, permissions=[]) as studio:
        studio.settle()
        assert "GIF has none" in studio.text("#sound")
        studio.page.click("text=Make an MP4")
        studio.choose(loop="boomerang")
        studio.until("() => rollscan.studio.sound.samples && rollscan.isSettled")
        samples = studio.js("() => Array.from(rollscan.studio.sound.samples)")
        look = Look(loop="boomerang")
        (written,) = render(Job(clip, mp4=tmp_path / "a.mp4", sound=True, look=look))
        file, page = heard(tmp_path / "a.mp4"), np.reshape(samples, (-1, 2))[:, 0]
        assert len(page) == pytest.approx(written.seconds * 48000, abs=1)
        count = min(len(file), len(page))
        assert np.corrcoef(file[:count], page[:count])[0, 1] > 0.99

        # It is heard along with the picture, while that plays.
        studio.page.click("#hear")
        apart = studio.until(
            "() => { const { sound, player } = rollscan.studio;"
            " return sound.context?.currentTime > 0.1 && sound.isPlaying && { at: player.at } }"
        )
        assert apart["at"] >= 0
        studio.page.click("#play")
        studio.until("() => !rollscan.studio.sound.isPlaying")

        track = with_sound(make_video("other.mp4", numbered(5)), tmp_path / "beat.mov", CHIRP)
        studio.page.set_input_files("#sound input[type=file]", track)
        studio.until("() => document.querySelector('#command').textContent.includes('beat.mov')")
        assert "--sound beat.mov" in studio.text("#command")
        studio.page.click("text=The clip's own")
        studio.settle()
        assert "beat.mov" not in studio.text("#command")
