"""Owns the check whether an output is up to date: complete, newer than its clip, of this look."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import IO, Any

from .deliver.atomic_sequence import earlier
from .deliver.mp4_boxes import boxes
from .errors import SourceError
from .fit import asked_for
from .job import Job
from .look import is_made_as_asked
from .pictures import open_picture
from .recipe import recipe_in
from .video.matroska import segment_end
from .video.sequence import pattern_of

_STRIPS, _STRIP_BYTES = 273, 279  # tags of a TIFF


def is_up_to_date(path: Path, job: Job, since: float) -> bool:
    """Whether `path` is a complete file that was made with the look of a job at `since` or later.

    since: seconds since the epoch. A look that is fitted to the clip is compared as it was asked
    for. One whose recipe is too long to be stored matches every file
    that has no recipe. Of a pattern of numbered pictures, all have to be so.
    """
    if pattern_of(path.name) and not path.exists():
        made = earlier(path)
        return bool(made) and all(is_up_to_date(each, job, since) for each in made)
    try:
        if path.stat().st_mtime < since or not is_complete(path):
            return False
    except OSError:
        return False
    try:
        recipe = recipe_in(path)
    except SourceError:
        return not job.look.recipe
    if job.fits:
        return is_made_as_asked(recipe, asked_for(job.look, job.fits))
    return recipe == job.look.recipe


def is_complete(path: Path) -> bool:
    """Whether a picture or a video that rollscan makes reaches the end that its structure declares.

    No picture is decoded, so damage within the file goes unnoticed.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == b"GIF8":
            return _ends_with(file, b";") and _gif_ends(file)
        if head[:4] == b"RIFF":
            return len(head) == 12 and struct.unpack("<I", head[4:8])[0] + 8 == size
        if head[:4] == b"\x89PNG":
            return _ends_with(file, b"IEND\xaeB`\x82")
        if head[:4] in (b"II*\0", b"MM\0*"):
            return _tiff_ends(path, size)
        if head[:2] == b"\xff\xd8":
            return _ends_with(file, b"\xff\xd9")
        if head[:4] == b"\x1aE\xdf\xa3":
            return segment_end(file) == size
        if head[4:8] == b"ftyp":
            found = list(boxes(path))
            names = [name for name, _, _ in found]
            return "moov" in names and "".join(names).isalnum() and found[-1][2] == size
    return False


def _ends_with(file: IO[bytes], end: bytes) -> bool:
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - len(end)))
    last = file.read()
    file.seek(0)
    return last == end


def _tiff_ends(path: Path, size: int) -> bool:
    """Whether all strips of a TIFF lie within its size."""
    try:
        with open_picture(path) as image:
            tags: Any = getattr(image, "tag_v2", {})
            ends = zip(tags[_STRIPS], tags[_STRIP_BYTES], strict=True)
            return all(begin + length <= size for begin, length in ends)
    except (OSError, ValueError, KeyError, SyntaxError):
        return False


def _gif_ends(file: IO[bytes]) -> bool:
    """Whether the blocks of a GIF end with its trailer, the last byte of the file."""
    header = file.read(13)
    if len(header) < 13:
        return False
    _skip_colours(file, header[10])
    while kind := file.read(1):
        if kind == b";":
            return not file.read(1)
        if kind == b"!":
            file.read(1)  # the label of the extension
        elif kind == b",":
            descriptor = file.read(9)
            if len(descriptor) < 9:
                return False
            _skip_colours(file, descriptor[8])
            file.read(1)  # the minimum code size of LZW
        else:
            return False
        while (count := file.read(1)) not in (b"", b"\0"):
            file.seek(count[0], os.SEEK_CUR)
    return False


def _skip_colours(file: IO[bytes], flags: int) -> None:
    """Skip the colour table, if the flags say that there is one."""
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, os.SEEK_CUR)
