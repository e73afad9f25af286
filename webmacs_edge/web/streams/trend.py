"""The stream of the trends page: the newest values of chosen channels, five times a second."""

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.streams.pages import follow
from webmacs_edge.web.trend_data import asked_events

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_PAUSE_S = 0.2


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow these channels until the browser leaves, its login ends or the appliance stops."""
    places = {event.id: (index, event) for index, event in enumerate(asked_events(request))}

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        changes = watcher.take_changes()
        values = [_entry(*places[it.key], it) for it in changes if it.key in places]
        message = {"at": now_ms(), "values": values}
        await response.send(json.dumps(message, separators=(",", ":")), event="samples")
        await asyncio.sleep(_PAUSE_S)

    return await follow(request, send)


def _entry(index: int, event: "Event", sample: Sample) -> tuple[int, int, float | None, int]:
    """Which channel, when, its value (null where none can be trusted), its quality."""
    known = sample.value is not None and sample.quality < Quality.BAD
    value = round(sample.value, event.decimals) if known and sample.value is not None else None
    return index, sample.at_ms, value, int(sample.quality)
