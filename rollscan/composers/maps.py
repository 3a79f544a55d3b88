"""Owns the maps of time displacement: the delay of each pixel, by name or from a picture."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from ..checks import one_of
from ..errors import ArgumentError
from ..kinds import UNNAMED_FILE
from ..pictures import TooLargeError, open_picture
from .directions import MAP_NAMES, MAPS

Map = npt.NDArray[np.float64]  # (H, W): 0 is now, 1 is the oldest

_GREY_8 = np.float32(255)  # white
_GREY_16 = np.float32(65535)  # white, in a picture of 16 bits


def time_map(given: str | os.PathLike[str] | npt.ArrayLike, size: tuple[int, int]) -> Map:
    """A map for pictures of `size`: (H, W) floats from 0, now, to 1, the oldest.

    given: a name, a picture file (see `picture_map`), or (H, W) numbers from 0 to 1. "up" is now
        at the bottom and oldest at the top; "down", "left" and "right" follow the same rule. "out"
        is now at the middle row and oldest at the top and the bottom; "in" is the reverse.
        "radial" is now at the centre and oldest in the corners.
    size: width and height in pixels.

    Raises ArgumentError for anything else.
    """
    if isinstance(given, str) and given in MAPS:
        return _named(given, size)
    if isinstance(given, str | os.PathLike):
        return picture_map(given, size)
    return _checked(given, size)


def picture_map(path: str | os.PathLike[str], size: tuple[int, int]) -> Map:
    """The map in a picture file, scaled to `size`: black is now, white is the oldest.

    Colours are converted to grey, transparent pixels are black, the EXIF orientation is applied,
    and 16-bit greys keep their precision. Raises ArgumentError for a file that is no picture, is
    animated, or has a single pixel.
    """
    grey = _grey(path)
    if grey.size == 1:
        raise ArgumentError(f"map {os.fspath(path)} is 1 pixel: give a picture with more")
    if not (np.isfinite(grey).all() and grey.min() >= 0 and grey.max() <= 1):
        raise ArgumentError(f"map {os.fspath(path)} has greys outside 0 to 1: scale them into it")
    image = Image.fromarray(grey.astype(np.float32, copy=False))
    if image.size != size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(image, np.float64), 0, 1)


def is_still_picture(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a picture that stands still, or none that can be read as a video.

    Of the latter, picture_map says what is wrong.
    """
    if not Path(path).is_file():  # reading a pipe could wait for ever
        return True
    try:
        with open_picture(path) as image:
            return getattr(image, "n_frames", 1) == 1
    except TooLargeError:
        return True
    except Exception:  # Pillow may raise anything for what is no picture
        return False


def in_full(small: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """A small map, (H, W) from 0 to 1, in the size of the picture, without edges of its own."""
    image = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(image, np.float32), 0, 1)


def _named(name: str, size: tuple[int, int]) -> Map:
    width, height = size
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    values = {
        "up": rows[::-1],
        "down": rows,
        "left": columns[:, ::-1],
        "right": columns,
        "out": abs(2 * rows - (height - 1)),
        "in": -abs(2 * rows - (height - 1)),
        "radial": np.hypot(2 * rows - (height - 1), 2 * columns - (width - 1)),
    }[name].astype(np.float64)
    values -= values.min()
    return np.broadcast_to(values / (values.max() or 1), (height, width))


def _checked(given: npt.ArrayLike, size: tuple[int, int]) -> Map:
    try:
        values = np.array(given, np.float64)
    except (TypeError, ValueError):
        values = np.empty(())
    if not values.ndim:
        raise ArgumentError(
            f"map is a {type(given).__name__}: give one of {', '.join(MAPS)}, a picture file, or"
            " (H, W) numbers from 0 to 1"
        )
    width, height = size
    if values.shape != (height, width):
        raise ArgumentError(
            f"map is {values.shape}, the frames are {(height, width)}: give one number for each"
            " pixel, (H, W)"
        )
    if not (values.min() >= 0 and values.max() <= 1):  # False for NaN too
        raise ArgumentError(
            f"map goes from {values.min()} to {values.max()}: give numbers from 0, now, to 1, the"
            " oldest"
        )
    return values


def _grey(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """The greys of a picture file, (H, W), black 0 and white 1."""
    name = os.fspath(path)
    if name == UNNAMED_FILE:
        raise ArgumentError(
            "map was a picture, which a recipe does not carry: name its file", "map"
        )
    try:
        with open_picture(path) as image:
            if getattr(image, "n_frames", 1) > 1:
                raise ArgumentError(f"map {name} moves: give a picture that stands still", "map")
            image.load()
            return _levels(ImageOps.exif_transpose(image))
    except ArgumentError:
        raise
    except FileNotFoundError:
        raise ArgumentError(
            f"map is {name!r}: {one_of(name, MAP_NAMES)}, or a picture or a video that is there",
            "map",
        ) from None
    except TooLargeError as error:
        raise ArgumentError(f"map {name} {error}: give a smaller one", "map") from None
    except Exception as error:  # Pillow may raise anything for a broken picture
        raise ArgumentError(
            f"map {name} is no picture that can be read: give a PNG, or such", "map"
        ) from error


def _levels(image: Image.Image) -> npt.NDArray[Any]:
    if image.mode == "F":
        return np.asarray(image)
    if image.mode == "I" or image.mode.startswith("I;16"):
        levels = np.divide(np.asarray(image), _GREY_16, dtype=np.float32)
        clear = image.info.get("transparency")  # the grey that is transparent
        return levels if clear is None else np.where(np.asarray(image) == clear, 0, levels)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    grey = image if image.mode == "L" else image.convert("L")
    greys: npt.NDArray[Any] = np.asarray(grey, np.float32)
    greys /= _GREY_8
    return greys
