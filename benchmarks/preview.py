"""Compares what the studio shows with the files that it makes: size, rate, part, and frames.

usage: python benchmarks/preview.py CLIP

For each of a few settings, limits and places among them, a file is made in the page. Its size, its
rate and its length are those that were told before; frames of it are compared with those of the
picture. The right frame is the most alike of the five nearest ones, by its PSNR, which is printed.
What cannot be shown live is compared when the picture rests.
Needs rollscan[test] and a Chromium.
"""

from __future__ import annotations

import argparse
import base64
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright
from studio import FLAGS

from rollscan.video.opening import open_video
from rollscan.video.probe import Probe

EFFECTS = ("roll", "displace", "scan", "stargate", "bloom", "clock", "kaleido", "tiles", "plane")
CASES: list[dict[str, Any]] = [
    *({"effect": name} for name in (*EFFECTS, "turning", "swapped", "echo")),
    {"look": "twist", "smooth": False},
    {"look": "spiral", "smooth": False, "loop": "boomerang"},
    {"loop": "match", "min_loop": 0.5, "slit_width": "auto"},
    {"start": 0.4, "end": 1.6, "speed": 0.5, "fps": 12},
    {"gif": None, "mp4": "a.mp4", "effect": "scan", "width": 320},
    {"max_bytes": 150_000},
    {"gif": None, "webm": "a.webm", "names": ["telegram-sticker"], "speed": 0.5},
    {"gif": None, "mp4": "a.mp4", "names": ["instagram-reels"], "slit_width": 4},
    {"names": ["slack-emoji"], "slit_width": "auto"},
]
USUAL = {"gif": "a.gif", "names": None, "mp4": None, "webm": None, "max_bytes": None}
USUAL |= {"start": None, "end": 2, "speed": None, "fps": None, "width": None, "length": None}
SETTLED = "() => window.rollscan?.isSettled"
RESTED = """() => {
  const { width, height } = rested;
  const { data } = rested.getContext("2d").getImageData(0, 0, width, height);
  return { width, height, pixels: btoa(Array.from(data, (n) => String.fromCharCode(n)).join("")) };
}"""
TOLD = """() => {
  const { plan, make } = rollscan.studio;
  return plan.error || (make.file?.w && make.file);
}"""


def main() -> None:
    """Print a line for each of the settings, and exit with 1 if something differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path, metavar="CLIP")
    clip = parser.parse_args().clip
    words = [sys.executable, "-m", "rollscan", str(clip), "--ui", "--no-browser", "--keep"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    found = re.search(r"http://\S+", server.stdout.readline())
    assert found
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(reduced_motion="reduce")
        page.goto(found[0])
        page.wait_for_function(SETTLED, timeout=120_000)
        are_right = [compared(page, settings, Path(folder)) for settings in CASES]
        browser.close()
    server.send_signal(signal.SIGINT)
    server.wait(20)
    sys.exit(not all(are_right))


def compared(page: Any, settings: dict[str, Any], folder: Path) -> bool:
    """Make a file with these settings, print how it compares, and return whether it is as shown."""
    page.evaluate("settings => rollscan.choose(settings)", {**USUAL, **settings})
    page.wait_for_function(SETTLED, timeout=120_000)
    told = page.wait_for_function(TOLD, timeout=240_000).json_value()
    if isinstance(told, str):
        print(f"NOT {settings}: {told}")
        return False
    plan = page.evaluate("() => rollscan.studio.plan.out")
    player = page.evaluate("({ fps: rollscan.studio.player.fps })")
    page.click("#make")
    ends = (
        "() => made.firstChild.querySelector('a') || made.firstChild.querySelector('[role=alert]')"
    )
    page.wait_for_function(ends, timeout=240_000)
    if not page.locator("#made li:first-child a").count():
        print(f"not made {settings}: {page.locator('#made li:first-child').inner_text()}")
        return False
    with page.expect_download() as download:
        page.click("#made li:first-child >> text=Save")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    facts = Probe(path).facts()
    with open_video(facts) as video:
        frames, rate = list(video), float(video.rate)
    size = frames[0].shape[1::-1]
    seconds = len(frames) / rate
    is_limited = plan["most"] is not None
    near = 0.25 if is_limited else 0.001
    is_right = all(
        abs(a / b - 1) <= near for a, b in zip(size, (told["w"], told["h"]), strict=True)
    )
    is_right &= abs(rate / told["fps"] - 1) <= (0.35 if is_limited else 0.03)
    is_right &= abs(seconds - plan["seconds"]) < 0.1
    matches = [matching(page, frames, rate, k, plan) for k in (0, len(frames) // 3, -2)]
    alike = [f"{apart:+d} {psnr:.0f} dB" for apart, psnr in matches]
    is_right &= all(abs(apart) <= (1 if is_limited else 0) for apart, _ in matches)
    is_right &= is_limited or min(psnr for _, psnr in matches) > 25
    mark = "ok " if is_right else "NOT"
    print(
        f"{mark} {settings}: {size[0]}x{size[1]} of {told['w']}x{told['h']},"
        f" {rate:.2f} of {told['fps']:.2f} fps, played at {player['fps']:.2f},"
        f" {seconds:.2f} of {plan['seconds']:.2f} s, {', '.join(alike)}",
        flush=True,
    )
    return bool(is_right)


def matching(
    page: Any, frames: list[Any], rate: float, k: int, plan: dict[str, Any]
) -> tuple[int, float]:
    """How many composed frames the most alike one is off, and how alike it is, as PSNR in dB."""
    k %= len(frames)
    about = "() => [rollscan.studio.composition.rate, rollscan.studio.player.period]"
    composed_rate, period = page.evaluate(about)
    due = int(k / rate * composed_rate + 1e-6) % period
    if page.evaluate("() => rollscan.studio.exact.absent.length"):  # composed when it rests
        page.evaluate("k => rollscan.studio.stopAt(k)", due)
        page.wait_for_function("() => rollscan.studio.exact.isShown", timeout=120_000)
        shown = page.evaluate(RESTED)
        return 0, psnr(frames[k], drawn_as(shown, frames[k].shape, plan["frame"]))
    offsets = range(-2, 3)
    drawn = page.evaluate(
        "frames => frames.map(k => rollscan.pixels(k))", [(due + each) % period for each in offsets]
    )
    found = [psnr(frames[k], drawn_as(shown, frames[k].shape, plan["frame"])) for shown in drawn]
    best = int(np.argmax(found))
    own = found[2]
    # Where nothing moves, others are just as alike.
    return (0, own) if found[best] - own < 0.5 else (offsets[best], found[best])


def drawn_as(shown: dict[str, Any], shape: tuple[int, ...], frame: list[float]) -> Any:
    """What the page has drawn, cut and scaled to the shape of a file's frame."""
    levels = np.frombuffer(base64.b64decode(shown["pixels"]), np.uint8)
    picture = Image.fromarray(levels.reshape(shown["height"], shown["width"], 4)[..., :3])
    x, y, w, h = frame
    sides = (shown["width"], shown["height"])
    box = [side * share for side, share in zip(sides * 2, (x, y, x + w, y + h), strict=True)]
    return np.asarray(picture.crop([round(edge) for edge in box]).resize(shape[1::-1]))


def psnr(one: Any, other: Any) -> float:
    """How alike two pictures are, in dB."""
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


if __name__ == "__main__":
    main()
