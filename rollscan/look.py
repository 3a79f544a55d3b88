"""Owns the Look: all that decides how a picture is made. Knows no files and no pixels."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import resources
from typing import Any, Literal, TypedDict, TypeGuard, get_args

from .checks import brief, check_choice, check_seconds, check_switch, check_whole, is_number, plain
from .errors import ArgumentError, SourceError
from .loop import loops
from .tables import tables_in

Position = float | Sequence[float]  # a fraction of the rows, or several to move through
Width = int | Literal["auto"]  # rows
Direction = Literal["up", "down", "left", "right", "out"]
Loop = Literal["cut", "wrap", "boomerang", "crossfade", "match"]
Effect = Literal["roll", "displace", "scan"]
MapName = Literal["up", "down", "left", "right", "out", "in", "radial"]

_MARK, _VERSION = "rollscan ", "1"  # how a recipe begins
_MOST_BYTES = 400  # of a recipe: a file's loss for it is nothing

UNNAMED_MAP = "a picture"  # in a recipe, which names no files

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
LOOPS = loops.LOOPS
EFFECTS: tuple[Effect, ...] = get_args(Effect)
MAPS: tuple[MapName, ...] = get_args(MapName)
SWEEPS: tuple[Direction, ...] = ("up", "down", "left", "right")  # that a scan's line can move in

# The effects that each setting of how the picture is made is for; a loop is for all of them.
BELONGS: dict[str, tuple[Effect, ...]] = {
    "slit": ("roll",),
    "direction": ("roll", "scan"),
    "slit_width": ("roll",),
    "feather": ("roll",),
    "smooth": ("roll", "displace"),
    "map": ("displace",),
    "depth": ("displace",),
    "sweep": ("scan",),
    "line": ("scan",),
}


class Settings(TypedDict, total=False):
    """The settings of a Look, as keywords; see there."""

    slit: Position
    direction: Direction | None
    slit_width: Width
    feather: int
    rgb: float
    steady: bool
    deflicker: bool
    smooth: bool
    effect: Effect
    map: str
    depth: float
    sweep: float | None
    line: str | None
    loop: Loop
    fade: float
    min_loop: float
    max_loop: float


@dataclass(frozen=True)
class Look:
    """How the picture is made. Every value is checked once, here; equal looks make equal pictures.

    effect: "roll": history rolls away from the slit. "displace": each pixel is as late as a map
        says. "scan": a line sweeps over the picture, and behind it the picture stays as it was.
    slit: where the slit is, as a fraction of the height (of the width for left and right), 0 to 1;
        or several, (0.2, 0.8, 0.2), through which it moves in the course of the clip.
    direction: where history flows: "up", "down", "left", "right", or "out", up and down at once.
        None: as is usual for what is made, up in a rolling picture, left in a strip photograph.
        In a scan, where the line moves: not "out", and None is down.
    slit_width: rows (columns) taken and rolled per frame; "auto" fills the history in about 3 s.
    feather: rows of history next to the slit that blend into the live picture.
    rgb: seconds that green is late, and blue twice as many, before any effect; 0: colours in step.
    steady: whether the hand's shake is taken out of a video first, by cropping what it costs.
    deflicker: whether light that flickers is evened out in a video first.
    smooth: whether what lies between two frames is made along the motion there; needs OpenCV.
    map: which pixels of a displacement are how late: "up", "down", "left", "right", "out", "in",
        "radial", or the name of a picture file, black for now and white for the oldest.
    depth: how late the oldest pixels of a displacement are, in seconds.
    sweep: seconds in which the scan's line passes over the picture; None: the clip's.
    line: colour in which the scan's line is drawn, by name or as "#rrggbb"; None: not at all.
    loop: how the clip is made cyclic. "cut": not at all, history starts empty. The others start
        with the history full. "wrap": as it is. "boomerang": forward, then backward. "crossfade":
        the last `fade` seconds blend into the frames before the first. "match": the part, from
        `min_loop` to `max_loop` seconds long, whose end leads best into its beginning.
        Of a scan it is the composition that is looped so: boomerang takes the line back, and what
        was frozen melts; with crossfade it dissolves; with wrap and match the line sets out anew.

    Raises ArgumentError for a value out of range, naming it and what is allowed.

    >>> Look(direction="out", slit_width=2) == Look().over(direction="out", slit_width=2)
    True
    >>> Look(slit=2)
    Traceback (most recent call last):
    rollscan.errors.ArgumentError: slit is 2: give a fraction from 0 to 1
    """

    slit: Position = 0.5
    direction: Direction | None = None
    slit_width: Width = 1
    feather: int = 0
    rgb: float = 0.0  # seconds
    steady: bool = False
    deflicker: bool = False
    smooth: bool = False
    effect: Effect = "roll"
    map: str = "up"
    depth: float = 1.0  # seconds
    sweep: float | None = None  # seconds
    line: str | None = None
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
        for name in ("steady", "deflicker", "smooth"):
            check_switch(name, getattr(self, name))
        if self.rgb != 0:
            check_seconds("rgb", self.rgb)
        check_choice("effect", self.effect, EFFECTS)
        self._check_displacement()
        self._check_scan()
        check_choice("loop", self.loop, list(LOOPS))
        for name in ("fade", "min_loop", "max_loop"):
            check_seconds(name, getattr(self, name))
        for field in fields(self):  # so that looks can be written as text
            value = getattr(self, field.name)
            if is_number(value):
                object.__setattr__(self, field.name, plain(value))

    @classmethod
    def named(cls, name: str) -> Look:
        """One of those that come with rollscan. Raises ArgumentError for a name it has not.

        >>> Look.named("pour").direction
        'down'
        """
        tables = named_looks()
        check_choice("look", name, list(tables))
        return tables[name].look

    @classmethod
    def of(cls, file: str | os.PathLike[str]) -> Look:
        """The look that a file made by rollscan carries: GIF, MP4, WebM, WebP, PNG or JPEG.

        Raises SourceError where the file cannot be read, has no recipe, or a broken one.

        >>> with RollingClip.open("dance.mp4", width=64, end=1, direction="out") as clip:
        ...     summary = clip.write_gif("made.gif", logger=None)
        >>> Look.of("made.gif").direction
        'out'
        """
        from .recipe import recipe_in

        text = recipe_in(file)
        try:
            version, settings = text.removeprefix(_MARK).split(" ", 1)
            if version != _VERSION:
                raise SourceError(
                    f"{file} has a recipe of version {version[:9]!r}, this rollscan reads"
                    f" {_VERSION}: upgrade rollscan"
                )
            return cls._from(json.loads(settings))
        except (ValueError, RecursionError) as error:  # ArgumentError is a ValueError
            raise SourceError(f"{file} has a broken recipe ({error}): give the options") from None

    @classmethod
    def _from(cls, settings: Any) -> Look:
        """The look of settings by name. Raises ArgumentError for any that are none."""
        if not isinstance(settings, dict):
            raise ArgumentError("its settings are not a table")
        for name in settings:
            check_choice("a setting", name, [field.name for field in fields(cls)])
        return cls(**settings)

    @property
    def recipe(self) -> str:
        """What a file made with this look carries, for Look.of: the settings that differ.

        Empty where that would be over 400 bytes. A picture that is the map stays unnamed.

        >>> Look(direction="out").recipe
        'rollscan 1 {"direction":"out"}'
        """
        settings = self.settings
        if self.map not in MAPS:
            settings["map"] = UNNAMED_MAP
        text = f"{_MARK}{_VERSION} {json.dumps(settings, separators=(',', ':'))}"
        return text if len(text) <= _MOST_BYTES else ""

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that differ from the defaults, by name, fit for JSON and TOML.

        >>> Look(slit=0.5, direction="out").settings
        {'direction': 'out'}
        """
        usual = Look()
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value != getattr(usual, name)}

    def _check_displacement(self) -> None:
        if not (isinstance(self.map, str) and self.map):
            raise ArgumentError(
                f"map is {brief(self.map)}: give one of {', '.join(MAPS)}, or the name of a picture"
                " file",
                "map",
            )
        check_seconds("depth", self.depth)

    def _check_scan(self) -> None:
        if self.effect == "scan" and self.direction not in (None, *SWEEPS):
            raise ArgumentError(
                f"direction is {brief(self.direction)}, and a scan has a line: give one of"
                f" {', '.join(SWEEPS)}",
                "direction",
            )
        if self.sweep is not None:
            check_seconds("sweep", self.sweep)
        if self.line is not None:
            colour_of(self.line)

    def over(self, **settings: Any) -> Look:
        """The look with these settings instead of its own.

        Raises ArgumentError for a value out of range, TypeError for a name that is no setting.

        >>> Look.named("twist").over(depth=0.5).depth
        0.5
        """
        return replace(self, **settings)


@dataclass(frozen=True)
class NamedLook:
    """A look that comes with rollscan, and for whom: what it shows, what to film for it."""

    look: Look
    shows: str
    film: str


@cache
def named_looks() -> dict[str, NamedLook]:
    """The looks that come with rollscan by name; the first does well on any clip."""
    text = (resources.files(__package__) / "looks.toml").read_bytes()
    tables = tables_in(text, "looks.toml")
    return {
        name: NamedLook(Look(**table["look"]), table["shows"], table["film"])
        for name, table in tables.items()
    }


def belongs(setting: str, effect: Effect) -> bool:
    """Whether the setting is for that effect."""
    return effect in BELONGS.get(setting, EFFECTS)


def check_belong(given: Iterable[str], effect: Effect) -> None:
    """Raise ArgumentError for the first setting given that is for other effects alone."""
    for name in given:
        if not belongs(name, effect):
            effects = BELONGS[name]
            raise ArgumentError(
                f"{name} is for effect {' or '.join(effects)}, and the effect is {effect}: leave"
                " it out, or choose the other effect",
                name,
            )


def settled(look: Look | None, settings: Mapping[str, Any]) -> Look:
    """The look, or the usual one for None, with these settings instead of its own.

    Raises ArgumentError for a setting that its effect does not have.
    """
    if not isinstance(look, Look | None):
        raise ArgumentError(f"look is {brief(look)}: give a Look", "look")
    chosen = (look or Look()).over(**settings)
    check_belong(settings, chosen.effect)
    return chosen


def is_fixed(slit: Position) -> TypeGuard[float]:
    """Whether the slit stays in one place."""
    return is_number(slit)


def slit_points(slit: Any) -> tuple[float, ...]:
    """The positions that a slit moves through. Raises ArgumentError unless all are fractions."""
    try:
        points = tuple(slit) if isinstance(slit, Iterable) else (slit,)
    except TypeError:  # an array of no dimensions
        points = ()
    if not points or isinstance(slit, str):
        raise ArgumentError(
            f"slit is {brief(slit)}: give a position, or several to move between", "slit"
        )
    for point in points:
        check_slit(point)
    return tuple(plain(point) for point in points)


def check_slit(slit: object) -> None:
    """Raise ArgumentError unless 0 <= slit <= 1."""
    if not (is_number(slit) and 0 <= slit <= 1):
        raise ArgumentError(f"slit is {brief(slit)}: give a fraction from 0 to 1", "slit")


def check_direction(direction: object) -> None:
    """Raise ArgumentError unless it is a direction that history can flow in."""
    check_choice("direction", direction, DIRECTIONS)


def check_width(width: object) -> None:
    """Raise ArgumentError unless the slit width is a number of rows, or "auto"."""
    if isinstance(width, str):
        if width != "auto":
            raise ArgumentError(
                f"slit_width is {brief(width)}: give a whole number, 1 or more, or 'auto'",
                "slit_width",
            )
        return
    check_whole("slit_width", width, least=1)


def colour_of(line: Any) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of a scan's line. Raises ArgumentError unless it is one."""
    from PIL import ImageColor  # no need of Pillow where no colour is given

    levels: tuple[int, ...] = ()
    with suppress(AttributeError, TypeError, ValueError):
        levels = ImageColor.getrgb(line)
    if not (len(levels) == 3 and all(0 <= level <= 255 for level in levels)):
        raise ArgumentError(f"line is {brief(line)}: give a colour, as red or #ff0000", "line")
    red, green, blue = levels
    return red, green, blue
