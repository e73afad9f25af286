"""Where a request comes from: through proxies that the settings name, and through no others."""

import functools
import ipaddress
from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.model.network import Network, is_among, read_networks
from webmacs_edge.web.keys import SETTINGS

_FORWARDED_FOR = "X-Forwarded-For"
_MAX_HOPS = 10


def client_address(request: web.Request) -> str:
    """The address of whoever asks; "" on a socket without one.

    `X-Forwarded-For` counts only as far as trusted proxies wrote it: read from the right, the
    first address that is not one of theirs. What stands before it, anybody may have made up.
    """
    address = request.remote or ""
    proxies = _networks(tuple(request.app[SETTINGS].trusted_proxies))
    if not proxies or not _is_trusted(address, proxies):
        return address
    named = ",".join(request.headers.getall(_FORWARDED_FOR, ())).split(",")
    for text in reversed(named[-_MAX_HOPS:]):
        hop = _without_port(text.strip())
        if not _is_address(hop):
            break
        address = hop
        if not _is_trusted(hop, proxies):
            break
    return address


def is_from_proxy(request: web.Request) -> bool:
    """Whether a proxy that the settings name handed it on."""
    proxies = _networks(tuple(request.app[SETTINGS].trusted_proxies))
    return bool(proxies) and _is_trusted(request.remote or "", proxies)


def comes_from(request: web.Request, networks: Sequence[str]) -> bool:
    """Whether the one who asks is in one of these networks."""
    address = client_address(request)
    return bool(networks) and _is_trusted(address, _networks(tuple(networks)))


@functools.lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return read_networks(texts)


def _is_trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    return _is_address(address) and is_among(address, proxies)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _without_port(text: str) -> str:
    """Some proxies write 10.0.0.7:51234 or [2001:db8::7]:51234."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
