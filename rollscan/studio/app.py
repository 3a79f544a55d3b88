"""Owns the studio's HTTP routes and their responses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from importlib import resources
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..deliver.formats import FORMATS
from ..errors import ArgumentError, RollscanError, in_words
from ..look import Look
from .job_request import field_of
from .look_routes import LookRoutes
from .open_clip import OpenClip
from .page_words import in_page_words
from .requests import json_of, name_of_upload, number_in, unless_disconnected
from .session import ReplacesError, Session
from .start import start
from .streams import Streams
from .thumbs import strip
from .tool_routes import tool_routes
from .uploads import LIMIT

if TYPE_CHECKING:
    from .estimate import Expected

_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
}
_DEFAULT_THUMBS, _MAX_THUMBS = 24, 100


class _Frames(StreamingResponse):
    """A response that streams raw frames.

    cleanup: is closed when the response has been sent or given up.
    """

    def __init__(
        self, chunks: AsyncIterator[bytes], headers: dict[str, str], cleanup: ExitStack
    ) -> None:
        super().__init__(chunks, 200, headers, "application/octet-stream")
        self._cleanup = cleanup

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._cleanup:
            await super().__call__(scope, receive, send)


class App:
    """The responses to the requests that the guard lets pass.

    pages: the event streams of the open pages, one for each.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.pages = Streams()
        self._job_streams = Streams()
        self._thumbs: dict[tuple[Any, int], bytes] = {}
        self._thumbs_lock = asyncio.Lock()

    def asgi(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/", self._page),
            Route("/state", self._state),
            Route("/clip", self._upload, methods=["PUT"]),
            Route("/frames", self._frames),
            Route("/thumbs", self._strip),
            Route("/loop", self._loop, methods=["POST"]),
            Route("/field", self._field, methods=["POST"]),
            Route("/masks", self._masks, methods=["POST"]),
            Route("/plan", self._plan, methods=["POST"]),
            Route("/fits", self._fits, methods=["POST"]),
            Route("/frame", self._frame, methods=["POST"]),
            Route("/estimate", self._estimate, methods=["POST"]),
            Route("/excerpt", self._excerpt, methods=["POST"]),
            Route("/jobs", self._jobs),
            Route("/jobs", self._make, methods=["POST"]),
            Route("/jobs/{id}", self._cancel, methods=["DELETE"]),
            Route("/jobs/{id}/events", self._events),
            Route("/jobs/{id}/files/{index:int}", self._file),
            Route("/jobs/{id}/files/{index:int}", self._delete, methods=["DELETE"]),
            Route("/alive", self._alive),
            *LookRoutes(self._session).routes(),
            *tool_routes(self._session),
            Route("/{file}", self._page),
        ]
        respond = self._error_response
        handlers: Any = {RollscanError: respond, HTTPException: respond, Exception: respond}
        return Starlette(routes=routes, exception_handlers=handlers)

    async def _page(self, request: Request) -> Response:
        """The page, or one of its scripts, styles and icons."""
        name = request.path_params.get("file", "index.html")
        files = {file.name: file for file in (resources.files(__package__) / "page").iterdir()}
        ending = name.rpartition(".")[2]
        if name not in files or ending not in _TYPES:
            raise HTTPException(404, f"there is no {name!r} here")
        return Response(files[name].read_bytes(), media_type=_TYPES[ending])

    async def _state(self, request: Request) -> Response:
        """The state with which the page begins: the clip, the options, and all choices."""
        session = self._session
        clip = session.clip
        described = await asyncio.to_thread(clip.describe) if clip else None
        options = session.command_line.shown(clip.name if clip else "clip")
        own = {"options": options, "uploads": session.command_line.uploads.shown(), "limit": LIMIT}
        return JSONResponse({"clip": described, **own, **start()})

    async def _upload(self, request: Request) -> Response:
        """Open a clip that the browser uploads, and describe it."""
        clip = await self._session.upload(name_of_upload(request), request.stream())
        return JSONResponse(await asyncio.to_thread(clip.describe))

    async def _frames(self, request: Request) -> Response:
        """Stream the raw frames of a part of the clip, as they are decoded."""
        width, crop = number_in(request, "width"), request.query_params.get("crop") or None
        opened = self._session.opened(request.query_params.get("clip"))
        reel, facts = await opened.reel(
            number_in(request, "start") or 0.0,
            number_in(request, "end"),
            None if width is None else int(width),
            number_in(request, "scale"),
            Look.declared()["crop"].kind.valued("crop", crop),
        )
        with ExitStack() as cleanup:  # the response closes it, unless there is none
            cleanup.enter_context(reel.in_use())
            await reel.wait_for_first()
            headers = {
                **_sized(reel.video.size),
                "Content-Length": str(reel.bytes),
                "X-Rate": str(reel.video.rate),
                "X-First": str(opened.clip.first(facts)),
                "X-Count": str(reel.count),
                "X-Whole": str(int(reel.count == len(reel.video))),
            }
            return _Frames(reel.chunks(), headers, cleanup.pop_all())

    async def _strip(self, request: Request) -> Response:
        """The strip of thumbnails of the whole clip, as a JPEG."""
        requested = number_in(request, "count")
        count = _DEFAULT_THUMBS if requested is None else int(requested)
        if not 1 <= count <= _MAX_THUMBS:
            raise ArgumentError(f"count is {count}: give 1 to {_MAX_THUMBS}")
        opened = self._session.opened(request.query_params.get("clip"))
        key = opened.clip, count
        async with self._thumbs_lock:
            if key not in self._thumbs:
                work = strip(opened, count, self._session.over)
                self._thumbs = {key: await unless_disconnected(request, work)}
            return Response(self._thumbs[key], media_type="image/jpeg")

    async def _body(self, request: Request) -> tuple[OpenClip, dict[str, Any]]:
        """The clip that a request is about, and its JSON object, whose `clip` is the clip's id."""
        body = await json_of(request)
        return self._session.opened(body.get("clip")), body

    async def _loop(self, request: Request) -> Response:
        """The table of a loop's sources, see `OpenClip.loop`."""
        opened, body = await self._body(request)
        is_cyclic, rows = await asyncio.to_thread(opened.loop, body)
        headers = {"X-Cyclic": str(int(is_cyclic))}
        return Response(rows, 200, headers, "application/octet-stream")

    async def _field(self, request: Request) -> Response:
        """A field of a clip or of a camera. It is computed here, so it waits for no question."""
        body = await json_of(request)
        content = await asyncio.to_thread(self._session.field, body)
        return Response(content, media_type="application/octet-stream")

    async def _masks(self, request: Request) -> Response:
        """The masks of the picture, see `masks.answer`."""
        opened, body = await self._body(request)
        content = await opened.masks(body)
        return Response(content, media_type="application/octet-stream")

    async def _plan(self, request: Request) -> Response:
        """A job's plan, see `OpenClip.plan`."""
        opened, body = await self._body(request)
        work = opened.plan(body.get("options"))
        return JSONResponse(await unless_disconnected(request, work))

    async def _fits(self, request: Request) -> Response:
        """What each look sets to the clip, see `OpenClip.fits`."""
        opened, body = await self._body(request)
        work = opened.fits(body.get("options"))
        return JSONResponse(await unless_disconnected(request, work))

    async def _frame(self, request: Request) -> Response:
        """One composed frame, as raw RGB."""
        opened, body = await self._body(request)
        work = opened.frame(body.get("options"), body.get("t"))
        size, frame = await unless_disconnected(request, work)
        return Response(frame, 200, _sized(size), "application/octet-stream")

    async def _estimate(self, request: Request) -> Response:
        """What the files are expected to be: the bytes of each, and the size of the one shown."""
        opened, body = await self._body(request)
        work = opened.estimate(body.get("options"))
        files, shown = await unless_disconnected(request, work)
        return JSONResponse(
            {"all": [file.bytes for file in files], "of": "sample", **_described(shown)}
        )

    async def _excerpt(self, request: Request) -> Response:
        """An excerpt of the file that is shown, see `OpenClip.excerpt`."""
        opened, body = await self._body(request)
        work = opened.excerpt(body.get("options"), body.get("t"))
        format, file, content = await unless_disconnected(request, work)
        headers = {"X-File": json.dumps(_described(file))}  # in ASCII
        kind = "video" if FORMATS[format].sound else "image"
        return Response(content, 200, headers, f"{kind}/{format}")

    async def _jobs(self, request: Request) -> Response:
        """All jobs, the oldest first, see `Order.describe`."""
        return JSONResponse([order.describe() for order in self._session.jobs])

    async def _make(self, request: Request) -> Response:
        """Queue a job, or ask whether it may replace a file, unless `replace` says so."""
        opened, body = await self._body(request)
        may_replace = body.get("replace") is True
        try:
            order = self._session.make(opened, body.get("options"), replace=may_replace)
        except ReplacesError as error:
            return JSONResponse({"id": None, "asks": str(error)})
        return JSONResponse({"id": order.id, "asks": None}, 201)

    async def _cancel(self, request: Request) -> Response:
        """Cancel a job."""
        await self._session.jobs.cancel(self._session.jobs[request.path_params["id"]])
        return Response(status_code=204)

    async def _events(self, request: Request) -> Response:
        """Stream the events of a job: its progress, its files, and its end."""
        order = self._session.jobs[request.path_params["id"]]
        return self._job_streams.stream(order.events())

    async def _file(self, request: Request) -> Response:
        """A finished file, to be saved, or shown with the query `show`."""
        files = self._session.jobs[request.path_params["id"]].files
        index = request.path_params["index"]
        if index >= len(files) or not files[index][0].is_file():
            raise HTTPException(404, "there is no such file any more")
        path, name = files[index]
        shown = "inline" if request.query_params.get("show") else "attachment"
        return FileResponse(path, filename=name, content_disposition_type=shown)

    async def _delete(self, request: Request) -> Response:
        """Delete a finished file. One that the command line names is only forgotten."""
        jobs = self._session.jobs
        jobs.remove_file(jobs[request.path_params["id"]], request.path_params["index"])
        return Response(status_code=204)

    async def _alive(self, request: Request) -> Response:
        """An event stream that stays open for as long as the page does."""
        return self.pages.stream(self._page_events())

    async def _page_events(self) -> AsyncIterator[dict[str, Any]]:
        """The events of the session, and one in the end."""
        async for event in self._session.events():
            yield event
        yield {"type": "closing"}

    async def _error_response(self, request: Request, error: Exception) -> Response:
        """The response to an error: its message for people, and the option it is about."""
        if isinstance(error, HTTPException):
            return JSONResponse({"error": error.detail}, error.status_code)
        message = self._session.in_words(in_words(error))
        if isinstance(error, RollscanError):
            field = field_of(message, error.names)
            return JSONResponse({"error": in_page_words(message), "field": field}, 400)
        return JSONResponse({"error": message}, 500)


def _described(file: Expected | None) -> dict[str, Any]:
    """What a file is expected to be, for the page."""
    if not file:
        return dict.fromkeys(("bytes", "w", "h", "fps", "givenUp"))
    size = {"w": file.width, "h": file.height}
    return {"bytes": file.bytes, **size, "fps": file.fps, "givenUp": file.given_up}


def _sized(size: tuple[int, int]) -> dict[str, str]:
    return {"X-Width": str(size[0]), "X-Height": str(size[1])}
