"""Owns connections to servers: which addresses are allowed, and how large web pages may be."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from ..errors import ArgumentError, SourceError

_PAGES_MAX_BYTES = 256 << 20  # of all pages of one listing, which hold a million links or two
_PIECE = 1 << 16  # bytes of a page that are read at a time
_IPV4_IN_IPV6 = (  # networks of IPv6 addresses that hold an IPv4 address in their last 32 bits
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64
    ipaddress.IPv6Network("::/96"),  # IPv4-compatible addresses, which are deprecated
)


class PrivateAddressError(PermissionError):
    """An address is of this machine or of a private network, and only public ones are allowed."""


def check_public(address: str) -> None:
    """Raise PrivateAddressError unless an IP address is one that everybody can reach.

    Loopback, link-local, private (RFC 1918, unique local), shared, reserved and multicast addresses
    are refused, also where an IPv6 address holds such an IPv4 address.
    """
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ipv4 = ip.ipv4_mapped or ip.sixtofour
        if ipv4 is None and any(ip in network for network in _IPV4_IN_IPV6):
            ipv4 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = ipv4 or ip
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        raise PrivateAddressError(f"{address} is of a private network or of this machine")


def public_connection(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to a host at the first of its addresses that is public and answers.

    seconds: how long each address has to answer. Raises the error of the last address where none
    does: PrivateAddressError for one that is not public, else another OSError.
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


def private_address_in(error: BaseException | None) -> PrivateAddressError | None:
    """The PrivateAddressError that caused an error, however often it was wrapped, or None."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, PrivateAddressError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def raise_private_address(error: BaseException) -> None:
    """Raise the PrivateAddressError that caused an error, if one did; fsspec would ignore it."""
    if refusal := private_address_in(error):
        raise refusal


def file_system_arguments(stall: float, *, public_only: bool) -> dict[str, Any]:
    """The arguments of fsspec's HTTP file system.

    stall: seconds within which a server has to accept the connection. public_only: whether each
    address is checked when it is connected to, which covers redirects and names that resolve to
    another address by then. Raises ArgumentError where aiohttp is too old for that.
    """
    import aiohttp

    def checked_socket(address_info: Any) -> socket.socket:
        family, kind, number, _, address = address_info
        check_public(str(address[0]))
        return socket.socket(family, kind, number)

    async def client(**options: Any) -> aiohttp.ClientSession:
        connector_arguments = {"socket_factory": checked_socket} if public_only else {}
        connector = aiohttp.TCPConnector(**connector_arguments)
        # transfer.py watches over the rest of the time.
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=stall)
        return aiohttp.ClientSession(
            connector=connector,
            response_class=_response_class(),
            timeout=timeout,
            auto_decompress=False,  # a decompression bomb would be unpacked before it is counted
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


def _response_class() -> type[Any]:
    """A class of responses whose text is limited in size; files are read in pieces anyway."""
    import aiohttp

    total = 0  # bytes of all pages so far

    async def read(self: Any) -> bytes:
        nonlocal total
        if self._body is None:
            pieces = []
            while piece := await self.content.read(_PIECE):
                pieces.append(piece)
                total += len(piece)
                if total > _PAGES_MAX_BYTES:
                    raise SourceError(
                        f"its pages hold more than {_PAGES_MAX_BYTES >> 20} MiB in all, which is"
                        " the most that is read of a listing: give the files"
                    )
            self._body = b"".join(pieces)
        body: bytes = self._body
        return body

    return type("Page", (aiohttp.ClientResponse,), {"read": read})
