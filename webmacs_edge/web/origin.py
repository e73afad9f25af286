"""Refuses what a page of somebody else makes a browser send here."""

from aiohttp import hdrs, web

from webmacs_edge.model.errors import NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.web.keys import SETTINGS

_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_FETCH_SITE = "Sec-Fetch-Site"


def check_origin(request: web.Request) -> None:
    """NotAllowedError when a foreign page sent a request that changes something.

    A request with an Authorization header is let through: browsers do not add one by themselves.
    """
    if request.method in _SAFE or hdrs.AUTHORIZATION in request.headers:
        return
    if not is_own_origin(request):
        raise NotAllowedError(
            text("This was sent from a page of another site. Open the page here and try again.")
        )


def is_own_origin(request: web.Request) -> bool:
    """Whether a page of ours, an origin from the settings, or no page at all sent this."""
    site = request.headers.get(_FETCH_SITE)
    if site in ("same-origin", "none"):
        return True
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return site is None  # not a browser
    if origin in request.app[SETTINGS].cors_origins:
        return True
    return site is None and origin.partition("://")[2].lower() == request.host.lower()
