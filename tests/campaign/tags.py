"""Clips whose colour tags are drawn at random: each frame is shown, or the matrix is named."""

from __future__ import annotations

from random import Random

from .case import Case, Room
from .pictures import numbers_in_turn
from .seeds import RATE, Seeds, write

_COUNT = 20  # frames
_MATRICES = (
    *("unknown", "bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "ycgco", "bt2020nc"),
    *("bt2020c", "smpte2085", "chroma-derived-nc", "chroma-derived-c", "ictcp", "ipt-c2"),
)
_PRIMARIES = (
    *("unknown", "bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", "film", "bt2020"),
    *("smpte428", "smpte431", "smpte432"),
)
_TRANSFERS = (
    *("unknown", "bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", "linear", "log100"),
    *("log316", "iec61966-2-1", "iec61966-2-4", "bt1361e", "bt2020-10", "bt2020-12"),
    *("smpte2084", "smpte428", "arib-std-b67"),
)
# The ranges that the encoders take: these take one alone.
_FULL, _LIMITED = ("gbrp", "yuvj420p"), ("ffv1", "prores_ks")
_X264 = ("-c:v", "libx264", "-crf", "8", "-preset", "ultrafast")
_X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:crf=8")
_FORMATS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("mp4", _X264, ("yuv420p", "yuvj420p", "yuv444p", "yuv420p10le")),
    ("mkv", _X264, ("yuv420p", "yuv422p", "yuv420p10le")),
    ("ts", _X264, ("yuv420p",)),
    ("mov", (*_X265, "-tag:v", "hvc1"), ("yuv420p", "yuv420p10le")),
    ("mkv", ("-c:v", "ffv1"), ("yuv420p", "yuv444p10le", "gbrp", "yuva420p", "gray")),
    ("webm", ("-c:v", "libvpx-vp9", "-crf", "8", "-b:v", "0", "-cpu-used", "8"), ("yuv420p",)),
    ("mov", ("-c:v", "prores_ks"), ("yuv422p10le", "yuva444p10le")),
)


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """Tags that no encoder would write together; an odd size every third time."""
    ending, codec, formats = random.choice(_FORMATS)
    pixels = random.choice(formats)
    ranges = ("pc",) if pixels in _FULL else ("tv",) if codec[1] in _LIMITED else ("tv", "pc")
    tags = {
        "range": random.choice(ranges),
        "color_primaries": random.choice(_PRIMARIES),
        "color_trc": random.choice(_TRANSFERS),
        "colorspace": "gbr" if pixels == "gbrp" else random.choice(_MATRICES),
    }
    size = "130:94" if number % 3 == 0 else "64:48"
    options = ":".join(f"{name}={value}" for name, value in tags.items())
    filters = f"scale={size}:flags=neighbor,format={pixels},setparams={options}"
    source, made = room.given / f"in.{ending}", room.out / "o.gif"
    write(source, _COUNT, "-vf", filters, *codec)
    return Case(
        f"{codec[1]} in {ending}, {pixels}, {size}, {tags}",
        [str(source), "--gif", str(made), "--loop", "cut"],
        [made],
        statuses=(0, 1),
        says=f"colour matrix {tags['colorspace']}",
        check=numbers_in_turn(made, list(range(_COUNT)), RATE),
    )
