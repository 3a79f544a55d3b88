"""The studio: a page that shows one clip live, and makes files of it by the command line's jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..systems import pip_install
from ..video.probe import probe_of


def open_studio(options: dict[str, Any], how: dict[str, Any], say: Callable[[str], None]) -> None:
    """Run the studio until it ends.

    options: those of the command line, by the parser's dests; the page starts with them. how: how
    to serve the page, as keyword arguments of `serve`. say: is called with lines for people.
    Raises ArgumentError where an option is wrong, or Starlette or uvicorn is not installed.
    """
    if "frames" in options:
        raise ArgumentError(
            "--frames has no effect on the page, which hands out single files: make numbered"
            " pictures without --ui",
            "frames",
        )
    clips = options.pop("input")
    if len(clips) > 1:
        raise ArgumentError(f"--ui shows one clip, and {len(clips)} are given: give one of them")
    path = Path(clips[0]) if clips else None
    probe = probe_of(path, source_fps=options.get("source_fps")) if path else None
    try:
        # This imports Starlette, uvicorn and NumPy, while ffmpeg is probing the file.
        from .serve import serve

        serve(path, probe, options, say, **how)
    except ImportError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise ArgumentError(
            f"--ui needs Starlette and uvicorn, which are not there: {pip_install('ui')}"
        ) from error
    finally:
        if probe:
            probe.close()
