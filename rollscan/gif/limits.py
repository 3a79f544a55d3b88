"""Owns the limits of the GIF format and the default quality. It imports nothing."""

from __future__ import annotations

MOST_LOOPS = 65536  # the file holds the number of repeats, one less, in 16 bits
SHORTEST_CS = 2  # centiseconds: browsers play a shorter delay as 10
FASTEST_FPS = 100 // SHORTEST_CS
DEFAULT_QUALITY = 80  # at normal size, no difference from the original is visible
MOST_COLORS = 256
