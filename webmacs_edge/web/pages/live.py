"""The live page: a tile per channel."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.render import render
from webmacs_edge.web.tiles import BEAT_MS, LIVE_TILES


async def index(request: web.Request) -> web.Response:
    """All channels as they are now; the page then follows `/streams/live`."""
    at_ms = now_ms()
    tiles = request.app[LIVE_TILES].html(request.app, at_ms=at_ms, beat=at_ms // BEAT_MS)
    channels = len(request.app[STATION].events)
    return render(request, "live/index.html", tiles=tiles, channels=channels)
