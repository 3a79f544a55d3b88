"""Owns the Look: the settings that decide how a picture is made."""

from __future__ import annotations

import json
import os
import re
from argparse import ArgumentTypeError
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from . import values
from .checks import brief, check_choice, either, nearest, one_of
from .effect import Effect, Extent, digest_of, effect_settings, effects, own_effects
from .effect.fits import to_size
from .effect_files import as_given, load, name_of_given, needed
from .errors import ArgumentError, SourceError
from .kinds import NOT_CARRIED, Area, Crop, Kind, area, choice, crop, optional, seconds, switch
from .look_files import looks_file, looks_text
from .loop.loops import LOOPS, Loop, loop_settings
from .setting import Configured, Record, Setting, document, setting, settings_of
from .tables import tables_in

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .typed import LookSettings

_MARK, _VERSION = "rollscan ", "1"  # a recipe begins with these
_MOST_BYTES = 4000  # of a recipe, so that it hardly makes a file larger
SUITS_ANY_CLIP = "ribbon"  # the look for anybody who just wants to see one
LIVE, NONE, HOLE = BACKGROUNDS = ("live", "none", "hole")  # what is behind history
_ORDER = ("slit", "look", "effect", "loop")  # the order of the groups of settings in a recipe
_DIGEST = "effect_sha256"  # names, in a recipe, the hash of the file that declares the effect
_ASKED = "asked_sha256"  # names, in a recipe of a look that was fitted, the hash of the one asked
_MOST_DIGITS = 16  # of these hashes
_MOST_NAME = 40  # letters of a look's name
_LOOK_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{_MOST_NAME - 1}}}")
_LOOK_FIELDS = ("shows", "film", "look")  # of a table of a look


@dataclass(frozen=True)
class _General:
    """The settings of a look that apply to every effect and every loop."""

    rgb: float = setting(
        0.0,
        seconds(zero=True, slider=(0, 0.5, 0.01)),
        "show the colours at different times: green is T seconds late, blue twice as much",
        group="look",
        fits=to_size,
        section="effect",
        label="colour split",
    )
    still_area: Area | None = setting(
        None,
        optional(area()),
        "keep the live picture in this rectangle, with a soft edge, whatever the effect does:"
        " left, top, width and height, as 0.3,0.2,0.25,0.3",
        group="look",
        section="effect",
        rare=True,
        of_clip=True,
    )
    background: str = setting(
        LIVE,
        choice(*BACKGROUNDS),
        "what lies behind history: the live picture; none, so that all that is not history is"
        " transparent, to lay history over something else; or hole, the live picture with history"
        " cut out of it. For formats that hold transparency",
        group="look",
        section="effect",
    )
    crop: Crop | None = setting(
        None,
        optional(crop()),
        "take this part of the video, before anything else: a ratio, as 16:9, cut out of the"
        " middle, or left, top, width and height, as 0.1,0,0.8,1. All other positions then refer"
        " to this part",
        group="look",
        section="effect",
        rare=True,
        of_clip=True,
    )
    steady: bool = setting(
        False,
        switch("no shaking hand"),
        "first remove the shake of a camera held in the hand; edges that this leaves empty are"
        " cropped",
        group="look",
        section="effect",
        rare=True,
        of_clip=True,
    )
    deflicker: bool = setting(
        False,
        switch("even light"),
        "first even out flickering light, such as lamplight",
        group="look",
        section="effect",
        rare=True,
        of_clip=True,
    )


Registered = tuple[type[Configured], ...]


def registered() -> Registered:
    """All effects and loops that are registered at this moment."""
    return (*effects().values(), *LOOPS.values())


class Look(Record):
    """How the picture is made. Looks that compare equal make equal pictures.

    Settings are passed by keyword and read as attributes; a Look cannot be changed. The settings
    of an effect or a loop that is not chosen are checked and stored, but have no effect. Text is
    read as the command line reads it: slit="0.2:0.8". A time T is in seconds.

    {settings}

    An effect or a loop may also be given as an object, which stands for its name and all of its
    settings: effect=Roll(feather=4). A map may also be an array, (H, W) numbers from 0, now, to 1,
    the oldest. Numbers that may move take values at times of the loop, as text:
    slit="20%@0s 80%@1.5s 20%@3s"; or a function that gives the value for the number of each frame,
    which is negative before the first one that is shown. No recipe can hold an array or a function,
    so files that are made with them have none, and say so.

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

    @classmethod
    def _spread(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings, with those of an effect or a loop that is given as an object."""
        return spread(settings)

    def _default_of(self, name: str) -> Any:
        """The default of a setting, which may depend on the effect."""
        about = self.declared()[name]
        return about.default_of(self.effect) if about.defaults else about.default

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The checked values.

        A setting that several effects share is checked as the chosen effect declares it.
        """
        declared = self.declared()
        effect = declared["effect"].kind.valued("effect", values.get("effect", self.effect))
        declared = {**declared, **settings_of(effects()[effect])}
        return {name: declared[name].kind.valued(name, value) for name, value in values.items()}

    @classmethod
    def named(cls, name: str) -> Look:
        """The look of this name. Raises ArgumentError for an unknown name.

        A look that comes with rollscan, or one of the user's own, see `named_looks`.

        >>> Look.named("pour").direction
        'down'
        """
        tables = built_in_looks()
        if name not in tables:  # a mistake in the user's file hinders no other look
            tables = named_looks()
        check_choice("look", name, list(tables))
        return tables[name].look

    @classmethod
    def of(cls, file: str | os.PathLike[str]) -> Look:
        """The look stored in a picture or a video that rollscan made.

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
            found = json.loads(settings)
            if isinstance(found, dict):
                for name in (_DIGEST, _ASKED):
                    found.pop(name, None)
                if missing := needed(found.get("effect")):
                    raise SourceError(f"{file} {missing}")
            return cls._from(_without_files(found))
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

        It has the settings that differ from the defaults, never the name of a file, and of an
        effect that comes from a file or another package the hash of that file. It is "" if it would
        be longer than 4,000 bytes, and if it cannot hold one of the settings.

        >>> Look(direction="out").recipe
        'rollscan 1 {"direction":"out"}'
        """
        return self.recipe_with("")

    def recipe_with(self, asked: str) -> str:
        """The recipe of a look that was fitted to a clip. asked: see fit.asked_for; "" for none."""
        settings = self._carried
        if NOT_CARRIED in settings.values():
            return ""
        if digest := effects()[self.effect].digest:
            settings[_DIGEST] = digest[:_MOST_DIGITS]
        if asked:
            settings[_ASKED] = digest_of(asked.encode())[:_MOST_DIGITS]
        text = f"{_MARK}{_VERSION} {json.dumps(settings, separators=(',', ':'))}"
        return text if len(text) <= _MOST_BYTES else ""

    def comment_with(self, asked: str = "") -> str:
        """The text in a file: the recipe, or that none can hold a setting. asked: as above.

        >>> Look(slit=lambda k: 0.5).comment_with()
        'rollscan: no recipe, as slit was given as an object of Python'
        """
        missing = [name for name, value in self._carried.items() if value is NOT_CARRIED]
        if not missing:
            return self.recipe_with(asked)
        what = " and ".join(missing)
        return f"rollscan: no recipe, as {what} was given as an object of Python"

    @property
    def _carried(self) -> dict[str, Any]:
        """The settings as a recipe stores them."""
        declared = self.declared()
        return {name: declared[name].kind.carried(each) for name, each in self.settings.items()}


def is_made_as_asked(recipe: str, asked: str) -> bool:
    """Whether a recipe is of a look that was fitted from what was asked, see Look.recipe_with."""
    return f'"{_ASKED}":"{digest_of(asked.encode())[:_MOST_DIGITS]}"' in recipe


@dataclass(frozen=True)
class NamedLook:
    """A look with a name, with what it shows and what to film for it.

    own: whether it is one of the user's, which is never set to a clip, but taken as it is.
    """

    look: Look
    shows: str = "a look of your own"
    film: str = ""
    own: bool = False


def named_looks() -> dict[str, NamedLook]:
    """The looks by name: those that come with rollscan, and after them those of the user.

    Raises ArgumentError for a mistake in the user's file, see `look_files.looks_file`.
    """
    return {**built_in_looks(), **own_looks()}


def is_set_to_clips(look: str) -> bool:
    """Whether a look of this name is set to the clip, as all are that come with rollscan."""
    return values.word(look) in built_in_looks()


def known_looks() -> dict[str, NamedLook]:
    """The looks by name, without those of a user's file that has a mistake."""
    try:
        return named_looks()
    except ArgumentError:
        return built_in_looks()


@cache
def built_in_looks() -> dict[str, NamedLook]:
    """The looks that come with rollscan, by name, in the order in which they are shown."""
    text = (resources.files(__package__) / "looks.toml").read_bytes()
    return _looks_in(text, "looks.toml")


def own_looks() -> dict[str, NamedLook]:
    """The looks of the user, by name. Raises ArgumentError for a mistake in the file."""
    text = looks_text()
    return own_looks_in(text) if text else {}


def own_looks_in(text: bytes) -> dict[str, NamedLook]:
    """The looks in a text of the user's file. Raises ArgumentError for a mistake in it."""
    file = str(looks_file())
    found = _looks_in(text, file)
    for name in found:
        check_look_name(name, f"{file}: ")
    return {name: replace(each, own=True) for name, each in found.items()}


def check_look_name(name: Any, where: str = "") -> None:
    """Raise ArgumentError unless a look of the user may have this name.

    where: begins the message.
    """
    if not (isinstance(name, str) and _LOOK_NAME.fullmatch(name)):
        raise ArgumentError(
            f"{where}the name of a look is {brief(name)}: give up to {_MOST_NAME} small"
            " letters, digits, - and _",
            "look",
        )
    if name in built_in_looks():
        raise ArgumentError(
            f"{where}{name} is a look that comes with rollscan: give yours another name", "look"
        )


@lru_cache(maxsize=8)
def _looks_in(text: bytes, file: str) -> dict[str, NamedLook]:
    """The looks in the text of a TOML file, by name. Raises ArgumentError for a mistake."""
    return {name: _look_in(table, file, name) for name, table in tables_in(text, file).items()}


def _look_in(table: Any, file: str, name: str) -> NamedLook:
    """The look in a table of a TOML file."""
    where = f"{file}, look {name}"
    if not (isinstance(table, dict) and isinstance(table.get("look"), dict)):
        raise ArgumentError(f"{where}: its settings are missing: add look = {{ slit = 0.6 }}")
    for field, value in table.items():
        if field not in _LOOK_FIELDS:
            raise ArgumentError(f"{where}: no field {field!r}, {one_of(field, list(_LOOK_FIELDS))}")
        if field != "look" and not (isinstance(value, str) and value.isprintable()):
            raise ArgumentError(f"{where}: {field} is {brief(value)}: give one line in quotes")
    try:
        look = Look._from(table["look"])
    except (ArgumentError, TypeError) as error:
        raise ArgumentError(f"{where}: {error}") from error
    return NamedLook(look, **{field: table[field] for field in table if field != "look"})


def _without_files(settings: Any) -> Any:
    """The settings of a recipe, with every name of a file taken out."""
    if not isinstance(settings, dict):
        return settings
    declared, found = Look.declared(), {}
    for name, value in settings.items():
        found[name] = declared[name].kind.carried(value) if name in declared else value
        if found[name] is NOT_CARRIED:
            raise ArgumentError(f"{name} is {brief(value)}")
    return found


@lru_cache(maxsize=4)
def _declared(registered: Registered) -> Mapping[str, Setting]:
    kinds = {each.name: each for each in registered if issubclass(each, Effect)}
    found = {each.name: each for each in (_effect(kinds), _loop())}
    for group in (settings_of(_General), loop_settings(), effect_settings(kinds)):
        for name, each in group.items():
            if each.group not in _ORDER:
                raise ArgumentError(
                    f"the group of {name} is {brief(each.group)}: give one of {', '.join(_ORDER)}"
                )
            if name not in found:
                continue
            effect = " or ".join(group[name].effects)
            raise ArgumentError(
                f"{name} is a setting of the effect {effect}, and of looks already: give it"
                " another name"
            )
        found |= group
    return dict(sorted(found.items(), key=lambda item: _ORDER.index(item[1].group)))


def _effect(kinds: Mapping[str, type[Effect]]) -> Setting:
    """The setting that chooses one of these effects."""

    def parse(text: str) -> str:
        name = name_of_given(text) or values.word(text)
        if missing := needed(name):
            if name not in kinds and nearest(name, kinds):
                raise ArgumentTypeError(f"{text!r}: {one_of(name, list(kinds))}")
            raise ArgumentTypeError(f"{text!r}, which {missing}, or one of {', '.join(kinds)}")
        return name

    help = ". ".join(": ".join(filter(None, (name, kinds[name].help))) for name in kinds)
    help = f"{help}. FILE.py:NAME loads an effect of your own, the class NAME of a file"
    kind = replace(choice(*kinds, wide=True), parse=parse, write=as_given)
    return _choice_of("effect", "roll", kind, help)


def _loop() -> Setting:
    """The setting that chooses the loop."""
    help = "; ".join(f"{name}: {loop.help}" for name, loop in LOOPS.items())
    help = (
        f"how the end meets the beginning. {help}. With every loop but cut, history is full from"
        " the first frame on. With the effect scan, the finished pictures are looped: with"
        " boomerang the line goes back, and leaves a live picture behind it"
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
            owners = either(Look.declared()[name].effects)
            raise ArgumentError(
                f"{name} is for effect {owners}, and the effect is {effect}: leave it out, or"
                " choose the other effect",
                name,
            )


def effect_of(look: Look) -> Effect:
    """The effect that a look chooses, with its settings."""
    if missing := needed(look.effect):
        raise ArgumentError(f"the look {missing}")
    effect = effects()[look.effect]
    return effect(**{name: getattr(look, name) for name in settings_of(effect)})


def loop_of(look: Look) -> Loop:
    """The loop that a look chooses, with its settings."""
    loop = LOOPS[look.loop]
    return loop(**{name: getattr(look, name) for name in settings_of(loop)})


def mending(look: Look) -> dict[str, Any]:
    """What a look changes of a video before anything else, as parameters of `open_video`."""
    return {"crop": look.crop, "steady": look.steady, "deflicker": look.deflicker}


def extent_of(look: Look, size: tuple[int, int], rate: float, count: int) -> Extent:
    """The Extent of `count` frames at `rate` frames per second, for the effect of a look."""
    return extent_with(loop_of(look), size, rate, count)


def extent_with(loop: Loop, size: tuple[int, int], rate: float, count: int) -> Extent:
    """The Extent of `count` frames at `rate` frames per second, in a loop."""
    first = loop.sources(0, count, rate)[0][0]
    return Extent(size, rate, count, first, loop.period(count, rate), loop.cyclic)


def spread(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with those of an effect or a loop that is given as an object.

    Raises ArgumentError for an effect or a loop that has no name.
    """
    found = dict(settings)
    for name, kind in (("effect", Effect), ("loop", Loop)):
        value = found.get(name)
        if isinstance(value, kind):
            called = name_of(type(value))
            own = {each: getattr(value, each) for each in settings_of(type(value))}
            found = {**own, **found, name: called}
    return found


def name_of(kind: type[Configured]) -> str:
    """The name of an effect or a loop. Raises ArgumentError if it has none."""
    name = vars(kind).get("name")
    if not isinstance(name, str):
        raise ArgumentError(f"{kind.__name__} has no name: give it one, as in name = 'wobble'")
    return name


def as_look(value: Any, name: str = "look") -> Look:
    """A Look, or the look of a name. Raises ArgumentError for anything else."""
    if isinstance(value, str):
        return Look.named(values.word(value))
    if not isinstance(value, Look):
        raise ArgumentError(f"{name} is {brief(value)}: give a Look, or the name of one", name)
    return value


def settled(look: Look | str | None, settings: Mapping[str, Any]) -> Look:
    """The look with these settings replaced; None stands for the default look.

    An effect that is given as FILE.py:NAME is loaded. Raises ArgumentError for a setting that the
    effect of the look does not have.
    """
    load(settings.get("effect"))
    chosen = (Look() if look is None else as_look(look)).over(**settings)
    check_effect_has(settings, chosen.effect)
    return chosen


document(Look, _declared((*own_effects(), *LOOPS.values())))
