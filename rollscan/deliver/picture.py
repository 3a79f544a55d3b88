"""Owns one picture to a file: PNG, JPEG or WebP by the name's ending."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..frames import Picture
from ..recipe import as_xmp
from .output import written_beside

FORMATS: dict[str, tuple[str, int, dict[str, Any]]] = {  # Pillow's name, largest side, options
    ".png": ("PNG", 65_535, {}),
    ".jpg": ("JPEG", 65_535, {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", 65_535, {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", 16_383, {"quality": 95}),
}


def check_ending(filename: str | os.PathLike[str], endings: Iterable[str] = FORMATS) -> str:
    """The name's ending, in small letters. Raises ArgumentError unless it is one of these."""
    ending = Path(filename).suffix.lower()
    if ending not in endings:
        raise ArgumentError(f"{filename} ends in {ending!r}: give one of {', '.join(endings)}")
    return ending


def check_picture(filename: str | os.PathLike[str], size: tuple[int, int]) -> None:
    """Raise ArgumentError unless the name's ending is a known one and its format holds the size."""
    ending = check_ending(filename)
    name, most, _ = FORMATS[ending]
    if max(size) > most:
        raise ArgumentError(
            f"{filename} would be {size[0]}x{size[1]} pixels, {name} holds {most}: give a --scale"
        )


def write_picture(picture: Picture, filename: str | os.PathLike[str], *, comment: str = "") -> None:
    """Write a picture as PNG, JPEG or WebP by the name's ending, moved into place when whole.

    comment: text kept in the file, unseen.
    """
    from PIL import Image

    check_picture(filename, (picture.shape[1], picture.shape[0]))
    name, _, options = FORMATS[Path(filename).suffix.lower()]
    with written_beside(filename) as temporary, open(temporary, "wb") as file:
        Image.fromarray(picture).save(file, name, **options, **_kept(name, comment))


def _kept(name: str, comment: str) -> dict[str, Any]:
    """Pillow's options to keep a comment in a file of that format."""
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
