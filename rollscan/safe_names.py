"""Owns names that come from elsewhere: made safe for every system, and held within their folder.

A web page, an object store or an uploader chooses them, and a file is then called so here.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

# What Windows takes for a device, whatever the case and whatever follows a dot: aux, con.mp4.
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.I)
_FORBIDDEN = frozenset('<>:"/\\|?*')  # on Windows: separators, streams (12:30), drives, wildcards
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # categories: controls, halves of letters, breaks


def safe_name(name: str) -> str:
    """The name as that of one file or folder, on any system.

    What a name may not hold on Linux, macOS or Windows becomes an underscore. An empty name, "."
    and ".." are no names, and become underscores too; a device of Windows has one put before it.
    """
    safe = "".join("_" if _is_unsafe(letter) else letter for letter in name)
    kept = safe.rstrip(". ")  # which Windows drops, so that another file is meant
    safe = kept + "_" * (len(safe) - len(kept)) or "_"
    return f"_{safe}" if _DEVICES.fullmatch(safe) else safe


def safe_folder(folder: str) -> str:
    """The folders, with slashes between, each as `safe_name` makes it; "" stays what it is."""
    return "/".join(safe_name(part) for part in folder.split("/") if part)


def lies_within(name: str, folder: str) -> bool:
    """Whether a path, or an address, lies below a folder, as far as their texts tell.

    Links are not followed: who may make them below the folder may write there anyway.
    """
    top = os.path.normpath(folder or ".")
    path = os.path.normpath(name)
    if top == os.curdir:
        return not Path(path).is_absolute() and Path(path).parts[:1] != (os.pardir,)
    return path.startswith(top if top.endswith(os.sep) else top + os.sep)


def _is_unsafe(letter: str) -> bool:
    return letter in _FORBIDDEN or unicodedata.category(letter) in _CONTROLS
