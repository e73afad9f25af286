"""Leads browsers from plain HTTP to HTTPS, and refuses what must not be sent in the clear."""

import ipaddress
import re

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from yarl import URL

from webmacs_edge.model.errors import NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.web.doors import Shown, came_by_https, shown_at
from webmacs_edge.web.keys import CERTIFICATE, SETTINGS

_LOOKS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]")
_FOR_EVERYBODY = ("/health", "/health/")  # watchdogs and load balancers


@web.middleware
async def lead_to_https(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer plain HTTP as the settings say.

    A page is redirected; a write and a socket are refused, so that a program which sends its
    password in the clear is noticed rather than helped to go on.
    """
    if not _is_led_away(request):
        return await handler(request)
    if request.method in _LOOKS and hdrs.UPGRADE not in request.headers:
        path = f"/{request.rel_url.raw_path_qs.removeprefix('/')}"
        raise web.HTTPTemporaryRedirect(URL(https_origin(request) + path, encoded=True))
    raise NotAllowedError(
        text(
            "Plain HTTP is not taken here. Use {request}, "
            "or let the settings of this appliance say: http = allow.",
            request=https_origin(request),
        )
    )


def https_origin(request: web.Request) -> str:
    """The HTTPS twin of the door, on the host that was asked, which is checked to be one."""
    settings = request.app[SETTINGS]
    is_spa = shown_at(request) is Shown.spa
    return f"https://{_host(request)}:{settings.spa_https_port if is_spa else settings.https_port}"


def _is_led_away(request: web.Request) -> bool:
    settings, keeper = request.app[SETTINGS], request.app.get(CERTIFICATE)
    if settings.http != "redirect" or keeper is None or not keeper.is_ready:
        return False
    if shown_at(request) is Shown.spa and not settings.spa_https_port:
        return False
    if request.path in _FOR_EVERYBODY or came_by_https(request):
        return False
    return not _is_this_machine(request)


def _is_this_machine(request: web.Request) -> bool:
    """Whether it never leaves this box: a tunnel, a screen of its own, a proxy beside us."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    try:
        return ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_loopback if peer else True
    except ValueError:
        return False


def _host(request: web.Request) -> str:
    """Host of the request without its port; our own address where that is none."""
    host = re.sub(r":\d{1,5}$", "", request.headers.get(hdrs.HOST, ""))
    if _HOST.fullmatch(host):
        return host
    own = request.transport.get_extra_info("sockname") if request.transport else None
    address = str(own[0]) if own else "localhost"
    return f"[{address}]" if ":" in address else address
