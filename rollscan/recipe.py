"""Owns recipes in files: how to find the text in a GIF, a video, WebP, AVIF, PNG, JPEG or TIFF."""

from __future__ import annotations

import os
import re
import struct
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from html import escape, unescape
from pathlib import Path
from typing import BinaryIO

from .errors import SourceError
from .video.containers import one_file
from .video.ffmpeg import start_ffmpeg
from .video.input import Input, check_readable

_RECIPE = re.compile(r"rollscan \d{1,9} \{[^{}\0-\x1f]{0,4000}\}")
_MOST_TEXT = 1 << 16  # bytes of a text in a picture that are read; a recipe is at its beginning
_MOST_METADATA = 1 << 20  # bytes of the metadata of a video that are read
_MOST_PARTS = 1_000_000  # parts of a picture, such as chunks, that are read
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # of a box with XMP, in ISO files
_DESCRIPTION, _TEXT = 270, 2  # of a TIFF: the tag, and the type of its value
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{}</dc:description>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def as_xmp(recipe: str) -> bytes:
    """The recipe as XMP, the metadata that a WebP can have."""
    return _XMP.format(escape(recipe, quote=False)).encode()


def recipe_in(path: str | os.PathLike[str]) -> str:
    """The recipe in a file. Raises SourceError if the file cannot be read, or has no recipe."""
    if Path(path).exists() and not Path(path).is_file():
        raise SourceError(f"{path} is not a file: give one that rollscan made")
    check_readable(Path(path))
    for text in _texts(Path(path)):
        if found := _RECIPE.search(text):
            return found[0]
    raise SourceError(f"{path} carries no recipe: give a file that rollscan made, or the options")


def _texts(path: Path) -> Iterator[str]:
    """The texts of a file that may have a recipe. Nothing else of the file is decoded."""
    with path.open("rb") as file:
        begins = file.read(12)
        for signature, texts_in in _PICTURES.items():
            if re.match(signature, begins, re.DOTALL):
                with suppress(struct.error):  # the file is truncated
                    yield from (unescape(text.decode(errors="replace")) for text in texts_in(file))
                return
    yield _in_video(path)


def _in_gif(file: BinaryIO) -> Iterator[bytes]:
    """The comments before the first image."""
    file.seek(10)
    (flags,) = struct.unpack("Bxx", file.read(3))
    file.seek(3 << (flags & 7) + 1 if flags & 0x80 else 0, os.SEEK_CUR)
    left = _MOST_TEXT
    while left > 0 and file.read(1) == b"\x21":
        is_comment, text = file.read(1) == b"\xfe", b""
        while left > 0 and (count := struct.unpack("B", file.read(1))[0]):
            left -= count
            text += file.read(count)
        if is_comment:
            yield text


def _in_png(file: BinaryIO) -> Iterator[bytes]:
    """The text chunks before the pixels."""
    file.seek(8)
    for _ in range(_MOST_PARTS):
        count, kind = struct.unpack(">I4s", file.read(8))
        if kind == b"IDAT":
            return
        yield from _part(file, count, kind == b"tEXt")
        file.seek(4, os.SEEK_CUR)  # the checksum


def _in_jpeg(file: BinaryIO) -> Iterator[bytes]:
    """The comments before the pixels."""
    file.seek(2)
    for _ in range(_MOST_PARTS):
        mark, kind, count = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or kind == 0xDA or count < 2:
            return
        yield from _part(file, count - 2, kind == 0xFE)


def _in_webp(file: BinaryIO) -> Iterator[bytes]:
    """The XMP, which is the last chunk."""
    for _ in range(_MOST_PARTS):
        kind, count = struct.unpack("<4sI", file.read(8))
        yield from _part(file, count, kind == b"XMP ")
        file.seek(count % 2, os.SEEK_CUR)


def _in_avif(file: BinaryIO) -> Iterator[bytes]:
    """The XMP in a box of its own, outside of the metadata that pictures have."""
    file.seek(0)
    for _ in range(_MOST_PARTS):
        count, kind = struct.unpack(">I4s", file.read(8))
        if count < 8:
            return
        for text in _part(file, count - 8, kind == b"uuid"):
            if text.startswith(XMP_UUID):
                yield text


def _in_tiff(file: BinaryIO) -> Iterator[bytes]:
    """The description in the first directory."""
    file.seek(0)
    order = "<" if file.read(4)[:2] == b"II" else ">"
    (directory,) = struct.unpack(f"{order}I", file.read(4))
    file.seek(directory)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    for _ in range(count):
        tag, kind, length, at = struct.unpack(f"{order}HHII", file.read(12))
        if tag == _DESCRIPTION and kind == _TEXT and length > 4:
            file.seek(at)
            yield file.read(min(length, _MOST_TEXT))
            return


def _part(file: BinaryIO, count: int, wanted: bool) -> Iterator[bytes]:
    """Skip the next `count` bytes of a file, and yield the first of them if they are wanted."""
    text = file.read(min(count, _MOST_TEXT)) if wanted else b""
    file.seek(count - len(text), os.SEEK_CUR)
    if wanted:
        yield text


# How a picture begins, and what reads its texts. Pillow would load all of them, however long.
_PICTURES = {
    b"GIF8[79]a": _in_gif,
    b"\x89PNG\r\n\x1a\n": _in_png,
    b"\xff\xd8\xff": _in_jpeg,
    b"RIFF....WEBP": _in_webp,
    b"....ftypavi[fs]": _in_avif,
    rb"II\*\0|MM\0\*": _in_tiff,
}


def _in_video(path: Path) -> str:
    """The metadata of a video, without the backslashes by which ffmpeg escapes characters."""
    arguments = ["-v", "quiet", *one_file(path), "-f", "ffmetadata", "pipe:1"]
    with start_ffmpeg(arguments, Input(path, path), stdout=subprocess.PIPE) as ffmpeg:
        text = ffmpeg.read(_MOST_METADATA).decode(errors="replace")
    return re.sub(r"\\(.)", r"\1", text)
