"""Owns the parsing of ffmpeg's log for a file's streams and its first frame, safe from forged tags.

A file may hold any text as a tag, with line breaks and in the format of ffmpeg's own lines. So the
facts that matter most (the size, colours and time base of the picture) are read from the lines of a
filter with a random name, which no file can know. The rest of what is read could mislead no further
than the file's own headers can.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from ..checks import in_seconds

_CLOCK = re.compile(r"config in time_base: (\d+)/(\d+), frame_rate: (\d+)/(\d+)")
_FRAME = re.compile(
    r"n: *(\d+) pts: *(-?\d+|NOPTS) .{0,200}?fmt:(\S+) .{0,80}?sar:(\d+)/(\d+) s:(\d+)x(\d+) i:(\w)"
    r"(?: iskey:\d)?(?: type:\S)? *"
)
# Another thread's message may follow without a space, so that known names are looked for first.
_COLOURS = re.compile(
    r" *color_(\w+):(tv|pc|unknown|reserved|gbr|fcc|bt709|bt470bg|bt470m|smpte\d{3,4}[mc]?|film|"
    r"ycgco(?:-r[eo])?|bt2020(?:nc|c|-1[02])?|chroma-derived-n?c|ictcp|ipt-c2|ebu3213|jedec-p22|"
    r"gamma2[28]|vgamut|vlog|"
    r"linear|log100|log316|iec61966-2-[14]|bt1361e|arib-std-b67|\S+) *"
)
_CONTAINER = re.compile(r"Input #0, ([^,]+),")
_DURATION = re.compile(r"  Duration: ([\d:.]+)(?:, start: (-?[\d.]+))?")
_FIELDS_FIRST = re.compile(r"\b(?:top|bottom)(?: coded)? first")
_STREAM = re.compile(r"  Stream #0:(\d+)\S*: (Video|Audio): (\w+)")
_SAMPLES = re.compile(r", (?:u8|s16|s32|s64|flt|dbl)p?\b")
# Dolby Vision whose colours only its own players convert: it has no picture for others.
_DOLBY_ALONE = re.compile(
    r" +DOVI configuration record: .*\bprofile: (\d+),.* compatibility id: 0\b"
)
_SIDES = re.compile(r", (?:(\w+)(?:\([^()]*\))?, )?(\d{1,5})x(\d{1,5})\b")
_NOT_FILM = ("(attached pic)", "(timed thumbnails)")
_ALPHA_MODE = re.compile(r" +alpha_mode +: 1$", re.IGNORECASE)


@dataclass(frozen=True)
class FirstFrame:
    """A frame that decodes, the first as a rule, after rotation."""

    pts: int | None  # in ticks
    pixel_format: str
    pixel_aspect: Fraction | None
    size: tuple[int, int]  # width, height
    interlaced: bool


@dataclass(frozen=True)
class Track:
    """A video or audio stream, as the file's header describes it."""

    number: int  # the stream's index in the file, from 0
    is_default: bool
    codec: str  # ffmpeg's name for it
    pixel_format: str  # ffmpeg's name for it; "" for sound
    pixels: int  # in a frame; 0 for sound
    mono: bool  # whether it is sound with a single channel
    is_readable: bool  # whether ffmpeg decodes the sound; False for a picture


@dataclass
class Description:
    """ffmpeg's description of a file; what it does not state is None, empty, zero or False.

    every_frame: whether `frame` and `colours` are those of the frame that was described last, and
    not those of the first.
    """

    every_frame: bool = False

    container: str = ""
    duration: float | None = None  # of the longest stream, in seconds, as the header claims
    begins: float = 0.0  # the start of the first stream, in seconds
    films: list[Track] = field(default_factory=list)  # the video streams, without cover art
    sounds: list[Track] = field(default_factory=list)
    fields: bool = False  # whether the header says that the video is interlaced
    alpha_mode: bool = False  # whether a WebM header says that the picture has transparency
    dolby_profile: str = ""  # of Dolby Vision that has no picture for other players
    frame: FirstFrame | None = None
    colours: dict[str, str] = field(default_factory=dict)  # of that frame: range, space, trc, ...
    tick: Fraction | None = None  # the time base of the frame, in seconds
    rate: Fraction | None = None  # ffmpeg's guess, in frames per second
    _inputs_listed: bool = False  # whether all the file's streams have been read
    _name: str = field(default_factory=lambda: secrets.token_hex(8))  # of the filter

    @property
    def filter(self) -> str:
        """The ffmpeg filter whose log lines describe the first frame."""
        return f"showinfo@{self._name}=checksum=0"

    @property
    def sound(self) -> Track | None:
        """The file's default audio stream, or else its first; None without sound.

        One that ffmpeg decodes goes before one that it does not, as iPhones write beside it.
        """
        return max(
            self.sounds, key=lambda sound: (sound.is_readable, sound.is_default), default=None
        )

    def better_film(self, count: Callable[[int], int]) -> Track | None:
        """The main video stream, or None where that is the first one.

        It is the one that the file marks as its default, and the largest of several. A stream of a
        single picture (the still image of an AVIF) is chosen only where no other has more.

        count: returns how many packets a stream has, by its number.
        """
        if len(self.films) < 2:
            return None
        moving = [film for film in self.films if count(film.number) > 1] or self.films
        best = max(moving, key=lambda film: (film.is_default, film.pixels))
        return None if best == self.films[0] else best

    def note(self, line: str) -> bool:
        """Read one line of ffmpeg's log, and return whether it is of no further interest.

        True means that nobody else needs the line, as it is no complaint.
        """
        if self.is_from_filter(line):
            return self._note_picture(line.partition("] ")[2])
        if line.startswith("Input #0, ") and not self.container:
            found = _CONTAINER.match(line)
            self.container = found[1] if found else ""
        elif line.startswith("  Duration: ") and self.duration is None:
            self._note_duration(line)
        elif not self._inputs_listed and (stream := _STREAM.match(line)):
            self._note_stream(int(stream[1]), stream[2] == "Video", stream[3], line)
        elif line.startswith("Stream mapping:"):
            self._inputs_listed = True  # the streams that follow are ffmpeg's outputs
            return True
        elif _ALPHA_MODE.match(line):
            self.alpha_mode = True
        elif dolby := _DOLBY_ALONE.match(line):
            self.dolby_profile = dolby[1]
        return False

    def is_from_filter(self, line: str) -> bool:
        """Whether the filter wrote the line, or its beginning, into ffmpeg's log."""
        return line.startswith(f"[showinfo@{self._name} @ ")

    def _note_stream(self, number: int, is_film: bool, codec: str, line: str) -> None:
        sides = _SIDES.search(line)
        pixel_format = (sides and sides[1]) or ""
        pixels = int(sides[2]) * int(sides[3]) if sides else 0
        mono = " mono" in line or " 1 channels" in line
        is_readable = not is_film and _SAMPLES.search(line) is not None
        track = Track(number, "(default)" in line, codec, pixel_format, pixels, mono, is_readable)
        if not is_film:
            self.sounds.append(track)
        elif not any(words in line for words in _NOT_FILM):
            self.films.append(track)
            self.fields = self.fields or _FIELDS_FIRST.search(line) is not None

    def _note_duration(self, line: str) -> None:
        if found := _DURATION.match(line):
            self.duration = in_seconds("duration", found[1])
            self.begins = float(found[2] or 0)

    def _note_picture(self, message: str) -> bool:
        """Note a message of the filter, and return whether there is nothing more in it.

        The filter writes a line in pieces, and another thread's complaint may come between them.
        """
        rest = ""
        if clock := _CLOCK.match(message):
            self.tick, self.rate = fraction(clock[1], clock[2]), fraction(clock[3], clock[4])
        elif found := _FRAME.match(message):
            number, pts, pixels, sar_x, sar_y, width, height, fields = found.groups()
            if not (self.every_frame or int(number) == 0):
                return True
            self.frame = FirstFrame(
                None if pts == "NOPTS" else int(pts),
                pixels,
                fraction(sar_x, sar_y),
                (int(width), int(height)),
                fields != "P",
            )
            rest = message[found.end() :]
        elif message.lstrip().startswith("color_"):
            self.colours.update(_COLOURS.findall(message))
            rest = _COLOURS.sub("", message)
        return not rest


def fraction(numerator: str, denominator: str) -> Fraction | None:
    """The fraction, or None where a part is 0, which is how ffmpeg writes an unknown one."""
    if not (int(numerator) and int(denominator)):
        return None
    return Fraction(int(numerator), int(denominator))
