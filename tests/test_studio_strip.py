"""The strip photograph under the studio's picture, in a real Chromium."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
from conftest import Picture
from studio_page import COUNT, MARKS, Studio, _no_ffmpeg_is_left_behind  # noqa: F401

from rollscan import still

pytestmark = MARKS


def seen(studio: Studio, k: int) -> Picture:
    """The strip when composed frame k is shown, with what is not laid down yet in black: RGBA."""
    width, height, text = studio.js(
        """k => {
          const { strip } = rollscan.studio;
          rollscan.studio.stopAt(k);
          rollscan.studio.show(k);
          const { width, height } = strip.canvas;
          const { data } = strip.canvas.getContext("2d").getImageData(0, 0, width, height);
          const text = Array.from(data, (level) => String.fromCharCode(level)).join("");
          return [width, height, btoa(text)];
        }""",
        k,
    )
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)


@pytest.fixture
def opened(studio: Studio) -> Studio:
    """The page with the strip under the picture."""
    studio.js("() => rollscan.studio.strip.open(true)")
    return studio


@pytest.mark.parametrize(
    "options",
    [
        {"slit": 0.3},
        {"slit": 1, "direction": "right"},
        {"slit": 0.7, "direction": "down"},
        {"slit": 0.5, "strip": "film", "slit_width": 3},
    ],
    ids=["fit", "right", "down", "wide"],
)
def test_the_strip_grows_with_the_playhead(
    opened: Studio, noise: Path, options: dict[str, object]
) -> None:
    opened.choose(still="a.png", **options)
    whole = still(noise, **{**options, "strip": "film"}).astype(int)
    along = 0 if options.get("direction") == "down" else 1
    thick = whole.shape[along] // COUNT
    for k in (COUNT - 1, 4, 12, COUNT - 1):
        picture = seen(opened, k)
        assert picture.shape[:2] == whole.shape[:2]
        laid = np.zeros(COUNT, bool)
        laid[: k + 1] = True
        if options.get("direction") in ("right", "down"):
            laid = laid[::-1]
        laid = np.repeat(laid, thick)
        there = np.compress(laid, picture, along)
        assert np.abs(there[..., :3] - np.compress(laid, whole, along)).max() <= 2
        assert not np.compress(~laid, picture, along).any()


def test_a_slit_that_moves_is_said_to_be_seen_in_the_file(opened: Studio) -> None:
    opened.choose(slit=[0.2, 0.8])
    opened.js("() => rollscan.studio.show(3)")
    assert "slit that moves" in opened.text("#growing")
    assert not opened.page.is_visible("#growing canvas")


def test_a_strip_as_long_as_the_film_is_made_from_the_page(opened: Studio) -> None:
    opened.choose(still="a.png", strip="film", pace=20)
    opened.settle()
    command = opened.text("#command")
    assert "--still a.png" in command and "--pace 20" in command
    opened.page.click("#show-strip")
    assert not opened.page.is_visible("#growing")
