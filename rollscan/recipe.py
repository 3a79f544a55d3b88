"""Owns recipes in files: finding the text in a GIF, MP4, WebM, WebP, PNG or JPEG; knows no Look."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path

from .errors import SourceError
from .video.containers import one_file
from .video.ffmpeg import start_ffmpeg
from .video.input import check_readable

_RECIPE = re.compile(r"rollscan \d{1,9} \{[^{}\0-\x1f]{0,390}\}")
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{}</dc:description>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def as_xmp(recipe: str) -> bytes:
    """The recipe as XMP, which is where a WebP keeps text."""
    return _XMP.format(escape(recipe, quote=False)).encode()


def recipe_in(path: str | os.PathLike[str]) -> str:
    """The recipe that the file carries. Raises SourceError where it cannot be read, or has none."""
    if Path(path).exists() and not Path(path).is_file():
        raise SourceError(f"{path} is not a file: give one that rollscan made")
    check_readable(Path(path))
    for text in (*_of_picture(path), *_of_video(path)):
        if found := _RECIPE.search(text):
            return found[0]
    raise SourceError(f"{path} carries no recipe: give a file that rollscan made, or the options")


def _of_picture(path: str | os.PathLike[str]) -> Iterator[str]:
    """The texts of a picture, moving or not."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            texts = [image.info.get(key, b"") for key in ("comment", "Comment", "xmp")]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # Pillow's ways
        return
    for text in texts:
        yield unescape(text if isinstance(text, str) else bytes(text).decode(errors="replace"))


def _of_video(path: str | os.PathLike[str]) -> Iterator[str]:
    """The metadata of a video, its backslashes taken away, as ffmpeg escapes what it writes."""
    telling = ["-v", "quiet", *one_file(Path(path)), "-f", "ffmetadata", "pipe:1"]
    with start_ffmpeg(telling, stdout=subprocess.PIPE) as ffmpeg:
        text = ffmpeg.communicate()[0].decode(errors="replace")
    yield re.sub(r"\\(.)", r"\1", text)
