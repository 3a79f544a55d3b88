"""Makes film-*.png: how to film, each a bad example beside a good one.

    python samples/film.py

needs rollscan, and make_samples.py beside this file, whose drawings are the footage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from make_samples import CLIPS, FPS
from PIL import Image, ImageDraw, ImageFont

from rollscan import FrameComposer
from rollscan.frames import Frame

HERE = Path(__file__).parent
HEIGHT = 300  # pixels of each picture
PAPER, INK = "#faf9f5", "#30302e"


def drawn(name: str, seconds: float, rate: float = FPS) -> Iterator[Frame]:
    """The drawing of that name, as a camera of that rate would film it."""
    clip = CLIPS[name]
    for k in range(round(seconds * rate)):
        yield np.asarray(clip.draw(k * FPS / rate / clip.period))


def held(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The frames as a hand would film them: a smaller part, which sways and trembles."""
    for k, frame in enumerate(frames):
        x = round(16 + 9 * math.sin(k / 6) + 5 * math.sin(k / 1.7))
        y = round(16 + 7 * math.sin(k / 5 + 1) + 4 * math.sin(k / 1.3))
        yield frame[y : y + frame.shape[0] - 32, x : x + frame.shape[1] - 32]


def last(composer: FrameComposer) -> Frame:
    """The last composed frame."""
    *_, picture = composer
    return picture


def beside(name: str, **pictures: Frame) -> None:
    """Write pictures side by side, each over its name."""
    font = ImageFont.load_default(15)
    images = [Image.fromarray(picture) for picture in pictures.values()]
    images = [image.resize((image.width * HEIGHT // image.height, HEIGHT)) for image in images]
    width = sum(image.width + 12 for image in images) - 12
    sheet = Image.new("RGB", (width, HEIGHT + 26), PAPER)
    x = 0
    for image, label in zip(images, pictures, strict=True):
        sheet.paste(image, (x, 0))
        text = label.replace("_", " ")
        ImageDraw.Draw(sheet).text((x + 2, HEIGHT + 5), text, INK, font=font)
        x += image.width + 12
    sheet.quantize(256).save(HERE / f"film-{name}.png", optimize=True)


def main() -> None:
    """Make all of them."""
    waist = {"slit": 0.47, "direction": "down"}
    still = FrameComposer(drawn("dancer", 4), FPS, **waist)
    shaky = FrameComposer(held(drawn("dancer", 4)), FPS, **waist)
    beside("still", a_camera_in_the_hand=last(shaky), a_camera_that_stands=last(still))
    above = FrameComposer(drawn("dancer", 4), FPS, slit=0.03, direction="down", slit_width=4)
    across = FrameComposer(drawn("dancer", 4), FPS, **waist)
    beside("slit", nothing_crosses_the_slit=last(above), the_dancer_crosses_it=last(across))
    rolls = {
        rate: FrameComposer(
            drawn("race", 2.1, rate), rate, direction="left", slit_width=300 // rate
        )
        for rate in (25, 60)
    }
    beside("rate", at_25_frames_a_second=last(rolls[25]), at_60=last(rolls[60]))


if __name__ == "__main__":
    main()
