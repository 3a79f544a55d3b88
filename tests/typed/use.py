"""The public API as a script uses it: must pass mypy and pyright, strict, and run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

import rollscan
from rollscan import FrameComposer, Look, RollingClip, RollScan, RollscanError


def frames() -> Iterator[npt.NDArray[np.uint8]]:
    """Three pictures, each of one grey."""
    for grey in range(3):
        yield np.full((6, 8, 3), 100 * grey, np.uint8)


def main(video: str, folder: str) -> None:
    """Make a GIF of a video, and of pictures."""
    look = Look(slit=(0.2, 0.8), direction="out", loop="wrap").over(feather=2)
    assert_type(look, Look)
    with RollingClip.open(video, look=look, scale=0.5, end="0:00:01", slit_width="auto") as clip:
        assert_type(clip, RollingClip)
        assert_type(clip.copy(), RollingClip)
        assert_type(clip.part, "tuple[int, int] | None")
        assert_type(clip.seam, "float | None")
        summary = clip.write_gif(Path(folder) / "a.gif", fps=10, logger=None, max_bytes=100_000)
        assert_type(summary.frames, int)
        names = clip.write_images_sequence(f"{folder}/%d.png", 2, logger=None)
        assert_type(names, "list[str]")
        rolled = RollScan(look, direction="down").apply(clip)
        assert_type(rolled, RollingClip)
        rolled.close()

    composer = FrameComposer(list(frames()), 25, slit=lambda k: 0.5, direction="left", pre_roll=1)
    assert composer.make_frame(0.04).shape == composer.buffer.shape == (6, 8, 3)
    with RollingClip(composer, 2, fps=12.5) as of_frames:
        assert_type(of_frames, RollingClip)
    try:
        RollingClip.open("none.mp4", loop="boomerang")
    except RollscanError as error:
        assert_type(error.exit_status, int)
    assert_type(rollscan.__version__, str)


if __name__ == "__main__":
    main(*sys.argv[1:])
