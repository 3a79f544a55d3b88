"""Owns the reading of ffmpeg's standard error, while ffmpeg runs and in bounded memory.

Much of that output repeats the file's tags (titles, comments) and its name. These are left out, so
that no text in them is taken for a message of ffmpeg's.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import IO

# What precedes a message in a line: the part of ffmpeg that logs it, and the level.
_COMPONENT = re.compile(r"^(?:\[[^]]* @ 0x[0-9a-f]+\] *)*(?:\[(?:error|fatal|panic)\] )?")
_MAX_LINE = 4096  # bytes of a line that are read
_MAX_KEPT = 400  # characters of a line that are kept
_FIRST = _LAST = 100  # how many lines are kept from the beginning, and from the end
MAX_TAGS = 4_000_000  # bytes of tags, as ffmpeg prints them


class Log:
    """The complaints in an ffmpeg's standard error, read by a thread.

    flooded: whether ffmpeg was ended because it printed more than MAX_TAGS bytes of tags, which
    could go on for hours.

    pipe: the standard error. end: is called to end ffmpeg in that case. path: of the file that
    ffmpeg reads, if any. note: is called with every line, those that repeat tags included, and
    returns whether it used the line up. Of the lines that it did not, those that do not repeat tags
    are complaints.
    """

    def __init__(
        self,
        pipe: IO[bytes],
        end: Callable[[], None],
        path: Path | None,
        note: Callable[[str], bool],
    ) -> None:
        self.flooded = False
        self._end, self._note = end, note
        # A file's name may hold line breaks, so that ffmpeg prints it in several lines.
        self._name, *self._name_rest = f"file:{path}".split("\n") if path else [""]
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=_LAST)
        self._reader = Thread(target=self._read, args=(pipe,), daemon=True)
        self._reader.start()

    def __bool__(self) -> bool:
        """Whether ffmpeg has complained so far."""
        return bool(self._first)

    def text(self) -> str:
        """Wait until ffmpeg has ended, and return its complaints, a line each.

        Of more than 200 lines, the first and the last 100 are returned.
        """
        self._reader.join()
        return "\n".join([*self._first, *self._last])

    def _read(self, pipe: IO[bytes]) -> None:
        tags = 0
        with pipe:
            for line in _lines(pipe):
                if (self._name_rest and self._continues_name(line)) or self._note(line):
                    continue
                if line.startswith(" "):
                    tags += len(line)
                    if tags > MAX_TAGS:
                        self.flooded = True
                        self._end()
                        return
                elif line and not line.startswith(("Input #", "Output #")):
                    masked = line.replace(self._name, "FILE") if self._name else line
                    self._keep(masked[:_MAX_KEPT])

    def _keep(self, line: str) -> None:
        if len(self._first) < _FIRST:
            self._first.append(line)
        else:
            self._last.append(line)

    def _continues_name(self, line: str) -> bool:
        """Whether the line begins with a further line of the file's name."""
        return any(
            line == part or (part and line.startswith((f"{part}'", f"{part}:", f"{part}.")))
            for part in self._name_rest
        )


def first_complaint(log: str) -> str:
    """The first complaint in a log, or "". It names the cause; the last one never does."""
    return next((_COMPONENT.sub("", line) for line in log.splitlines() if line.strip()), "")


def why_failed(status: int, log: str) -> str:
    """Why ffmpeg failed: the first complaint in its log, or its exit status if there is none."""
    return first_complaint(log) or f"ffmpeg ended with status {status}"


def _lines(pipe: IO[bytes]) -> Iterator[str]:
    """The lines of a pipe, each cut to _MAX_LINE bytes."""
    is_beginning = True
    while piece := pipe.readline(_MAX_LINE):
        if is_beginning:
            yield piece.decode(errors="replace").rstrip("\r\n")
        is_beginning = piece.endswith(b"\n")
