"""Owns the reading of a picture as upright RGB, with 8 bits a channel, at a given size."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from ..frames import Picture
from ..pictures import quietly

Box = tuple[float, float, float, float]  # left, top, right and bottom

# What Pillow raises for pictures that are damaged, or not what their names say.
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error)
_ORIENTATION = 0x0112  # the tag of Exif
_TURNED = range(5, 9)  # its values for pictures that lie on their side
_MOST_16 = 65_535  # the highest level of 16 bits


class LevelsError(ValueError):
    """The levels of a picture cannot be told from its file."""


def upright_size(image: Image.Image) -> tuple[int, int]:
    """The width and height of a picture as it is shown, by its header."""
    orientation = None
    if image.format != "TIFF":  # of which Pillow states the size as it is shown
        with suppress(*UNREADABLE), quietly():  # a damaged Exif leaves the picture as it is stored
            orientation = image.getexif().get(_ORIENTATION)
    width, height = image.size
    return (height, width) if orientation in _TURNED else (width, height)


def read_upright(image: Image.Image, size: tuple[int, int], box: Box) -> Picture:
    """Read a picture: (H, W, 3) uint8, a new array. The picture is closed.

    size: (W, H). box: the part of the upright picture that is shown, as fractions of its sides.
    What is transparent is laid over black, as in videos. Raises one of UNREADABLE where the picture
    is damaged, of which LevelsError tells that the levels have no known range.
    """
    with image:
        shares = box[2] - box[0], box[3] - box[1]
        if image.format == "JPEG":  # decodes fewer pixels where so many are not needed
            longest = max(round(side / share) for side, share in zip(size, shares, strict=True))
            image.draft("RGB", (longest, longest))
        image.load()
        picture = _upright(_in_rgb(image))
    width, height = picture.size
    part = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
    if size != picture.size or box != (0, 0, 1, 1):
        picture = picture.resize(size, Image.Resampling.LANCZOS, box=part, reducing_gap=3.0)
    return np.array(picture)


def _upright(picture: Image.Image) -> Image.Image:
    with suppress(*UNREADABLE):
        return ImageOps.exif_transpose(picture)
    return picture


def _in_rgb(image: Image.Image) -> Image.Image:
    """The picture in RGB, with 8 bits a channel, and with its orientation."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM")):
        levels = _in_8_bits(np.asarray(image))
        converted = Image.fromarray(levels).convert("RGB")
    elif image.mode in ("I", "F"):
        raise LevelsError(f"has levels of 32 bits ({image.mode})")
    elif image.has_transparency_data:
        clear = image.convert("RGBA")
        converted = Image.new("RGB", clear.size)
        converted.paste(clear, mask=clear.getchannel("A"))
    else:
        return image if image.mode == "RGB" else _with_exif(image, image.convert("RGB"))
    return _with_exif(image, converted)


def _with_exif(image: Image.Image, converted: Image.Image) -> Image.Image:
    with suppress(*UNREADABLE):
        if orientation := image.getexif().get(_ORIENTATION):
            converted.getexif()[_ORIENTATION] = orientation
    return converted


def _in_8_bits(levels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Levels of 16 bits, rounded to 8 bits."""
    known = np.clip(levels, 0, _MOST_16).astype(np.uint32)
    rounded: npt.NDArray[np.uint8] = ((known * 255 + _MOST_16 // 2) // _MOST_16).astype(np.uint8)
    return rounded
