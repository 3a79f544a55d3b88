"""Measures how soon the studio shows a moving picture: from the command on, on a phone's clip.

usage: python benchmarks/studio.py [CLIP] [--runs 5]

Without a CLIP one is drawn: 10 s of 1920x1080 at 30 fps, stored lying, with a note to turn it. A
Chromium runs already, as a browser does; it goes to the address as soon as that is printed. The
picture moves when the page has drawn two different composed frames, while it plays. Needs
rollscan[test] and a Chromium.
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
        print(f"{what:36} {median(taken):6.2f} {max(taken):6.2f}")


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
        page.close()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
    return took


if __name__ == "__main__":
    main()
