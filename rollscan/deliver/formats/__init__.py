"""The formats of moving pictures, one class each. No class imports NumPy before it encodes.

A class that is listed in FORMATS is an option, an output of a Job and a choice in the studio.
"""

from __future__ import annotations

from .format import FIT as FIT
from .format import FITS as FITS
from .format import MOST_SIDE as MOST_SIDE
from .format import USUAL_FPS as USUAL_FPS
from .format import Encoded as Encoded
from .format import Encoding as Encoding
from .format import Format as Format
from .numbered import Frames
from .pictures import Apng, Avif, Gif, WebP
from .videos import Mp4, ProRes, WebM
from .videos import repeats as repeats

_CLASSES: tuple[type[Format], ...] = (Gif, Mp4, WebM, WebP, Avif, Apng, ProRes, Frames)
FORMATS: dict[str, Format] = {each.name: each() for each in _CLASSES}  # by their names
