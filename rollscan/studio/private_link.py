"""Owns the private file that leads the browser to the studio, and that no other user can read."""

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

_LIFETIME = 60.0  # seconds after which the file is removed; a browser has long read it by then
_PAGE = (
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta http-equiv="refresh" content="0; url={address}"><title>rollscan</title>'
    '<a href="{address}">Open the studio</a>'
)


class PrivateLink:
    """An HTML file that redirects a browser to an address.

    Every user can see the arguments of a process. A browser that was started with the address would
    show it to them, and the first to use it would have access. So it is started with the name of
    this file instead.
    """

    def __init__(self, address: str, folder: Folder) -> None:
        self._file = _private_folder(folder) / "studio.html"
        page = _PAGE.format(address=escape(address)).encode()
        with os.fdopen(
            os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as file:
            file.write(page)

    def open(self) -> None:
        """Start the browser, in a thread because some calls return only when it is closed."""
        threading.Thread(target=webbrowser.open, args=[self._file.as_uri()], daemon=True).start()
        timer = threading.Timer(_LIFETIME, self.close)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Remove the file and its folder."""
        with suppress(OSError):
            self._file.unlink()
            self._file.parent.rmdir()


def _private_folder(folder: Folder) -> Path:
    """A new folder that only this user can read, and the browser too.

    On Linux a browser installed as a snap has a temporary folder of its own and sees no hidden
    files at home, and one installed as a flatpak sees only the downloads. So the folder is made
    among the downloads there, if there are any, and otherwise in the studio's own folder. Where the
    browser cannot read that either, the user has to open the address that the terminal shows.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, ValueError):
            return folder.another(_downloads())
    return folder.another(folder.path)


def _downloads() -> Path:
    """This user's downloads folder, whose name depends on the language."""
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "user-dirs.dirs")
    found = None
    with suppress(OSError, UnicodeDecodeError):
        found = re.search(
            r'^XDG_DOWNLOAD_DIR="\$HOME/([^"$\\]+)"', settings.read_text(encoding="utf-8"), re.M
        )
    return Path.home() / (found[1] if found else "Downloads")
