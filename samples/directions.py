"""Makes directions.png: one moment of the dancer, with history flowing each way.

    python samples/directions.py

needs rollscan, and dancer.mp4 beside this file.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from rollscan import RollingClip

HERE = Path(__file__).parent
MOMENT = 3.2  # seconds


def main() -> None:
    """Compose the moment once for each direction, side by side."""
    pictures = {}
    for direction in ("up", "down", "left", "right", "out"):
        with RollingClip.open(
            HERE / "dancer.mp4", scale=0.4, direction=direction, loop="wrap"
        ) as clip:
            pictures[direction] = Image.fromarray(clip.get_frame(MOMENT))
    width, height = pictures["up"].size
    sheet = Image.new("RGB", ((width + 8) * len(pictures) - 8, height), "white")
    for i, (direction, picture) in enumerate(pictures.items()):
        ImageDraw.Draw(picture).text((8, 6), direction, "white")
        sheet.paste(picture, (i * (width + 8), 0))
    sheet.save(HERE / "directions.png", optimize=True)


if __name__ == "__main__":
    main()
