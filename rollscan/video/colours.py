"""Owns how a video's colours come to the screen's: which they are, and ffmpeg's filters to convert.

The screen's are those of BT.709. Where a file does not say which it has, they are what players
take them for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_HDR = ("smpte2084", "arib-std-b67")  # PQ and HLG
_WIDE = (
    "bt2020",
    "smpte431",
    "smpte432",
)  # primaries of more than the screen's: P3 is the last two
_HD = (1280, 576)  # pixels across, lines: from the first on, and over the second, it is BT.709
_UNREAD = re.compile(r"ictcp|ycgco|bt2020c$|chroma-derived|smpte2085|ipt-c2")  # by swscale
_PLAIN = re.compile(r"yuvj?420p$|nv12$|nv21$")  # 8 bits, as nearly all files have them
_YUV = re.compile(r"yuv|nv\d|p[024]1\d|y2\d\d|[uv]yv|yuyv|ay|gray")
_DEEP = re.compile(r"yuva?4\d\dp1\d|p[024]1\d|y21\d|xv3\d")  # over 8 bits

# 203 nits, the white of paper in PQ and in HLG at 75 %, come near to white; what is darker than
# half of it, as faces are, keeps its light, and up to 1000 nits nothing clips.
_WHITE = 203
_TONE_MAPPING = [
    f"zscale=transfer=linear:npl={_WHITE}",
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    f"tonemap=mobius:param=0.5:peak={1000 / _WHITE:.3f}:desat=0",
    "zscale=transfer=bt709:matrix=bt709:range=full",
]
_UNSUBSAMPLED = "format=yuv444p12le|gbrp12le"  # what zscale takes at any size


@dataclass(frozen=True)
class Colours:
    """The colours of a video, in ffmpeg's words, after what is missing or wrong has been set."""

    matrix: str = ""
    primaries: str = ""
    transfer: str = ""
    corrected: tuple[
        str, ...
    ] = ()  # what the file does not say, or not rightly, as setparams has it

    @classmethod
    def of(cls, said: Mapping[str, str], pixel_format: str, size: tuple[int, int]) -> Colours:
        """The colours of frames of that pixel format and size.

        said: by the file, of space, primaries and trc; "unknown" where it says nothing.
        """
        told = [said.get(name, "unknown") for name in ("space", "primaries", "trc")]
        matrix, primaries, transfer = told
        is_yuv = _YUV.match(pixel_format) is not None
        is_hd = size[0] >= _HD[0] or size[1] > _HD[1]
        slip = _UNREAD.match(matrix) and _PLAIN.match(pixel_format)  # nothing makes such files
        if slip or (matrix == "unknown" and is_yuv and is_hd):
            matrix = "bt709"
        if matrix == "bt2020nc" and transfer == "unknown" and _DEEP.match(pixel_format):
            transfer = "smpte2084"  # HDR that lost its tags; there is next to none else
        if transfer in _HDR and primaries == "unknown":
            primaries = "bt2020"
        if primaries in _WIDE and transfer == "unknown":
            transfer = "bt709"
        if primaries in _WIDE and matrix == "unknown" and is_yuv:
            matrix = "bt709"
        now = {"colorspace": matrix, "color_primaries": primaries, "color_trc": transfer}
        changed = zip(now.items(), told, strict=True)
        corrected = (f"{name}={value}" for (name, value), before in changed if value != before)
        return cls(matrix, primaries, transfer, tuple(corrected))

    @property
    def hdr(self) -> bool:
        """Whether they are PQ's or HLG's, to be mapped to what a screen can show."""
        return self.transfer in _HDR

    @property
    def unread(self) -> bool:
        """Whether ffmpeg cannot scale pictures of this matrix."""
        return _UNREAD.match(self.matrix) is not None

    @property
    def before(self) -> list[str]:
        """Filters to come first, which set what the file does not say."""
        return [f"setparams={':'.join(self.corrected)}"] if self.corrected else []

    @property
    def after(self) -> list[str]:
        """Filters to come after scaling, which convert to the screen's."""
        if self.hdr:
            return [_UNSUBSAMPLED, *_TONE_MAPPING]
        if self.primaries in _WIDE:
            return [_UNSUBSAMPLED, "zscale=primaries=bt709", "format=gbrp16le"]
        return []
