"""The Look: all that decides how a picture is made. Knows no files and no pixels."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from .checks import brief, check_choice
from .effect import Effect, Extent, effect_settings, effects
from .errors import ArgumentError, SourceError
from .kinds import Kind, choice, seconds, switch
from .loop.loops import LOOPS, Loop, loop_settings
from .setting import Record, Setting, document, setting, settings_of
from .tables import tables_in

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .typed import LookSettings

_MARK, _VERSION = "rollscan ", "1"  # how a recipe begins
_MOST_BYTES = 400  # of a recipe: a file's loss for it is nothing
_ORDER = ("slit", "look", "effect", "loop")  # the groups of settings, as recipes have them


@dataclass(frozen=True)
class _General:
    """The settings of a look that are for every effect and every loop."""

    rgb: float = setting(
        0.0,
        seconds(zero=True, slider=(0, 0.5, 0.01)),
        "colours out of step: green is T seconds late, blue twice as much",
        group="look",
        section="effect",
    )
    steady: bool = setting(
        False,
        switch("no shaking hand"),
        "take out the hand's shake first; what that costs at the edges is cropped",
        group="look",
        section="effect",
    )
    deflicker: bool = setting(
        False,
        switch("even light"),
        "even out light that flickers first",
        group="look",
        section="effect",
    )


def registered() -> tuple[str, ...]:
    """The names of all effects and loops that there are by now."""
    return (*effects(), *LOOPS)


class Look(Record):
    """How the picture is made. Every value is checked once, here; equal looks make equal pictures.

    Its settings are given by name and read as attributes; a Look is never changed. Those of an
    effect or a loop that is not chosen are checked and kept, and change nothing. T is in seconds.

    {settings}

    Raises ArgumentError for a value out of range, naming it and what is allowed.

    >>> Look(direction="out", slit_width=2) == Look().over(direction="out", slit_width=2)
    True
    >>> Look(slit=2)
    Traceback (most recent call last):
    rollscan.errors.ArgumentError: slit is 2: give a fraction from 0 to 1
    """

    if TYPE_CHECKING:
        effect: str
        loop: str

        def __init__(self, **settings: Unpack[LookSettings]) -> None: ...

    @classmethod
    def declared(cls) -> Mapping[str, Setting]:
        """The settings by name, in the order of recipes."""
        return _declared(registered())

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as they are kept; a setting that effects share, as the chosen one has it."""
        chosen = effects().get(values["effect"])
        own = settings_of(chosen) if chosen else {}
        declared = {**self.declared(), **own}
        return {name: declared[name].kind.check(name, value) for name, value in values.items()}

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

        A map that is none of those with a name is not opened: the file may come from anybody. It is
        to be given again. Raises SourceError where the file cannot be read, has no recipe, or a
        broken one.

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
            return cls._from(_without_files(json.loads(settings)))
        except (ValueError, RecursionError) as error:  # ArgumentError is a ValueError
            raise SourceError(f"{file} has a broken recipe ({error}): give the options") from None

    @classmethod
    def _from(cls, settings: Any) -> Look:
        """The look of settings by name. Raises ArgumentError for any that are none."""
        if not isinstance(settings, dict):
            raise ArgumentError("its settings are not a table")
        for name in settings:
            check_choice("a setting", name, list(cls.declared()))
        return cls(**settings)

    @property
    def recipe(self) -> str:
        """What a file made with this look carries, for Look.of: the settings that differ.

        Empty where that would be over 400 bytes. A picture that is the map stays unnamed.

        >>> Look(direction="out").recipe
        'rollscan 1 {"direction":"out"}'
        """
        declared = self.declared()
        settings = {name: declared[name].kind.carried(each) for name, each in self.settings.items()}
        text = f"{_MARK}{_VERSION} {json.dumps(settings, separators=(',', ':'))}"
        return text if len(text) <= _MOST_BYTES else ""


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


def _without_files(settings: Any) -> Any:
    """A recipe's settings as our own files have them, which name no other files."""
    if not isinstance(settings, dict):
        return settings
    declared = Look.declared()
    return {
        name: declared[name].kind.carried(value) if name in declared else value
        for name, value in settings.items()
    }


@lru_cache(maxsize=4)
def _declared(registered: tuple[str, ...]) -> Mapping[str, Setting]:
    ways = {each.name: each for each in (_effect(), _loop())}
    found = {**ways, **settings_of(_General), **effect_settings(), **loop_settings()}
    return dict(sorted(found.items(), key=lambda item: _ORDER.index(item[1].group)))


def _effect() -> Setting:
    """The choice of an effect."""
    help = ". ".join(f"{name}: {effect.help}" for name, effect in effects().items())
    return _way("effect", "roll", choice(*effects(), wide=True), help)


def _loop() -> Setting:
    """The choice of a loop."""
    help = "; ".join(f"{name}: {loop.help}" for name, loop in LOOPS.items())
    help = (
        f"how the end meets the beginning. {help}. With all but cut history is there from the first"
        " frame on. Of a scan it is the composition that loops: boomerang takes the line back, and"
        " what was frozen melts"
    )
    return _way("loop", "cut", choice(*LOOPS, wide=True), help)


def _way(name: str, usual: str, kind: Kind, help: str) -> Setting:
    """The setting by which one of several ways is chosen, each with settings of its own."""
    return Setting(name, usual, kind, help, name, f"--{name}", section=name, label=name)


def belongs(name: str, effect: str) -> bool:
    """Whether the setting of a look is for that effect."""
    declared = Look.declared().get(name)
    return not (declared and declared.effects) or effect in declared.effects


def check_belong(given: Iterable[str], effect: str) -> None:
    """Raise ArgumentError for the first setting given that is for other effects alone."""
    for name in given:
        if not belongs(name, effect):
            owners = " or ".join(Look.declared()[name].effects)
            raise ArgumentError(
                f"{name} is for effect {owners}, and the effect is {effect}: leave it out, or"
                " choose the other effect",
                name,
            )


def effect_of(look: Look) -> Effect:
    """The effect that a look names, with its settings."""
    effect = effects()[look.effect]
    return effect(**{name: getattr(look, name) for name in settings_of(effect)})


def loop_of(look: Look) -> Loop:
    """The loop that a look names, with its settings."""
    loop = LOOPS[look.loop]
    return loop(**{name: getattr(look, name) for name in settings_of(loop)})


def extent_of(look: Look, size: tuple[int, int], rate: float, count: int) -> Extent:
    """What the look's effect may know of `count` frames that come at one rate."""
    loop = loop_of(look)
    first = loop.sources(0, count, rate)[0][0]
    return Extent(size, rate, count, first, loop.period(count, rate), loop.cyclic)


def settled(look: Look | None, settings: Mapping[str, Any]) -> Look:
    """The look, or the usual one for None, with these settings instead of its own.

    Raises ArgumentError for a setting that its effect does not have.
    """
    if not isinstance(look, Look | None):
        raise ArgumentError(f"look is {brief(look)}: give a Look", "look")
    chosen = (look or Look()).over(**settings)
    check_belong(settings, chosen.effect)
    return chosen


document(Look, Look.declared())
