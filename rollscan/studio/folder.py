"""Owns the studio's folder for uploads, frames and results: gone when it ends, however that is."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Waits until its standard input ends, as it does when the studio does, even if that is killed. What
# children of the studio still write meanwhile makes it try again.
_KEEPER = 'read -r _; for _ in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$0" && exit; sleep 1; done'


class Folder:
    """A new folder in the temporary one, that no other user can look into."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="rollscan-studio-"))
        self._keeper: subprocess.Popen[bytes] | None = None
        if sys.platform != "win32":
            self._keeper = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER, str(self.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is not for it
            )

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._keeper:
            self._keeper.communicate()  # which ends its input
