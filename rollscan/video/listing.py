"""Owns ffmpeg's packet lists: the arguments that print them, and the reading of what is printed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .packets import DECODED, KEY, NEVER, SHOWN, Packets, Picture, Stream

_FLAGS = re.compile(rb"F=0x([0-9A-Fa-f]+)")
_ALPHA = b"Matroska BlockAdditional"  # the side data in which WebM keeps the transparency
# ffmpeg's complaint about a packet that holds no picture, such as one of trailing metadata.
NO_PICTURE = "missing picture in access unit"
# The types of the units that hold a picture, for the bare streams (H.264 without a container, and
# the like) that may end with such a packet.
PICTURE_UNITS = {"h264": "1-5", "hevc": "0-31", "vvc": "0-11"}
# Where decoding times go back, as with an edit list that repeats a part, ffmpeg changes the
# presentation times too. This filter replaces them by very early ones that only ever grow, which
# leaves the presentation times as they are.
_KEEP_SHOWN = f"setts=dts=N+{10 * NEVER}:pts=PTS"
_PRINT = ("-map_metadata", "-1", "-f", "framecrc", "pipe:1")


def frame_listing(stream: str) -> list[str]:
    """ffmpeg's arguments that list every frame of a stream, in the same way, by decoding it.

    For containers whose packets hold several frames each. stream: as in `listing`.
    """
    return [
        *("-map", stream, "-map", stream, "-c:v", "rawvideo", "-vf", "scale=2:2"),
        *("-fps_mode", "passthrough", "-enc_time_base", "demux"),
        *_PRINT,
    ]


def picture_listing(stream: str, *, keeps_decoded: bool) -> list[str]:
    """ffmpeg's arguments that list every packet of a stream.

    stream: as in `listing`. keeps_decoded: whether its decoding times, which never go back, are to
    be listed.
    """
    filters = "null" if keeps_decoded else _KEEP_SHOWN
    return ["-map", stream, "-c", "copy", "-copyinkf", "-bsf:v", filters, *_PRINT]


def listing(stream: str, codec: str = "") -> list[str]:
    """ffmpeg's arguments that list every packet of a file, without decoding any.

    stream: ffmpeg's specifier of the video stream. It is listed twice: once with its presentation
    times, and once with its own decoding times.

    codec: of a bare stream, where its packets without a picture are to be left out.
    """
    every = ("-map", "0", "-c", "copy", "-copy_unknown", "-copyinkf")
    pictures = f"filter_units=pass_types={PICTURE_UNITS[codec]}" if codec else "null"
    return [
        *("-map", stream, "-map", stream, *every),
        *("-bsf:v:0", f"{pictures},{_KEEP_SHOWN}", "-bsf:v:1", pictures),
        *("-max_interleave_delta", "1000"),
        *_PRINT,
    ]


def parse_listing(lines: Iterable[bytes]) -> Packets:
    """Parse the lines that ffmpeg prints with the arguments of `listing`.

    Raises ValueError where they are not a packet list.
    """
    picture = Picture()
    streams: dict[int, Stream] = {SHOWN: picture.shown, DECODED: picture.decoded}
    for line in lines:
        if line.startswith(b"#"):
            name, _, value = line[1:].decode(errors="replace").partition(": ")
            title, _, number = name.partition(" ")
            if title in ("tb", "media_type", "codec_id"):
                stream = streams.setdefault(int(number), Stream())
                stream.describe(title, value.strip())
            continue
        index, decoded, shown, duration, size = map(int, line.split(b",", 5)[:5])
        flags = flags_of(line)
        if index in (SHOWN, DECODED):
            alpha = _ALPHA in line
            picture.take(index, decoded, shown, duration, flags, size=size, alpha=alpha)
        else:
            if index not in streams:
                raise ValueError(f"stream {index} is not announced")
            streams[index].take(decoded, shown, duration, flags)
    return Packets(picture, [*streams.values()])


def flags_of(line: bytes) -> int:
    """The flags of a packet, from its line in the list."""
    found = _FLAGS.search(line)
    return int(found[1], 16) if found else KEY  # which is not printed where it is alone
