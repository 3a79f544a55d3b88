"""Owns the reading of requests: their JSON, the numbers in them, and whether they are awaited."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..errors import ArgumentError
from .uploads import LIMIT

_MAX_JSON = 1 << 16  # bytes of a request's body, but for uploads
_CLIENT_CLOSED = 499  # the status where the client has closed the request; nobody receives it

Answer = TypeVar("Answer")


async def unless_disconnected(request: Request, work: Awaitable[Answer]) -> Answer:
    """Return the work's result. The work is cancelled if the client closes the request before."""
    working = asyncio.ensure_future(work)
    disconnecting = asyncio.ensure_future(_disconnection(request))
    try:
        await asyncio.wait([working, disconnecting], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HTTPException(_CLIENT_CLOSED, "nobody waits for this any more")
        return working.result()
    finally:
        disconnecting.cancel()
        if working.cancel():
            await asyncio.wait([working])


async def _disconnection(request: Request) -> None:
    """Return when the client has closed the request."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def json_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body of a request. Raises ArgumentError where it is none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_JSON:
            raise HTTPException(413, "this is too much: give options only")
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise ArgumentError("the request is no JSON object: give {options}")
    return parsed


def name_of_upload(request: Request) -> str:
    """The browser's name for what it sends. Raises HTTPException where that is too large."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > LIMIT:
        raise HTTPException(413, f"the file is larger than {LIMIT >> 30} GiB: cut it first")
    return request.query_params.get("name", "")


def number_in(request: Request, name: str) -> float | None:
    """A number of 0 or more in the request's query, or None. Raises ArgumentError for others."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        number = float(text)
        if 0 <= number < 1e9:
            return number
    except ValueError:
        pass
    raise ArgumentError(f"{name} is {text[:60]!r}: give a number, 0 or more")
