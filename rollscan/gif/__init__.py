"""A streaming GIF writer, which stands alone: it needs only NumPy and Pillow.

The limits of GIF can be imported without NumPy, which is loaded with the writer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .limits import DEFAULT_QUALITY, FASTEST_FPS, MOST_COLORS, MOST_LOOPS
from .timing import constant_delays

if TYPE_CHECKING:
    from .writer import GifSummary, write_gif

__all__ = [
    "DEFAULT_QUALITY",
    "FASTEST_FPS",
    "MOST_COLORS",
    "MOST_LOOPS",
    "GifSummary",
    "constant_delays",
    "write_gif",
]


def __getattr__(name: str) -> Any:
    if name not in ("GifSummary", "write_gif"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import writer

    return getattr(writer, name)
