"""Owns connections to servers: to which addresses one may go, and how much a page may hold."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from ..errors import ArgumentError, SourceError

_PAGES_MAX_BYTES = 256 << 20  # of all pages of one listing: a million links or two
_PIECE = 1 << 16  # bytes of a page that are read at a time
_CARRIERS = (  # networks of IPv6 addresses that carry one of IPv4 in their last bits
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64
    ipaddress.IPv6Network("::/96"),  # an older way
)


class PrivateAddressError(PermissionError):
    """An address of this machine or of a private network, where only public ones are asked for."""


def check_public(address: str) -> None:
    """Raise PrivateAddressError unless an IP address is one that everybody can reach.

    Loopback, link-local, private (RFC 1918, unique local), shared, reserved and multicast ones are
    not, in whatever notation of IPv6 they come.
    """
    found: ipaddress.IPv4Address | ipaddress.IPv6Address
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        carried = found.ipv4_mapped or found.sixtofour
        if carried is None and any(found in network for network in _CARRIERS):
            carried = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = carried or found
    if not found.is_global or found.is_multicast or found.is_reserved:
        raise PrivateAddressError(f"{address} is of a private network or of this machine")


def public_connection(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to the host, at an address that was checked. seconds: for each of them.

    Raises PrivateAddressError where there is none that is public, OSError where none answers.
    """
    failed: OSError = PrivateAddressError(f"{host} has no address")
    for family, kind, number, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            check_public(str(address[0]))
            connection = socket.socket(family, kind, number)
            try:
                connection.settimeout(seconds)
                connection.connect(address)
                connection.settimeout(None)
            except BaseException:
                connection.close()
                raise
            return connection
        except OSError as error:
            failed = error
    raise failed


def refusal_in(error: BaseException | None) -> PrivateAddressError | None:
    """The refusal of an address that an error came of, however often it was wrapped."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, PrivateAddressError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def raise_refusal(error: BaseException) -> None:
    """Raise the refusal that an error came of, which fsspec passes over as a page of no use."""
    if refusal := refusal_in(error):
        raise refusal


def options_of_client(stall: float, *, public_only: bool) -> dict[str, Any]:
    """What fsspec's file system of web pages is made with.

    stall: seconds in which a server has to take the connection. Each address is checked where it is
    connected to: those of a redirect, and whatever a name resolves to by then.
    Raises ArgumentError where aiohttp is too old for that.
    """
    import aiohttp

    def checked(where: Any) -> socket.socket:
        family, kind, number, _, address = where
        check_public(str(address[0]))
        return socket.socket(family, kind, number)

    async def client(**options: Any) -> aiohttp.ClientSession:
        how = {"socket_factory": checked} if public_only else {}
        connector = aiohttp.TCPConnector(**how)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=stall)  # the rest is watched
        return aiohttp.ClientSession(
            connector=connector,
            response_class=_page(),
            timeout=timeout,
            auto_decompress=False,  # a bomb would be unpacked before it is counted
            headers={"Accept-Encoding": "identity"},
            **options,
        )

    if public_only and tuple(map(int, aiohttp.__version__.split(".")[:2])) < (3, 12):
        raise ArgumentError(
            f"public_only needs aiohttp 3.12 or newer, here it is {aiohttp.__version__}:"
            " pip install -U aiohttp",
            "public_only",
        )
    return {"get_client": client, "skip_instance_cache": True}


def _page() -> type[Any]:
    """The class of answers whose text is not read without end; a file is read in pieces anyway."""
    import aiohttp

    came = 0  # bytes of all pages

    async def read(self: Any) -> bytes:
        nonlocal came
        if self._body is None:
            pieces = []
            while piece := await self.content.read(_PIECE):
                pieces.append(piece)
                came += len(piece)
                if came > _PAGES_MAX_BYTES:
                    raise SourceError(
                        f"its pages hold more than {_PAGES_MAX_BYTES >> 20} MiB in all, which is"
                        " the most that is read of a listing: give the files"
                    )
            self._body = b"".join(pieces)
        body: bytes = self._body
        return body

    return type("Page", (aiohttp.ClientResponse,), {"read": read})
