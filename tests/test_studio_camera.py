"""The camera in the studio's page, in a real Chromium: Chromium's own, or a canvas in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from studio_here import studio_here
from studio_page import (  # noqa: F401
    MARKS,
    Open,
    Studio,
    _no_ffmpeg_is_left_behind,
)

pytestmark = MARKS

# A camera in whose picture each frame is lighter than the last one, and whose left half is red.
RISING = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  const context = canvas.getContext("2d");
  let level = 0;
  setInterval(() => {
    level = (level + 2) % 256;
    context.fillStyle = `rgb(${level} ${level} ${level})`;
    context.fillRect(0, 0, 60, 40);
    context.fillStyle = "red";
    context.fillRect(0, 0, 30, 40);
  }, 40);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
}"""


def _until_frames(studio: Studio, count: int) -> None:
    studio.until(f"() => rollscan.studio.camera.number > {count} && rollscan.studio.composition")


def test_the_effect_is_live_on_a_mirrored_camera_without_any_clip(open_studio: Open) -> None:
    with open_studio(init=f"({RISING})()") as studio:
        studio.page.click("#camera")
        studio.choose(effect="roll", slit=0.5, slit_width=1, direction="up")
        _until_frames(studio, 30)
        shown = studio.picture(studio.js("() => rollscan.studio.camera.k"))
        assert shown.shape == (40, 60, 3)
        assert (shown[:, 45] == (255, 0, 0)).all(), "left becomes right, as in a mirror"
        history = shown[:20, 15, 0].astype(int)
        ages = shown[20, 15, 0] - history[::-1]
        assert (np.diff(ages) > 0)[:15].all(), "each row further from the slit is older"
        assert np.ptp(shown[20:, 15, 0]) == 0, "below the slit is now"


def test_a_recording_becomes_the_clip_and_nothing_of_it_stays_on_the_disk(
    browser: object, tmp_path: Path
) -> None:
    with studio_here(temporary=tmp_path) as address:
        page = browser.new_page(reduced_motion="reduce")  # type: ignore[attr-defined]
        studio = Studio(page, address)
        page.goto(address)
        page.click("#camera")
        _until_frames(studio, 5)
        page.evaluate(
            "() => { const later = setTimeout;"  # the seconds of the countdown pass at once
            " window.setTimeout = (call, wait) => later(call, wait === 1000 ? 10 : wait) }"
        )
        page.click("text=Record")
        studio.until("() => rollscan.studio.camera.isRecorded")
        studio.until("() => document.querySelector('#camera-bar').textContent >= 'Stop, 0.8'")
        page.click("#camera-bar button")
        studio.until("() => rollscan.studio.clip && rollscan.isSettled")
        name, width = studio.js("() => [rollscan.studio.clip.name, rollscan.studio.clip.width]")
        assert (name, width) == ("camera.webm", 1280)
        assert not studio.js("() => rollscan.studio.camera.isOn")
        assert list(tmp_path.rglob("clip-*")), "it lies in the studio's folder"
        page.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name, words",
    [("NotFoundError", "There is no camera"), ("NotReadableError", "another program")],
)
def test_a_camera_that_cannot_be_used_is_told_in_a_line(
    studio: Studio, name: str, words: str
) -> None:
    studio.js(
        "name => { navigator.mediaDevices.getUserMedia ="
        " async () => { throw new DOMException('', name) } }",
        name,
    )
    studio.page.click("#camera")
    studio.until(f"() => document.querySelector('#says').textContent.includes('{words}')")
    assert not studio.js("() => rollscan.studio.camera.isOn")
    assert studio.page.is_visible("#strip")


def test_the_clip_is_shown_again_when_the_camera_ends(studio: Studio) -> None:
    before = studio.picture(3)
    studio.js(RISING)
    studio.page.click("#camera")
    _until_frames(studio, 3)
    studio.page.click("#camera")
    studio.settle()
    assert np.array_equal(studio.picture(3), before)
    assert studio.page.is_visible("#strip")
