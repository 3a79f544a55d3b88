"""Owns what the page asks for as jobs: read by the real parser, and with no name used as a path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..checks import brief, in_seconds
from ..compose.directions import MAPS
from ..errors import ArgumentError
from ..job import OUTPUTS, Job, settings
from ..look import Look
from ..options import job_of, words_of
from ..outputs import agreed_targets, checked_targets
from ..parser import parser
from .clip import Clip

_KNOWN = {name for name, each in settings().items() if each.option} | {"look"}
_LONGEST_NAME = 200  # bytes


@dataclass(frozen=True)
class Given:
    """What the command line said, by the dests of the parser: the page starts with it.

    Files that it named are written and read there; of others the page knows no more than the name.
    """

    options: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Raise ArgumentError or OutputError for what is wrong with it, whatever the clip is."""
        outputs = {} if self._names_any else {"gif": Path("clip.gif")}
        job = job_of({"input": Path("clip"), **outputs, **self.options})
        (checked_targets if self._names_any else agreed_targets)(job)

    @property
    def _names_any(self) -> bool:
        return any(name in self.options for name in OUTPUTS)

    def shown(self, name: str) -> dict[str, Any]:
        """The options as the page is told of them. name: of a clip, for a name of its GIF."""
        options = dict(self.options)
        if "like" in options:
            options = {**_effective(Look.of(options.pop("like"))), **options}
        for key, value in options.items():
            if key in OUTPUTS:
                options[key] = Path(value).name
            elif key in ("start", "end"):
                options[key] = in_seconds(key, value)
            elif isinstance(value, Path):
                options[key] = str(value)
        if not self._names_any:
            options["gif"] = f"{Path(name).stem or 'clip'}.gif"
        return options


@dataclass(frozen=True)
class Asked:
    """A job that the page asks for.

    command: as a person would have it: of files with the names that people know. job: to render,
    from the clip where it lies, into `folder`. called: what people call those files, by the path.
    """

    command: Job
    job: Job
    called: Mapping[str, str]

    def in_words(self, message: str) -> str:
        """A message about files as people know them."""
        for path, name in self.called.items():
            message = message.replace(path, name)
        return message


def asked_for(options: Any, given: Given, clip: Clip, folder: Path) -> Asked:
    """The job that the page's options ask for. Raises ArgumentError where they are wrong.

    folder: where outputs go that the command line did not name.
    """
    if not isinstance(options, dict):
        raise ArgumentError("options are missing: give them by name")
    for name, value in options.items():
        if name not in _KNOWN:
            raise ArgumentError(f"there is no option {brief(name)} here")
        _check_file(name, value, given)
    options = {name: _as_typed(name, value) for name, value in options.items() if value != []}
    try:
        parsed = vars(parser().parse_args([*words_of(options), "--", "clip"]))
    except ArgumentError as error:
        said = re.sub(r"^argument |\(rollscan --help.*\)$", "", str(error)).strip()
        raise ArgumentError(said, *error.names) from None
    command = job_of({name: value for name, value in parsed.items() if name in {*_KNOWN, "input"}})
    command = command.over(input=clip.path)
    job = command.over(input=clip.input.opened)
    called = {str(clip.input.opened): clip.name}
    for name in OUTPUTS:
        path = getattr(command, name)
        if path is None:
            continue
        if name in given.options and path.name == Path(given.options[name]).name:
            path = Path(given.options[name])
            command, job = command.over(**{name: path}), job.over(**{name: path})
        else:
            job = job.over(**{name: folder / f"{name}{_ending(path)}"})
            called[str(folder / name)] = path.stem
    return Asked(command, job, called)


def as_name(said: str) -> str:
    """What a browser calls a file, without folders, and shortened; never to be used as a path."""
    name = "".join(letter for letter in re.split(r"[/\\]", said)[-1] if letter.isprintable())
    return name.strip(". ")[-_LONGEST_NAME // 5 :] or "clip"


def _check_file(name: str, value: Any, given: Given) -> None:
    """Raise ArgumentError for a file that the page may not name."""
    if name in OUTPUTS and value is not None and not _is_name(value):
        raise ArgumentError(f"{name} is {brief(value)}: give the name of a file, without folders")
    named = isinstance(value, str) and (
        name in ("platforms", "sound") or (name == "map" and value not in MAPS)
    )
    if named and str(value) != str(given.options.get(name)):
        raise ArgumentError(
            f"{name} is {brief(value)}: a file is taken from the command line only, as in"
            f" rollscan --ui --{name} FILE"
        )


def _is_name(value: Any) -> bool:
    """Whether it is a name without folders, of a file that is seen."""
    return (
        isinstance(value, str)
        and value.isprintable()
        and not re.search(r"[/\\]", value)
        and value.strip(". ") != ""
        and not value.startswith(".")
        and len(value.encode()) <= _LONGEST_NAME
    )


def _ending(path: Path) -> str:
    """The name's ending, where it is a plain one."""
    return path.suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", path.suffix) else ""


def _as_typed(name: str, value: Any) -> Any:
    """A value of JSON as the parser would have it in a word."""
    if isinstance(value, str) and not value.isprintable():
        raise ArgumentError(f"{name} is {brief(value)}: give text in one line")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)  # as JavaScript does not tell 5 from 5.0
    return value


def _effective(look: Look) -> dict[str, Any]:
    """The settings of a look that can be given: those that have an effect."""
    settings: dict[str, Any] = {}
    kind = {"effect": look.effect, "loop": look.loop}
    for name, value in look.settings.items():
        with suppress(ArgumentError):
            job_of({"input": "clip", "gif": "clip.gif", **kind, name: value})
            settings[name] = value
    return settings
