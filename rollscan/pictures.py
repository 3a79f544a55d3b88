"""Owns the opening of picture files from strangers: the formats and sizes that are accepted.

Pillow alone accepts every format that it detects in the contents, and starts Ghostscript for EPS.
"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from PIL import Image

from .limits import MAX_PIXELS

FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")

_one_at_a_time = Lock()  # as threads share the filters of warnings


class TooLargeError(ValueError):
    """A picture has more than MAX_PIXELS. The message is a predicate about the picture."""


@contextmanager
def quietly() -> Iterator[None]:
    """Ignore Pillow's warnings in the block: of damage, and of sizes over a limit above ours."""
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_picture(file: str | os.PathLike[str] | BinaryIO) -> Image.Image:
    """A picture, whose pixels are not read yet. Close it, or use it in a `with` block.

    Raises TooLargeError if its header says that it has more than MAX_PIXELS, and OSError if it is
    in none of FORMATS, or is not a regular file.
    """
    if isinstance(file, str | os.PathLike) and not stat.S_ISREG(Path(file).stat().st_mode):
        raise OSError("no regular file")  # reading a pipe could wait for ever
    try:
        with quietly():
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise TooLargeError(f"has more pixels than the {MAX_PIXELS:,} that are read") from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise TooLargeError(f"is {width}x{height} pixels, {MAX_PIXELS:,} are read at most")
    return image
