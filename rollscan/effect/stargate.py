"""Owns the effect "stargate": the walls of a corridor, on which the history of a slit streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..kinds import Position, fraction, position, switch, whole
from ..setting import setting
from . import Effect, Extent
from .shared_settings import centre_setting, depth_setting, perspective_setting, smooth_setting

if TYPE_CHECKING:
    from ..composers.field import Field

_MOST_MEAN = 8  # pixels of which one of a far wall is the mean
_LEAST_STEPS, _MOST_STEPS = 4, 16  # of a slit that moves, in a frame


@dataclass(frozen=True)
class Stargate(Effect):
    """Walls stream out of a vanishing point, each of which carries the history of the slit.

    A wall shows at depth z, which is 1 at the picture's edge, what was in the slit when it left the
    vanishing point. The slit goes along its path about once in the time that it takes to stream
    by, and between two frames too, so that a wall shows whole scenes without a break.

    {settings}

    >>> Stargate(centre="30%,40%").centre
    (0.3, 0.4)
    """

    name: ClassVar[str] = "stargate"
    help: ClassVar[str] = "history streams out of a vanishing point along the walls of a corridor"
    rank: ClassVar[int] = 3
    followed: ClassVar[tuple[str, ...]] = ("slit",)

    slit: Position = setting(
        (0.1, 0.9, 0.1),
        position(),
        "the slit is a column, from 0, the left, to 1, the right, or with --upright a row; it moves"
        " along its path once in about --depth",
        group="slit",
    )
    walls: int = setting(
        4,
        whole(2, 4, slider=(2, 4, 1)),
        "for stargate: 2 walls are left and right, 3 add a floor, 4 also a ceiling",
    )
    far: int = setting(
        12,
        whole(2, 100, slider=(2, 40, 1)),
        "for stargate: how many times as far away the end of the corridor is as its beginning",
    )
    fog: float = setting(1.0, fraction(), "for stargate: how dark the end of the corridor is")
    upright: bool = setting(
        False,
        switch("the slit is a row"),
        "for stargate: the slit is a row, and 2 walls are the floor and the ceiling",
    )
    centre: tuple[float, float] = centre_setting(fits=None, moves=False)
    perspective: float = perspective_setting(0.7)
    depth: float = depth_setting(moves=False)
    smooth: bool = smooth_setting()

    def field(self, extent: Extent) -> Field:
        """Each pixel of a wall shows a point of the slit, as late as the wall is near."""
        import numpy as np

        from ..composers.field import Field
        from ..composers.geometry import mirrored, power_of_two, within

        (aside, aside_step), (across, across_step) = self._from_centre(extent.size)
        sides = np.abs(aside)  # 0 at the vanishing point, 1 at the picture's edge
        others = (across * 0, np.maximum(across, 0), np.abs(across))[self.walls - 2]
        is_side = sides >= others
        z = 1 / np.maximum(np.maximum(sides, others), 1 / self.far)
        log = 1 - np.log(z) / np.log(self.far)
        linear = (self.far - z) / (self.far - 1)
        share = self.perspective * log + (1 - self.perspective) * linear
        place, steps = self._path(extent)
        late = share * self.depth * extent.rate
        late = within(np.rint(late * steps) / steps if steps else late, extent)
        length = extent.size[0 if self.upright else 1]
        along = np.where(is_side, across, aside)
        along = mirrored((along * z + 1) / 2 * (length - 1), length)
        step = np.where(is_side, across_step, aside_step) * z / 2 * (length - 1)
        mean = power_of_two(step, _MOST_MEAN)
        shade = 1 - self.fog * np.clip((z - 1) / (self.far - 1), 0, 1) ** 0.7
        return Field(
            delay=late,
            y=place if self.upright else along,
            x=along if self.upright else place,
            tall=1 if self.upright else mean,
            wide=mean if self.upright else 1,
            follows="moment",
            shade=shade.astype(np.float32) if self.fog else None,
            before="live",
        )

    def _from_centre(self, size: tuple[int, int]) -> tuple[Any, Any]:
        """How far each pixel is from the vanishing point, -1 to 1 at the edges, and the next pixel
        from it.

        First in the direction in which 2 walls lie, then in the other one.
        """
        import numpy as np

        from ..composers.geometry import grid, middle

        fractions = []
        for pixels, length, centre in zip(
            grid(size, self.centre), size[::-1], middle(size, self.centre)[::-1], strict=True
        ):
            reach = np.where(pixels < 0, centre, length - 1 - centre)
            step = 1 / np.maximum(reach, 0.5)
            fractions.append((pixels * step, step))
        down, right = fractions
        return (down, right) if self.upright else (right, down)

    def _path(self, extent: Extent) -> tuple[Any, int]:
        """Where the slit is, in pixels, and how many steps it makes in a frame, 0 if it stands.

        A slit that moves is a function of times in frames. In a step, it moves by about a pixel.
        Delays are whole steps, so that few places of a frame are looked up; there are some steps
        at any speed, for what is smooth.
        """
        import numpy as np

        from ..composers.geometry import power_of_two
        from ..composers.slit import eased_path
        from ..kinds import is_fixed

        length = extent.size[1 if self.upright else 0]
        if is_fixed(self.slit):
            return self.slit * (length - 1), 0
        rounds = max(1, round(extent.period / (self.depth * extent.rate)))
        path = eased_path(self.slit, extent, rounds)
        fastest = np.abs(np.diff(path(np.arange(extent.period + 1)))).max() * length
        steps = max(_LEAST_STEPS, int(power_of_two(fastest, _MOST_STEPS)))
        return lambda times: path(times) * (length - 1), steps
