"""Owns motion photos: pictures of phones (JPEG, HEIC) that hold a short film, which is an MP4.

It knows where in the file the film lies, and nothing of what is in it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

_MAX_BYTES = 1 << 28  # of a photo that is searched; phones write a tenth of it at most
_JPEG = b"\xff\xd8\xff"
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")  # and its like
_HEADER = 8  # bytes of a box's size and type
_FILM_BOX = b"mpvd"  # of a HEIC, which holds the whole MP4
_NEEDED = {b"moov", b"mdat"}  # the boxes without which there is no film
_BOXES = {b"ftyp", b"free", b"skip", b"wide", b"uuid", b"meta", b"moof", b"mfra", *_NEEDED}
_MAX_BOXES = 10_000


def film_in(path: Path) -> tuple[int, int] | None:
    """The offset and the size, in bytes, of the film in a motion photo; None in other files.

    Raises OSError where the file cannot be read, or not in this way.
    """
    with path.open("rb") as file:
        begin = file.read(_HEADER + 4)
        is_jpeg = begin.startswith(_JPEG)
        is_heic = begin[4:8] == b"ftyp" and begin[8:12] in _HEIC
        if not (is_jpeg or is_heic) or path.stat().st_size > _MAX_BYTES:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _after_jpeg(data) if is_jpeg else _in_heic(data)


def _after_jpeg(data: mmap.mmap) -> tuple[int, int] | None:
    """The film after the picture. Its place is stated in many ways, and often wrongly, so that it
    is looked for.
    """
    at = data.find(b"ftyp")
    while at >= 0:
        if film := _film(data, at - 4, len(data)):
            return film
        at = data.find(b"ftyp", at + 4)
    return None


def _in_heic(data: mmap.mmap) -> tuple[int, int] | None:
    for kind, at, begin, size in _boxes(data, 0, len(data)):
        if kind == _FILM_BOX:
            return _film(data, begin, at + size)
    return None


def _film(data: mmap.mmap, begin: int, end: int) -> tuple[int, int] | None:
    """The film of which the first box begins at `begin`, as far as its boxes follow one another."""
    kinds, stop = set(), begin
    for kind, at, _, size in _boxes(data, begin, end):
        if kind not in _BOXES:
            break
        kinds.add(kind)
        stop = at + size
    return (begin, stop - begin) if kinds >= _NEEDED else None


def _boxes(data: mmap.mmap, begin: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """The boxes of an MP4 that lie side by side: kind, offset, offset of its content, and size."""
    for _ in range(_MAX_BOXES):
        if begin + _HEADER > end:
            return
        size, content = int.from_bytes(data[begin : begin + 4], "big"), begin + _HEADER
        if size == 1:  # 64 bits of size follow
            content += 8
            size = int.from_bytes(data[content - 8 : content], "big")
        if size < content - begin or begin + size > end:
            return
        yield data[begin + 4 : begin + 8], begin, content, size
        begin += size
