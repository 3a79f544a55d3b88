"""The public API as a script uses it: must pass mypy and pyright, strict, and run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

import rollscan
from rollscan import (
    Boomerang,
    Crossfade,
    Effect,
    Extent,
    FrameComposer,
    Look,
    Roll,
    RollingClip,
    RollScan,
    RollscanError,
    TimeDisplacer,
    Written,
    compose,
    make,
    still,
)
from rollscan.kinds import whole
from rollscan.setting import setting


@dataclass(frozen=True)
class Grey(Effect):
    """An effect of one's own."""

    name: ClassVar[str] = "grey"
    level: int = setting(2, whole(0), "the level")

    def full(self, extent: Extent) -> int:
        """None."""
        return 0

    def composer(
        self, frames: Iterable[npt.NDArray[Any]], extent: Extent, *, pre_roll: int = 0
    ) -> TimeDisplacer:
        """The frames as they are."""
        return TimeDisplacer(frames, extent.rate, map="up", depth=0.04, pre_roll=pre_roll)


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

    assert_type(RollScan("twist", depth=0.5), RollScan)
    assert_type(Look(slit="0.2:0.8", effect=Roll(feather=2), loop=Boomerang()), Look)
    assert_type(Look(slit=lambda k: k / 10, map=np.zeros((6, 8)), effect=Grey(level=3)), Look)
    [made] = make(video, f"{folder}/b.gif", look="spiral", end=1, max_size="1MB", for_=("x",))
    assert_type(made, Written)
    assert still(video, slit_width="auto").shape == (48, 64, 3)
    for frame in compose(frames(), Roll(slit=0.3), Crossfade(fade=0.04), fps=25):
        assert frame.shape == (6, 8, 3)
    assert len(list(compose(list(frames()), Grey()))) == 3

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
