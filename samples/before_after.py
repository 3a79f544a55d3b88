"""Makes before-after.gif: a clip and its loop side by side, in step.

    python samples/before_after.py

needs rollscan with the extra `smooth`, and porcelain.mp4 beside this file.
"""

from __future__ import annotations

from pathlib import Path

from moviepy import CompositeVideoClip, VideoFileClip

from rollscan import RollingClip
from rollscan.gif import constant_delays, write_gif

HERE = Path(__file__).parent
CLIP = HERE / "porcelain.mp4"
WIDTH, GAP = 300, 12  # pixels of each picture, and between the two
RATE = 25
PERIOD = 0.8  # seconds after which the vase, with its five stripes, looks as it did
PAPER = (250, 249, 245)


def main() -> None:
    """Write the GIF."""
    with (
        VideoFileClip(str(CLIP)).subclipped(0, PERIOD).resized(width=WIDTH) as clip,
        RollingClip.open(
            CLIP, end=PERIOD, width=WIDTH, slit=0.55, slit_width=2, smooth=True, loop="wrap"
        ) as loop,
        (HERE / "before-after.gif").open("wb") as file,
    ):
        places = [clip, loop.with_position((WIDTH + GAP, 0))]
        size = (2 * WIDTH + GAP, clip.h)
        both = CompositeVideoClip(places, size=size, bg_color=PAPER)
        write_gif(file, both.iter_frames(fps=RATE), constant_delays(RATE))


if __name__ == "__main__":
    main()
