"""Owns the declaration of settings, and records of their values.

A setting is declared once, in the class that it configures: an effect, a loop, a Look, a Job. The
command line option with its help and completion, the checks, recipes, looks.toml, docs/options.md
and the controls of the studio are derived from that declaration.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from .checks import brief, either
from .errors import ArgumentError
from .kinds import NOT_CARRIED, Kind

if TYPE_CHECKING:
    from typing_extensions import Self

_KEY = "setting"  # the key of a declaration in the metadata of a dataclass field


@dataclass(frozen=True)
class Need:
    """A condition under which a setting has an effect: `of` is one of `values`.

    of: "effect" or "loop", which the look chooses; "sound" or "fit", of the job; "writes", any
        output of the job; or "names", any platform that the job is for, for which `values` is
        empty.
    values: what fulfils the condition.
    also: another option that fulfils it; "" for none.
    """

    of: str
    values: tuple[Any, ...] = ()
    also: str = ""


@dataclass(frozen=True)
class Setting:
    """The declaration of a setting.

    name: of the parameter. default: its value if none is given. kind: the values that it accepts.
    help: one sentence or more, without the name and the default.
    group: the section of the command line help that has its option.
    option: as it is typed, such as "--slit-width"; "" for none.
    excludes: the name of a group of options of which only one may be given; "" for none.
    needs: the conditions under which it has an effect, all of which must hold.
    section: the section of the studio that has its control; "" for none. label: of that control.
    rare: whether the studio keeps its control under "more" until it is chosen.
    of_clip: whether it is about the clip rather than the look, so that it stays in the studio when
        another look is chosen.
    defaults: those of the effects that have another one than `default`, by the effect's name.
    fits: the rule by which the setting suits a clip, see effect.fits; None if it does not.
    still_with: the effects with which it may not move, though its kind does, see kinds.movable.
    repeats: the setting of which this one has all values, where its option, which is this one's as
        well, is given more than once; "" for none.
    """

    name: str
    default: Any
    kind: Kind
    help: str
    group: str = ""
    option: str = ""
    excludes: str = ""
    needs: tuple[Need, ...] = ()
    section: str = ""
    label: str = ""
    rare: bool = False
    of_clip: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fits: Callable[[Any, Any], Any] | None = None
    still_with: tuple[str, ...] = ()
    repeats: str = ""

    def default_of(self, effect: str) -> Any:
        """The default if this effect is chosen."""
        return self.defaults.get(effect, self.default)

    @property
    def effects(self) -> tuple[str, ...]:
        """The names of the effects that have this setting; () for all of them."""
        return next((need.values for need in self.needs if need.of == "effect"), ())

    def belonging(self, of: str, owner: str, group: str, section: str) -> Setting:
        """The setting with one more condition: that `of` is `owner`.

        group, section: used if the setting declares none itself.
        """
        return replace(
            self,
            needs=(*self.needs, Need(of, (owner,))),
            group=self.group or group,
            section=self.section or section,
        )

    def words(self, value: Any) -> list[str]:
        """The words of a command line that give the setting this value.

        None, False and the default of a switch take no words, unless the switch has an option for
        either value. Raises ArgumentError for a value
        that is not valid, or that no option takes.
        """
        if value is not None:
            value = self.kind.valued(self.name, value)
            if self.kind.carried(value) is NOT_CARRIED:
                raise ArgumentError(f"{self.name} is {brief(value)}, which no option takes")
        if self.kind.is_switch:  # its option takes no value, and negates the default
            if value is not None and value is not self.default:
                return [self.option]
            return [self.opposite] if value is not None and self.opposite else []
        if value is None or value is False:
            return []
        if value is self.kind.alone:
            return [self.option]
        text = self.kind.write(value)
        return [f"{self.option}={text}"] if text.startswith("-") else [self.option, text]

    @property
    def opposite(self) -> str:
        """The option of a switch that gives the default; "" if there is none."""
        return f"--no-{self.option.removeprefix('--')}" if self.kind.has_opposite else ""

    @property
    def help_with_default(self) -> str:
        """The help, whether it may move, and the default unless that is empty or a switch."""
        about = self.help
        if self.kind.moves:
            about += "; it may move" + (
                f", but not with {either(self.still_with)}" if self.still_with else ""
            )
        if self.kind.is_switch or "default" in self.help:
            return about
        owners: dict[str, list[str]] = {}  # of each default, in words
        for owner, default in {"": self.default, **self.defaults}.items():
            if not (default is None or default is False or default == ()):
                owners.setdefault(self.kind.in_words(default), []).append(owner)
        said = [words if "" in of else f"of {either(of)} {words}" for words, of in owners.items()]
        return f"{about} (default {'; '.join(said)})" if said else about


def document(owner: type, settings: Mapping[str, Setting]) -> None:
    """Replace the line "{settings}" in the docstring of a class by the help of its settings."""
    if owner.__doc__:  # python -OO removes docstrings
        about = "\n".join(
            textwrap.fill(f"    {name}: {each.help_with_default}", 100, subsequent_indent=" " * 8)
            for name, each in settings.items()
        )
        owner.__doc__ = owner.__doc__.replace("    {settings}", about)


def setting(default: Any, kind: Kind, help: str, **about: Any) -> Any:
    """Declare a setting as the field of a dataclass. about: other fields of Setting."""
    return field(default=default, metadata={_KEY: (default, kind, help, about)})


_settings_by_class: dict[type, Mapping[str, Setting]] = {}  # the results of settings_of


def settings_of(owner: type) -> Mapping[str, Setting]:
    """The settings that a dataclass declares, by name."""
    if owner not in _settings_by_class:
        _settings_by_class[owner] = _declared_by(owner)
    return _settings_by_class[owner]


def _declared_by(owner: type) -> Mapping[str, Setting]:
    found = {}
    for declared in fields(owner):
        if _KEY in declared.metadata:
            default, kind, help, about = declared.metadata[_KEY]
            about = {"option": "--" + declared.name.replace("_", "-"), **about}
            about = {"label": declared.name.replace("_", " "), **about}
            found[declared.name] = Setting(declared.name, default, kind, help, **about)
    return found


class Configured:
    """The base of effects and loops: a dataclass whose fields are settings, which it checks."""

    def __post_init__(self) -> None:
        for name, about in settings_of(type(self)).items():
            object.__setattr__(self, name, about.kind.valued(name, getattr(self, name)))


class Record:
    """An immutable record of settings, which are passed by keyword and read as attributes.

    Settings that are left out have their defaults. Text is read as the command line reads it.
    Records of one class with equal values are equal. Raises ArgumentError for a value out of range,
    TypeError for an unknown name.
    """

    _positional: ClassVar[tuple[str, ...]] = ()  # the parameters that may be positional

    @classmethod
    def declared(cls) -> Mapping[str, Setting]:
        """The settings by name."""
        raise NotImplementedError

    def __init__(self, *positional: Any, **settings: Any) -> None:
        name = type(self).__name__
        if len(positional) > len(self._positional):
            raise TypeError(f"{name}() takes its settings by keyword")
        for parameter, value in zip(self._positional, positional, strict=False):
            if parameter in settings:
                raise TypeError(f"{name}() got multiple values for argument {parameter!r}")
            settings[parameter] = value
        settings = dict.fromkeys(self._positional) | self._spread(settings)
        if settings:  # not even the declarations are needed for a record of defaults
            for unexpected in settings.keys() - self.declared().keys():
                raise TypeError(f"{name}() got an unexpected keyword argument {unexpected!r}")
            vars(self).update(self._checked(settings))

    def __getattr__(self, name: str) -> Any:
        """The default of a setting that was not given, which may be declared later than this."""
        if not name.startswith("_") and name in self.declared():
            return self._default_of(name)
        raise AttributeError(f"a {type(self).__name__} has no setting {name!r}")

    @classmethod
    def _spread(cls, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings, where one value may stand for several of them."""
        return dict(settings)

    def _default_of(self, name: str) -> Any:
        """The default of a setting."""
        return self.declared()[name].default

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The checked values."""
        declared = self.declared()
        return {name: declared[name].kind.valued(name, value) for name, value in values.items()}

    def over(self, **settings: Any) -> Self:
        """A copy with these settings replaced. What has its default follows the new defaults."""
        return type(self)(**{**self.settings, **self._spread(settings)})

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that differ from the defaults, by name."""
        return dict(self._differing())

    def _differing(self) -> Iterator[tuple[str, Any]]:
        if vars(self):
            for name in self.declared():
                if getattr(self, name) != self._default_of(name):
                    yield name, getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: make one with over()")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Record) or type(other) is not type(self):
            return NotImplemented
        return self.settings == other.settings

    def __hash__(self) -> int:
        return hash(tuple(self._differing()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._differing())})"
