"""Owns the formats of pictures that move, which play for ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..budget import AV1, AV1_CRF, EXACT, PICTURES
from .format import Coded, Encoding, Format

if TYPE_CHECKING:
    from ..attempts import Encoder
    from ..composition import Composition


class Gif(Format):
    """GIF: 256 colours an image, delays in hundredths of a second."""

    name = "gif"
    title = "GIF"
    alpha = True
    help = "the rolling slit-scan"
    uses = ("repeat", "quality", "colors")
    ticks = 100
    usual = 0.07
    sample = (15_000_000, 22)

    def encoder(self, how: Encoding) -> Encoder[Any]:
        """An encoder that uses rollscan.gif."""
        from ..attempts import gif_encoder

        style = how.style
        options: dict[str, Any] = {"quality": style.quality, "colors": style.colors}
        return gif_encoder(loop=style.loop, comment=style.recipe, tracker=how.tracker, **options)


class WebP(Format):
    """Animated WebP."""

    name = "webp"
    title = "WebP"
    alpha = True
    help = "the same as animated WebP"
    uses = ("repeat", "quality")
    usual = 0.16

    def encoder(self, how: Encoding) -> Encoder[Any]:
        """An encoder that uses Pillow."""
        from ..attempts import Encoder
        from ..webp import save_webp

        def write(file: Path, shown: Composition, quality: float) -> None:
            options: dict[str, Any] = {"loop": how.style.loop, "comment": how.style.recipe}
            options["tracker"] = how.tracker
            with open(file, "wb") as opened:
                save_webp(opened, shown, shown.fps, quality=round(quality), **options)

        return Encoder(write, how.style.quality, PICTURES)


class Avif(Coded):
    """Animated AVIF: AV1 in a picture's container."""

    name = "avif"
    title = "AVIF"
    alpha = True
    help = "the same as animated AVIF, the smallest of them"
    uses = ("repeat",)
    crf = AV1_CRF
    way = AV1
    exact_time = True
    even = True
    usual = 0.13
    starting = 0.3
    sample = (6_000_000, 40)

    def encoder(self, how: Encoding) -> Encoder[None]:
        """An encoder that uses ffmpeg."""
        from ..attempts import Encoder
        from ..encode import encode_avif

        def write(file: Path, shown: Composition, quality: float) -> None:
            crf, named = self.crf.end - quality, how.shown_as or file
            options: dict[str, Any] = {"loop": how.style.loop, "comment": how.style.recipe}
            options["tracker"] = how.tracker
            encode_avif(file, shown, shown.fps, crf=crf, shown_as=named, **options)

        return Encoder(write, self.crf.quality, self.way)


class Apng(Format):
    """Animated PNG: exact colours."""

    name = "apng"
    title = "APNG"
    alpha = True
    help = "the same as APNG, in exact colours"
    uses = ("repeat",)
    usual = 0.2

    def encoder(self, how: Encoding) -> Encoder[Any]:
        """An encoder of our own."""
        from ..apng import write_apng
        from ..attempts import Encoder

        def write(file: Path, shown: Composition, _: float) -> None:
            options: dict[str, Any] = {"loop": how.style.loop, "comment": how.style.recipe}
            with open(file, "wb") as opened:
                write_apng(opened, shown, shown.fps, tracker=how.tracker, **options)

        return Encoder(write, how.style.quality, EXACT)
