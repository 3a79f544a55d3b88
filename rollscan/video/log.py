"""Owns the reading of what ffmpeg says: while it says it, and in little memory however much it is.

Most of it is not ffmpeg's own: it repeats the file's tags (titles, comments) and its name. Those
are left out, so that nothing in them is taken for a fact or for a fault.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import IO

_FROM = re.compile(r"^(?:\[[^]]* @ 0x[0-9a-f]+\] *)+")  # the part of ffmpeg that says it
_LINE = 4096  # bytes of a line that are looked at
_SAID = 400  # characters of a line that are kept
_FIRST = _LAST = 100  # lines that are kept
MAX_TAGS = 4_000_000  # bytes of tags, as ffmpeg prints them


class Log:
    """What an ffmpeg says on a pipe, its standard error.

    end: ends the ffmpeg, where it prints over 4 MB of tags, as it would for hours. path: of the
    file that it reads, if any. note: is given every line, those that repeat tags as well, and says
    whether the line was for it; all others are complaints, unless they repeat tags.
    """

    def __init__(
        self,
        pipe: IO[bytes],
        end: Callable[[], None],
        path: Path | None,
        note: Callable[[str], bool],
    ) -> None:
        self.flooded = False  # whether there were too many tags
        self._end, self._note = end, note
        self._name, *self._rest = f"file:{path}".split("\n") if path else [""]  # it may be in lines
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=_LAST)
        self._reader = Thread(target=self._read, args=(pipe,), daemon=True)
        self._reader.start()

    def __bool__(self) -> bool:
        """Whether ffmpeg has complained up to now."""
        return bool(self._first)

    def text(self) -> str:
        """All that ffmpeg said but tags and names, or the beginning and the end of it, in lines.

        It waits until ffmpeg has ended.
        """
        self._reader.join()
        return "\n".join([*self._first, *self._last])

    def _read(self, pipe: IO[bytes]) -> None:
        tags = 0
        with pipe:
            for line in _lines(pipe):
                if (self._rest and self._is_name(line)) or self._note(line):
                    continue
                if line.startswith(" "):
                    tags += len(line)
                    if tags > MAX_TAGS:
                        self.flooded = True
                        self._end()
                        return
                elif line and not line.startswith(("Input #", "Output #")):
                    named = line.replace(self._name, "FILE") if self._name else line
                    self._keep(named[:_SAID])

    def _keep(self, line: str) -> None:
        if len(self._first) < _FIRST:
            self._first.append(line)
        else:
            self._last.append(line)

    def _is_name(self, line: str) -> bool:
        """Whether the line goes on with a name that has lines."""
        return any(
            line == part or (part and line.startswith((f"{part}'", f"{part}:", f"{part}.")))
            for part in self._rest
        )


def cause_in(said: str) -> str:
    """The first complaint in what ffmpeg said: it names the cause, and the last one never does."""
    return next((_FROM.sub("", line) for line in said.splitlines() if line.strip()), "")


def why_failed(status: int, said: str) -> str:
    """Why ffmpeg failed: its first complaint, or the status where it made none."""
    return cause_in(said) or f"ffmpeg ended with status {status}"


def _lines(pipe: IO[bytes]) -> Iterator[str]:
    """The lines that come, each cut to a length that can be held."""
    begins = True
    while piece := pipe.readline(_LINE):
        if begins:
            yield piece.decode(errors="replace").rstrip("\r\n")
        begins = piece.endswith(b"\n")
