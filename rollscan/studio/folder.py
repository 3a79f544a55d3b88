"""Owns the studio's temporary folder, which is removed when the studio ends, even if killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..signals import detached

# A program that removes the folders. It reads the names of further folders until its standard input
# ends, as it does when the studio ends, even if the studio is killed or its console is closed. It
# tries several times, because children of the studio may still have files in the folders open.
_CLEANER = """
import os, shutil, sys, time
folders = [sys.argv[1], *(os.fsdecode(line.rstrip(b"\\n")) for line in sys.stdin.buffer)]
for _ in range(9):
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    if not any(map(os.path.lexists, folders)):
        break
    time.sleep(1)
"""


class Folder:
    """A new folder in the system's temporary one, which no other user can read.

    path: of the folder.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="rollscan-studio-"))
        self._others: list[Path] = []
        self._cleaner = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CLEANER, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **detached(),
        )

    def another(self, parent: Path) -> Path:
        """A new private folder in `parent`, which is removed with this one.

        Raises OSError where it cannot be made.
        """
        other = Path(tempfile.mkdtemp(prefix="rollscan-studio-", dir=parent))
        self._others.append(other)
        assert self._cleaner.stdin
        self._cleaner.stdin.write(os.fsencode(other) + b"\n")
        self._cleaner.stdin.flush()
        return other

    def close(self) -> None:
        """Remove the folder, the others made with `another`, and everything in them."""
        for path in (self.path, *self._others):
            shutil.rmtree(path, ignore_errors=True)
        self._cleaner.communicate()  # closes its input, and waits until it has ended
