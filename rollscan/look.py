"""Owns the Look: the settings that decide how a picture is made."""

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

_MARK, _VERSION = "rollscan ", "1"  # a recipe begins with these
_MOST_BYTES = 400  # of a recipe, so that it hardly makes a file larger
_ORDER = ("slit", "look", "effect", "loop")  # the order of the groups of settings in a recipe


@dataclass(frozen=True)
class _General:
    """The settings of a look that apply to every effect and every loop."""

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
    """The names of all effects and loops that are registered at this moment."""
    return (*effects(), *LOOPS)


class Look(Record):
    """How the picture is made. Looks that compare equal make equal pictures.

    Settings are passed by keyword and read as attributes; a Look cannot be changed. The settings
    of an effect or a loop that is not chosen are checked and stored, but have no effect. A time T
    is in seconds.

    {settings}

    Raises ArgumentError for a value out of range; the message says what is allowed.

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
        """The checked values.

        A setting that several effects share is checked as the chosen effect declares it.
        """
        chosen = effects().get(values["effect"])
        own = settings_of(chosen) if chosen else {}
        declared = {**self.declared(), **own}
        return {name: declared[name].kind.check(name, value) for name, value in values.items()}

    @classmethod
    def named(cls, name: str) -> Look:
        """The look of this name that comes with rollscan. Raises ArgumentError for an unknown name.

        >>> Look.named("pour").direction
        'down'
        """
        tables = named_looks()
        check_choice("look", name, list(tables))
        return tables[name].look

    @classmethod
    def of(cls, file: str | os.PathLike[str]) -> Look:
        """The look stored in a GIF, MP4, WebM, WebP, PNG or JPEG that rollscan made.

        A recipe may come from a stranger, so no file that it names is opened: a look whose map was
        a picture has to be given that picture again. Raises SourceError if the file cannot be
        read, has no recipe, or has a broken one.

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
        """The look with these settings. Raises ArgumentError if they are not valid ones by name."""
        if not isinstance(settings, dict):
            raise ArgumentError("its settings are not a table")
        for name in settings:
            check_choice("a setting", name, list(cls.declared()))
        return cls(**settings)

    @property
    def recipe(self) -> str:
        """The text that is stored in a file made with this look, and that `Look.of` reads.

        It has the settings that differ from the defaults, and never the name of a map's file. It
        is "" if it would be longer than 400 bytes.

        >>> Look(direction="out").recipe
        'rollscan 1 {"direction":"out"}'
        """
        declared = self.declared()
        settings = {name: declared[name].kind.carried(each) for name, each in self.settings.items()}
        text = f"{_MARK}{_VERSION} {json.dumps(settings, separators=(',', ':'))}"
        return text if len(text) <= _MOST_BYTES else ""


@dataclass(frozen=True)
class NamedLook:
    """A look that comes with rollscan, with what it shows and what to film for it."""

    look: Look
    shows: str
    film: str


@cache
def named_looks() -> dict[str, NamedLook]:
    """The looks that come with rollscan, by name. The first one suits any clip."""
    text = (resources.files(__package__) / "looks.toml").read_bytes()
    tables = tables_in(text, "looks.toml")
    return {
        name: NamedLook(Look(**table["look"]), table["shows"], table["film"])
        for name, table in tables.items()
    }


def _without_files(settings: Any) -> Any:
    """The settings of a recipe, with every name of a file taken out."""
    if not isinstance(settings, dict):
        return settings
    declared = Look.declared()
    return {
        name: declared[name].kind.carried(value) if name in declared else value
        for name, value in settings.items()
    }


@lru_cache(maxsize=4)
def _declared(registered: tuple[str, ...]) -> Mapping[str, Setting]:
    choices = {each.name: each for each in (_effect(), _loop())}
    found = {**choices, **settings_of(_General), **effect_settings(), **loop_settings()}
    return dict(sorted(found.items(), key=lambda item: _ORDER.index(item[1].group)))


def _effect() -> Setting:
    """The setting that chooses the effect."""
    help = ". ".join(f"{name}: {effect.help}" for name, effect in effects().items())
    return _choice_of("effect", "roll", choice(*effects(), wide=True), help)


def _loop() -> Setting:
    """The setting that chooses the loop."""
    help = "; ".join(f"{name}: {loop.help}" for name, loop in LOOPS.items())
    help = (
        f"how the end meets the beginning. {help}. With all but cut history is there from the first"
        " frame on. Of a scan it is the composition that loops: boomerang takes the line back, and"
        " what was frozen melts"
    )
    return _choice_of("loop", "cut", choice(*LOOPS, wide=True), help)


def _choice_of(name: str, default: str, kind: Kind, help: str) -> Setting:
    """The setting that chooses one of several effects or loops, each of which has its own."""
    return Setting(name, default, kind, help, name, f"--{name}", section=name, label=name)


def belongs(name: str, effect: str) -> bool:
    """Whether a setting of a look applies to this effect."""
    declared = Look.declared().get(name)
    return not (declared and declared.effects) or effect in declared.effects


def check_effect_has(names: Iterable[str], effect: str) -> None:
    """Raise ArgumentError for the first of these settings that only other effects have."""
    for name in names:
        if not belongs(name, effect):
            owners = " or ".join(Look.declared()[name].effects)
            raise ArgumentError(
                f"{name} is for effect {owners}, and the effect is {effect}: leave it out, or"
                " choose the other effect",
                name,
            )


def effect_of(look: Look) -> Effect:
    """The effect that a look chooses, with its settings."""
    effect = effects()[look.effect]
    return effect(**{name: getattr(look, name) for name in settings_of(effect)})


def loop_of(look: Look) -> Loop:
    """The loop that a look chooses, with its settings."""
    loop = LOOPS[look.loop]
    return loop(**{name: getattr(look, name) for name in settings_of(loop)})


def extent_of(
    look: Look, size: tuple[int, int], rate: float, count: int, loop: Loop | None = None
) -> Extent:
    """The Extent of `count` frames at `rate` frames per second, for the effect of a look.

    loop: default that of the look.
    """
    loop = loop or loop_of(look)
    first = loop.sources(0, count, rate)[0][0]
    return Extent(size, rate, count, first, loop.period(count, rate), loop.cyclic)


def settled(look: Look | None, settings: Mapping[str, Any]) -> Look:
    """The look with these settings replaced; None stands for the default look.

    Raises ArgumentError for a setting that the effect of the look does not have.
    """
    if not isinstance(look, Look | None):
        raise ArgumentError(f"look is {brief(look)}: give a Look", "look")
    chosen = (look or Look()).over(**settings)
    check_effect_has(settings, chosen.effect)
    return chosen


document(Look, Look.declared())
