"""The live page: a tile per channel."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.live_tiles import LIVE_TILES, asked_sort
from webmacs_edge.web.render import render


async def index(request: web.Request) -> web.Response:
    """All channels as they are now; the page then follows `/streams/live`."""
    app, sort = request.app, asked_sort(request)
    tiles = app[LIVE_TILES].html(app, sort, at_ms=now_ms())
    channels = len(app[STATION].events)
    return render(request, "live/index.html", tiles=tiles, channels=channels, sort=sort.value)
