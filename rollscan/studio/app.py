"""Owns the studio's addresses: what may be asked for, and how it is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import ExitStack
from importlib import resources
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import ArgumentError, RollscanError, in_words
from .loops import table
from .session import LIMIT, Session, field_of
from .start import start
from .streams import Streams
from .thumbs import strip

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
}
_MOST_JSON = 1 << 16  # bytes of options
_USUAL_THUMBS, _MOST_THUMBS = 24, 100
_NOBODY = 499  # a status for an answer that nobody waits for

Answer = TypeVar("Answer")


class _Frames(StreamingResponse):
    """Raw frames on their way. holding: keeps what they are read from, and is closed after them."""

    def __init__(
        self, chunks: AsyncIterator[bytes], headers: dict[str, str], holding: ExitStack
    ) -> None:
        super().__init__(chunks, 200, headers, "application/octet-stream")
        self._holding = holding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._holding:
            await super().__call__(scope, receive, send)


class App:
    """The answers to the requests that the guard lets pass.

    pages: of those that are open, one stream each.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.pages = Streams()
        self._listening = Streams()  # to jobs
        self._thumbs: dict[tuple[Any, int], bytes] = {}
        self._drawing = asyncio.Lock()

    def asgi(self) -> Starlette:
        """The ASGI app."""
        routes = [
            Route("/", self._page),
            Route("/state", self._state),
            Route("/clip", self._upload, methods=["PUT"]),
            Route("/frames", self._frames),
            Route("/thumbs", self._strip),
            Route("/loop", self._loop, methods=["POST"]),
            Route("/plan", self._plan, methods=["POST"]),
            Route("/frame", self._frame, methods=["POST"]),
            Route("/estimate", self._estimate, methods=["POST"]),
            Route("/jobs", self._make, methods=["POST"]),
            Route("/jobs/{id}", self._cancel, methods=["DELETE"]),
            Route("/jobs/{id}/events", self._events),
            Route("/jobs/{id}/files/{index:int}", self._file),
            Route("/alive", self._alive),
            Route("/{file}", self._page),
        ]
        wrong: Any = {RollscanError: self._told, HTTPException: self._told, Exception: self._told}
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
        clip = session.clip
        told = await asyncio.to_thread(clip.told) if clip else None
        options = session.given.shown(clip.name if clip else "clip")
        return JSONResponse({"clip": told, "options": options, **start(), "limit": LIMIT})

    async def _upload(self, request: Request) -> Response:
        """Another clip, from the browser."""
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > LIMIT:
            raise HTTPException(413, f"the clip is larger than {LIMIT >> 30} GiB: cut it first")
        name = request.query_params.get("name", "")
        clip = await self._session.upload(name, request.stream())
        return JSONResponse(await asyncio.to_thread(clip.told))

    async def _frames(self, request: Request) -> Response:
        """Raw frames of a part, as they are decoded."""
        width = _number(request, "width")
        reel, facts = await self._session.reel(
            _number(request, "start") or 0.0,
            _number(request, "end"),
            None if width is None else int(width),
            _number(request, "scale"),
        )
        with ExitStack() as holding:  # from now on until all is sent, or nobody wants it
            holding.enter_context(reel.held())
            await reel.begun()
            headers = {
                **_sized(reel.video.size),
                "Content-Length": str(reel.bytes),
                "X-Rate": str(reel.video.rate),
                "X-First": str(self._session.open_clip.first(facts)),
                "X-Count": str(reel.count),
                "X-Whole": str(int(reel.count == len(reel.video))),
            }
            return _Frames(reel.chunks(), headers, holding.pop_all())

    async def _strip(self, request: Request) -> Response:
        """Small frames of the whole clip, side by side."""
        asked = _number(request, "count")
        count = _USUAL_THUMBS if asked is None else int(asked)
        if not 1 <= count <= _MOST_THUMBS:
            raise ArgumentError(f"count is {count}: give 1 to {_MOST_THUMBS}")
        clip = self._session.open_clip
        async with self._drawing:
            if (clip, count) not in self._thumbs:
                drawn = await _unless_gone(request, strip(self._session, count))
                self._thumbs = {(clip, count): drawn}
            return Response(self._thumbs[clip, count], media_type="image/jpeg")

    async def _loop(self, request: Request) -> Response:
        """The table of a loop's sources."""
        asked = await _json(request)
        clip = self._session.open_clip.whole
        wanted = asked.get("settings"), asked.get("count"), clip.rate, clip.n_frames
        is_cyclic, rows = await asyncio.to_thread(table, *wanted)
        headers = {"X-Cyclic": str(int(is_cyclic))}
        return Response(rows, 200, headers, "application/octet-stream")

    async def _plan(self, request: Request) -> Response:
        """The command, what is wrong, what comes out."""
        options = (await _json(request)).get("options")
        return JSONResponse(await _unless_gone(request, self._session.plan(options)))

    async def _frame(self, request: Request) -> Response:
        """One frame as Python composes it."""
        asked = await _json(request)
        work = self._session.frame(asked.get("options"), asked.get("t"))
        size, frame = await _unless_gone(request, work)
        return Response(frame, 200, _sized(size), "application/octet-stream")

    async def _estimate(self, request: Request) -> Response:
        """The size to expect."""
        options = (await _json(request)).get("options")
        sizes = await _unless_gone(request, self._session.estimate(options))
        return JSONResponse({"bytes": sizes[0] if sizes else None, "all": sizes, "of": "sample"})

    async def _make(self, request: Request) -> Response:
        """Queue a job."""
        order = self._session.make((await _json(request)).get("options"))
        return JSONResponse({"id": order.id}, 201)

    async def _cancel(self, request: Request) -> Response:
        """End a job."""
        await self._session.jobs.cancel(self._session.jobs[request.path_params["id"]])
        return Response(status_code=204)

    async def _events(self, request: Request) -> Response:
        """How far a job is, and what came of it."""
        order = self._session.jobs[request.path_params["id"]]
        return self._listening.stream(order.events())

    async def _file(self, request: Request) -> Response:
        """A finished file."""
        files = self._session.jobs[request.path_params["id"]].files
        index = request.path_params["index"]
        if index >= len(files) or not files[index][0].is_file():
            raise HTTPException(404, "there is no such file any more")
        path, name = files[index]
        shown = "inline" if request.query_params.get("show") else "attachment"
        return FileResponse(path, filename=name, content_disposition_type=shown)

    async def _alive(self, request: Request) -> Response:
        """A stream for as long as the page is open."""
        return self.pages.stream(self._until_closing())

    async def _until_closing(self) -> AsyncIterator[dict[str, Any]]:
        await self._session.closing.wait()
        yield {"type": "closing"}

    async def _told(self, request: Request, error: Exception) -> Response:
        """An error, for people."""
        if isinstance(error, HTTPException):
            return JSONResponse({"error": error.detail}, error.status_code)
        message = self._session.in_words(in_words(error))
        if isinstance(error, RollscanError):
            return JSONResponse({"error": message, "field": field_of(message, error.names)}, 400)
        return JSONResponse({"error": message}, 500)


async def _unless_gone(request: Request, work: Awaitable[Answer]) -> Answer:
    """What comes of the work, which is cancelled where the page does not wait for it."""
    working = asyncio.ensure_future(work)
    going = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait([working, going], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HTTPException(_NOBODY, "nobody waits for this any more")
        return working.result()
    finally:
        going.cancel()
        if working.cancel():
            await asyncio.wait([working])


async def _gone(request: Request) -> None:
    """Return when the page has gone away, or given the request up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _json(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_JSON:
            raise HTTPException(413, "this is too much: give options only")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise ArgumentError("the request is no JSON object: give {options}")
    return asked


def _sized(size: tuple[int, int]) -> dict[str, str]:
    return {"X-Width": str(size[0]), "X-Height": str(size[1])}


def _number(request: Request, name: str) -> float | None:
    said = request.query_params.get(name)
    if not said:
        return None
    try:
        number = float(said)
        if 0 <= number < 1e9:
            return number
    except ValueError:
        pass
    raise ArgumentError(f"{name} is {said[:60]!r}: give a number, 0 or more")
