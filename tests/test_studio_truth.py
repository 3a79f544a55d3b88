"""What the studio's page says of the file, in a real Chromium: it is what the file then is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import gif_frames, rollscan
from PIL import Image
from studio_page import (  # noqa: F401
    COUNT,
    MARKS,
    RATE,
    Open,
    Studio,
    _no_ffmpeg_is_left_behind,
    assert_alike,
    composed,
    set_to,
)

from rollscan.look import Look

pytestmark = MARKS


def made(studio: Studio, tmp_path: Path) -> Path:
    """The file that the page makes now, of one format."""
    before = studio.page.locator("#made li").count()
    studio.page.click("#make")
    ended = "n => made.children.length > n && made.firstChild.querySelector('a, .error')"
    studio.until(ended, before)
    first = studio.page.locator("#made li:first-child")
    assert first.locator("a").count(), first.inner_text()
    with studio.page.expect_download() as download:
        studio.page.click("#made li:first-child >> text=Save")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_look_is_set_to_the_clip_as_its_command_sets_it(
    anew: Studio, noise: Path, tmp_path: Path
) -> None:
    studio = anew
    studio.page.click("#looks >> text=bloom")
    studio.settle()
    assert studio.sent() == {"look": "bloom"}
    words = shlex.split(studio.text("#command"))
    assert words[4:] == ["--look", "bloom"]
    look = set_to(noise, "bloom")
    assert look != Look.named("bloom").over(smooth=False), "nothing was to be set"
    assert_alike(studio, composed(noise, look))
    ring = studio.page.get_by_role("textbox", name="ring")
    assert float(ring.input_value()) == pytest.approx(look.ring, abs=1e-3)
    assert "Set to this clip: " in studio.text("#look-told")
    assert rollscan(*words[1:], cwd=tmp_path).status == 0
    assert Look.of(tmp_path / "levels.gif").over(smooth=False) == look
    ring.fill("0.5")  # what is typed wins, and the rest is set to it
    ring.press("Enter")
    studio.settle()
    assert studio.text("#command").endswith("--look bloom --ring 0.5")
    assert_alike(studio, composed(noise, set_to(noise, "bloom", ring=0.5)))
    studio.page.get_by_label("set to the clip").uncheck()
    studio.settle()
    assert "--no-fit" in studio.text("#command")
    assert_alike(studio, composed(noise, Look.named("bloom").over(ring=0.5)))


def test_the_tile_of_a_look_shows_what_a_click_gives(studio: Studio) -> None:
    studio.choose()
    studio.settle()
    studio.until("() => rollscan.studio.state.fits.size > 1")
    settings = "name => { const { state } = rollscan.studio; return state.withLook(name) }"
    tile = studio.js(settings, "bloom")
    studio.page.click("#looks >> text=bloom")
    studio.settle()
    assert studio.js("() => rollscan.studio.state.settings()") == {**tile, "look": "bloom"}


def test_what_a_limit_leaves_is_told_before_and_shown_as_it_will_be(
    studio: Studio, tmp_path: Path
) -> None:
    studio.choose(end=2, max_bytes=16_000)
    studio.settle()
    assert studio.text("#expected") == "up to 60 × 44 · 2.00 s · at most 16 KB: looking what fits"
    studio.page.click("#show-written")
    studio.until("() => window.written?.naturalWidth > 0")
    told = studio.js(r"() => expected.textContent.match(/(\d+) × (\d+) · ([\d.]+) fps/)")
    size, fps = (int(told[1]), int(told[2])), float(told[3])
    assert tuple(studio.js("() => [written.naturalWidth, written.naturalHeight]")) == size
    says = studio.text("#says")
    assert says.startswith(f"As written, {size[0]} × {size[1]} at {fps:g} fps")
    assert "to fit, it gives up about quality 80→" in says
    assert studio.js("() => rollscan.studio.player.fps") == pytest.approx(fps, rel=0.1)
    studio.page.click("#show-written")
    assert studio.page.locator("#written").count() == 0
    path = made(studio, tmp_path)
    with Image.open(path) as image:
        assert image.size == pytest.approx(size, rel=0.2)
    assert path.stat().st_size <= 16_000


def test_an_excerpt_as_written_has_the_very_frames_of_the_file(
    studio: Studio, tmp_path: Path
) -> None:
    studio.choose(end=2, colors=9)
    studio.settle()
    levels = studio.js(
        "async () => { const body = JSON.stringify(rollscan.studio.request({ t: 0 }));"
        " const answer = await fetch('excerpt', { method: 'POST', body });"
        " return [...new Uint8Array(await answer.arrayBuffer())] }"
    )
    shown = tmp_path / "shown.gif"
    shown.write_bytes(bytes(levels))
    path = made(studio, tmp_path)
    for one, other in zip(gif_frames(shown), gif_frames(path), strict=True):
        assert (one == other).all()


def test_a_place_shows_only_the_part_that_it_takes(studio: Studio, tmp_path: Path) -> None:
    studio.choose(webm="a.webm", gif=None, names=["telegram-sticker"])
    studio.settle()
    part = studio.js("() => rollscan.studio.spans.composed")
    assert part["count"] < COUNT and studio.page.is_visible("#match")
    length = studio.js("() => rollscan.studio.plan.out.seconds")
    assert length <= 3
    assert f"{length:.2f} s from {part['first'] / RATE:.2f} s" in studio.until(
        "() => expected.textContent.includes(' from ') && expected.textContent"
    )
    assert studio.js("() => rollscan.studio.player.period") == part["count"]
    studio.choose(gif="levels.gif", webm=None, names=None)


def test_how_far_the_server_is_with_what_is_waited_for_is_told(studio: Studio) -> None:
    held: list[Any] = []
    studio.page.route("**/frame", lambda route: held.append(route))
    studio.choose(smooth=True)
    studio.js("() => rollscan.studio.stopAt(9)")
    studio.settle()
    studio.until("() => rollscan.studio.exact.isMaking")
    studio.js("() => rollscan.studio.says.setProgress('', 0.42)")
    assert "Live without smooth: it is being made, 42 %" in studio.text("#says")
    studio.js("() => rollscan.studio.says.setProgress('steadying', 0.5)")
    assert "it is being made: steadying, 50 %" in studio.text("#says")
    assert studio.page.is_visible("#live") and not studio.page.is_visible("#rested")
    studio.page.unroute("**/frame")
    studio.until("() => says.textContent.includes('With smooth')")


def test_all_of_a_long_clip_is_told_with_a_part_to_take_instead(studio: Studio) -> None:
    studio.choose(speed=0.5)
    studio.settle()
    assert "20.50 s" in studio.text("#expected")
    studio.page.click("text=Only where most moves")
    studio.settle()
    assert studio.sent() == {"speed": 0.5, "length": "auto"}
    assert not studio.page.is_visible("#remedy")
    assert studio.js("() => rollscan.studio.plan.out.seconds") <= 8


@pytest.fixture
def named(open_studio: Open, noise: Path, tmp_path: Path) -> Iterator[tuple[Studio, Path]]:
    """A studio whose command line names a file that is there already."""
    path = tmp_path / "mine.gif"
    path.write_text("mine")
    with open_studio(noise, "--gif", path, "--end", "1") as studio:
        studio.settle()
        yield studio, path


def test_a_file_that_is_there_is_replaced_only_if_the_user_says_so(
    named: tuple[Studio, Path],
) -> None:
    studio, path = named
    studio.page.click("#make")
    assert f"{path} exists already" in studio.text("#made [role=alert]")
    studio.page.click("text=Leave it")
    assert "nothing was written" in studio.text("#made li:first-child")
    assert path.read_text() == "mine"
    for is_asked in (True, False):  # but not of what it has made itself
        studio.page.click("#make")
        if is_asked:
            studio.page.click("button:text('Replace it')")
        studio.until("() => made.firstChild.querySelector('a')")
        studio.until("() => !made.querySelector('progress')")
        assert len(gif_frames(path)) == RATE


def test_settings_are_explained_where_they_are_pointed_at(studio: Studio) -> None:
    studio.choose()
    studio.page.get_by_role("textbox", name="soft edge").hover()
    assert "blend into the live picture" in studio.text("#about")
    studio.page.mouse.move(10, 10)
    studio.until("() => about.hidden")
    field = studio.page.get_by_role("textbox", name="colour split")
    field.focus()
    assert field.get_attribute("aria-description") == studio.text("#about")


def test_no_option_of_a_command_line_is_said_in_the_page(studio: Studio) -> None:
    studio.choose(loop="match", min_loop=2)
    studio.settle()
    texts = studio.js(
        "() => [...document.querySelectorAll('#rail, #settings > section, #line, #expected')]"
        ".map(it => it.textContent)"
    )
    abouts = studio.js(
        "() => [...document.querySelectorAll('[aria-description]')].map(it => it.ariaDescription)"
    )
    for text in [*texts, *abouts]:
        assert not re.search(r"--[a-z]", text or ""), text
    limits = studio.js("() => [...platforms.querySelectorAll('span')].map(it => it.title).join()")
    assert "?" not in limits and "perhaps" in limits
    assert re.fullmatch(r"the loop (closes|jumps) \(seam \d+\.\d\)", studio.text("#seam"))
