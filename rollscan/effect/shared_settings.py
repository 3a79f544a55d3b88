"""Owns the declarations of settings that several effects have, each the field of a dataclass."""

from __future__ import annotations

from typing import Any

from ..kinds import fraction, movable, point, seconds, switch, whole
from ..setting import setting
from ..systems import pip_install
from .fits import Rule, to_centre, to_half_pace, to_packages


def depth_setting(
    default: float = 3.0,
    longest: float = 10,
    fits: Rule | None = to_half_pace,
    *,
    moves: bool = True,
) -> Any:
    """Declare how late the oldest pixels are.

    longest: seconds at the end of the slider. moves: whether it may move.
    """
    kind = seconds(slider=(0.05, longest, 0.05))
    kind = movable(kind) if moves else kind
    return setting(default, kind, "the longest delay in the picture, in seconds", fits=fits)


def smooth_setting() -> Any:
    """Declare whether what lies between the frames is made."""
    return setting(
        False,
        switch("no torn edges", has_opposite=True),
        "make the frames between two frames of the video, so that edges in history are not torn;"
        f" needs {pip_install('smooth')}. Looks are smooth by themselves where that is installed,"
        " unless --no-smooth is given",
        group="look",
        fits=to_packages,
    )


def centre_setting(fits: Rule | None = to_centre, *, moves: bool = True) -> Any:
    """Declare the point round which an effect is arranged. moves: whether it may move."""
    return setting(
        (0.5, 0.5),
        movable(point()) if moves else point(),
        "the vanishing point of the corridor, the middle of the ring or of the clock, or the point"
        " at which the kaleidoscope looks, as fractions of the width and the height",
        fits=fits,
    )


def perspective_setting(default: float) -> Any:
    """Declare how the speed of what streams falls with the distance."""
    return setting(
        default,
        fraction(),
        "how much slower distant parts stream: 0 is the same speed everywhere, 1 the perspective"
        " of a tunnel",
    )


def spin_setting() -> Any:
    """Declare how often the picture turns in one round of the loop."""
    return setting(
        0,
        whole(-10, 10, slider=(-4, 4, 1)),
        "whole turns, clockwise, during the loop",
    )
