"""Frames and delays to a GIF file, streaming; needs NumPy and Pillow alone, knows no slits."""

from .container import MOST_LOOPS
from .timing import FASTEST_FPS, constant_delays
from .writer import DEFAULT_QUALITY, GifSummary, write_gif

__all__ = [
    "DEFAULT_QUALITY",
    "FASTEST_FPS",
    "MOST_LOOPS",
    "GifSummary",
    "constant_delays",
    "write_gif",
]
