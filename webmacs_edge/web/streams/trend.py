"""The stream of the trends page: the newest values of chosen channels, five times a second."""

import asyncio
import json

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.chart_samples import entry
from webmacs_edge.web.streams.pages import follow
from webmacs_edge.web.trend_data import asked_events

_PAUSE_S = 0.2


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow these channels until the browser leaves, its login ends or the appliance stops."""
    places = {event.id: (index, event) for index, event in enumerate(asked_events(request))}

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        changes = watcher.take_changes()
        values = [entry(*places[it.key], it) for it in changes if it.key in places]
        message = {"at": now_ms(), "values": values}
        await response.send(json.dumps(message, separators=(",", ":")), event="samples")
        await asyncio.sleep(_PAUSE_S)

    return await follow(request, send)
