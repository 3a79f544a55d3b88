"""Owns the colour spaces of the writer: cells in which colours are counted, XYB for distances.

XYB (cube roots of cone responses) comes from JPEG XL and SSIMULACRA2. Here its red-green axis is
weighted by 15 and its yellow-blue axis by 1.75, so that equal distances look about equally large.
A small palette that is learned in RGB, or by weighted luma, gets hues wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.signedinteger[Any]]

BLOCK = 256  # colours compared with a palette at once: they fit the cache and one BLAS thread

_MIX = np.array(  # from linear RGB to the responses of long, medium and short cones
    [
        [0.30, 0.622, 0.078],
        [0.23, 0.692, 0.078],
        [0.24342268924547819, 0.20476744424496821, 0.5518098665095536],
    ]
)
_BIAS = 0.0037930732552754493
LONG_MEDIUM, SHORT = 15.0, 1.75

_level = np.arange(256) / 255
_LINEAR = np.where(_level <= 0.04045, _level / 12.92, ((_level + 0.055) / 1.055) ** 2.4)


def perceived(rgb: U8) -> F32:
    """Convert sRGB colours (n, 3) uint8 to weighted XYB, (n, 3) float32.

    Black is 0 on all axes; white has a Y of 215.
    """
    cones = np.cbrt(_LINEAR[rgb] @ _MIX.T + _BIAS) - np.cbrt(_BIAS)
    long, medium, short = cones.T
    y = (long + medium) / 2
    x = (long - medium) / 2
    weighted = np.stack([LONG_MEDIUM * x, y, SHORT * (short - y)], axis=1)
    return np.asarray(255 * weighted, np.float32)


_ONE = 1 << 16  # full linear light, in fixed-point arithmetic
FIELD = 21  # bits for each cone's response in a 64-bit word
RESPONSES = np.zeros((3, 256), np.uint64)  # by channel and level, of the three cones in a word
for _cone, _shares in enumerate(_MIX):
    RESPONSES |= np.rint(_ONE * _shares[:, None] * _LINEAR).astype(np.uint64) << FIELD * _cone
_light = np.arange(_ONE + 3) / _ONE  # the rounded responses may add up to a little over _ONE
ROOTS = (255 * (np.cbrt(_light + _BIAS) - np.cbrt(_BIAS))).astype(np.float32)


def perceived_frame(frame: U8) -> F32:
    """Convert a frame (H, W, 3) uint8 to weighted XYB, (3, H, W) float32.

    The result is within 0.5 of that of perceived(), and takes less time.
    """
    cones, green, blue = (table.take(frame[..., i]) for i, table in enumerate(RESPONSES))
    cones += green
    cones += blue
    seen = np.empty((3, *cones.shape), np.float32)
    for field, out in enumerate(seen):
        response = cones >> np.uint64(FIELD * field)
        response &= np.uint64((1 << FIELD) - 1)
        ROOTS.take(response.view(np.int64), out=out, mode="clip")
    x, y, b = seen
    x -= y
    x *= np.float32(0.5)  # half of the difference between long and medium cones
    y += x
    b -= y
    x *= np.float32(LONG_MEDIUM)
    b *= np.float32(SHORT)
    return seen


STEP = 2  # the side length of a perceived cell
LOWEST = np.array([[-128], [-20], [-144]], np.float32)  # with a margin for carried errors
BITS = (7, 7, 8)  # of a cell number, for each axis
HIGHEST = np.array([[(1 << bits) - 1] for bits in BITS], np.float32)
PERCEIVED_CELLS = 1 << sum(BITS)


def perceived_cells(colours: F32) -> npt.NDArray[np.int64]:
    """The cell number (n,) of each perceived colour (3, n)."""
    steps = colours - LOWEST
    steps *= np.float32(1 / STEP)
    np.maximum(steps, 0, out=steps)
    np.minimum(steps, HIGHEST, out=steps)
    x, y, b = steps.astype(np.int32)
    x <<= BITS[1]
    x |= y
    x <<= BITS[2]
    x |= b
    return np.asarray(x, np.int64)


def perceived_centres(cells: Ints) -> F32:
    """The perceived colours (n, 3) at the centres of cells (n,)."""
    x, b = cells >> BITS[1] + BITS[2], cells & (1 << BITS[2]) - 1
    y = cells >> BITS[2] & (1 << BITS[1]) - 1
    steps = np.stack([x, y, b], axis=1) + np.float32(0.5)
    return np.asarray(STEP * steps + LOWEST.T, np.float32)


@dataclass(frozen=True)
class Grid:
    """A division of RGB into cells of neighbouring colours.

    The high bits of blue, green and red, in this order, are a cell's number.
    red, green, blue: how many bits of each channel count; no channel has fewer than red.
    """

    red: int
    green: int
    blue: int

    @property
    def cells(self) -> int:
        """How many cell numbers there are; those with a bit between two channels are never used."""
        return 1 << (24 - self.shift)

    def numbers(self, frame: U8) -> npt.NDArray[np.intp]:
        """The cell number of every pixel of a frame (H, W, 3), flat, (H * W,)."""
        pixels = frame.size // 3
        padded = np.empty(frame.size + 1, np.uint8)
        padded[:-1] = frame.reshape(-1)
        # Each pixel is the low three bytes of a 32-bit word, which overlaps that of its neighbour.
        words = np.ndarray((pixels,), "<u4", padded.data, strides=(3,))
        masked = words & np.uint32(self.mask)
        masked >>= np.uint32(self.shift)
        return masked.astype(np.intp)

    def packed(self, numbers: Ints) -> Ints:
        """Cell numbers (n,) without the bits that are never used, in the same order."""
        red, green, blue = self.red, self.green, self.blue
        packed = numbers & ((1 << red) - 1)
        packed |= numbers >> (8 - green) & ((1 << green) - 1) << red
        packed |= numbers >> (16 - green - blue) & ((1 << blue) - 1) << (red + green)
        return packed

    def centres(self, numbers: Ints) -> U8:
        """The colours (n, 3) uint8 at the centres of cells (n,)."""
        words = numbers << self.shift
        half = [(1 << (8 - bits)) >> 1 for bits in (self.red, self.green, self.blue)]
        channels = [(words >> 8 * i & 0xFF) + half[i] for i in range(3)]
        return np.stack(channels, axis=1).astype(np.uint8)

    @property
    def shift(self) -> int:
        """By how many bits the word of a pixel, red lowest, is shifted to the right."""
        return 8 - self.red

    @property
    def mask(self) -> int:
        """The bits of that word that count, before it is shifted."""
        keep = [0xFF & (0xFF << (8 - bits)) for bits in (self.red, self.green, self.blue)]
        return keep[0] | keep[1] << 8 | keep[2] << 16


EVERY_COLOUR = Grid(8, 8, 8)
