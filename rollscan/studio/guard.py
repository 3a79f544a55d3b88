"""Owns who may ask: the token in the address, the Host, the Origin; and what answers forbid."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No other page may read an answer, show it in a frame, or learn the address from a link.
_HEADERS = [
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:;"
        b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Guard:
    """An ASGI app in front of another, which hears of no request but the page's own.

    Every address begins with a random token. A browser may first ask for `doorbell`, once, and is
    led to the page: so the token is in no file. rung: is called then.
    hosts: names, beside addresses, that the Host may be. A name that somebody else's DNS leads here
    is none of them; the port may be another, as over ssh.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str], rung: Callable[[], None] = lambda: None
    ) -> None:
        self.token, self.doorbell = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._app, self._rung = app, rung
        self._hosts = {"localhost", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have it answered."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")
        headers = dict(scope["headers"])  # of a header that comes twice, the last

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin")
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        if not self._is_ours(host):
            await _refuse(safely, 403, "this address is not the studio's: use the one it printed")
        elif origin is not None and origin.decode("latin-1").lower() != f"http://{host}".lower():
            await _refuse(safely, 403, "another page may not use the studio")
        elif self.doorbell and _same(first, self.doorbell) and not rest:
            self.doorbell = ""
            self._rung()
            await _lead(safely, f"/{self.token}/")
        elif not _same(first, self.token):
            await _refuse(safely, 404, "nothing is here: use the whole address that was printed")
        elif not scope["path"].startswith(f"/{self.token}/"):
            await _lead(safely, f"/{self.token}/")
        else:
            inner = {**scope, "path": f"/{rest}", "raw_path": None}
            await self._app(inner, receive, safely)

    def _is_ours(self, host: str) -> bool:
        """Whether the Host is an address, or a name of this machine, with whatever port."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            return bool(ip_address(name))
        except ValueError:
            return name in self._hosts


def _same(said: str, secret: str) -> bool:
    return secrets.compare_digest(said.encode("utf-8", "surrogateescape"), secret.encode())


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"error": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await _answer(send, status, headers, body)


async def _lead(send: Send, where: str) -> None:
    await _answer(send, 303, [(b"location", where.encode())], b"")


async def _answer(send: Send, status: int, headers: list[Any], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
