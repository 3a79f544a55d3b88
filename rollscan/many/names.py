"""Owns the names of outputs: patterns such as loops/{name}-{look}.gif, and folders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from string import Formatter
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ..checks import is_url
from ..deliver.formats import FORMATS
from ..errors import ArgumentError
from ..masking import masked_url
from ..safe_names import lies_within, safe_folder, safe_name
from ..video.sequence import is_sequence, name_of

FIELDS = ("name", "ext", "folder", "look")
_FOLDER = "{folder}/"


class Clip(NamedTuple):
    """A clip as it was found."""

    input: str  # a path or a URL
    folder: str = ""  # its folder relative to the INPUT that was searched, with forward slashes


@dataclass(frozen=True)
class Pattern:
    """A pattern for the names of the clips' files, with fields in braces."""

    option: str  # the field of Job
    text: str

    @classmethod
    def of(cls, option: str, given: str) -> Pattern:
        """The pattern given, or for a folder one that keeps the clips' names and subfolders.

        Raises ArgumentError for an unknown field, for an open brace, and for a text that is neither
        a folder nor the name of a file.
        """
        if is_folder(given):
            base = given if given.endswith(("/", os.sep)) else given + "/"
            base = base.replace("{", "{{").replace("}", "}}")
            return cls(option, f"{base}{_FOLDER}{{name}}{_rest_of_name(option)}")
        for field in _fields(option, given):
            if field not in FIELDS:
                raise ArgumentError(
                    f"{option} is {given!r}, and there is no {{{field}}}: give"
                    f" {', '.join(f'{{{known}}}' for known in FIELDS)}, or {{{{ for a brace itself",
                    option,
                )
        if not os.path.basename(given).count("."):  # noqa: PTH119 (a URL is no path)
            raise ArgumentError(
                f"{option} is {given!r}, which is no folder that is there, nor a file's name:"
                f" give {given}/ to make that folder",
                option,
            )
        return cls(option, given)

    def uses(self, field: str) -> bool:
        """Whether the pattern has the field."""
        return field in _fields(self.option, self.text)

    @property
    def within(self) -> str:
        """The folder before the first field, which must exist."""
        first = next(iter(Formatter().parse(self.text)), ("", None, None, None))
        return os.path.dirname(first[0] or "") or ("" if is_url(self.text) else ".")  # noqa: PTH120

    def filled(self, clip: Clip, look: str) -> str:
        """The name for a clip. look: the name of the look that was chosen.

        Names that come from an address are made safe, as others have chosen them. Raises
        ArgumentError for a name that leads out of the folder before the first field.
        """
        path, folder = PurePath(clip.input), clip.folder
        name, ext = path.stem, path.suffix.removeprefix(".")
        if is_sequence(clip.input):
            name, ext = name_of(clip.input), ""
        elif is_url(clip.input):
            path = PurePosixPath(unquote(urlsplit(clip.input).path))
            name, ext = safe_name(path.stem), path.suffix.removeprefix(".")
            ext, folder = safe_name(ext) if ext else "", safe_folder(folder)
        text = self.text if folder else self.text.replace(_FOLDER, "")
        filled = text.format(name=name, ext=ext, folder=folder, look=look)
        if not lies_within(filled, self.within):
            raise ArgumentError(
                f"{masked_url(clip.input)} would be written to {masked_url(filled)}, which is not"
                f" within {self.within or os.curdir}: leave .. out of {self.option}",
                self.option,
            )
        return filled


def _rest_of_name(option: str) -> str:
    """What comes after {name} in the names of files in a folder, by the field of Job."""
    if option not in FORMATS:  # a picture
        return ".png"
    return FORMATS[option].example.removeprefix("out")


def is_folder(given: str) -> bool:
    """Whether an output is a folder: one that exists, or a name that ends in a slash."""
    return given.endswith(("/", os.sep)) or folder_exists(given)


def folder_exists(folder: str) -> bool:
    """Whether a folder exists; False for a name that is too long or not valid, too."""
    try:
        return bool(folder) and Path(folder).is_dir()
    except (OSError, ValueError):
        return False


def is_pattern(given: str) -> bool:
    """Whether an output is for any number of clips: a folder, or a name with one of FIELDS."""
    return is_folder(given) or any(f"{{{field}}}" in given for field in FIELDS)


def _fields(option: str, text: str) -> list[str]:
    """The fields of a pattern, as they stand between the braces.

    Raises ArgumentError where a brace is not closed.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise ArgumentError(
            f"{option} is {text!r}, in which a brace is not closed: give {{{{ for a brace itself"
        ) from None
    return [
        field + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, field, form, conversion in parts
        if field is not None
    ]
