"""Owns the running of ffmpeg: which one, how it is started, what it is told of time."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import Any

from ..errors import SourceError

PICTURE = "0:V:0"  # for ffmpeg: the first video stream that is no cover art


@cache
def ffmpeg() -> str:
    """The ffmpeg that imageio-ffmpeg brings (or the one IMAGEIO_FFMPEG_EXE names)."""
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise SourceError(
            "no ffmpeg found: reinstall imageio-ffmpeg, or name one in IMAGEIO_FFMPEG_EXE"
        ) from error


def start_ffmpeg(
    arguments: list[str], *, stdin: int = subprocess.DEVNULL, **streams: Any
) -> subprocess.Popen[bytes]:
    """Start ffmpeg apart from the terminal: Ctrl-C reaches Python alone, which then ends it."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    command = [ffmpeg(), "-hide_banner", "-nostdin", *arguments]
    return subprocess.Popen(command, stdin=stdin, **streams, **apart)


def trim(start: float, limit: float | None) -> list[str]:
    """ffmpeg input options that seek to `start` and stop after `limit` seconds."""
    seek = ["-ss", f"{start:.6f}"] if start > 0 else []
    return seek if limit is None else [*seek, "-t", f"{limit:.6f}"]
