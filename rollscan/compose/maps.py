"""Owns the maps of time displacement: how late each pixel is, by name or from a picture."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from ..errors import ArgumentError
from ..kinds import UNNAMED_FILE
from ..pictures import TooLargeError, open_picture
from .directions import MAPS

Map = npt.NDArray[np.float64]  # (H, W): 0 is now, 1 the oldest

_GREY_8 = np.float32(255)  # white
_GREY_16 = np.float32(65535)  # white, where a picture's greys have 16 bits


def time_map(given: str | os.PathLike[str] | npt.ArrayLike, size: tuple[int, int]) -> Map:
    """A map for pictures of `size`, width and height: (H, W) floats from 0, now, to 1, the oldest.

    given: a name, a picture file, see `picture_map`, or (H, W) numbers from 0 to 1. "up" is now
    at the bottom row and oldest at the top, and so on to each side; "out" is now at the middle row
    and oldest at the top and bottom, "in" the other way round; "radial" is now at the centre and
    oldest in the corners. Raises ArgumentError for anything else.
    """
    if isinstance(given, str) and given in MAPS:
        return _named(given, size)
    if isinstance(given, str | os.PathLike):
        return picture_map(given, size)
    return _checked(given, size)


def picture_map(path: str | os.PathLike[str], size: tuple[int, int]) -> Map:
    """The map in a picture file: black is now, white the oldest; scaled to `size`.

    Colours are read as greys; what shows through is black; a photograph is turned as it says.
    Greys of 16 bits keep them. Raises ArgumentError for what is no picture, moves, or is 1 pixel.
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
    if not (values.min() >= 0 and values.max() <= 1):  # which a nan is not, either
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
            f"map is {name!r}: give one of {', '.join(MAPS)}, or a picture file that is there",
            "map",
        ) from None
    except TooLargeError as error:
        raise ArgumentError(f"map {name} {error}: give a smaller one", "map") from None
    except Exception as error:  # whatever else a broken picture makes Pillow raise: it has no list
        raise ArgumentError(
            f"map {name} is no picture that can be read: give a PNG, or such", "map"
        ) from error


def _levels(image: Image.Image) -> npt.NDArray[Any]:
    if image.mode == "F":
        return np.asarray(image)
    if image.mode == "I" or image.mode.startswith("I;16"):
        levels = np.divide(np.asarray(image), _GREY_16, dtype=np.float32)
        clear = image.info.get("transparency")  # one grey, which shows what is behind
        return levels if clear is None else np.where(np.asarray(image) == clear, 0, levels)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    grey = image if image.mode == "L" else image.convert("L")
    greys: npt.NDArray[Any] = np.asarray(grey, np.float32)
    greys /= _GREY_8
    return greys
