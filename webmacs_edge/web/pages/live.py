"""The live page: a tile per channel."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.web.doors import came_by_https
from webmacs_edge.web.keys import STATION, USER
from webmacs_edge.web.live_tiles import LIVE_TILES, Sort, asked_sort
from webmacs_edge.web.render import render

_ORDER = "webmacs_order"
_YEAR_S = 365 * 24 * 3600


async def index(request: web.Request) -> web.Response:
    """All channels as they are now; the page then follows `/streams/live`.

    The order that somebody chose stays theirs in this browser.
    """
    app, owner = request.app, request[USER].public_id
    sort = asked_sort(request) if "sort" in request.query else _remembered(request, owner)
    tiles = app[LIVE_TILES].html(app, sort, at_ms=now_ms())
    channels = len(app[STATION].events)
    page = render(request, "live/index.html", tiles=tiles, channels=channels, sort=sort.value)
    if "sort" in request.query:
        page.set_cookie(
            _ORDER,
            f"{sort}.{owner}",
            max_age=_YEAR_S,
            httponly=True,
            samesite="Strict",
            secure=came_by_https(request),
        )
    return page


def _remembered(request: web.Request, owner: str) -> Sort:
    word, _, whose = request.cookies.get(_ORDER, "").partition(".")
    return Sort(word) if whose == owner and word in set(Sort) else Sort.group
