"""Owns the report of a batch: a file with one line of JSON for each clip that has ended."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..errors import OutputError
from ..masking import masked, masked_url
from ..result import Written
from .order import Outcome

_FIRST = '{"input": '


class Report:
    """A report file to which lines are added; it is valid however the program ends.

    Raises OutputError where the file cannot be written, or exists and is no report.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        try:
            self._file = open(path, "ab+", buffering=0)  # noqa: SIM115 (until close)
            self._remove_torn_line()
        except OSError as error:
            raise OutputError(f"the report {path} cannot be written: {error.strerror}") from error

    def _remove_torn_line(self) -> None:
        """Remove the incomplete last line that a killed run has left."""
        self._file.seek(0)
        first = self._file.read(len(_FIRST))
        if not _FIRST.encode().startswith(first):
            self._file.close()
            raise OutputError(f"{self._path} is there, and is no report: give another name")
        end = size = self._file.seek(0, os.SEEK_END)
        tail = b""
        while end and b"\n" not in tail:
            start = max(0, end - (1 << 16))
            self._file.seek(start)
            tail = self._file.read(end - start) + tail
            end = start
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        if torn:
            self._file.truncate(size - torn)

    def add(self, outcome: Outcome) -> None:
        """Add the line of a clip in a single write. Raises OutputError where that fails."""
        line = json.dumps(as_table(outcome), ensure_ascii=True) + "\n"
        try:
            self._file.write(line.encode())
        except OSError as error:
            raise OutputError(
                f"the report {self._path} cannot be written: {error.strerror}: make room, and go on"
                " with --resume"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def as_table(outcome: Outcome) -> dict[str, Any]:
    """What the report says about a clip; the secrets of addresses in it are masked."""
    known = outcome.written or (None,) * len(outcome.files)
    return {
        "input": masked_url(outcome.input),
        "status": outcome.status,
        "seconds": round(outcome.seconds, 3),
        "outputs": [
            {"file": masked_url(name)} | (_file_facts(made) if made else {})
            for name, made in zip(outcome.files, known, strict=True)
        ],
        "error": masked(outcome.error, [outcome.input, *outcome.files]) or None,
    }


def _file_facts(made: Written) -> dict[str, Any]:
    """What the report says about one file."""
    width, height = made.size
    return {
        "width": width,
        "height": height,
        "frames": made.frames,
        "seconds": round(made.seconds, 3),
        "bytes": made.bytes,
        "seam": None if made.seam is None else round(made.seam, 3),
        "given_up": made.given_up or None,
        "note": made.note or None,
    }
