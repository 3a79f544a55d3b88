"""Owns the writing of pictures as PNG, JPEG or WebP, chosen by the file's ending."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ..errors import ArgumentError
from ..frames import Picture, cleared
from ..recipe import as_xmp
from .output import written_beside
from .part_names import part_name
from .png import write_png

if TYPE_CHECKING:
    from PIL import Image

    from ..strip.stacked_picture import StackedPicture

FORMATS: dict[str, tuple[str, int, dict[str, Any]]] = {  # Pillow's name, longest side, options
    ".png": ("PNG", 65_535, {}),
    ".jpg": ("JPEG", 65_535, {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", 65_535, {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", 16_383, {"quality": 95}),
}
_TIFF: tuple[str, int, dict[str, Any]] = ("TIFF", 65_535, {"compression": "tiff_lzw"})
_NUMBERED = {**FORMATS, ".tif": _TIFF, ".tiff": _TIFF}  # of which there are many

_MOST_PIXELS = 30_000_000  # of a file that Pillow makes, which takes over six bytes for each
_BAND = 1 << 23  # bytes of a long picture that are read at a time


def check_ending(filename: str | os.PathLike[str], endings: Iterable[str] = FORMATS) -> str:
    """The ending of a file name, in lower case. Raises ArgumentError unless it is in `endings`."""
    ending = Path(filename).suffix.lower()
    if ending not in endings:
        raise ArgumentError(f"{filename} ends in {ending!r}: give one of {', '.join(endings)}")
    return ending


def holds_alpha(filename: str | os.PathLike[str]) -> bool:
    """Whether a picture of this name can hold transparency."""
    return _NUMBERED.get(Path(filename).suffix.lower(), ("JPEG",))[0] != "JPEG"


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

    picture: (H, W, 3) uint8, or (H, W, 4) with alpha, which JPEG cannot hold. comment: text for the
    file's metadata, default none. Raises ArgumentError for another ending or a picture too large
    for the format, OutputError if the file cannot be written.
    """
    check_picture(filename, (picture.shape[1], picture.shape[0]))
    with written_beside(filename) as temporary, open(temporary, "wb") as file:
        save_picture(picture, file, Path(filename).suffix.lower(), comment)


def save_picture(picture: Picture, file: BinaryIO, ending: str, comment: str) -> None:
    """Write a picture to an open file, as PNG, JPEG, WebP or TIFF by the ending; see above."""
    from PIL import Image

    name, most, options = _NUMBERED[ending]
    image = Image.fromarray(cleared(picture))
    if max(image.size) > most:
        raise ArgumentError(
            f"pictures would be {image.width}x{image.height}, {name} holds {most}: give a --scale"
        )
    image.save(file, name, **options, **_comment_options(name, comment))


def write_long(
    picture: StackedPicture, filename: str | os.PathLike[str], *, comment: str = ""
) -> list[tuple[Path, tuple[int, int]]]:
    """Write a picture of any length: as one file, or in numbered parts where none can hold it.

    A PNG holds it whatever its length is. Of what is too long for a JPEG or a WebP, or would take
    too much memory to compress, OUT-1.jpg, OUT-2.jpg and so on are made, whose lengths are equal,
    but for a pixel. All appear when the last one is complete.

    comment: text for the metadata of each file, default none. Returns the path and the size of each
    file. Raises ArgumentError for another ending, or if the other side is too long for the format,
    and OutputError if a file cannot be written.
    """
    path = Path(filename)
    ending, length = check_ending(path), picture.length
    name, most, options = FORMATS[ending]
    check_picture(path, (picture.across, picture.across))
    parts = -(-length // max(1, min(most, _MOST_PIXELS // picture.across)))
    if parts > 1 and name == "PNG":
        with written_beside(path) as temporary, open(temporary, "wb") as file:
            write_png(file, picture.size, picture.bands(0, length, _BAND), comment)
        return [(path, picture.size)]
    made = []
    for number in range(parts):
        first, stop = (length * k // parts for k in (number, number + 1))
        part = path.with_name(part_name(path.name, number + 1 if parts > 1 else 0))
        with written_beside(part) as temporary, open(temporary, "wb") as file:
            image = _image(picture, first, stop)
            image.save(file, name, **options, **_comment_options(name, comment))
        made.append((part, image.size))
    return made


def _image(picture: StackedPicture, first: int, stop: int) -> Image.Image:
    """A part of a picture as one of Pillow's, in which only that is in memory."""
    from PIL import Image

    width, height = picture.size
    size = (stop - first, height) if picture.sideways else (width, stop - first)
    image, top = Image.new("RGB", size), 0
    for band in picture.bands(first, stop, _BAND):
        image.paste(Image.fromarray(band), (0, top))
        top += len(band)
    return image


def _comment_options(name: str, comment: str) -> dict[str, Any]:
    """The options with which Pillow writes a comment to a file of that format."""
    from PIL.PngImagePlugin import PngInfo

    if not comment:
        return {}
    if name == "WEBP":
        return {"xmp": as_xmp(comment)}
    if name == "JPEG":
        return {"comment": comment.encode()}
    if name == "TIFF":
        return {"description": comment}
    texts = PngInfo()
    texts.add_text("Comment", comment)
    return {"pnginfo": texts}
