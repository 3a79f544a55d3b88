"""Owns the reading of TOML: what ships with the package, and what people give."""

from __future__ import annotations

import sys
from typing import Any

from .errors import ArgumentError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def tables_in(text: bytes, file: str) -> dict[str, Any]:
    """The tables of a TOML file by name. Raises ArgumentError, naming `file`, for bad TOML."""
    try:
        return tomllib.loads(text.decode())
    except ValueError as error:  # not TOML, or not UTF-8
        raise ArgumentError(f"{file} is not valid TOML, {error}: correct it there") from error
