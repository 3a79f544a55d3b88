"""Owns the reading of TOML files, those of the package and those of users."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .errors import ArgumentError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_MOST_BYTES = 1 << 20  # of a file of a user


def text_of(path: Path) -> bytes:
    """The content of a TOML file. Raises ArgumentError if it cannot be read or is too large."""
    if path.exists() and not path.is_file():  # reading a pipe could wait for ever
        raise ArgumentError(f"{path} is not a file: give the name of a TOML file")
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ArgumentError(f"{path} cannot be read, {error.strerror}: check the name") from error
    if len(text) > _MOST_BYTES:
        raise ArgumentError(
            f"{path} is over {_MOST_BYTES:,} bytes, which no such table is: give a TOML file"
        )
    return text


def tables_in(text: bytes, file: str) -> dict[str, Any]:
    """The tables of a TOML file by name. Raises ArgumentError for invalid TOML, naming `file`."""
    try:
        return tomllib.loads(text.decode())
    except ValueError as error:  # not TOML, or not UTF-8
        raise ArgumentError(f"{file} is not valid TOML, {error}: correct it there") from error
    except RecursionError:
        raise ArgumentError(
            f"{file} has brackets too deep within each other: correct it there"
        ) from None
