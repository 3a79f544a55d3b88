"""Owns the compression of palette indices for a GIF image: by the compiled kernel, or by Pillow."""

from __future__ import annotations

import ctypes

import numpy as np
from PIL import Image

from .colour import U8
from .kernel import SLOTS, kernel


def compressed(indices: U8, code_bits: int) -> bytes:
    """The blocks of an image of indices (h, w) uint8, without the empty block at their end.

    code_bits: of an index, 2 to 8. The pixels of each row must lie side by side.
    """
    library = kernel()
    if library:
        return _by_kernel(library, indices, code_bits)
    return _by_pillow(indices, code_bits)


def _by_kernel(library: ctypes.CDLL, indices: U8, code_bits: int) -> bytes:
    height, width = indices.shape
    table = np.empty(SLOTS, np.uint32)
    blocks = np.empty(2 * height * width + 64, np.uint8)
    count = library.compress(
        indices.ctypes.data,
        height,
        width,
        indices.strides[0],
        code_bits,
        table.ctypes.data,
        blocks.ctypes.data,
    )
    return blocks[:count].tobytes()


def _by_pillow(indices: U8, code_bits: int) -> bytes:
    height, width = indices.shape
    pixels = Image.frombytes("P", (width, height), indices.tobytes())
    return pixels.tobytes("gif", "P", code_bits, 0)
