"""What a GIF can hold, and what is usual; needs nothing."""

from __future__ import annotations

MOST_LOOPS = 65536  # kept in 16 bits, as the number of repeats
SHORTEST_CS = 2  # centiseconds: browsers play a shorter delay as 10
FASTEST_FPS = 100 // SHORTEST_CS
DEFAULT_QUALITY = 80  # beside the original, no difference is seen at normal size
MOST_COLORS = 256
