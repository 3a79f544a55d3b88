"""Owns the files that the browser sends for options: maps and tracks, besides the clip.

The page is given an id for each, which it names in the options. Names from the browser are shown,
and used for no path.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from ..checks import check_choice
from ..errors import ArgumentError, OutputError, RollscanError, SourceError
from ..files import discard, temporary_room, write_at
from ..video.probe import Probe

LIMIT = 2 << 30  # bytes of an upload, and of all files for options together
KINDS = ("map", "sound")  # the options that name such a file

_MOST = 400  # files: a map that is drawn is a new one after each stroke, so that it can be undone
_LONGEST_NAME = 40  # letters, of a name that is shown
_SMALL = (64, 36)  # pixels, in which a picture is read to see whether it can be
_ANY_MOMENT = 0.1  # seconds of a track that are read to see whether they can be


@dataclass(frozen=True)
class Upload:
    """A file that was sent. name: the browser's for it. path: where it lies."""

    name: str
    path: Path


class Uploads:
    """The files that were sent for options, by the names of these and their ids.

    The oldest ones are removed where there are too many, or too large ones together.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._files: dict[tuple[str, str], Upload] = {}

    def get(self, option: str, id: Any) -> Upload | None:
        """The file with this id, if it was sent for the option."""
        return self._files.get((option, id)) if isinstance(id, str) else None

    def shown(self) -> dict[str, dict[str, str]]:
        """The names of the files for each option, by their ids, for the page."""
        return {
            kind: {
                id: file.name for (option, id), file in list(self._files.items()) if option == kind
            }
            for kind in KINDS
        }

    def add(self, option: str, name: str, path: Path) -> str:
        """Take a file that was saved, which is checked by its contents, and return its id.

        name: the browser's for it. Raises ArgumentError where the option takes no file, and
        RollscanError, with the browser's name for it, where the file is none that it takes.
        """
        check_choice("a file", option, KINDS)
        name = display_name(name)
        try:
            (_check_map if option == "map" else _check_track)(path)
        except RollscanError as error:
            raise type(error)(str(error).replace(str(path), name), *error.names) from error
        with self._lock:
            id = f"{next(self._numbers)}-{name}"
            self._files[option, id] = Upload(name, path)
            self._make_room()
        return id

    def _make_room(self) -> None:
        """Remove the oldest files while there are too many, but for the one that came last."""
        sizes = {key: _size(file.path) for key, file in self._files.items()}
        for key in list(self._files)[:-1]:
            if len(self._files) <= _MOST and sum(sizes.values()) <= LIMIT:
                return
            sizes.pop(key)
            discard(self._files.pop(key).path)


def display_name(name: str) -> str:
    """A browser's name for a file, shortened and without folders. It must not be used as a path."""
    name = "".join(letter for letter in re.split(r"[/\\]", name)[-1] if letter.isprintable())
    return name.strip(". ")[-_LONGEST_NAME:] or "clip"


async def save(chunks: AsyncIterator[bytes], path: Path) -> None:
    """Write an upload to a file.

    Raises ArgumentError where it exceeds the limit, OutputError where the disk is full. Then the
    rest of it is taken all the same: a browser does not read an answer before it has sent all.
    """
    size = 0
    try:
        with temporary_room():
            file = path.open("wb", buffering=0)
        with file:
            async for chunk in chunks:
                await asyncio.to_thread(write_at, file, size, memoryview(chunk))
                size += len(chunk)
                if size > LIMIT:
                    raise ArgumentError(
                        f"the file is larger than {LIMIT >> 30} GiB: cut it, or name it"
                        " on the command line"
                    )
    except OutputError:
        async for _ in chunks:
            pass
        raise


def _check_map(path: Path) -> None:
    """Raise RollscanError unless a file is a picture, or a video, that can be a map."""
    from ..composers.maps import is_still_picture, picture_map

    if is_still_picture(path):
        picture_map(path, _SMALL)
        return
    try:
        Probe(path).facts()
    except SourceError as error:
        raise ArgumentError(f"map {path} is no picture or video: {error}", "map") from error


def _check_track(path: Path) -> None:
    """Raise SourceError unless a file has sound."""
    from ..sound import track_of

    track_of(path, _ANY_MOMENT)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
