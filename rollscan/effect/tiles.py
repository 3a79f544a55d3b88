"""Owns the effect "tiles": a wall of screens, each of which is later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..kinds import choice, whole
from ..setting import setting
from . import Effect, Extent
from .shared_settings import depth_setting

if TYPE_CHECKING:
    from ..composers.field import Field

_MOST_MEAN = 4  # pixels in each direction, of which a pixel of a small screen is the mean
_SCREENS = whole(1, 64, slider=(1, 12, 1))


@dataclass(frozen=True)
class Tiles(Effect):
    """Screens side by side, each of which shows the picture, cut to its shape, at its moment.

    {settings}

    >>> Tiles(columns=4).columns
    4
    """

    name: ClassVar[str] = "tiles"
    help: ClassVar[str] = (
        "a wall of screens, each of which shows the picture later than the one before"
    )
    rank: ClassVar[int] = 7
    followed: ClassVar[tuple[str, ...]] = ("depth",)

    columns: int = setting(3, _SCREENS, "for tiles: how many screens are side by side")
    rows: int = setting(3, _SCREENS, "for tiles: how many screens are on top of each other")
    order: str = setting(
        "rows",
        choice("rows", "columns", "diagonal", "middle"),
        "for tiles: the order in which screens are later: by rows, as one reads, by columns,"
        " diagonally, or from the middle outward",
    )
    depth: float = depth_setting()

    def field(self, extent: Extent) -> Field:
        """Each pixel of a screen shows a point of the picture, as late as its screen is."""
        import numpy as np

        from ..composers.field import Field
        from ..composers.geometry import lateness

        width, height = extent.size
        size = width / self.columns, height / self.rows  # of a screen, in pixels
        scale = min(width / size[0], height / size[1])  # pixels of the picture to one of a screen
        column = np.arange(width)[None, :] * self.columns // width
        row = np.arange(height)[:, None] * self.rows // height
        # Pixels from the middle of the screen, which are the same in all screens.
        right = np.arange(width)[None, :] - np.ceil(column * size[0]) - (np.ceil(size[0]) - 1) / 2
        down = np.arange(height)[:, None] - np.ceil(row * size[1]) - (np.ceil(size[1]) - 1) / 2
        late = {
            "rows": row * self.columns + column,
            "columns": column * self.rows + row,
            "diagonal": row + column,
            "middle": np.hypot(row - (self.rows - 1) / 2, column - (self.columns - 1) / 2),
        }[self.order]
        late = late - late.min()
        late = late / max(late.max(), 1)
        return Field(
            **lateness(late, self.depth, extent),
            y=(height - 1) / 2 + down * scale,
            x=(width - 1) / 2 + right * scale,
            tall=min(round(scale), _MOST_MEAN),
            wide=min(round(scale), _MOST_MEAN),
        )
