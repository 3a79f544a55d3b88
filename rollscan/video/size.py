"""Owns the size at which a video is decoded, by what was asked for."""

from __future__ import annotations

from ..checks import brief, is_number
from ..errors import ArgumentError
from .containers import MAX_PIXELS
from .facts import Facts

MAX_SIDE = 65_535  # pixels: the most that GIF and JPEG can hold


def checked_size(
    facts: Facts, *, scale: float | None, width: int | None, fit: int | None
) -> tuple[int, int]:
    """The size (width, height) of frames in pixels; see `open_video`, which raises the same."""
    full_width = float(facts.size[0] * facts.pixel_aspect)
    full_height = facts.size[1]
    if scale is not None and width is not None:
        raise ArgumentError(
            f"scale is {scale} and width is {width}: give one of the two", "scale", "width"
        )
    if scale is not None and not (is_number(scale) and 0 < scale <= MAX_SIDE):
        raise ArgumentError(f"scale is {brief(scale)}: give a number over 0, such as 0.2", "scale")
    if width is not None and not (is_number(width) and width % 1 == 0 and 2 <= width <= MAX_SIDE):
        raise ArgumentError(
            f"width is {brief(width)}: give whole pixels from 2 to {MAX_SIDE}", "width"
        )
    factor = 1.0
    if scale is not None:
        factor = float(scale)
    elif width is not None:
        factor = int(width) / full_width
    elif fit is not None:
        factor = min(1.0, fit / max(full_width, full_height))
    size = (round(full_width * factor), max(1, round(full_height * factor)))
    if not (min(size) >= 2 and max(size) <= MAX_SIDE):
        cause = "its own size" if fit is None else f"fit {fit}"
        if scale is not None or width is not None:
            cause = f"scale {scale}" if scale is not None else f"width {width}"
        raise ArgumentError(
            f"{cause} makes {facts.path} {size[0]}x{size[1]} pixels: give one that leaves each side"
            f" from 2 to {MAX_SIDE}"
        )
    if size[0] * size[1] > MAX_PIXELS:
        raise ArgumentError(
            f"{facts.path} would be {size[0]}x{size[1]} pixels, over {MAX_PIXELS:,} in all: give a"
            " smaller --scale or --width"
        )
    return size
