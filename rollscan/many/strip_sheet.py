"""Owns the sheet of a batch: the strip photographs of all clips under one another, with names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..deliver.part_names import number_of
from ..deliver.picture import write_picture
from ..pictures import TooLargeError, open_picture
from ..sheet import GAP, INK, LINE, PAPER
from .batch import Batch
from .order import Outcomes

_WIDEST, _HIGHEST = 1600, 200  # pixels, at most, of a strip on the sheet
_TALLEST = 16_000  # pixels of the sheet, for which strips get less high where they are many


def with_sheet(done: Outcomes, batch: Batch, path: str) -> Outcomes:
    """The same outcomes, and when all have ended, the sheet of their strip photographs.

    Raises OutputError if it cannot be written. Without a strip photograph, none is.
    """
    made: dict[str, tuple[str, ...]] = {}
    with closing(done):
        for outcome in done:
            made[outcome.input] = outcome.files
            yield outcome
    strips = [
        file
        for order in batch
        for file in made.get(order.input, ())
        if number_of(file, order.outputs["still"]) is not None
    ]
    if strips:
        write_picture(np.asarray(_sheet(strips)), path)


def _sheet(strips: Sequence[str]) -> Image.Image:
    """The strips under one another, each above its name."""
    rows = list(_rows(strips))
    width = max(picture.width for _, picture in rows) + 2 * GAP
    height = GAP + sum(picture.height + LINE + GAP for _, picture in rows)
    sheet, top = Image.new("RGB", (width, height), PAPER), GAP
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for name, picture in rows:
        sheet.paste(picture, (GAP, top))
        draw.text((GAP, top + picture.height + 2), name, fill=INK, font=font)
        top += picture.height + LINE + GAP
    return sheet


def _rows(strips: Sequence[str]) -> Iterator[tuple[str, Image.Image]]:
    """The name of each strip, and the strip as small as the sheet shows it."""
    size = _WIDEST, max(1, min(_HIGHEST, _TALLEST // len(strips) - LINE - GAP))
    for file in strips:
        with ExitStack() as opened:
            try:
                image = opened.enter_context(open_picture(file))
                image.draft("RGB", size)
                image.thumbnail(size)
                yield Path(file).name, image.convert("RGB")
            except TooLargeError as error:
                yield f"{Path(file).name} {error}", Image.new("RGB", (_WIDEST, 1), INK)
