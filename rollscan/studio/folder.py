"""Owns the studio's folder for uploads, frames and results: gone when it ends, however that is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Hears of other folders until its standard input ends, as it does when the studio does, even if
# that is killed. What children of the studio still write meanwhile makes it try again.
_KEEPER = (
    'while IFS= read -r more; do set -- "$@" "$more"; done;'
    ' for _ in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$0" "$@" && exit; sleep 1; done'
)


class Folder:
    """A new folder in the temporary one, that no other user can look into."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="rollscan-studio-"))
        self._others: list[Path] = []
        self._keeper: subprocess.Popen[bytes] | None = None
        if sys.platform != "win32":
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, str(self.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is not for it
            )

    def another(self, parent: Path) -> Path:
        """A new folder in `parent`, as private, that goes with this one. May raise OSError."""
        other = Path(tempfile.mkdtemp(prefix="rollscan-studio-", dir=parent))
        self._others.append(other)
        if self._keeper and self._keeper.stdin:
            self._keeper.stdin.write(os.fsencode(other) + b"\n")
            self._keeper.stdin.flush()
        return other

    def close(self) -> None:
        """Remove the folder, those beside it, and all that is in them."""
        for path in (self.path, *self._others):
            shutil.rmtree(path, ignore_errors=True)
        if self._keeper:
            self._keeper.communicate()  # which ends its input
