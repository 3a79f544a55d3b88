"""Clips joined of two encodings: pixel format, size, colour tags and container at random."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from .case import Case, Room
from .pictures import numbers_in_turn
from .seeds import COUNT, RATE, Seeds, run_ffmpeg, write

_X264 = ("-c:v", "libx264", "-crf", "8", "-preset", "ultrafast", "-g", "10")
_VPX = ("-crf", "6", "-b:v", "2M", "-cpu-used", "8", "-g", "10")
# ffmpeg's options for each codec, its pixel formats, what the pieces are, and what is made of them.
_CODECS: tuple[tuple[tuple[str, ...], tuple[str, ...], str, tuple[str, ...]], ...] = (
    (
        *(_X264, ("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuvj420p")),
        *("ts", ("mp4", "mkv", "mov", "ts", "h264", "flv")),
    ),
    (("-c:v", "libvpx", *_VPX), ("yuv420p",), "webm", ("webm", "mkv")),
    (("-c:v", "libvpx-vp9", *_VPX), ("yuv420p", "yuv444p", "yuv420p10le"), "webm", ("webm", "mp4")),
    (
        *(("-c:v", "mpeg2video", "-q:v", "2", "-g", "10"), ("yuv420p",)),
        *("ts", ("ts", "mkv", "mpg")),
    ),
    (("-c:v", "mjpeg", "-q:v", "2"), ("yuvj420p", "yuvj444p"), "mov", ("mov", "mkv", "avi")),
)
_SIZES = ("64:48", "64:48", "128:96", "96:72", "192:144")  # all of one shape
_MATRICES = ("bt709", "smpte170m", "bt470bg", "bt2020nc", "unknown")
_TRANSFERS = ("bt709", "smpte170m", "iec61966-2-1", "unknown")
_PRIMARIES = ("bt709", "smpte170m", "bt2020", "smpte432", "unknown")


@dataclass(frozen=True)
class _Encoding:
    """How a piece is encoded."""

    pixels: str
    size: str
    matrix: str
    transfer: str
    primaries: str
    full: bool

    @classmethod
    def drawn(cls, formats: tuple[str, ...], random: Random) -> _Encoding:
        return cls(
            *(random.choice(formats), random.choice(_SIZES), random.choice(_MATRICES)),
            *(random.choice(_TRANSFERS), random.choice(_PRIMARIES), random.random() < 0.3),
        )

    @property
    def options(self) -> tuple[str, ...]:
        """ffmpeg's options."""
        matrix = "bt709" if self.matrix == "unknown" else self.matrix
        scale = f"scale={self.size}:flags=neighbor:out_color_matrix={matrix}"
        scale += f":out_range={'full' if self.full else 'limited'}"
        tags = f"setparams=colorspace={self.matrix}:color_trc={self.transfer}"
        tags += f":color_primaries={self.primaries}"
        return ("-vf", f"{scale},format={self.pixels},{tags}")


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """Frames before the join in one encoding, those after it in another."""
    codec, formats, piece, endings = random.choice(_CODECS)
    ending, at = random.choice(endings), random.randrange(5, COUNT - 5)
    b_frames = ("-bf", "2") if "libx264" in codec and random.random() < 0.5 else ("-bf", "0")
    pieces: list[Path] = []
    encodings: list[_Encoding] = []
    for first, stop in ((0, at), (at, COUNT)):
        encoding = _Encoding.drawn(formats, random)
        if encodings and "mpeg2video" in codec:  # ffmpeg's decoder loses a frame at another size
            encoding = replace(encoding, size=encodings[0].size)
        path = room.folder / f"{first}.{piece}"
        more = b_frames if "libx264" in codec else ()
        write(path, stop - first, *codec, *more, *encoding.options, first=first)
        pieces.append(path)
        encodings.append(encoding)
    source, made = room.given / f"in.{ending}", room.out / "o.gif"
    _join(pieces, source)
    return Case(
        f"{codec[1]} in {ending}, {at} frames as {encodings[0]}, then {encodings[1]}",
        [str(source), "--gif", str(made), "--loop", "cut", "--width", "64"],
        [made],
        statuses=(0,),
        check=numbers_in_turn(made, list(range(COUNT)), RATE),
    )


def _join(pieces: list[Path], to: Path) -> None:
    """Put the pieces into one file, without encoding them again."""
    if to.suffix == ".ts":
        to.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
        return
    listing = pieces[0].with_name("list.txt")
    listing.write_text("".join(f"file '{piece}'\n" for piece in pieces))
    run_ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", to)
