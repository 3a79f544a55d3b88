"""Owns the parts of a PNG file, which take no more memory for a larger picture.

See https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np

from ..frames import Picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_LEFT, _ABOVE = 1, 2  # the filters "Sub" and "Up"
_KINDS = {3: 2, 4: 6}  # how the format calls RGB and RGBA
_PIECE = 1 << 16  # bytes of compressed data in a chunk, about


def write_png(
    file: BinaryIO, size: tuple[int, int], bands: Iterable[Picture], comment: str = ""
) -> None:
    """Write a picture of any size as PNG.

    size: width and height in pixels. bands: the rows from top to bottom, (rows, width, 3) uint8.
    comment: a text that is stored as Pillow stores it; "" for none.
    """
    file.write(SIGNATURE)
    write_chunk(file, b"IHDR", header(size))
    if comment:
        write_chunk(file, b"tEXt", text(comment))
    for data in compressed(bands):
        write_chunk(file, b"IDAT", data)
    write_chunk(file, b"IEND", b"")


def write_chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    """Write a chunk: its length, its kind, its data and their checksum."""
    check = zlib.crc32(kind + data)
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check))


def header(size: tuple[int, int], channels: int = 3) -> bytes:
    """The data of the chunk IHDR of a picture in RGB, or with 4 channels in RGBA, 8 bits each."""
    return struct.pack(">IIBBBBB", *size, 8, _KINDS[channels], 0, 0, 0)


def text(comment: str) -> bytes:
    """The data of a chunk tEXt that is a comment."""
    return b"Comment\0" + comment.encode("latin-1", "replace")


def compressed(bands: Iterable[Picture]) -> Iterator[bytes]:
    """The data of the chunks IDAT of a picture.

    Each row is stored as its difference from the pixel at the left, or from the row above,
    whichever is less.
    """
    compressor, waiting = zlib.compressobj(), b""
    for rows in _filtered(bands):
        waiting += compressor.compress(rows)
        if len(waiting) >= _PIECE:
            yield waiting
            waiting = b""
    yield waiting + compressor.flush()


def _filtered(bands: Iterable[Picture]) -> Iterator[bytes]:
    """The rows of each band, each filtered and after a byte that names its filter."""
    last: Picture | None = None
    for band in bands:
        flat = band.reshape(len(band), -1)
        above = np.zeros_like(flat)
        above[1:] = flat[:-1]
        if last is not None:
            above[0] = last
        left, channels = np.zeros_like(flat), band.shape[2]
        left[:, channels:] = flat[:, :-channels]
        differences = np.stack([flat - left, flat - above])  # modulo 256, as the format has it
        sizes = np.abs(differences.view(np.int8).astype(np.int16)).sum(-1, dtype=np.int64)
        chosen = sizes.argmin(0)
        rows = np.empty((len(flat), flat.shape[1] + 1), np.uint8)
        rows[:, 0] = np.where(chosen == 0, _LEFT, _ABOVE)
        rows[:, 1:] = np.take_along_axis(differences, chosen[None, :, None], 0)[0]
        last = flat[-1]
        yield rows.tobytes()
