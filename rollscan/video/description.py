"""Owns what ffmpeg says of a file and of its first frame, taken from where tags cannot speak.

A file may hold any text as a tag, with line breaks and in the shape of ffmpeg's own lines. So what
counts most (the size, colours and clock of the picture) is read from the lines of a filter that
bears a random name, which no file can know. What else is read could not mislead further than the
file's own headers.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from fractions import Fraction

from ..checks import in_seconds

_CLOCK = re.compile(r"config in time_base: (\d+)/(\d+), frame_rate: (\d+)/(\d+)")
_FRAME = re.compile(
    r"n: *0 pts: *(-?\d+|NOPTS) .{0,200}?fmt:(\S+) .{0,80}?sar:(\d+)/(\d+) s:(\d+)x(\d+) i:(\w)"
)
_COLOURS = re.compile(r"color_(\w+):(\S+)")
_CONTAINER = re.compile(r"Input #0, ([^,]+),")
_DURATION = re.compile(r"  Duration: ([\d:.]+)(?:, start: (-?[\d.]+))?")
_FIELDS_FIRST = re.compile(r"\b(?:top|bottom)(?: coded)? first")
_STREAM = re.compile(r"  Stream #0:(\d+)\S*: (Video|Audio): (\w+)")
_SIDES = re.compile(r", (?:(\w+)(?:\([^()]*\))?, )?(\d{1,5})x(\d{1,5})\b")
_NO_FILM = ("(attached pic)", "(timed thumbnails)")
_ALPHA_MODE = re.compile(r" +alpha_mode +: 1$", re.IGNORECASE)


@dataclass(frozen=True)
class FirstFrame:
    """The first frame that decodes, turned upright."""

    pts: int | None  # in ticks
    pixel_format: str
    pixel_aspect: Fraction | None
    size: tuple[int, int]  # width, height
    interlaced: bool


@dataclass(frozen=True)
class Track:
    """A stream of pictures or of sound, as the file's header tells of it."""

    number: int  # in the file, from 0
    is_default: bool
    codec: str  # in ffmpeg's words, as is the pixel format
    pixel_format: str
    pixels: int  # of a frame
    mono: bool  # whether it is sound for one ear


@dataclass
class Description:
    """What ffmpeg says of a file; None, "" or False where it does not say."""

    container: str = ""
    duration: float | None = None  # seconds that the header claims for the longest stream
    begins: float = 0.0  # when the first stream does, in seconds
    films: list[Track] = field(default_factory=list)  # streams of pictures that are no cover art
    sounds: list[Track] = field(default_factory=list)
    fields: bool = False  # whether the header says that frames are two fields
    alpha_mode: bool = False  # whether WebM says that transparency goes with the picture
    frame: FirstFrame | None = None
    colours: dict[str, str] = field(default_factory=dict)  # of that frame: range, space, trc, ...
    tick: Fraction | None = None  # seconds
    rate: Fraction | None = None  # frames per second, as ffmpeg guesses
    _mapped: bool = False
    _name: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def filter(self) -> str:
        """The filter that describes the first frame."""
        return f"showinfo@{self._name}=checksum=0"

    def note(self, line: str) -> bool:
        """Take in a line of ffmpeg's; False where it is none that describes."""
        if line.startswith("["):
            filter_, _, said = line.partition("] ")
            if filter_.startswith(f"[showinfo@{self._name} @ "):
                self._note_picture(said)
                return True
        if line.startswith("Input #0, ") and not self.container:
            found = _CONTAINER.match(line)
            self.container = found[1] if found else ""
        elif line.startswith("  Duration: ") and self.duration is None:
            self._note_duration(line)
        elif not self._mapped and (stream := _STREAM.match(line)):
            self._note_stream(int(stream[1]), stream[2] == "Video", stream[3], line)
        elif line.startswith("Stream mapping:"):
            self._mapped = True  # what follows are ffmpeg's own streams
            return True
        elif _ALPHA_MODE.match(line):
            self.alpha_mode = True
        return False

    def _note_stream(self, number: int, is_film: bool, codec: str, line: str) -> None:
        sides = _SIDES.search(line)
        pixel_format = (sides and sides[1]) or ""
        pixels = int(sides[2]) * int(sides[3]) if sides else 0
        mono = " mono" in line or " 1 channels" in line
        track = Track(number, "(default)" in line, codec, pixel_format, pixels, mono)
        if not is_film:
            self.sounds.append(track)
        elif not any(words in line for words in _NO_FILM):
            self.films.append(track)
            self.fields = self.fields or _FIELDS_FIRST.search(line) is not None

    def _note_duration(self, line: str) -> None:
        if found := _DURATION.match(line):
            self.duration = in_seconds("duration", found[1])
            self.begins = float(found[2] or 0)

    def _note_picture(self, said: str) -> None:
        if clock := _CLOCK.match(said):
            self.tick, self.rate = fraction(clock[1], clock[2]), fraction(clock[3], clock[4])
        elif found := _FRAME.match(said):
            pts, pixels, sar_x, sar_y, width, height, fields = found.groups()
            self.frame = FirstFrame(
                None if pts == "NOPTS" else int(pts),
                pixels,
                fraction(sar_x, sar_y),
                (int(width), int(height)),
                fields != "P",
            )
        elif said.startswith("color_"):
            self.colours.update(_COLOURS.findall(said))


def fraction(numerator: str, denominator: str) -> Fraction | None:
    """The fraction, or None for ffmpeg's ways to say unknown: 0/1, 1/0, 0/0."""
    if not (int(numerator) and int(denominator)):
        return None
    return Fraction(int(numerator), int(denominator))
