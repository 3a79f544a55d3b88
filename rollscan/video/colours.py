"""Owns a video's colour space, and the ffmpeg filters that convert it to the screen's.

The screen's colour space is BT.709. Where a file does not state its own, it is assumed to be the
one that video players assume.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HDR = ("smpte2084", "arib-std-b67")  # PQ and HLG
# Primaries with a wider gamut than the screen's; the last two are P3.
_WIDE_GAMUT = ("bt2020", "smpte431", "smpte432")
# A picture at least this wide, or higher than this, is HD: its matrix is taken to be BT.709.
_HD = (1280, 576)  # pixels
_UNSUPPORTED = re.compile(  # matrices that swscale does not convert
    r"ictcp|ycgco|bt2020c$|chroma-derived|smpte2085|ipt-c2"
)
_UNREAD_TRANSFERS = ("log100", "log316")  # that swscale refuses; players ignore them
_UNCONVERTED_TRANSFERS = ("unknown", "bt1361e", "smpte428")  # that zscale refuses
_COMMON = re.compile(r"yuvj?420p$|nv12$|nv21$")  # the 8-bit formats that nearly all files have
_ALPHA_FORMAT = re.compile(r"yuva|gbra|ya\d|rgba|bgra|argb|abgr|ayuv|vuya|pal8")
_YUV = re.compile(r"yuv|nv\d|p[024]1\d|y2\d\d|[uv]yv|yuyv|ay|gray")
_DEEP = re.compile(r"yuva?4\d\dp1\d|p[024]1\d|y21\d|xv3\d")  # more than 8 bits a channel

# Reference white, 203 nits in PQ and 75 % in HLG, is mapped to nearly white. Whatever is darker
# than half of it, as faces are, keeps its brightness, and nothing below 1000 nits clips.
_WHITE = 203  # nits
_TONE_MAPPING = [
    f"zscale=transfer=linear:npl={_WHITE}",
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    f"tonemap=mobius:param=0.5:peak={1000 / _WHITE:.3f}:desat=0",
    "zscale=transfer=bt709:matrix=bt709:range=full",
]
# zscale refuses odd sizes of formats whose chroma is subsampled.
_UNSUBSAMPLED = "format=yuv444p12le|gbrp12le"


@dataclass(frozen=True)
class Colours:
    """The colour space of a video, in ffmpeg's names, with missing and wrong tags replaced."""

    matrix: str = ""
    primaries: str = ""
    transfer: str = ""
    corrected: tuple[str, ...] = ()  # the tags that were replaced, as options of `setparams`

    @classmethod
    def of(
        cls,
        tags: Mapping[str, str],
        pixel_format: str,
        size: tuple[int, int],
        *,
        first: Colours | None = None,
    ) -> Colours:
        """Find the colour space of frames of a pixel format and a size (width, height).

        tags: the file's own `space`, `primaries` and `trc`, each "unknown" where it is not stated.
        first: those of the video's first frame, where these are others of a later one.
        """
        stated = [tags.get(name, "unknown") for name in ("space", "primaries", "trc")]
        matrix, primaries, transfer = stated
        if first:
            primaries, transfer = _without_leftovers(
                matrix, primaries, transfer, pixel_format, first
            )
        is_yuv = _YUV.match(pixel_format) is not None
        is_hd = size[0] >= _HD[0] or size[1] > _HD[1]
        # No encoder writes such a matrix in a common format, so the tag must be wrong.
        is_mistagged = _UNSUPPORTED.match(matrix) and _COMMON.match(pixel_format)
        if is_mistagged or (matrix == "unknown" and is_yuv and is_hd):
            matrix = "bt709"
        if matrix == "bt2020nc" and transfer == "unknown" and _DEEP.match(pixel_format):
            transfer = "smpte2084"  # nearly every such file is HDR whose tags were lost
        if transfer in _UNREAD_TRANSFERS:
            transfer = "bt709"
        if transfer in _HDR and primaries not in ("bt709", *_WIDE_GAMUT):
            primaries = "bt2020"
        if primaries in _WIDE_GAMUT and transfer in _UNCONVERTED_TRANSFERS:
            transfer = "bt709"
        if primaries in _WIDE_GAMUT and matrix == "unknown" and is_yuv:
            matrix = "bt709"
        tags_now = {"colorspace": matrix, "color_primaries": primaries, "color_trc": transfer}
        pairs = zip(tags_now.items(), stated, strict=True)
        corrected = (f"{name}={value}" for (name, value), before in pairs if value != before)
        return cls(matrix, primaries, transfer, tuple(corrected))

    @property
    def hdr(self) -> bool:
        """Whether the picture is HDR (PQ or HLG), and has to be tone-mapped for a screen."""
        return self.transfer in _HDR

    @property
    def is_unsupported(self) -> bool:
        """Whether ffmpeg cannot convert pictures of this matrix."""
        return _UNSUPPORTED.match(self.matrix) is not None

    @property
    def filters_before_scaling(self) -> list[str]:
        """The filters that set the corrected tags on the decoded frames."""
        return [f"setparams={':'.join(self.corrected)}"] if self.corrected else []

    @property
    def assumed(self) -> list[str]:
        """The filters without which frames of other colours, that are not shown, could not pass
        those for these colours.
        """
        if not self.filters_after_scaling:
            return []
        tags = f"color_primaries={self.primaries}:color_trc={self.transfer}"
        return [f"setparams=colorspace={self.matrix}:{tags}"]

    @property
    def filters_after_scaling(self) -> list[str]:
        """The filters that convert scaled frames to the screen's colour space."""
        if self.hdr:
            return [_UNSUBSAMPLED, *_TONE_MAPPING]
        if self.primaries in _WIDE_GAMUT:
            return [_UNSUBSAMPLED, "zscale=primaries=bt709", "format=gbrp16le"]
        return []


@dataclass(frozen=True)
class Pixels:
    """How the pixels of frames are to be read.

    colours: their colour space. alpha: whether they have transparency. is_yuv: whether they are
    brightness and chroma, grey included, and not RGB.
    """

    colours: Colours
    alpha: bool
    is_yuv: bool

    @classmethod
    def of(
        cls,
        tags: Mapping[str, str],
        pixel_format: str,
        size: tuple[int, int],
        *,
        alpha: bool = False,
        first: Pixels | None = None,
    ) -> Pixels:
        """Find how to read the pixels of frames.

        tags, pixel_format, size: as in `Colours.of`. alpha: whether they have transparency whatever
        their format. first: those of the video's first frame, where these are of a later one.
        """
        colours = Colours.of(tags, pixel_format, size)
        if first and colours != first.colours:
            colours = Colours.of(tags, pixel_format, size, first=first.colours)
        has_alpha = alpha or _ALPHA_FORMAT.match(pixel_format) is not None
        return cls(colours, has_alpha, _YUV.match(pixel_format) is not None)


def is_deep(pixel_format: str) -> bool:
    """Whether a pixel format, by ffmpeg's name, has more than 8 bits a channel, as HDR needs."""
    return _DEEP.match(pixel_format) is not None


def _without_leftovers(
    matrix: str, primaries: str, transfer: str, pixel_format: str, first: Colours
) -> tuple[str, str]:
    """The primaries and the transfer of frames of a matrix, each "unknown" where it is a leftover.

    pixel_format: of these frames. first: the colours of the video's first frame.

    VP9 states the matrix of its frames alone. The rest is what the container's header states, which
    is that of the first part of a video that was joined.
    """
    if matrix in ("unknown", "gbr"):
        return primaries, transfer
    if matrix.startswith("bt2020"):
        is_leftover = primaries not in ("bt2020", "unknown")
        return ("unknown", "unknown") if is_leftover else (primaries, transfer)
    is_leftover = transfer in _HDR and not (is_deep(pixel_format) and transfer != first.transfer)
    return (
        "unknown" if primaries == "bt2020" else primaries,
        "unknown" if is_leftover else transfer,
    )
