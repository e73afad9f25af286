"""The stream of the page of outputs: the list and the head, twice a second at most."""

import asyncio

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.alarm_rows import head_message
from webmacs_edge.web.keys import USER
from webmacs_edge.web.output_tiles import BEAT_MS, OUTPUT_TILES
from webmacs_edge.web.streams.pages import follow


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the outputs until the browser leaves, its login ends or the appliance stops."""
    app, role = request.app, request[USER].role

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        watcher.take_changes()
        at_ms = now_ms()
        beat = at_ms // BEAT_MS
        tiles = app[OUTPUT_TILES].html(app, role, beat=beat)
        await response.send(head_message(app, at_ms=at_ms) + tiles)
        await asyncio.sleep(((beat + 1) * BEAT_MS - at_ms) / 1000)

    return await follow(request, send)
