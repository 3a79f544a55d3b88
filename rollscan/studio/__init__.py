"""The studio: one clip shown live in a browser, and made with the same jobs as the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ArgumentError

_HOW = ("host", "port", "browser", "keep")  # options that say how it is served


def open_studio(options: dict[str, Any], say: Callable[[str], None]) -> None:
    """Show the clip that the options name, if they do, and begin with the other options.

    Returns when the studio is over. say: is given lines for people.
    Raises ArgumentError where an option is wrong, or Starlette and uvicorn are not there.
    """
    try:
        from .serve import serve
    except ImportError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise ArgumentError(
            "--ui needs Starlette and uvicorn, which are not there: pip install 'rollscan[ui]'"
        ) from error
    how = {name: options.pop(name) for name in _HOW if name in options}
    serve(options, say, **how)
