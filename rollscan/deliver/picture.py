"""Owns the writing of a single picture as PNG, JPEG or WebP, chosen by the file's ending."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..frames import Picture
from ..recipe import as_xmp
from .output import written_beside

FORMATS: dict[str, tuple[str, int, dict[str, Any]]] = {  # Pillow's name, longest side, options
    ".png": ("PNG", 65_535, {}),
    ".jpg": ("JPEG", 65_535, {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", 65_535, {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", 16_383, {"quality": 95}),
}


def check_ending(filename: str | os.PathLike[str], endings: Iterable[str] = FORMATS) -> str:
    """The ending of a file name, in lower case. Raises ArgumentError unless it is in `endings`."""
    ending = Path(filename).suffix.lower()
    if ending not in endings:
        raise ArgumentError(f"{filename} ends in {ending!r}: give one of {', '.join(endings)}")
    return ending


def check_picture(filename: str | os.PathLike[str], size: tuple[int, int]) -> None:
    """Raise ArgumentError unless the ending is a known one, and its format can hold the size.

    size: width and height in pixels.
    """
    ending = check_ending(filename)
    name, most, _ = FORMATS[ending]
    if max(size) > most:
        raise ArgumentError(
            f"{filename} would be {size[0]}x{size[1]} pixels, {name} holds {most}: give a --scale"
        )


def write_picture(picture: Picture, filename: str | os.PathLike[str], *, comment: str = "") -> None:
    """Write a picture as PNG, JPEG or WebP, by the file's ending; it appears when it is complete.

    picture: (H, W, 3) uint8. comment: text for the file's metadata, default none. Raises
    ArgumentError for another ending or a picture too large for the format, OutputError if the file
    cannot be written.
    """
    from PIL import Image

    check_picture(filename, (picture.shape[1], picture.shape[0]))
    name, _, options = FORMATS[Path(filename).suffix.lower()]
    with written_beside(filename) as temporary, open(temporary, "wb") as file:
        Image.fromarray(picture).save(file, name, **options, **_comment_options(name, comment))


def _comment_options(name: str, comment: str) -> dict[str, Any]:
    """The options with which Pillow writes a comment to a file of that format."""
    from PIL.PngImagePlugin import PngInfo

    if not comment:
        return {}
    if name == "WEBP":
        return {"xmp": as_xmp(comment)}
    if name == "JPEG":
        return {"comment": comment.encode()}
    texts = PngInfo()
    texts.add_text("Comment", comment)
    return {"pnginfo": texts}
