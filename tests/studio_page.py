"""The studio's page in a real Chromium, for tests: the page itself, and what Python has for it.

Its fixtures are there for every test. A module that uses them needs `pytestmark = MARKS`.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toys
from conftest import LOSSLESS, MakeVideo, Picture, decoded, running_ffmpegs, video_of
from studio_here import studio_here

from rollscan.clip import RollingClip
from rollscan.look import Look, effect_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
RATE = 4  # of the noise: few enough frames a second that an automatic slit is some rows wide
COUNT = 41


def _lacking() -> str:
    """What these tests need and is not here, and how to get it."""
    if not CHROMIUM:
        return "no Chromium: apt-get install chromium"
    try:
        import playwright.sync_api  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        return f"no {error.name}: pip install -e '.[test]'"
    return ""


# In CI, to skip would be to fail unseen.
MARKS = [
    pytest.mark.skipif(bool(_lacking()) and not os.environ.get("CI"), reason=_lacking()),
    pytest.mark.usefixtures("nothing_is_left_in_the_end"),
]

WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-gpu-rasterization"),  # dear where it is software
    *("--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")  # it is allowed


@dataclass
class Studio:
    """A page of a studio of its own."""

    page: Any
    address: str
    asked: list[str] = field(default_factory=list)  # addresses
    wrong: list[str] = field(default_factory=list)  # errors in the console

    def js(self, function: str, given: Any = None) -> Any:
        """What a function in the page gives."""
        return self.page.evaluate(function, given)

    def until(self, function: str, given: Any = None, *, seconds: float = 30) -> Any:
        """Wait until a function in the page gives something true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.js(function, given):
                return found
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s: {function}; {self.text('#says')!r}")

    def settle(self) -> None:
        """Wait for the frames, and for the server's word on the options."""
        self.until("() => window.rollscan?.isSettled")

    def open_again(self) -> None:
        """Go to the address of the studio, with no options in it."""
        self.page.goto("about:blank")
        self.page.goto(self.address)
        self.settle()
        self.open_more()

    def open_more(self) -> None:
        """Open the settings that are under "More"."""
        self.js("() => document.querySelectorAll('details').forEach(it => it.open = true)")

    def choose(self, **settings: Any) -> None:
        """Take these settings, all others as usual."""
        known = self.js(
            """async settings => {
              rollscan.choose(settings);
              const end = performance.now() + 30_000;
              while (!rollscan.isComposed && performance.now() < end) {
                await new Promise(on => setTimeout(on, 5));
              }
              return rollscan.isComposed;
            }""",
            settings,
        )
        assert known, f"the field or the loop does not come: {settings}"

    def sent(self) -> dict[str, Any]:
        """The options as the server gets them, but for the file's name."""
        options = self.js("() => rollscan.studio.state.sent")
        return {name: value for name, value in options.items() if name != "gif"}

    def picture(self, k: int) -> Picture:
        """Composed frame k, as it is drawn."""
        return self.pictures([k])[0]

    def pictures(self, frames: list[int]) -> list[Picture]:
        """Composed frames, as they are drawn, all in one turn: each of its own costs far more."""
        drawn = self.js("frames => frames.map(k => rollscan.pixels(k))", frames)
        found = []
        for got in drawn:
            levels = np.frombuffer(base64.b64decode(got["pixels"]), np.uint8)
            found.append(levels.reshape(got["height"], got["width"], 4)[..., :3])
        return found

    def text(self, selector: str) -> str:
        """What an element says."""
        return str(self.page.locator(selector).first.inner_text())

    def drag(self, selector: str, x: float, y: float) -> None:
        """Drag an element so many pixels, as a hand does."""
        box = self.page.locator(selector).first.bounding_box()
        at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(*at)
        self.page.mouse.down()
        self.page.mouse.move(at[0] + x, at[1] + y, steps=4)
        self.page.mouse.up()


Open = Callable[..., Any]


@pytest.fixture
def _no_ffmpeg_is_left_behind() -> None:
    """Between tests a studio that stays open may be at work; so this is looked at in the end.

    A module that imports this has it in place of conftest's.
    """


@pytest.fixture(scope="module")
def nothing_is_left_in_the_end(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    yield
    assert not running_ffmpegs(naming=tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, *WEBGL, *CAMERA]
        )
        yield browser
        browser.close()


@contextmanager
def served(words: list[str]) -> Iterator[str]:
    """The address of a studio that a command opens in a process of its own."""
    words = [*words, "--ui", "--no-browser", "--port", "0"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://\S+", server.stdout.readline())[0]  # type: ignore
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=20)


@pytest.fixture(scope="module")
def open_studio(browser: Any) -> Open:
    """open_studio(*arguments, **context): a studio and its page, as a context.

    run: what makes a command line of arguments, for a studio in a process of its own.
    Pages rest unless they are told to move, as software draws them at a core's whole cost.
    """

    @contextmanager
    def opened(
        *arguments: str | Path, init: str = "", run: Any = None, **context: Any
    ) -> Iterator[Studio]:
        with served(run(*arguments)) if run else studio_here(*arguments) as address:
            usual = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
            made = browser.new_context(**{**usual, **context})
            studio = Studio(made.new_page(), address)
            if init:
                made.add_init_script(init)
            studio.page.on("request", lambda request: studio.asked.append(request.url))
            studio.page.on("pageerror", lambda error: studio.wrong.append(str(error)))
            studio.page.on(
                "console",
                lambda said: (
                    studio.wrong.append(f"{said.text} ({said.location['url']})")
                    if said.type == "error"
                    else None
                ),
            )
            studio.page.goto(address)
            yield studio
            made.close()
            outside = [url for url in studio.asked if not url.startswith((address, "blob:"))]
            assert not outside, "a request left this machine"
            assert not studio.wrong, "the console has an error"

    return opened


@pytest.fixture(scope="module")
def noise(make_video: MakeVideo) -> Path:
    """Frames in which no pixel is like another, so that one from a wrong place shows."""
    levels = np.random.default_rng(1).integers(0, 256, (COUNT, 44, 60, 3), np.uint8)
    return make_video("levels.mp4", list(levels), *LOSSLESS, rate=RATE)


@pytest.fixture(scope="module")
def kept_open(open_studio: Open, noise: Path) -> Iterator[Studio]:
    with open_studio(noise) as studio:
        studio.settle()
        studio.open_more()
        yield studio


@pytest.fixture
def studio(kept_open: Studio) -> Studio:
    """The one page that many tests share, as it began."""
    kept_open.js(
        "() => { const { known } = rollscan.studio.state;"
        " const others = [...known.values()].filter(({ look }) => !look);"
        " rollscan.choose(Object.fromEntries(others.map(({ name }) => [name, null])));"
        " rollscan.studio.stopAt(0);"
        " if (rollscan.studio.written.isChosen) document.querySelector('#show-written').click();"
        " for (const id of ['looks', 'settings']) document.getElementById(id).scrollTo(0, 0) }"
    )
    return kept_open


@pytest.fixture
def anew(studio: Studio) -> Iterator[Studio]:
    """The page that many tests share, just opened; and opened once more for those that follow."""
    studio.open_again()
    yield studio
    studio.open_again()


def look_of(settings: dict[str, Any]) -> Look:
    """The look that settings come to."""
    settings = dict(settings)
    settings.pop("fit_look", None)
    look = Look.named(settings.pop("look")) if "look" in settings else Look()
    return look.over(**settings)


def set_to(path: Path, name: str, *span: Any, **settings: Any) -> Look:
    """The look of this name as it is set to a clip, but for smooth, which is not shown live."""
    part = dict(zip(("start", "end"), span, strict=False))
    with RollingClip.open(path, look=name, **part, **settings) as clip:
        assert clip.look
        return clip.look.over(smooth=False)


@lru_cache(maxsize=8)
def _frames(path: Path) -> list[Picture]:
    return decoded(path)


class _Kept:
    """The frames of a video, which are decoded once for all tests, as a source."""

    def __init__(self, path: Path) -> None:
        self._frames = _frames(path)
        self.size = self._frames[0].shape[1::-1]

    def __len__(self) -> int:
        return len(self._frames)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Picture]:
        return iter(self._frames[first:stop])

    def small(self, width: int) -> Iterator[Picture]:
        raise NotImplementedError

    def close(self) -> None:
        pass


def composed(path: Path, look: Look, *span: Any, speed: float = 1, **size: Any) -> list[Picture]:
    """Every composed frame, as Python has them."""
    rate = float(video_of(path).rate) * speed
    is_surveyed = look.loop == "match" or effect_of(look).to_see()
    is_plain = not (span or size or is_surveyed)
    source: Any = _Kept(path) if is_plain else video_of(path, *span, **size)
    with RollingClip.of(source, look, rate) as clip:
        return [clip.get_frame(k / rate) for k in range(round(clip.duration * rate))]


def assert_alike(studio: Studio, expected: list[Picture]) -> None:
    """The page shows these frames; a few of them stand for all."""
    count = len(expected)
    assert studio.js("() => rollscan.studio.player.period") == count
    some = sorted({0, 1, 2, 5, count // 3, count // 2, count - 2, count - 1} & set(range(count)))
    for k, shown in zip(some, studio.pictures(some), strict=True):
        assert shown.shape == expected[k].shape
        apart = np.abs(shown.astype(int) - expected[k]).max(axis=(1, 2))
        assert apart.max() <= 2, f"frame {k}: rows {np.flatnonzero(apart > 2)}"


@pytest.fixture(scope="module")
def toys_open(open_studio: Open, noise: Path) -> Iterator[Studio]:
    def run(*arguments: str | Path) -> list[str]:
        return [sys.executable, toys.__file__, *map(str, arguments)]

    with open_studio(noise, run=run) as studio:
        studio.settle()
        studio.open_more()
        yield studio
