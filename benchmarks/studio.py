"""Measures how soon the studio shows a moving picture, and how soon it follows the hand.

usage: python benchmarks/studio.py [CLIP] [--runs 5]

Without a CLIP one is drawn: 10 s of 1920x1080 at 30 fps, stored lying, with a note to turn it. A
Chromium runs already, as a browser does; it goes to the address as soon as that is printed. The
picture moves when the page has drawn two different composed frames, while it plays. Then the slit
is dragged: for each move of the pointer, time passes until a picture is drawn with the slit where
the pointer then was, or further on its way. Needs rollscan[test] and a Chromium.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import imageio_ffmpeg
from playwright.sync_api import sync_playwright

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# The first moment at which another composed frame is drawn than before; and all that is here.
MOVES = "() => { const { studio } = window.rollscan ?? {}; return studio?.shown ?? -1 }"
WHOLE = "() => Boolean(window.rollscan?.isSettled)"
MOVES_OF_A_DRAG = 120
# Notes when the pointer is moved, and when a picture with the slit there, or beyond, is drawn.
FOLLOWS = """() => {
  const { studio } = rollscan, { painter } = studio, { draw } = painter;
  window.moved = [];
  window.waits = [];
  addEventListener("pointermove", () => {
    moved.push({ slit: studio.state.value("slit"), at: performance.now() });
  });
  painter.draw = function (composition, ...how) {
    draw.call(this, composition, ...how);
    const { gl } = this;
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)); // waits for the GPU
    const slit = composition.settings.slit;
    while (moved.length && moved[0].slit <= slit) waits.push(performance.now() - moved.shift().at);
  };
}"""


def main() -> None:
    """Print the median and the worst of some runs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", nargs="?", type=Path, metavar="CLIP")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        clip = options.clip or _drawn(Path(folder))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        runs = [_run(browser, clip) for _ in range(options.runs)]
        browser.close()
    print(f"{'seconds from the command until':36} median  worst")
    for what in runs[0]:
        taken = [run[what] for run in runs]
        print(f"{what:36} {median(taken):6.3f} {max(taken):6.3f}")


def _drawn(folder: Path) -> Path:
    """A clip as a phone that is held upright makes it."""
    lying, upright = folder / "lying.mp4", folder / "phone.mp4"
    source = "testsrc2=s=1920x1080:r=30:d=10,rotate=t/7"
    line = [FFMPEG, "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p"]
    subprocess.run([*line, "-preset", "fast", str(lying)], check=True)
    turn = [FFMPEG, "-v", "error", "-display_rotation", "90", "-i", str(lying)]
    subprocess.run([*turn, "-c", "copy", str(upright)], check=True)
    return upright


def _run(browser: Any, clip: Path) -> dict[str, float]:
    """Seconds from the command until each thing is there."""
    line = [sys.executable, "-m", "rollscan", str(clip), "--ui", "--no-browser"]
    began = time.perf_counter()
    server = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    took: dict[str, float] = {}
    try:
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found
        took["the address is printed"] = time.perf_counter() - began
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(found[0])
        first = None
        while True:
            shown = page.evaluate(MOVES)
            if shown >= 0 and first is None:
                first = shown
                took["a picture is shown"] = time.perf_counter() - began
            if first is not None and shown != first:
                took["it moves"] = time.perf_counter() - began
                break
        while not page.evaluate(WHOLE):
            time.sleep(0.02)
        took["all of it is here"] = time.perf_counter() - began
        waits = _dragged(page)
        took["(the slit follows the hand: median)"] = median(waits)
        took["(the slit follows the hand: 95 %)"] = sorted(waits)[round(0.95 * len(waits)) - 1]
        page.close()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
    return took


def _dragged(page: Any) -> list[float]:
    """Drag the slit down over the playing picture; the seconds until each move is shown."""
    box = page.locator("#picture").bounding_box()
    page.mouse.move(*_middle(page.locator(".grip").first.bounding_box()))
    page.mouse.down()
    x, y = _middle(page.locator(".grip").first.bounding_box())
    page.mouse.move(x, y - 0.4 * box["height"])
    page.wait_for_timeout(500)
    page.evaluate(FOLLOWS)
    for k in range(1, MOVES_OF_A_DRAG + 1):
        page.mouse.move(x, y + (0.8 * k / MOVES_OF_A_DRAG - 0.4) * box["height"])
        page.wait_for_timeout(12)
    page.mouse.up()
    page.wait_for_function("() => !moved.length")
    waits = page.evaluate("() => waits")
    return [wait / 1000 for wait in waits]


def _middle(box: dict[str, float]) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


if __name__ == "__main__":
    main()
