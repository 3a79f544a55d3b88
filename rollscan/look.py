"""Owns the Look: all that decides how a picture is made. Knows no files and no pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict, TypeGuard, get_args

from .checks import check_choice, check_seconds, check_switch, check_whole, is_number
from .errors import ArgumentError

Position = float | Sequence[float]  # a fraction of the rows, or several to move through
Width = int | Literal["auto"]  # rows
Direction = Literal["up", "down", "left", "right", "out"]
Loop = Literal["cut", "wrap", "boomerang", "crossfade", "match"]

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
LOOPS: tuple[Loop, ...] = get_args(Loop)


class Settings(TypedDict, total=False):
    """The settings of a Look, as keywords; see there."""

    slit: Position
    direction: Direction | None
    slit_width: Width
    feather: int
    smooth: bool
    loop: Loop
    fade: float
    min_loop: float
    max_loop: float


@dataclass(frozen=True)
class Look:
    """How the picture is made. Every value is checked once, here; equal looks make equal pictures.

    slit: where the slit is, as a fraction of the height (of the width for left and right), 0 to 1;
        or several, (0.2, 0.8, 0.2), through which it moves in the course of the clip.
    direction: where history flows: "up", "down", "left", "right", or "out", up and down at once.
        None: as is usual for what is made, up in a rolling picture, left in a strip photograph.
    slit_width: rows (columns) taken and rolled per frame; "auto" fills the history in about 3 s.
    feather: rows of history next to the slit that blend into the live picture.
    smooth: whether history is smooth: each row the slit of its own moment, see FrameComposer.
    loop: how the clip is made cyclic. "cut": not at all, history starts empty. The others start
        with the history full. "wrap": as it is. "boomerang": forward, then backward. "crossfade":
        the last `fade` seconds blend into the frames before the first. "match": the part, from
        `min_loop` to `max_loop` seconds long, whose end leads best into its beginning.

    Raises ArgumentError for a value out of range, naming it and what is allowed.
    """

    slit: Position = 0.5
    direction: Direction | None = None
    slit_width: Width = 1
    feather: int = 0
    smooth: bool = False
    loop: Loop = "cut"
    fade: float = 0.5  # seconds
    min_loop: float = 2.0  # seconds
    max_loop: float = 10.0  # seconds

    def __post_init__(self) -> None:
        if is_fixed(self.slit):
            check_slit(self.slit)
        else:
            object.__setattr__(self, "slit", slit_points(self.slit))  # so that looks are compared
        if self.direction is not None:
            check_direction(self.direction)
        check_width(self.slit_width)
        check_whole("feather", self.feather, least=0)
        check_switch("smooth", self.smooth)
        check_choice("loop", self.loop, LOOPS)
        for name in ("fade", "min_loop", "max_loop"):
            check_seconds(name, getattr(self, name))

    def over(self, **settings: Any) -> Look:
        """The look with these settings instead of its own."""
        return replace(self, **settings)


def is_fixed(slit: Position) -> TypeGuard[float]:
    """Whether the slit stays in one place."""
    return is_number(slit)


def slit_points(slit: Any) -> tuple[float, ...]:
    """The positions that a slit moves through. Raises ArgumentError unless all are fractions."""
    points = tuple(slit) if isinstance(slit, Iterable) else (slit,)
    if not points or isinstance(slit, str):
        raise ArgumentError(f"slit is {slit!r}: give a position, or several to move between")
    for point in points:
        check_slit(point)
    return points


def check_slit(slit: object) -> None:
    """Raise ArgumentError unless 0 <= slit <= 1."""
    if not (is_number(slit) and 0 <= slit <= 1):
        raise ArgumentError(f"slit is {slit!r}: give a fraction from 0 to 1")


def check_direction(direction: object) -> None:
    """Raise ArgumentError unless it is a direction that history can flow in."""
    check_choice("direction", direction, DIRECTIONS)


def check_width(width: object) -> None:
    """Raise ArgumentError unless the slit width is a number of rows, or "auto"."""
    if isinstance(width, str):
        if width != "auto":
            raise ArgumentError(
                f"slit_width is {width!r}: give a whole number, 1 or more, or 'auto'"
            )
        return
    check_whole("slit_width", width, least=1)
