"""Owns the effect "bloom": history streams out of a ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ..kinds import choice, movable, radius, turns
from ..setting import setting
from . import Effect, Extent
from .fits import to_radius
from .shared_settings import centre_setting, depth_setting, perspective_setting, smooth_setting

if TYPE_CHECKING:
    from ..composers.field import Field


@dataclass(frozen=True)
class Bloom(Effect):
    """A ring is the slit. Inside it is the picture of now, outside it what was on the ring.

    {settings}

    >>> Bloom(ring="40%").ring
    0.4
    """

    name: ClassVar[str] = "bloom"
    help: ClassVar[str] = "history streams outward from a ring, inside which the picture is live"
    rank: ClassVar[int] = 4
    followed: ClassVar[tuple[str, ...]] = ("depth",)

    centre: tuple[float, float] = centre_setting()
    ring: float = setting(
        0.6,
        movable(radius(0.02, 2, slider=(0.05, 1.5, 0.01), centre="centre", outline="shape")),
        "for bloom: the size of the ring, as a fraction of half the picture's shorter side",
        fits=to_radius,
    )
    shape: str = setting(
        "circle", choice("circle", "frame"), "for bloom: a circle, or the shape of the picture"
    )
    whirl: float = setting(
        0.0,
        movable(turns(slider=(-1, 1, 0.01))),
        "for bloom: turns that history makes on its way outward",
    )
    perspective: float = perspective_setting(0.8)
    depth: float = depth_setting()
    smooth: bool = smooth_setting()

    def band(self) -> tuple[float, float, float, float]:
        """The box around the ring, as fractions of the picture."""
        (x, y), reach = self.centre, self.ring / 2
        return max(0.0, x - reach), max(0.0, y - reach), min(1.0, x + reach), min(1.0, y + reach)

    def field(self, extent: Extent) -> Field:
        """Each pixel outside the ring shows the point of the ring in its direction."""
        import numpy as np

        from ..composers.field import Field
        from ..composers.geometry import TURN, grid, lateness, middle

        width, height = extent.size
        # In single precision, which is enough for places, and several times as quick.
        down, right = (each.astype(np.float32) for each in grid(extent.size, self.centre))
        if self.shape == "circle":
            radius = np.hypot(down, right) / (min(width, height) / 2)
        else:
            radius = np.maximum(np.abs(down) / (height / 2), np.abs(right) / (width / 2))
        far = np.maximum(radius / self.ring, 1.0)  # in radii of the ring
        most = max(far.max(), 1.001)  # the ring may enclose the whole picture
        even, deep = (far - 1) / (most - 1), np.log(far) / np.log(most)
        share = (1 - self.perspective) * even + self.perspective * deep
        down, right = np.asarray(down / far), np.asarray(right / far)
        if self.whirl:
            angle = TURN * self.whirl * share
            sine, cosine = np.sin(angle), np.cos(angle)
            down, right = down * cosine - right * sine, right * cosine + down * sine
        x, y = middle(extent.size, self.centre)
        return Field(
            **lateness(share, self.depth, extent),
            y=y + down,
            x=x + right,
            before="live",
        )
