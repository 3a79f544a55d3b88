"""Owns the studio's addresses: what may be asked for, and how it is answered."""

from __future__ import annotations

from dataclasses import asdict
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..deliver.platforms import load, table
from ..errors import ArgumentError, RollscanError, SourceError
from ..look import Look, named_looks
from .session import Session

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
}


class App:
    """The answers to the requests that the guard lets pass."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def asgi(self) -> Starlette:
        """The ASGI app."""
        routes = [
            Route("/", self._page),
            Route("/state", self._state),
            Route("/frames", self._frames),
            Route("/{file}", self._page),
        ]
        wrong = {RollscanError: _told, HTTPException: _told}
        return Starlette(routes=routes, exception_handlers=wrong)

    async def _page(self, request: Request) -> Response:
        """The page, and the files beside it."""
        name = request.path_params.get("file", "index.html")
        files = {file.name: file for file in (resources.files(__package__) / "page").iterdir()}
        ending = name.rpartition(".")[2]
        if name not in files or ending not in _TYPES:
            raise HTTPException(404, f"there is no {name!r} here")
        return Response(files[name].read_bytes(), media_type=_TYPES[ending])

    async def _state(self, request: Request) -> Response:
        """What there is to begin with."""
        session = self._session
        return JSONResponse(
            {
                "clip": session.clip.told() if session.clip else None,
                "options": session.options,
                "looks": [
                    {
                        "name": name,
                        "shows": look.shows,
                        "film": look.film,
                        "settings": look.look.settings,
                    }
                    for name, look in named_looks().items()
                ],
                "platforms": [
                    {
                        "name": name,
                        "formats": [platform.format],
                        "text": " ".join(table({name: platform}).splitlines()[2:]),
                    }
                    for name, platform in load().items()
                ],
                "defaults": asdict(Look()),
                "smooth": _has_opencv(),
                "limit": 2 << 30,
            }
        )

    async def _frames(self, request: Request) -> Response:
        """Raw frames of a part, as they are decoded."""
        if not self._session.clip:
            raise SourceError("no clip is open: choose one")
        asked = request.query_params
        reel = await self._session.reel(
            _number(asked, "start") or 0.0,
            _number(asked, "end"),
            None if (width := _number(asked, "width")) is None else int(width),
            _number(asked, "scale"),
        )
        await reel.begun()
        width, height = reel.video.size
        headers = {
            "Content-Length": str(reel.bytes),
            "X-Width": str(width),
            "X-Height": str(height),
            "X-Rate": str(reel.video.rate),
            "X-First": "0",
            "X-Count": str(reel.count),
            "X-Whole": str(int(reel.count == len(reel.video))),
        }
        return StreamingResponse(reel.chunks(), 200, headers, "application/octet-stream")


def _number(asked: Any, name: str) -> float | None:
    if not asked.get(name):
        return None
    try:
        return float(asked[name])
    except ValueError:
        raise ArgumentError(f"{name} is {asked[name]!r}: give a number") from None


def _has_opencv() -> bool:
    from importlib.util import find_spec

    return find_spec("cv2") is not None


async def _told(request: Request, error: Exception) -> Response:
    """An error, for people."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code)
    return JSONResponse({"error": str(error)}, 400)
