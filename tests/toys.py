"""Effects that come with no package: `python tests/toys.py ...` is rollscan with these in addition.

They are registered in that process and its children only. Their fields are functions, against which
tests hold what is shown.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rollscan.cli import main
from rollscan.composers.field import Field, Layer
from rollscan.effect import Effect, Extent
from rollscan.kinds import angle, area, choice, crop, number, optional, point, radius
from rollscan.setting import setting


def tilted(extent: Extent, centre: Any = (0.5, 0.5)) -> Field:
    """Stands still: every pixel has a delay and a place of its own, and two layers are mixed."""
    (width, height), (x, y) = extent.size, centre
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    far = np.hypot(rows - y * height, columns - x * width)
    return Field(
        delay=np.minimum(far / 5, 9),
        y=height - 1 - rows,
        x=(columns + rows // 3) % width,
        over=Layer(delay=(rows + columns) % 4, x=columns // 2),
        share=np.where(far < 20, far / 30, 0),
        shade=1 - far / far.max() / 2,
        before="live",
    )


def waving(extent: Extent) -> Field:
    """Moves: all pixels of a row are alike, and a line goes down."""
    height = extent.size[1]
    rows = np.arange(height)[:, None]
    return Field(
        delay=lambda k: (rows + k) % 7,
        y=lambda k: rows + 2 * np.sin(k + rows / 5),
        follows="composed",
        line=lambda k: rows == k % height,
        colour=(9, 200, 90),
        reach=6,
    )


def passing(extent: Extent) -> Field:
    """Delays stand still; the columns that are shown are three, which move through the video."""
    width, height = extent.size
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]

    def place(times: Any) -> Any:
        return times % extent.period * (width - 1) / extent.period

    return Field(delay=(rows + columns) % 11 / 3, x=place, follows="moment")


def seething(extent: Extent) -> Field:
    """Moves, and no pixel is like its neighbours."""
    pixels = np.arange(extent.size[0] * extent.size[1]).reshape(extent.size[::-1])
    return Field(delay=lambda k: (pixels + k) % 5, reach=4)


def register() -> None:
    """Register the effects, in this process."""

    @dataclass(frozen=True)
    class Tilted(Effect):
        name: ClassVar[str] = "tilted"
        help: ClassVar[str] = "a toy"

        centre: Any = setting((0.5, 0.5), point(), "where it is live")
        bubble: float = setting(
            0.5,
            radius(0.1, 1, slider=(0.1, 1, 0.01), centre="centre", outline="form"),
            "of nothing",
        )
        form: str = setting("circle", choice("circle", "frame"), "of nothing")
        wind: float = setting(0.25, angle(slider=(-0.5, 0.5, 0.01), centre="centre"), "of nothing")
        patch: Any = setting(None, optional(area()), "of nothing")
        trim: Any = setting(None, optional(crop()), "of nothing")
        strength: float = setting(1.0, number(slider=(0.1, 3, 0.1)), "of nothing")

        def field(self, extent: Extent) -> Field:
            return tilted(extent, self.centre)

    for each in (waving, passing, seething):

        def field(self: Any, extent: Extent, each: Any = each) -> Field:
            return each(extent)  # type: ignore[no-any-return]

        about = {"name": each.__name__, "help": "a toy", "field": field}
        dataclass(frozen=True)(type(each.__name__.capitalize(), (Effect,), about))


if __name__.startswith("__"):  # the command, or one of its children
    register()
if __name__ == "__main__":
    sys.exit(main())
