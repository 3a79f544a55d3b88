"""Owns the forecast of what is set aside on disk: told before the work, not in its middle."""

from __future__ import annotations

import shutil
import tempfile

from ..errors import OutputError
from .platforms import Size, in_bytes


def check_room(n_frames: int, size: Size) -> None:
    """Raise OutputError where the temporary folder (TMPDIR) cannot take so many frames.

    size: of a frame, width and height in pixels; three bytes a pixel are set aside.
    """
    width, height = size
    needed = n_frames * width * height * 3
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"{n_frames} frames of {width}x{height} take {in_bytes(needed)} to set aside, the"
            f" temporary folder {folder} has {in_bytes(free)}: free some space, set TMPDIR to a"
            " folder that has it, or give a smaller --scale or a shorter part"
        )
