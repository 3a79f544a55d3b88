"""Owns what a Matroska or WebM file says of its own length."""

from __future__ import annotations

import os
from typing import IO


def segment_end(file: IO[bytes]) -> int | None:
    """The byte offset at which the segment ends, which has all but the header; None if unknown.

    A live stream does not say how long it is.
    """
    file.seek(4)
    header = _ebml_length(file)
    if header is None:
        return None
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != b"\x18S\x80g":
        return None
    segment = _ebml_length(file)
    return None if segment is None else file.tell() + segment


def _ebml_length(file: IO[bytes]) -> int | None:
    """The length at the current position, as EBML encodes it; None if unknown or truncated."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    count = 8 - first[0].bit_length()  # bytes that follow
    rest = file.read(count)
    value = int.from_bytes(bytes([first[0] & (0x7F >> count)]) + rest, "big")
    return None if len(rest) < count or value == (1 << 7 * (count + 1)) - 1 else value
