"""The studio: one clip shown live in a browser, and made with the same jobs as the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ArgumentError
from ..video.probe import Probe


def open_studio(options: dict[str, Any], how: dict[str, Any], say: Callable[[str], None]) -> None:
    """Show the clip that the options name, if they do, and begin with the other options.

    Returns when the studio is over. how: to serve it, see serve. say: is given lines for people.
    Raises ArgumentError where an option is wrong, or Starlette and uvicorn are not there.
    """
    clips = options.pop("input")
    if len(clips) > 1:
        raise ArgumentError(f"--ui shows one clip, and {len(clips)} are given: give one of them")
    path = Path(clips[0]) if clips else None
    probe = Probe(path) if path else None
    try:
        from .serve import serve  # Starlette, uvicorn and NumPy, while ffmpeg looks at the file

        serve(path, probe, options, say, **how)
    except ImportError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise ArgumentError(
            "--ui needs Starlette and uvicorn, which are not there: pip install 'rollscan[ui]'"
        ) from error
    finally:
        if probe:
            probe.close()
