"""Owns the bytes of a GIF file: header, colour tables, images. It decides nothing about pixels.

It follows the GIF89a specification (CompuServe, 1990).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np

from .colour import U8
from .lzw import compressed

LONGEST_SIDE = 65535  # pixels: the file holds sizes in 16 bits
_KEEP, _CLEAR = 1 << 2, 2 << 2  # disposal: the image stays on the canvas, or is taken off it


class ColourTable:
    """A palette (k, 3) as a GIF colour table, with an entry for transparency after its colours.

    bits: of an index, 1 to 8. code_bits: the same for its compression, 2 to 8. transparent: the
    index that leaves the canvas as it is, which is the last one of the table; None if there are 256
    colours, which leave no entry for it.
    """

    def __init__(self, palette: U8) -> None:
        entries = min(len(palette) + 1, 256)
        self.bits = (entries - 1).bit_length()
        self.code_bits = max(2, self.bits)
        self.entries = palette.tobytes().ljust(3 << self.bits, b"\0")
        self.transparent = (1 << self.bits) - 1 if len(palette) < 256 else None


_SMALLEST_TABLE = ColourTable(np.zeros((1, 3), np.uint8))


class GifContainer:
    """Writes a GIF to a binary stream, one block after the other, and counts its bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._global = _SMALLEST_TABLE
        self.bytes = 0

    def start(self, width: int, height: int, table: ColourTable, loop: int) -> None:
        """Write the header, the global colour table and the loop count.

        loop: how many times the file plays, 0 for ever. Browsers read the count in the file as the
        number of repeats after the first time, so n is written as n - 1, and 1 as no count at all.
        """
        self._global = table
        flags = 0x80 | 0x70 | (table.bits - 1)
        self._write(b"GIF89a", struct.pack("<HHBBB", width, height, flags, 0, 0), table.entries)
        if loop != 1:
            repeats = max(loop - 1, 0)
            self._write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01", struct.pack("<H", repeats), b"\0")

    def comment(self, text: str) -> None:
        """Write a comment, which viewers do not show, but any program can read."""
        left = text.encode()
        self._write(b"\x21\xfe" if left else b"")
        while left:
            self._write(bytes([len(left[:255])]), left[:255])
            left = left[255:]
        self._write(b"\0" if text else b"")

    def image(
        self,
        blocks: bytes,
        corner: tuple[int, int],
        size: tuple[int, int],
        delay_cs: int,
        table: ColourTable,
        *,
        clears: bool = False,
    ) -> None:
        """Write an image of compressed palette indices with its top left corner at (x, y).

        blocks: see lzw.compressed. size: width and height. The table is written only if it differs
        from the global one. clears: whether the image is taken off the canvas before the next one.
        """
        flags = (_CLEAR if clears else _KEEP) | (table.transparent is not None)
        control = struct.pack("<BHBB", flags, delay_cs, table.transparent or 0, 0)
        self._write(b"\x21\xf9\x04", control)
        shared = table.entries == self._global.entries
        local = 0 if shared else 0x80 | (table.bits - 1)
        self._write(b"\x2c", struct.pack("<HHHHB", *corner, *size, local))
        self._write(b"" if shared else table.entries)
        self._write(bytes([table.code_bits]), blocks, b"\0")

    def hold(self, delay_cs: int) -> None:
        """Write an image that leaves the canvas as it is: one transparent pixel."""
        table = _SMALLEST_TABLE if self._global.transparent is None else self._global
        pixel = np.full((1, 1), table.transparent, np.uint8)
        self.image(compressed(pixel, table.code_bits), (0, 0), (1, 1), delay_cs, table)

    def end(self) -> None:
        """Write the trailer, after which nothing may follow."""
        self._write(b"\x3b")

    def _write(self, *blocks: bytes) -> None:
        for block in blocks:
            self._file.write(block)
            self.bytes += len(block)
