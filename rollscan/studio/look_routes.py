"""Owns the requests about looks: one's own are kept and removed, and a file's is read."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..errors import ArgumentError
from ..look import Look
from ..own_looks import keep_look, remove_look
from .job_request import as_json, effective
from .requests import json_of
from .session import Session
from .start import looks


class LookRoutes:
    """The addresses about looks, of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def routes(self) -> list[Route]:
        """The routes, for the application."""
        return [
            Route("/looks", self._keep, methods=["POST"]),
            Route("/looks/{name}", self._remove, methods=["DELETE"]),
            Route("/recipe", self._read, methods=["PUT"]),
        ]

    async def _keep(self, request: Request) -> Response:
        """Keep the look of the options under a name, and answer with all looks."""
        body = await json_of(request)
        look = self._session.opened(body.get("clip")).parse(body.get("options")).job.look
        for option, file in self._session.command_line.files(body["options"]).items():
            if option in look.settings:
                raise ArgumentError(
                    f"{option} is {file.name}, which goes when the studio ends: save it, and start"
                    f" the studio with --{option} and its name, to keep a look with it"
                )
        name, may_replace = str(body.get("name")), body.get("replace") is True
        await asyncio.to_thread(keep_look, name, look, replace=may_replace)
        return JSONResponse(looks())

    async def _remove(self, request: Request) -> Response:
        """Remove a look of one's own, and answer with all looks."""
        await asyncio.to_thread(remove_look, request.path_params["name"])
        return JSONResponse(looks())

    async def _read(self, request: Request) -> Response:
        """The settings of the look in a file of ours that the browser sends."""
        name = request.query_params.get("name", "")
        async with self._session.received(name, request.stream()) as path:
            look = await asyncio.to_thread(Look.of, path)
        return JSONResponse({"settings": as_json(effective(look))})
