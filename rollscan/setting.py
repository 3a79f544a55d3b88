"""Settings that describe themselves, and records of their values.

A setting is declared once, where it belongs: an effect, a loop, a format, a Look, a Job. Options
and their help, completion, checks, recipes, looks.toml, docs/options.md and the studio's controls
are derived from its declaration.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from .kinds import Kind

if TYPE_CHECKING:
    from typing_extensions import Self

_KEY = "setting"  # of a dataclass field's metadata


@dataclass(frozen=True)
class Need:
    """What a setting takes to have an effect: that `of` is among `values`.

    of: "effect" or "loop" of the look, "writes", what the job writes, or "names", the places that
    it is for, of which any will do. also: another option with which it has an effect.
    """

    of: str
    values: tuple[str, ...] = ()
    also: str = ""


@dataclass(frozen=True)
class Setting:
    """What is known of a setting.

    name: of the parameter. kind: its values, of which `default` is the usual one. help: one
    sentence or more, without the name and the default. group: of the options in the help. option:
    as it is typed. excludes: names a group of options of which only one may be given. needs: what
    it takes to have an effect; all of them. section: of the studio's controls, "" for none. label:
    what it is called there.
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

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects that it is for; () for every one."""
        return next((need.values for need in self.needs if need.of == "effect"), ())

    def belonging(self, of: str, owner: str, group: str, section: str) -> Setting:
        """The setting as one that has an effect where `of` is `owner`.

        group, section: where it stands unless it says so itself.
        """
        return replace(
            self,
            needs=(*self.needs, Need(of, (owner,))),
            group=self.group or group,
            section=self.section or section,
        )

    def words(self, value: Any) -> list[str]:
        """The words of a command line that give the setting this value; none for None and False.

        Raises ArgumentError for a value that no word can say.
        """
        if value is not None:
            value = self.kind.check(self.name, value)
        if self.kind.is_switch:  # an option that turns the usual value over
            return [self.option] if value is not None and value is not self.default else []
        if value is None or value is False:
            return []
        if value is self.kind.alone:
            return [self.option]
        text = self.kind.write(value)
        return [f"{self.option}={text}"] if text.startswith("-") else [self.option, text]

    @property
    def told(self) -> str:
        """What people are told of it: the help, with the default where that says something."""
        says_nothing = self.default is None or self.default is False or self.default == ()
        if self.kind.is_switch or says_nothing or "default" in self.help:
            return self.help
        return f"{self.help} (default {self.kind.in_words(self.default)})"


def document(owner: type, settings: Mapping[str, Setting]) -> None:
    """Let the docstring of a class describe its settings, where it has the line "{settings}"."""
    if owner.__doc__:  # which python -OO leaves out
        about = "\n".join(
            textwrap.fill(f"    {name}: {each.told}", 100, subsequent_indent=" " * 8)
            for name, each in settings.items()
        )
        owner.__doc__ = owner.__doc__.replace("    {settings}", about)


def setting(default: Any, kind: Kind, help: str, **about: Any) -> Any:
    """Declare a setting as the field of a dataclass. about: more of Setting."""
    return field(default=default, metadata={_KEY: (default, kind, help, about)})


_known: dict[type, Mapping[str, Setting]] = {}  # the settings of each class asked for


def settings_of(owner: type) -> Mapping[str, Setting]:
    """The settings that a dataclass declares, by name."""
    if owner not in _known:
        _known[owner] = _declared_by(owner)
    return _known[owner]


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
    """What is made by settings, each a field of a dataclass: an effect, a loop."""

    def __post_init__(self) -> None:
        for name, about in settings_of(type(self)).items():
            object.__setattr__(self, name, about.kind.check(name, getattr(self, name)))


class Record:
    """Values of settings, read as attributes; none can be changed.

    Two are equal where all their values are. Settings are given by keyword; those left out have
    their defaults. Raises ArgumentError for a value that is none, TypeError for an unknown name.
    """

    _first: ClassVar[tuple[str, ...]] = ()  # which may be given without their names, in this order

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    @classmethod
    def declared(cls) -> Mapping[str, Setting]:
        """The settings by name."""
        raise NotImplementedError

    def __init__(self, *given: Any, **settings: Any) -> None:
        declared, name = self.declared(), type(self).__name__
        if len(given) > len(self._first):
            raise TypeError(f"{name}() takes its settings by keyword")
        for first, value in zip(self._first, given, strict=False):
            if first in settings:
                raise TypeError(f"{name}() got multiple values for argument {first!r}")
            settings[first] = value
        for unknown in settings.keys() - declared.keys():
            raise TypeError(f"{name}() got an unexpected keyword argument {unknown!r}")
        values = {each: about.default for each, about in declared.items()} | settings
        vars(self).update(values)
        vars(self).update(self._checked(values))

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as they are kept."""
        declared = self.declared()
        return {name: declared[name].kind.check(name, value) for name, value in values.items()}

    def over(self, **settings: Any) -> Self:
        """The same with these settings instead of its own."""
        return type(self)(**{**vars(self), **settings})

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that differ from the defaults, by name."""
        return dict(self._differing())

    def _differing(self) -> Iterator[tuple[str, Any]]:
        for name, about in self.declared().items():
            if vars(self)[name] != about.default:
                yield name, vars(self)[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: make one with over()")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(sorted(vars(self).items(), key=lambda item: item[0])))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self._differing())})"
