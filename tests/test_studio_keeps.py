"""What the studio's page keeps, in a real Chromium: after a reload, in two windows, for places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from studio_page import (  # noqa: F401
    COUNT,
    MARKS,
    Open,
    Studio,
    _no_ffmpeg_is_left_behind,
    assert_alike,
    composed,
    set_to,
)

from rollscan.look import Look

pytestmark = MARKS


MADE = "() => made.querySelector('li:first-child a') && !made.querySelector('progress')"


def given(studio: Studio) -> dict[str, Any]:
    """The options that the page has chosen, files included."""
    options: dict[str, Any] = studio.js("() => rollscan.studio.state.given")
    return options


def in_address(studio: Studio) -> dict[str, Any]:
    """The options in the page's address."""
    text = urlsplit(studio.page.url).fragment
    return {name: json.loads(value) for name, (value,) in parse_qs(text).items()}


def test_a_reload_brings_back_the_options_and_the_files_that_were_made(
    anew: Studio, noise: Path
) -> None:
    chosen = {"look": "ribbon", "slit": [0.2, 0.7], "start": 1, "end": 8, "rgb": 0.2, "colors": 99}
    chosen |= {"smooth": False}  # which is quicker
    anew.choose(**chosen)
    anew.settle()
    anew.page.click("#make")
    anew.until(MADE)
    before = anew.text("#made")
    anew.until("() => location.hash.includes('colors')")
    anew.page.reload()
    anew.settle()
    assert given(anew) == {"gif": "levels.gif", **chosen}
    look = set_to(noise, "ribbon", 1, 8, slit=(0.2, 0.7), rgb=0.2, smooth=False)
    assert_alike(anew, composed(noise, look, 1, 8))
    anew.until(MADE)
    assert anew.text("#made") == before


def test_a_job_goes_on_in_sight_after_a_reload(open_studio: Open, tmp_path: Path) -> None:
    from conftest import LOSSLESS, ffmpeg

    path = tmp_path / "minute.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=128x72:r=25:d=60", *LOSSLESS, path)
    with open_studio(path) as studio:
        studio.settle()
        studio.page.click("#make")
        studio.until("() => document.querySelector('#made progress')?.value > 0")
        studio.page.reload()
        studio.until("() => document.querySelector('#made progress')?.value > 0")
        studio.page.click("#made >> text=Cancel")
        studio.until("() => /Cancelled/.test(document.querySelector('#made').textContent)")


def test_a_link_chooses_what_it_says(studio: Studio) -> None:
    studio.choose(slit=0.3)
    studio.js("() => { location.hash = 'look=%22mirror%22&slit_width=3' }")
    studio.until("() => rollscan.studio.state.value('look') === 'mirror'")
    assert studio.sent() == {"look": "mirror", "slit_width": 3}
    studio.page.click("#undo")
    assert studio.sent() == {"slit": 0.3}


NONSENSE = [
    *('slit="a"', "slit=[0.2,null]", "slit={}", "slit=[[0.1],[0.2]]", "slit=7", 'slit="0.5"'),
    *('loop="round"', 'loop="constructor"', "look=3", "look=%22%22", "effect=[]", "speed=-1"),
    *("speed=0", "speed=[2]", "speed=null", 'start="x"', "start=-4", "end={}", "fps=1e99"),
    *(
        "centre=[0.5]",
        "centre=[2,2]",
        'names="x"',
        'names=["nowhere"]',
        "names=[{}]",
        "map=%22/etc%22",
    ),
    *('sound="/etc/passwd"', "platforms=%22x%22", "__proto__={}", "smooth=1", "width=[480]"),
    *("slit=%E0%A4%A", "&&&=&", "gif=%22../x.gif%22&clip=%221%22", "nothing", "clip=7&start=3"),
]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_in_a_link_leaves_a_picture(studio: Studio, text: str) -> None:
    studio.choose(effect="bloom")
    studio.js("text => { location.hash = text + '&rgb=0.25' }", text)
    studio.until("() => rollscan.studio.state.value('rgb') === 0.25")
    studio.until("() => rollscan.isComposed")
    assert {name for name in studio.sent() if name != "rgb"} <= {"gif"}
    assert studio.picture(3).any()
    assert not studio.js("() => document.querySelector('#says.error')")


@pytest.fixture
def two(open_studio: Open, noise: Path) -> Iterator[tuple[Studio, Studio]]:
    """Two windows of one studio."""
    with open_studio(noise) as first:
        first.settle()
        second = Studio(first.page.context.new_page(), first.address)
        second.page.goto(first.address)
        second.settle()
        yield first, second


def test_both_windows_show_the_clip_that_one_of_them_opened(
    two: tuple[Studio, Studio], noise: Path, plain: Path
) -> None:
    first, second = two
    first.choose(slit=0.3, start=2)
    second.page.set_input_files("#file", plain)
    for window in two:
        window.until("() => rollscan.studio.clip.name === 'plain.mp4'")
        window.settle()
    assert given(first) == {"gif": "plain.gif", "slit": 0.3}, "the part was another clip's"
    assert_alike(first, composed(plain, Look(slit=0.3)))
    ids = {window.js("() => rollscan.studio.clip.id") for window in two}
    assert ids == {in_address(window)["clip"] for window in two} and len(ids) == 1
    first.page.click("#make")
    first.until(MADE)
    assert "64 × 48" in first.text("#made .told")


def test_what_a_window_asks_of_a_clip_that_is_gone_is_not_made_of_another(
    two: tuple[Studio, Studio], plain: Path
) -> None:
    first, second = two
    first.page.route("**/alive", lambda route: route.abort())
    first.page.reload()  # and so is not told of the other window's clip
    first.settle()
    first.wrong.clear()
    second.page.set_input_files("#file", plain)
    second.until("() => rollscan.studio.clip.name === 'plain.mp4'")
    first.page.click("#make")
    first.until("() => document.querySelector('#made [role=alert]')")
    assert "levels.mp4 is not open any more" in first.text("#made")
    first.wrong.clear()


def asked_of_frames(studio: Studio) -> list[dict[str, Any]]:
    """What is asked of the server from now on, of loops and of fields."""
    asked: list[dict[str, Any]] = []

    def note(request: Any) -> None:
        if request.url.endswith(("/loop", "/field")):
            asked.append(json.loads(request.post_data))

    studio.page.on("request", note)
    return asked


def test_nothing_is_asked_of_frames_that_are_not_there(
    open_studio: Open, noise: Path, plain: Path
) -> None:
    with open_studio() as studio:
        studio.until("() => window.rollscan")
        asked = asked_of_frames(studio)
        # The fields of all looks are asked for one after another, and slowly; meanwhile the clip
        # and its part change.
        slow = "async () => { const { fetch } = window; window.fetch = async (to, how) => {"
        slow += " const answer = await fetch(to, how);"
        slow += (
            " if (to === 'field') await new Promise(on => setTimeout(on, 40)); return answer } }"
        )
        studio.js(slow)
        counts = {}
        for clip in (noise, plain, noise):
            studio.page.set_input_files("#file", clip)
            studio.until("name => rollscan.studio.clip?.name === name", clip.name)
            studio.until("() => rollscan.studio.frames.isComplete && rollscan.studio.composition")
            counts[studio.js("() => rollscan.studio.clip.id")] = 50 if clip == plain else COUNT
            studio.js("() => rollscan.studio.loading.load()")
            studio.js("() => rollscan.studio.state.set({ start: 0.5, end: 1.5 }, 'end')")
            studio.until("() => rollscan.studio.frames.isComplete")
        studio.settle()
    assert {body["clip"] for body in asked} == {*counts}
    assert all(1 <= body["count"] <= counts[body["clip"]] for body in asked)


def test_every_request_names_its_clip(anew: Studio) -> None:
    anew.choose(smooth=True, loop="match", min_loop=2)
    anew.js("() => rollscan.studio.stopAt(9)")
    anew.settle()
    posted: list[Any] = []
    anew.page.on("request", lambda request: posted.append(request))
    anew.page.reload()
    anew.settle()
    anew.page.click("#make")
    anew.until(MADE)
    anew.until("() => document.querySelector('#expected').textContent.includes('about')")
    named, id = set(), anew.js("() => rollscan.studio.clip.id")
    for request in posted:
        room = urlsplit(request.url).path.rpartition("/")[2]
        if request.method == "POST":
            assert json.loads(request.post_data)["clip"] == id
            named.add(room)
        elif room in ("frames", "thumbs"):
            assert parse_qs(urlsplit(request.url).query)["clip"] == [id]
            named.add(room)
    assert named >= {"frames", "thumbs", "loop", "field", "plan", "estimate", "jobs"}


HASTY = """
  const { setTimeout } = window;
  window.setTimeout = (called, wait, ...more) => setTimeout(called, wait / 20, ...more);
  window.EventSource = class extends EventTarget {
    constructor() { super(); window.events = this; }
    close() {}
  };
"""


def test_a_server_that_is_gone_is_told_of_without_a_click(open_studio: Open, noise: Path) -> None:
    with open_studio(noise, init=HASTY) as studio:
        studio.settle()
        studio.js("() => events.dispatchEvent(new Event('error'))")
        studio.until("() => says.textContent.includes('rollscan --ui')")
        studio.js("() => events.dispatchEvent(new Event('open'))")
        assert "rollscan --ui" not in studio.text("#says")


def tick(studio: Studio, place: str) -> dict[str, Any]:
    """Click a place, and return the names of the files."""
    studio.page.check("#several")
    studio.page.click(f"#platforms span[title*='--for {place})']")
    studio.settle()
    formats = ("gif", "mp4", "webm", "webp")
    return {name: value for name, value in given(studio).items() if name in formats}


def test_places_choose_the_formats_and_the_last_one_is_shown(anew: Studio) -> None:
    studio = anew
    assert tick(studio, "instagram-reels") == {"mp4": "levels.mp4"}
    assert studio.page.is_visible("#cut div")
    assert "Cut for instagram-reels" in studio.text("#says")
    both = {"mp4": "levels.mp4", "gif": "levels.gif"}
    assert tick(studio, "discord-emoji") == both
    studio.page.uncheck("#several")
    studio.settle()
    assert given(studio)["names"] == ["discord-emoji"] and "mp4" not in given(studio)
    studio.page.click("#undo")
    assert not studio.page.is_visible("#cut div") or "emoji" in studio.text("#says")
    assert "44 × 44" in studio.text("#expected")
    assert tick(studio, "discord-emoji") == {"mp4": "levels.mp4"}
    assert studio.page.is_visible("#cut div")
    studio.page.click("#formats >> text=WebP")
    assert tick(studio, "instagram-reels") == {"gif": "levels.gif"}, "as before the first place"
