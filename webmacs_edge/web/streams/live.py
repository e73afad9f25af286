"""The stream of the live page: all tiles, twice a second at most, once a second at least."""

import asyncio
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import MAX_WATCHERS, Hub
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.keys import HUB
from webmacs_edge.web.tiles import BEAT_MS, LIVE_TILES

_SEND_TIMEOUT_S = 10.0
_PING_INTERVAL_S = 10.0
_LONGEST_SILENCE_S = 1.0


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the plant until the browser leaves or the appliance stops."""
    hub = request.app[HUB]
    if hub.watchers >= MAX_WATCHERS:
        return web.Response(
            status=503,
            headers={"Retry-After": "10"},
            text=f"{MAX_WATCHERS} pages are following the plant already. Close one of them.",
        )
    response = EventSourceResponse(
        ping_interval=_PING_INTERVAL_S, send_timeout=_SEND_TIMEOUT_S, sep="\n"
    )
    await response.prepare(request)
    async with response:
        with suppress(ConnectionResetError, TimeoutError):  # it left or stalled, and comes back
            await _follow(request.app, hub, response)
    return response


async def _follow(app: web.Application, hub: Hub, response: EventSourceResponse) -> None:
    with hub.watch() as watcher:
        while await watcher.changed(_LONGEST_SILENCE_S):
            watcher.take_changes()
            at_ms = now_ms()
            beat = at_ms // BEAT_MS
            await response.send(app[LIVE_TILES].message(app, at_ms=at_ms, beat=beat))
            await asyncio.sleep(((beat + 1) * BEAT_MS - at_ms) / 1000)  # all watchers in step
