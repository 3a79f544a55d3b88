"""Makes slit-scan.png: three frames with their slits, and where these are in the loop.

    python samples/slit_scan.py

needs rollscan, and porcelain.mp4 beside this file.
"""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rollscan import Roll, Wrap, compose

HERE = Path(__file__).parent
SLIT = 0.55  # of the height
MOMENTS = {25: "#e4572e", 58: "#f3a712", 96: "#2e86ab"}  # frames, and how their slits are marked
PAPER, INK = "#faf9f5", "#30302e"
HEIGHT, GAP, EDGE = 330, 22, 30  # pixels


def main() -> None:
    """Write the picture."""
    frames = list(iio.imiter(HERE / "porcelain.mp4", plugin="FFMPEG"))
    last = max(MOMENTS)
    composed = list(compose(frames, Roll(slit=SLIT, slit_width=2), Wrap()))[last]
    row = round(SLIT * frames[0].shape[0])
    places = {k: row - 2 * (last - k) for k in MOMENTS}  # where the slit of frame k is in the loop
    panels = [panel(frames[k], {row: colour}, f"frame {k + 1}") for k, colour in MOMENTS.items()]
    lines = {places[k]: colour for k, colour in MOMENTS.items()}
    loop = panel(composed, lines, f"the loop, at frame {last + 1}")
    width = sum(p.width for p in (*panels, loop)) + GAP * len(panels)
    sheet = Image.new("RGB", (width, loop.height), PAPER)
    x = 0
    for image in (*panels, loop):
        sheet.paste(image, (x, 0))
        x += image.width + GAP
    sheet.quantize(256).save(HERE / "slit-scan.png", optimize=True)


def panel(frame: np.ndarray, lines: dict[int, str], label: str) -> Image.Image:
    """Return a frame with lines across it, over its label."""
    scale = HEIGHT / frame.shape[0]
    picture = Image.fromarray(frame).resize((round(frame.shape[1] * scale), HEIGHT))
    made = Image.new("RGB", (picture.width, HEIGHT + EDGE), PAPER)
    made.paste(picture)
    pen = ImageDraw.Draw(made)
    for row, colour in lines.items():
        y = row * scale
        pen.line((0, y, picture.width, y), colour, 3)
    pen.text((2, HEIGHT + 7), label, INK, font=ImageFont.load_default(15))
    return made


if __name__ == "__main__":
    main()
