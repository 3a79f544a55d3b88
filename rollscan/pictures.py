"""Owns the opening of pictures that people give: which kinds there are, and up to which size.

Pillow itself goes by a file's contents, not by its name, and starts Ghostscript for an EPS.
"""

from __future__ import annotations

import os
import stat
import warnings
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from .video.containers import MAX_PIXELS

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


class TooLargeError(ValueError):
    """A picture with more pixels than are read; the message says how large it is."""


def open_picture(file: str | os.PathLike[str] | BinaryIO) -> Image.Image:
    """A picture whose pixels are not read yet. Close it, or use it in a `with` block.

    Raises TooLargeError where it says that it has more than MAX_PIXELS, OSError where it is none of
    FORMATS, or no regular file.
    """
    if isinstance(file, str | os.PathLike) and not stat.S_ISREG(Path(file).stat().st_mode):
        raise OSError("no regular file")  # a pipe would be waited for, for ever
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # as ours is lower
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise TooLargeError(f"has more pixels than the {MAX_PIXELS:,} that are read") from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise TooLargeError(f"is {width}x{height} pixels, {MAX_PIXELS:,} are read at most")
    return image
