"""Makes studio-wide.png and studio-narrow.png: the studio's page on the dress, for the README.

    python samples/make_screenshots.py

needs rollscan[test], a Chromium, and dress.mp4 beside this file.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
COLOURS = 160  # of a picture's palette, which is all that a page has to show
WIDE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"}
NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}


def main() -> None:
    """Serve the studio, look at it in two windows, and end it."""
    studio = subprocess.Popen(
        [sys.executable, "-m", "rollscan", "dress.mp4", "--ui", "--no-browser", "--port", "0"],
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert studio.stdout
        found = re.search(r"http://\S+", studio.stdout.readline())
        assert found, "the studio told no address"
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            shoot(browser, found[0], "studio-wide.png", WIDE, {"look": "spiral"}, 62)
            shoot(browser, found[0], "studio-narrow.png", NARROW, {"look": "mirror"}, 62)
            browser.close()
    finally:
        studio.send_signal(signal.SIGINT)
        studio.wait()


def shoot(
    browser: Browser, address: str, name: str, window: Any, settings: dict[str, Any], frame: int
) -> None:
    """Take a picture of the page with these settings, at rest at this composed frame."""
    page = browser.new_page(**window)
    page.goto(address)
    while not page.evaluate("() => window.rollscan?.isSettled"):
        time.sleep(0.1)
    page.evaluate("settings => rollscan.choose(settings)", settings)
    while not re.search(r"about \d", page.inner_text("#expected")):  # how large it will be
        time.sleep(0.1)
    page.evaluate("frame => rollscan.studio.stopAt(frame)", frame)
    while "being made" in page.inner_text("#says"):  # what cannot be shown live
        time.sleep(0.1)
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / name)
    page.close()
    with Image.open(HERE / name) as shot:
        small = shot.convert("RGB").quantize(
            COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
        small.save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
