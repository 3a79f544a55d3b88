"""Owns the studio's temporary folder, which is removed when the studio ends, even if killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# A shell script that removes the folders. It reads the names of further folders until its standard
# input ends, as it does when the studio ends, even if the studio is killed. It tries several times,
# because children of the studio may still be writing into the folders.
_CLEANER = (
    'while IFS= read -r more; do set -- "$@" "$more"; done;'
    ' for _ in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$0" "$@" && exit; sleep 1; done'
)


class Folder:
    """A new folder in the system's temporary one, which no other user can read.

    path: of the folder.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="rollscan-studio-"))
        self._others: list[Path] = []
        self._cleaner: subprocess.Popen[bytes] | None = None
        if sys.platform != "win32":
            self._cleaner = subprocess.Popen(
                ["/bin/sh", "-c", _CLEANER, str(self.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # so that Ctrl-C does not reach it
            )

    def another(self, parent: Path) -> Path:
        """A new private folder in `parent`, which is removed with this one.

        Raises OSError where it cannot be made.
        """
        other = Path(tempfile.mkdtemp(prefix="rollscan-studio-", dir=parent))
        self._others.append(other)
        if self._cleaner and self._cleaner.stdin:
            self._cleaner.stdin.write(os.fsencode(other) + b"\n")
            self._cleaner.stdin.flush()
        return other

    def close(self) -> None:
        """Remove the folder, the others made with `another`, and everything in them."""
        for path in (self.path, *self._others):
            shutil.rmtree(path, ignore_errors=True)
        if self._cleaner:
            self._cleaner.communicate()  # closes its input, and waits until it has ended
