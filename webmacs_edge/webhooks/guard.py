"""Connections to receivers: the address is judged when it is connected to, not when it is named.

A name may resolve to something else each time it is asked (DNS rebinding), so what counts is the
address of the socket. Redirects are not followed and no proxy of the environment is used.
"""

import errno
import functools
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp

from webmacs_edge.model.network import Network, is_among, refusal
from webmacs_edge.model.text import text

CONNECTIONS = 10
TIMEOUT_S = 10.0
_DISCARD_PORT = 9  # only names a destination for the routing table; nothing is sent


class ForbiddenAddressError(OSError):
    """The receiver's address is one that nothing may be sent to."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, reason)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """How receivers prove who they are; made by the first one that speaks TLS (2 MiB)."""
    return ssl.create_default_context()


def open_session(allowed: Callable[[], Sequence[Network]]) -> aiohttp.ClientSession:
    """One session for all receivers; `allowed()` names what the site permits besides."""
    connector = aiohttp.TCPConnector(
        limit=CONNECTIONS, ttl_dns_cache=10, socket_factory=lambda info: _socket(info, allowed())
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,  # a small answer may unpack to a huge one
        headers={"User-Agent": "WebMACS-Edge"},
        max_line_size=8190,
        max_field_size=8190,
    )


def _socket(info: tuple[Any, ...], allowed: Sequence[Network]) -> socket.socket:
    family, kind, protocol, _, place = info
    reason = "" if is_among(place[0], allowed) else refusal(place[0]) or _own(family, place)
    if reason:
        raise ForbiddenAddressError(reason)
    return socket.socket(family=family, type=kind, proto=protocol)


def _own(family: int, place: tuple[Any, ...]) -> str:
    """Whether the address is one of this box: then a packet to it would come from it as well."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((place[0], _DISCARD_PORT, *place[2:]))
        except OSError:
            return ""  # no way there: the connection itself will say so
        own = str(probe.getsockname()[0])
    if own != place[0]:
        return ""
    return text("{address} is this appliance itself.", address=own)
