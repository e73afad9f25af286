"""The stream of the trends page: the newest values of chosen channels, five times a second."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import MAX_WATCHERS, Hub
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.keys import HUB
from webmacs_edge.web.trend_data import asked_events

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

_PAUSE_S = 0.2
_SEND_TIMEOUT_S = 10.0
_PING_INTERVAL_S = 10.0
_LONGEST_SILENCE_S = 1.0


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow these channels until the browser leaves or the appliance stops."""
    events, hub = asked_events(request), request.app[HUB]
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
            await _follow(hub, events, response)
    return response


async def _follow(hub: Hub, events: Sequence["Event"], response: EventSourceResponse) -> None:
    places = {event.id: (index, event) for index, event in enumerate(events)}
    with hub.watch() as watcher:
        while await watcher.changed(_LONGEST_SILENCE_S):
            changes = watcher.take_changes()
            values = [_entry(*places[it.key], it) for it in changes if it.key in places]
            message = {"at": now_ms(), "values": values}
            await response.send(json.dumps(message, separators=(",", ":")), event="samples")
            await asyncio.sleep(_PAUSE_S)


def _entry(index: int, event: "Event", sample: Sample) -> tuple[int, int, float | None, int]:
    """Which channel, when, its value (null where none can be trusted), its quality."""
    known = sample.value is not None and sample.quality < Quality.BAD
    value = round(sample.value, event.decimals) if known and sample.value is not None else None
    return index, sample.at_ms, value, int(sample.quality)
