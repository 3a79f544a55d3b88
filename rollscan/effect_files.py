"""Owns effects that come from files, FILE.py:NAME: which are loaded, and what names them.

Only the command line and Python load a file. Whatever comes from elsewhere, such as a recipe, has
the registered name of an effect; child processes load the files that their parent has loaded.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .checks import brief
from .effect import Effect, digest_of, effects, kept_on_success
from .errors import ArgumentError

_NAME = re.compile(r"[A-Za-z_][\w-]{0,60}")


@dataclass(frozen=True)
class EffectFile:
    """A file that has been loaded for an effect.

    effect: the registered name. path: absolute. attribute: the name of the class in the file.
    digest: the SHA-256 of the file. given: as it was typed, FILE.py:NAME.
    """

    effect: str
    path: str
    attribute: str
    digest: str
    given: str


_loaded: dict[str, EffectFile] = {}  # by what was given
_refused: dict[str, str] = {}  # why a file of the parent was not loaded here, by its effect's name


def load(given: Any) -> None:
    """Load an effect that is given as FILE.py:NAME; do nothing for any other value.

    NAME is that of a class of the file, or the name under which the class registers itself.

    Raises ArgumentError if the file cannot be read or run, or has no such effect.
    """
    if not _names_file(given):
        return
    path, attribute = _split(given)
    source = _read(path, given)
    digest = digest_of(source)
    path = str(Path(path).absolute())
    before = _loaded.get(given)
    if before and (before.path, before.digest) == (path, digest) and before.effect in effects():
        return
    with kept_on_success():
        effect = _effect_in(_run(path, source, given), attribute, given)
        effect.digest = digest
    _loaded[given] = EffectFile(effect.name, path, attribute, digest, given)


def load_typed(words: Sequence[str]) -> None:
    """Load the effects that the words of a command line give as FILE.py:NAME. See `load`."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--":
            return
        option, equals, value = word.partition("=")
        if option == "--effect":
            load(value if equals else following)


def loaded() -> tuple[EffectFile, ...]:
    """The files that have been loaded, for `load_again` in a child process."""
    return tuple(_loaded.values())


def load_again(files: Iterable[EffectFile]) -> None:
    """Load the files that a parent process has loaded.

    One that cannot be loaded, or has changed meanwhile, is told where its effect is needed.
    """
    for file in files:
        try:
            load(file.given)
            if _loaded[file.given].digest != file.digest:
                raise ArgumentError(f"{file.path} was changed while it was used: start again")
        except ArgumentError as error:
            _refused[file.effect] = str(error)


def name_of_given(given: str) -> str | None:
    """The registered name of the effect that was loaded as this; None if none was."""
    file = _loaded.get(given)
    return file.effect if file else None


def as_given(name: str) -> str:
    """What --effect takes for the effect with this name: FILE.py:NAME if it is from a file."""
    return next((file.given for file in _loaded.values() if file.effect == name), name)


def is_from_file(name: str) -> bool:
    """Whether the effect with this name was loaded from a file."""
    return any(file.effect == name for file in _loaded.values())


def needed(name: Any) -> str:
    """What is needed for a look with this effect, which is the end of a sentence; "" if nothing.

    It is also "" for what cannot be the name of an effect.
    """
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        return ""
    if name in _refused or name in effects():
        return _refused.get(name, "")
    return f"needs the effect {name}: give --effect FILE.py:{name}"


def _names_file(given: Any) -> bool:
    return isinstance(given, str) and (":" in given or given.lower().endswith(".py"))


def _split(given: str) -> tuple[str, str]:
    """The file and the name in it. The last colon parts them, as C:\\ has one too."""
    path, _, attribute = given.rpartition(":")
    if not (path.lower().endswith(".py") and _NAME.fullmatch(attribute)):
        raise ArgumentError(
            f"effect is {brief(given)}: give FILE.py:NAME, a file and the class in it", "effect"
        )
    return path, attribute


def _read(path: str, given: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # a name with a null character is a ValueError
        why = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(
            f"effect is {brief(given)}, and the file cannot be read ({why}): give FILE.py:NAME",
            "effect",
        ) from error


def _run(path: str, source: bytes, given: str) -> ModuleType:
    """Run a file as a module. What is run is what was hashed, and nothing is written beside it."""
    name = f"rollscan_effect_{digest_of(os.fsencode(path))}"
    module = ModuleType(name)
    module.__file__ = path
    before = sys.modules.get(name)
    sys.modules[name] = module  # where dataclasses look up the names of types
    try:
        exec(compile(source, path, "exec", dont_inherit=True), vars(module))
    except BaseException as error:
        sys.modules.pop(name)
        if before:
            sys.modules[name] = before
        if isinstance(error, ArgumentError) or not isinstance(error, Exception | SystemExit):
            raise
        raise ArgumentError(
            f"effect is {brief(given)}, and the file fails ({_in_short(error, path)}): mend it",
            "effect",
        ) from error
    return module


def _in_short(error: BaseException, path: str) -> str:
    """An exception in one line, with the line of the file that raised it."""
    import traceback  # imported only for an error

    lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == path]
    if isinstance(error, SyntaxError):
        lines = [error.lineno]
    where = f"line {lines[-1]}: " if lines else ""
    message = error.msg if isinstance(error, SyntaxError) else error
    return " ".join(f"{where}{type(error).__name__}: {message}".split())


def _effect_in(module: ModuleType, attribute: str, given: str) -> type[Effect]:
    """The effect with this name in a module. Raises ArgumentError if there is none."""
    found = {
        each.__name__: each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Effect) and each in effects().values()
    }
    effect = found.get(attribute) or {each.name: each for each in found.values()}.get(attribute)
    if effect:
        return effect
    there = f"it has {', '.join(found)}" if found else "write a class with a name, as Effect says"
    raise ArgumentError(f"effect is {brief(given)}, and the file has no such: {there}", "effect")
