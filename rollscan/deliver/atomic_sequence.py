"""Owns numbered pictures that appear together at their places, when all of them are complete."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

from ..errors import OutputError, SourceError
from ..files import NEW_FILE, lock, remove_abandoned, replace_file
from ..recipe import recipe_in
from ..video.sequence import pattern_of
from .atomic_file import resolved

_MARK = ".rollscan-"  # begins the names of hidden folders
_HIDDEN = re.compile(re.escape(_MARK) + r"[0-9a-f]{8}")
_MOMENT = 60  # seconds
_NEW, _OLD, _LOCK = "new", "old", "lock"  # what a hidden folder holds


class AtomicSequence:
    """Numbered pictures that replace those of a pattern in the end, or are removed without a trace.

    They are written to a hidden folder, beside those that they replace, which is locked for as long
    as it is in use; if its program dies, the next AtomicSequence there removes it. Pictures of the
    pattern that are there already are all replaced: those with higher numbers are removed.

    target: the pattern, as out/%04d.png. Its folder is made where it is missing, in the end.
    path: the folder to write the pictures to, under the names that they will have.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self.target = Path(target)
        self._folder = folder_of(self.target)
        self._is_new = not self._folder.is_dir()  # whether the folder has to be made
        parent = self._folder.parent if self._is_new else self._folder
        _remove_leftovers(parent)
        self._hidden = parent / f"{_MARK}{secrets.token_hex(4)}"
        self.path = self._hidden / _NEW
        self._hidden.mkdir()
        self._lock = os.open(self._hidden / _LOCK, NEW_FILE, 0o666)
        lock(self._lock)
        self.path.mkdir()
        self._placed: list[str] = []

    def finish(self) -> None:
        """Do nothing, as all pictures are files with names already."""

    def keep_old(self) -> None:
        """Give the pictures that are there a second name, so that `restore` finds them."""
        old = self._hidden / _OLD
        old.mkdir()
        for each in earlier(self.target):
            try:
                os.link(each, old / each.name)
            except OSError:  # the file system has no hard links
                shutil.copy2(each, old / each.name)

    def replace(self) -> None:
        """Move the finished pictures to their places, and remove earlier ones that are left."""
        if self._is_new:
            self._folder.mkdir(exist_ok=True)
        left = {each.name for each in earlier(self.target)}
        for each in sorted(self.path.iterdir()):
            self._placed.append(each.name)
            replace_file(each, self._folder / each.name)
        for name in left.difference(self._placed):
            (self._folder / name).unlink()

    def restore(self) -> None:
        """Undo `replace`: take the new pictures away, and put back the old ones."""
        for name in self._placed:
            if not (self.path / name).exists():
                with suppress(OSError):
                    replace_file(self._folder / name, self.path / name)
        old = self._hidden / _OLD
        for each in old.iterdir() if old.is_dir() else ():
            replace_file(each, self._folder / each.name)
        self._placed.clear()
        if self._is_new:
            with suppress(OSError):
                self._folder.rmdir()

    def keep_beside(self) -> Path | None:
        """Move the finished pictures to a new visible folder, and return its path; None if none."""
        with suppress(OSError):
            for number in count(1):
                name = f"{self._folder.name}-new{'' if number == 1 else number}"
                beside = self._folder.with_name(name)
                if not beside.exists():
                    self.path.rename(beside)
                    return beside
        return None

    def close(self) -> None:
        """Remove the hidden folder, with all that is in it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        shutil.rmtree(self._hidden, ignore_errors=True)


def folder_of(target: Path) -> Path:
    """The folder of a pattern, with links resolved, if they are safe."""
    return resolved(target.parent)


def earlier(target: Path) -> list[Path]:
    """The files of a pattern that are there."""
    names, folder = pattern_of(target.name), folder_of(target)
    if names is None or not folder.is_dir():
        return []
    return [each for each in folder.iterdir() if names.fullmatch(each.name)]


def check_sequence(target: Path) -> None:
    """Raise OutputError unless the pictures of a pattern can be written, and replaced.

    The pictures that are there may be replaced where each has a recipe, so that no picture is lost
    that another program made.
    """
    folder = folder_of(target)
    parent = folder if folder.is_dir() else folder.parent
    if not parent.is_dir():
        raise OutputError(f"{target} cannot be written, there is no folder {parent}: make it")
    if not os.access(parent, os.W_OK):
        raise OutputError(f"{target} cannot be written: no permission to write in {parent}")
    for each in earlier(target):
        try:
            recipe_in(each)
        except (SourceError, OSError) as error:
            raise OutputError(
                f"{target.with_name(each.name)} is there already, and is no picture of rollscan's:"
                " give another folder, or take it away"
            ) from error


def _remove_leftovers(parent: Path) -> None:
    """Remove the hidden folders whose programs were killed, which nobody locks any more."""
    with suppress(OSError):
        for hidden in [each for each in parent.iterdir() if _HIDDEN.fullmatch(each.name)]:
            if hidden.is_symlink() or time.time() - hidden.stat().st_mtime < _MOMENT:
                continue  # one that is so new may not be locked yet
            remove_abandoned(hidden / _LOCK)
            if not (hidden / _LOCK).exists():
                shutil.rmtree(hidden, ignore_errors=True)
