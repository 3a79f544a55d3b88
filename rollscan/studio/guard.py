"""Owns the access to the studio: the checks of token, Host and Origin, and the security headers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# These keep other pages from reading a response, from showing it in a frame, and from learning the
# address through a link. Of the machine, the page may use the camera, after the user has agreed.
_HEADERS = [
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:;"
        b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), display-capture=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Guard:
    """ASGI middleware that passes on the requests of the studio's own page, and refuses all others.

    Every path has to begin with a random token. `one_time_token` is a second one, which redirects
    to the page the first time that it is used and is invalid from then on. The browser is started
    with it, so that the file which tells it the address does not hold the token itself.

    hosts: the host names that are allowed in the Host header, besides localhost and IP addresses.
    Others are refused because anybody's DNS may point a name of theirs here. The port is not
    checked: it differs where ssh forwards it. on_first_visit: is called when the one-time token is
    used.
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str], on_first_visit: Callable[[], None] = lambda: None
    ) -> None:
        self.token, self.one_time_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._app, self._on_first_visit = app, on_first_visit
        self._hosts = {"localhost", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, redirect it or refuse it."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")
        headers = dict(scope["headers"])  # the last one, where a header is repeated

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin")
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        if not self._is_ours(host):
            message = "this address is not the studio's: use the one it printed"
            await _refuse(send_with_headers, 403, message)
        elif origin is not None and origin.decode("latin-1").lower() != f"http://{host}".lower():
            await _refuse(send_with_headers, 403, "another page may not use the studio")
        elif self.one_time_token and _same(first, self.one_time_token) and not rest:
            self.one_time_token = ""
            self._on_first_visit()
            await _redirect(send_with_headers, f"/{self.token}/")
        elif not _same(first, self.token):
            message = "nothing is here: use the whole address that was printed"
            await _refuse(send_with_headers, 404, message)
        elif not scope["path"].startswith(f"/{self.token}/"):
            await _redirect(send_with_headers, f"/{self.token}/")
        else:
            inner = {**scope, "path": f"/{rest}", "raw_path": None}
            await self._app(inner, receive, send_with_headers)

    def _is_ours(self, host: str) -> bool:
        """Whether a Host header has an IP address or an allowed name, with any port."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            return bool(ip_address(name))
        except ValueError:
            return name in self._hosts


def _same(text: str, secret: str) -> bool:
    """Whether a text is the secret, compared in a time that does not tell how much of it is."""
    return secrets.compare_digest(text.encode("utf-8", "surrogateescape"), secret.encode())


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"error": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await _answer(send, status, headers, body)


async def _redirect(send: Send, path: str) -> None:
    await _answer(send, 303, [(b"location", path.encode())], b"")


async def _answer(send: Send, status: int, headers: list[Any], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
