"""Owns the status line on a terminal, which shows the progress of a job.

It requires of the terminal only a carriage return, and uses no colours.
"""

from __future__ import annotations

import math
import os
import time
import unicodedata
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from .result import Progress

_BARS = ("█░", "#.")  # done and not done; the first pair that the encoding has is used
_LONGEST_BAR, _SHORTEST_BAR = 30, 8  # characters
_LONGEST_NAME = 28
_UNKNOWN_WIDTH = 80
_ECHO = "^C"  # the terminal writes it at the cursor after Ctrl-C


class StatusLine:
    """The status line on a terminal. `erase` leaves nothing of it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._shown = 0  # columns
        self._bar = next(bar for bar in _BARS if printable(bar, stream.encoding) == bar)

    def show(self, progress: Progress) -> None:
        """Draw the line, over the previous one."""
        line = line_of(
            progress,
            self._columns(),
            waited=time.monotonic() - self._began,
            bar=self._bar,
            encoding=self._stream.encoding,
        )
        columns = _columns_of(line)
        self._write("\r" + line + " " * (self._shown - columns))
        self._shown = columns

    def erase(self) -> None:
        """Erase the line, and move the cursor to its beginning."""
        if self._shown:
            self._write("\r" + " " * (self._shown + len(_ECHO)) + "\r")
            self._shown = 0

    def _columns(self) -> int:
        """The current width of the terminal."""
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        self._shown = min(self._shown, max(columns - 1 - len(_ECHO), 0)) if columns else self._shown
        return columns or _UNKNOWN_WIDTH

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def line_of(
    progress: Progress,
    columns: int,
    *,
    waited: float = 0.0,
    bar: str = _BARS[1],
    encoding: str | None = None,
) -> str:
    """The status line: the stage, the file, a bar, the share that is done, and the time left.

    It is narrower than the terminal, which leaves room for a ^C after it, and for the last column,
    after which some terminals begin a new line. If it would be too wide, the name of the file is
    left out first, then the bar, then the share.

    columns: of the terminal. waited: seconds since the job began, shown while the time left is
    unknown. bar: a character for what is done, and one for what is not. encoding: of the terminal;
    None for UTF-8.
    """
    room = max(columns - 1 - len(_ECHO), 1)
    stage, name = progress.stage, ""
    if progress.file:
        name = _shortened(printable(progress.file.name, encoding))
    named = f"{stage} {name}" if name else stage
    if progress.left is None:
        choices = [f"{named}  {_clock(waited)}", f"{stage}  {_clock(waited)}"]
    else:
        share, left = f"{math.floor(100 * progress.done):3d}%", f"{_clock(progress.left)} left"
        choices = [f"{stage}  {share}  {left}", f"{stage}  {left}"]
        for start in (named, stage):
            spare = room - _columns_of(start) - len(share) - len(left) - 6
            if spare >= _SHORTEST_BAR:
                drawn = _drawn(progress.done, min(spare, _LONGEST_BAR), bar)
                return f"{start}  {drawn}  {share}  {left}"
    fitting = (choice for choice in choices if _columns_of(choice) <= room)
    return next(fitting, stage[:room])


def printable(text: str, encoding: str | None) -> str:
    """The text with all characters escaped that the encoding lacks or a terminal cannot show.

    A byte of a file name that is not valid text is shown as \\xe9. encoding: None for UTF-8.
    """
    shown = "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)
    encoding = encoding or "utf-8"
    try:
        shown.encode(encoding)
    except UnicodeEncodeError:
        shown = shown.replace("→", "->").encode(encoding, "backslashreplace").decode(encoding)
    return shown


def _escaped(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":  # Python represents an invalid byte so
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")


def _drawn(done: float, length: int, bar: str) -> str:
    filled = math.floor(done * length)
    return bar[0] * filled + bar[1] * (length - filled)


def _clock(seconds: float) -> str:
    """A duration as 0:07, 12:30 or 1:02:03, rounded up."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _columns_of(text: str) -> int:
    """The width of a text in columns: some characters take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def _shortened(name: str) -> str:
    """The name, or its end if it is long."""
    if _columns_of(name) <= _LONGEST_NAME:
        return name
    while _columns_of(name) >= _LONGEST_NAME - 2:
        name = name[1:]
    return f"...{name}"
