"""Owns names of files that strangers choose: they are made safe, and kept within a folder.

Such a name comes from a web page, an object store or an upload, and a file here is named after it.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

# The names that Windows takes for devices, in any case and with any extension: aux, con.mp4.
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.I)
_FORBIDDEN = frozenset('<>:"/\\|?*')  # on Windows: separators, streams (12:30), drives, wildcards
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories: controls, surrogates, separators


def safe_name(name: str) -> str:
    """The name, changed so that it is the name of a single file or folder on any system.

    Characters that are not allowed on Linux, macOS or Windows become underscores, and so do an
    empty name, "." and "..". The name of a Windows device is prefixed with an underscore.
    """
    safe = "".join("_" if _is_unsafe(letter) else letter for letter in name)
    kept = safe.rstrip(". ")  # Windows drops these, so the name would be that of another file
    safe = kept + "_" * (len(safe) - len(kept)) or "_"
    return f"_{safe}" if _DEVICES.fullmatch(safe) else safe


def safe_folder(folder: str) -> str:
    """A path of folders, separated by slashes, each changed by `safe_name`. "" stays as it is."""
    return "/".join(safe_name(part) for part in folder.split("/") if part)


def lies_within(name: str, folder: str) -> bool:
    """Whether a path or a URL lies below a folder, judged by their texts alone.

    Links are not followed, as whoever can create them below the folder can write there anyway.
    """
    top = os.path.normpath(folder or ".")
    path = os.path.normpath(name)
    if top == os.curdir:
        return not Path(path).is_absolute() and Path(path).parts[:1] != (os.pardir,)
    return path.startswith(top if top.endswith(os.sep) else top + os.sep)


def _is_unsafe(letter: str) -> bool:
    return letter in _FORBIDDEN or unicodedata.category(letter) in _CONTROLS
