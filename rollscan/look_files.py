"""Owns the file with the looks of a user: where it is, its text, and how that is replaced.

It knows no settings: `look.py` reads the text, and `own_looks.py` says what is written.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from .errors import OutputError
from .files import replace_file
from .tables import text_of


def looks_file() -> Path:
    """The file with the looks of this user, which need not be there.

    It is rollscan/looks.toml in the folder for settings: XDG_CONFIG_HOME, or else ~/.config; on
    macOS ~/Library/Application Support; on Windows APPDATA. XDG_CONFIG_HOME wins everywhere.
    """
    home = Path("~").expanduser()
    usual = {"darwin": home / "Library" / "Application Support", "win32": home / "AppData/Roaming"}
    chosen = os.environ.get("XDG_CONFIG_HOME") or (
        os.environ.get("APPDATA") if sys.platform == "win32" else ""
    )
    folder = Path(chosen) if chosen else usual.get(sys.platform, home / ".config")
    return folder / "rollscan" / "looks.toml"


def looks_text() -> bytes:
    """The text of the file; b"" where there is none. Raises ArgumentError if it cannot be read."""
    path = looks_file()
    return text_of(path) if os.path.lexists(path) else b""


def replace_looks_text(text: str) -> None:
    """Replace the text of the file, whole. Raises OutputError if it cannot be written."""
    path = looks_file()
    path = path.resolve() if path.is_symlink() else path  # the link stays
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".looks-")
        try:
            with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            replace_file(Path(beside), path)
        except BaseException:
            with suppress(OSError):
                Path(beside).unlink()
            raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written, {error.strerror}: make room there") from error
