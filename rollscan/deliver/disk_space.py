"""Owns the check that temporary files will fit on the disk, which is made before the work."""

from __future__ import annotations

import shutil
import tempfile

from ..checks import in_bytes
from ..errors import OutputError
from ..limits import check_limit
from .platforms import Size


def check_room(n_frames: int, size: Size, sound: int = 0, channels: int = 3) -> None:
    """Raise OutputError where the temporary folder (TMPDIR) has no room for frames and sound.

    n_frames: how many frames are stored there. size: width and height of a frame in pixels. sound:
    bytes of sound that are stored there, default none. channels: bytes of a pixel, default 3.
    Raises LimitError where they exceed the limit max_temporary.
    """
    width, height = size
    needed = n_frames * width * height * channels + sound
    folder = tempfile.gettempdir()
    remedy = "give a smaller --scale or a shorter part"
    what = " and ".join(
        [f"{n_frames} frames of {width}x{height}"] * bool(n_frames) + ["the sound"] * bool(sound)
    )
    takes = "takes" if what == "the sound" else "take"
    check_limit("max_temporary", needed, what, takes + " {} to set aside", remedy)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"{what} {takes} {in_bytes(needed)} to set aside, the temporary folder {folder} has"
            f" {in_bytes(free)}: free some space, set TMPDIR to a folder that has it, or {remedy}"
        )
