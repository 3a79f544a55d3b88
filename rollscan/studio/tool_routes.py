"""Owns the HTTP routes of the page's tools: files for options, maps, moving numbers, sound."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ..checks import check_whole
from .paths import described
from .requests import json_of, name_of_upload, number_in, unless_disconnected
from .session import Session

_MOST_SIDE = 2048  # pixels, of a map that is shown


def tool_routes(session: Session) -> list[Route]:
    """The routes. session: what they are about."""
    tools = _Tools(session)
    routes: list[tuple[str, str, Callable[..., Any]]] = [
        ("PUT", "/files/{option}", tools.upload),
        ("GET", "/files/{option}/{id}", tools.file),
        ("GET", "/map", tools.map),
        ("POST", "/path", tools.path),
        ("POST", "/sound", tools.sound),
    ]
    return [Route(path, answer, methods=[method]) for method, path, answer in routes]


class _Tools:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def upload(self, request: Request) -> Response:
        """Take a file that the browser sends for an option, and tell the id that it now has."""
        option, name = request.path_params["option"], name_of_upload(request)
        id = await self._session.upload_for(option, name, request.stream())
        return JSONResponse({"id": id}, 201)

    async def file(self, request: Request) -> Response:
        """A file that was sent for an option, to be saved, as for the command line."""
        file = self._session.command_line.uploads.get(**request.path_params)
        if not file:
            raise HTTPException(404, "there is no such file any more")
        return FileResponse(file.path, filename=file.name)

    async def map(self, request: Request) -> Response:
        """A map that stands still, `of` a value of the setting, as a PNG: white is the oldest."""
        width, height = (int(number_in(request, side) or 0) for side in ("width", "height"))
        given = self._session.command_line.settings({"map": request.query_params.get("of")})
        content = await asyncio.to_thread(_picture_of_map, given["map"], (width, height))
        return Response(content, media_type="image/png")

    async def path(self, request: Request) -> Response:
        """How a number moves, see `paths.described`."""
        return JSONResponse(described(await json_of(request)))

    async def sound(self, request: Request) -> Response:
        """What is heard of the file that is shown, see `OpenClip.sound`."""
        body = await json_of(request)
        work = self._session.opened(body.get("clip")).sound(body.get("options"))
        return Response(await unless_disconnected(request, work), media_type="audio/wav")


def _picture_of_map(given: Any, size: tuple[int, int]) -> bytes:
    """A map in this size, as a PNG."""
    from PIL import Image

    from ..composers.maps import time_map

    for side in size:
        check_whole("a side of the map", side, least=1, most=_MOST_SIDE)
    levels = (time_map(given, size) * 255).round().astype("uint8")
    file = BytesIO()
    Image.fromarray(levels).save(file, "PNG", compress_level=1)
    return file.getvalue()
