"""Owns how the browser is led to the studio: by a private file, which no other user can read."""

from __future__ import annotations

import os
import re
import sys
import threading
import webbrowser
from contextlib import suppress
from html import escape
from pathlib import Path

from .folder import Folder

_LASTS = 60.0  # seconds in which a browser has read the file, or never will
_PAGE = (
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta http-equiv="refresh" content="0; url={address}"><title>rollscan</title>'
    '<a href="{address}">Open the studio</a>'
)


class Doorway:
    """A file that leads a browser to an address.

    All users see the arguments of a process, so a browser that is started with the address shows
    it to them, and who is faster has it. It is started with the name of this file instead.
    """

    def __init__(self, address: str, folder: Folder) -> None:
        self._file = _private(folder) / "studio.html"
        page = _PAGE.format(address=escape(address)).encode()
        with os.fdopen(
            os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as file:
            file.write(page)

    def open(self) -> None:
        """Start the browser, from a thread: some return only when they are closed."""
        threading.Thread(target=webbrowser.open, args=[self._file.as_uri()], daemon=True).start()
        timer = threading.Timer(_LASTS, self.close)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Remove the file, and its folder where that is for it alone."""
        with suppress(OSError):
            self._file.unlink()
            self._file.parent.rmdir()


def _private(folder: Folder) -> Path:
    """A new folder of this user alone, that the browser can read as well.

    On Linux a browser from a snap has a temporary folder of its own and sees no hidden files at
    home, and one from a flatpak sees the downloads alone: so there, if there are any. Elsewhere,
    and where that fails, in the studio's own folder. A browser that cannot read that either is
    given the address that the terminal says.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, ValueError):
            return folder.another(_downloads())
    return folder.another(folder.path)


def _downloads() -> Path:
    """This user's folder for downloads, by the name it has in their language."""
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "user-dirs.dirs")
    named = None
    with suppress(OSError, UnicodeDecodeError):
        named = re.search(r'^XDG_DOWNLOAD_DIR="\$HOME/([^"$\\]+)"', settings.read_text(), re.M)
    return Path.home() / (named[1] if named else "Downloads")
