"""Owns the size at which a video is decoded, and the part of its picture, by what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import brief, is_number
from ..errors import ArgumentError
from ..kinds import Area, Crop, check_area, ratio_of
from ..limits import MAX_PIXELS
from .facts import Facts

MAX_SIDE = 65_535  # pixels: the most that GIF and JPEG can hold


@dataclass(frozen=True)
class Framing:
    """What of a video's picture is shown, and at which size. Sizes are (width, height) in pixels.

    scaled: of the whole picture. at: the left and the top, in it, of what is shown. size: of that.
    """

    scaled: tuple[int, int]
    at: tuple[int, int]
    size: tuple[int, int]

    @classmethod
    def whole(cls, size: tuple[int, int]) -> Framing:
        """All of the picture, at this size."""
        return cls(size, (0, 0), size)

    @property
    def is_whole(self) -> bool:
        """Whether all of the picture is shown."""
        return self.scaled == self.size

    def within(self, crop: tuple[int, int, int, int] | None) -> tuple[int, int, int, int] | None:
        """A part (x, y, width, height) of what is shown, in the scaled picture; None for all."""
        if crop is None:
            return None if self.is_whole else (*self.at, *self.size)
        x, y, *size = crop
        return (self.at[0] + x, self.at[1] + y, size[0], size[1])

    def resized(self, width: int) -> Framing:
        """The same part of the picture, so many pixels wide."""
        return _framing(
            (width, max(1, round(width * self.size[1] / self.size[0]))),
            (self.at[0] / self.scaled[0], self.at[1] / self.scaled[1]),
            (self.size[0] / self.scaled[0], self.size[1] / self.scaled[1]),
        )


def checked_framing(
    facts: Facts,
    *,
    scale: float | None,
    width: int | None,
    fit: int | None,
    crop: Crop | None = None,
) -> Framing:
    """What is shown of a video, and its size; see `open_video`, which raises the same."""
    full = float(facts.size[0] * facts.pixel_aspect), float(facts.size[1])
    left, top, across, down = _area_of(crop, full)
    cropped = across * full[0], down * full[1]
    size = _checked_size(facts, cropped, scale=scale, width=width, fit=fit)
    framing = _framing(size, (left, top), (across, down))
    if max(framing.scaled) > MAX_SIDE or framing.scaled[0] * framing.scaled[1] > MAX_PIXELS:
        raise ArgumentError(
            f"{facts.path}, of which crop takes a part, would be {framing.scaled[0]}x"
            f"{framing.scaled[1]} pixels in all, over {MAX_SIDE} on a side or {MAX_PIXELS:,}: give"
            " a smaller --scale or --width, or crop less",
            "crop",
        )
    return framing


def cropped_pixels(crop: Crop, size: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and the columns of a picture of this width and height that a crop takes."""
    left, top, across, down = _area_of(crop, size)
    (x, width), (y, height) = (
        (round(at * side), max(1, round(share * side)))
        for at, share, side in zip((left, top), (across, down), size, strict=True)
    )
    x, y = min(x, size[0] - width), min(y, size[1] - height)
    return slice(y, y + height), slice(x, x + width)


def _area_of(crop: Crop | None, size: tuple[float, float]) -> Area:
    """The rectangle that a crop takes of a picture of this width and height, as fractions.

    Of a ratio, it is the largest one, in the middle.
    """
    if crop is None:
        return 0.0, 0.0, 1.0, 1.0
    if not isinstance(crop, str):
        return check_area("crop", crop)
    wide, tall = ratio_of(crop)
    ratio = wide / tall * size[1] / size[0]  # of the shares of the width and the height
    across, down = min(1.0, ratio), min(1.0, 1 / ratio)
    return (1 - across) / 2, (1 - down) / 2, across, down


def _framing(
    size: tuple[int, int], at: tuple[float, float], shares: tuple[float, float]
) -> Framing:
    """The framing of a part of these shares of the picture, which begins at these fractions."""
    scaled = [max(side, round(side / share)) for side, share in zip(size, shares, strict=True)]
    x, y = (
        min(round(share * whole), whole - side)
        for share, whole, side in zip(at, scaled, size, strict=True)
    )
    return Framing((scaled[0], scaled[1]), (x, y), size)


def _checked_size(
    facts: Facts,
    full: tuple[float, float],
    *,
    scale: float | None,
    width: int | None,
    fit: int | None,
) -> tuple[int, int]:
    """The size of what is shown. full: its width and height as they are in the file."""
    full_width, full_height = full
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
