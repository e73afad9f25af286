"""The stream of the live page: all tiles, twice a second at most, once a second at least."""

import asyncio

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.alarm_rows import head_message
from webmacs_edge.web.streams.pages import follow
from webmacs_edge.web.tiles import BEAT_MS, LIVE_TILES


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the plant until the browser leaves, its login ends or the appliance stops."""
    app = request.app

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        watcher.take_changes()
        at_ms = now_ms()
        beat = at_ms // BEAT_MS
        tiles = app[LIVE_TILES].message(app, at_ms=at_ms, beat=beat)
        await response.send(head_message(app, at_ms=at_ms) + tiles)
        await asyncio.sleep(((beat + 1) * BEAT_MS - at_ms) / 1000)  # all watchers in step

    return await follow(request, send)
