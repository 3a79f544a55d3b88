"""Owns the reading of jobs that the page requests, by the command line's parser.

The page is not trusted: no name that it sends is used as a path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..checks import brief, in_seconds
from ..composers.directions import MAP_NAMES
from ..deliver.formats import FORMATS
from ..errors import ArgumentError
from ..job import OUTPUTS, Job, settings
from ..look import Look
from ..options import job_of, words_of
from ..outputs import agreed_targets, checked_targets
from ..parser import parser
from ..path import ValuePath
from .clip import Clip
from .destinations import OFFERED
from .uploads import KINDS, Upload, Uploads

_LONGEST_NAME = 200  # bytes


@dataclass(frozen=True)
class CommandLine:
    """The options of the command line, with which the page starts.

    options: by the parser's dests. The files that they name are read and written where they are;
    the page is told their names without folders. uploads: the files that the page may name besides.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    uploads: Uploads = field(default_factory=Uploads)

    def check(self) -> None:
        """Raise ArgumentError or OutputError where the options are wrong for any clip."""
        outputs = {} if self._names_any else {"gif": Path("clip.gif")}
        job = job_of({"input": Path("clip"), **outputs, **self.options})
        (checked_targets if self._names_any else agreed_targets)(job)

    def settings(self, given: Any) -> Any:
        """The settings of a look that the page sends, with the paths of files that it may name."""
        if not isinstance(given, dict):
            return given
        for name, value in given.items():
            check_file(name, value, self)
        return {**given, **{name: str(file.path) for name, file in self.files(given).items()}}

    def files(self, given: Mapping[str, Any]) -> dict[str, Upload]:
        """The uploaded files that options name, by the options."""
        found = {name: self.uploads.get(name, given.get(name)) for name in KINDS}
        return {name: file for name, file in found.items() if file}

    @property
    def _names_any(self) -> bool:
        return any(name in self.options for name in OUTPUTS)

    def shown(self, name: str) -> dict[str, Any]:
        """The options for the page, as JSON values.

        name: of the clip, from which a GIF is named where the options name no output.
        """
        options = dict(self.options)
        if "like" in options:
            options = {**effective(Look.of(options.pop("like"))), **options}
        options = as_json(options)
        for key, value in options.items():
            if key in OUTPUTS:
                options[key] = Path(value).name
            elif key in ("start", "end"):
                options[key] = in_seconds(key, value)
        if not self._names_any:
            options["gif"] = f"{Path(name).stem or 'clip'}.gif"
        return options


@dataclass(frozen=True)
class RequestedJob:
    """A job that the page requests.

    command: the job as the user would type it, with the names of files that the user knows. job:
    the job to render, with the paths that the studio reads and writes. display_names: the names
    that the user knows, by those paths.
    """

    command: Job
    job: Job
    display_names: Mapping[str, str]

    def in_words(self, message: str) -> str:
        """A message with the studio's paths replaced by the names that the user knows."""
        for path, name in self.display_names.items():
            message = message.replace(path, name)
        return message


def parse_request(
    options: Any, command_line: CommandLine, clip: Clip, folder: Path
) -> RequestedJob:
    """Parse the options that the page sends. Raises ArgumentError where they are wrong.

    options: by the parser's dests, as JSON values. folder: for outputs that the command line did
    not name.
    """
    if not isinstance(options, dict):
        raise ArgumentError("options are missing: give them by name")
    known = {"look", *(name for name, each in settings().items() if each.option)}
    for name, value in options.items():
        if name not in known or (name in FORMATS and name not in OFFERED):
            raise ArgumentError(f"there is no option {brief(name)} here")
        check_file(name, value, command_line)
    files = command_line.files(options)
    options = {**options, **{name: str(file.path) for name, file in files.items()}}
    options = {name: _as_typed(name, value) for name, value in options.items() if value != []}
    try:
        parsed = vars(parser().parse_args([*words_of(options), "--", "clip"]))
    except ArgumentError as error:
        message = re.sub(r"^argument |\(rollscan --help.*\)$", "", str(error)).strip()
        raise ArgumentError(message, *error.names) from None
    command = job_of({name: value for name, value in parsed.items() if name in {*known, "input"}})
    command = command.over(input=clip.path)
    job = command.over(input=clip.input.opened)
    display_names = {str(clip.input.opened): clip.name}
    for name, file in files.items():
        display_names[str(file.path)] = file.name
        if name == "map":
            command = command.over(look=command.look.over(map=file.name))
        else:
            command = command.over(**{name: Path(file.name)})
    for name in OUTPUTS:
        path = getattr(command, name)
        if path is None:
            continue
        if name in command_line.options and path.name == Path(command_line.options[name]).name:
            path = Path(command_line.options[name])
            command, job = command.over(**{name: path}), job.over(**{name: path})
        else:
            job = job.over(**{name: folder / f"{name}{_ending(path)}"})
            display_names[str(folder / name)] = path.stem
    return RequestedJob(command, job, display_names)


def field_of(
    message: str, names: Sequence[str] = (), requested: RequestedJob | None = None
) -> str | None:
    """The option that an error is about, by the parser's dest, or None.

    It is the first of `names`, which are those of the error. Without any it is the option, or the
    output of the requested job, whose name the message begins with.
    """
    if names:
        return names[0]
    for name in OUTPUTS if requested else ():
        path = getattr(requested and requested.command, name)
        if path is not None and message.startswith(str(path)):
            return name
    found = re.match(r"-{0,2}([a-z][a-z_-]*)", message)
    dests = {action.dest: action.dest for action in parser()._actions}
    for action in parser()._actions:
        for spelling in action.option_strings:
            dests[spelling.lstrip("-")] = action.dest
    return dests.get(found[1]) if found else None


def check_file(name: str, value: Any, command_line: CommandLine) -> None:
    """Raise ArgumentError for a file that the page may not name.

    The page may name outputs, without folders, and the other files that the command line named.
    """
    if name in OUTPUTS and value is not None and not _is_name(value):
        raise ArgumentError(f"{name} is {brief(value)}: give the name of a file, without folders")
    named = isinstance(value, str) and (
        name in ("platforms", "sound") or (name == "map" and value not in MAP_NAMES)
    )
    if not named or command_line.uploads.get(name, value):
        return
    if str(value) != str(command_line.options.get(name)):
        again = "choose the file again, or name it" if name in KINDS else "name the file"
        raise ArgumentError(
            f"{name} is {brief(value)}, which is not here: {again} on the command line, as in"
            f" rollscan --ui --{name} FILE"
        )


def _is_name(value: Any) -> bool:
    """Whether a value is a file's name without folders, not hidden and not too long."""
    return (
        isinstance(value, str)
        and value.isprintable()
        and not re.search(r"[/\\]", value)
        and value.strip(". ") != ""
        and not value.startswith(".")
        and len(value.encode()) <= _LONGEST_NAME
    )


def _ending(path: Path) -> str:
    """The name's suffix if it consists of up to 5 letters and digits, or else ""."""
    return path.suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", path.suffix) else ""


def _as_typed(name: str, value: Any) -> Any:
    """A JSON value as it would be typed. Raises ArgumentError for text of several lines."""
    if isinstance(value, str) and not value.isprintable():
        raise ArgumentError(f"{name} is {brief(value)}: give text in one line")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)  # JavaScript does not distinguish 5 from 5.0
    return value


def as_json(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, with text in place of values that JSON has not."""
    texts = (Path, ValuePath)
    return {key: str(each) if isinstance(each, texts) else each for key, each in options.items()}


def effective(look: Look) -> dict[str, Any]:
    """The settings of a look that have an effect; the others would be refused as options."""
    settings: dict[str, Any] = {}
    kind = {"effect": look.effect, "loop": look.loop}
    for name, value in look.settings.items():
        with suppress(ArgumentError):
            job_of({"input": "clip", "gif": "clip.gif", **kind, name: value})
            settings[name] = value
    return settings
