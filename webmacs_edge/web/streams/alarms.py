"""The stream of the page of alarms: the list and the head, once a second."""

import asyncio

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.times import now_ms
from webmacs_edge.rules.alarms import Shown
from webmacs_edge.web.alarm_rows import MOST_SHOWN, alarm_rows, head_message
from webmacs_edge.web.render import render_string
from webmacs_edge.web.streams.pages import follow

_PAUSE_S = 1.0


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the alarms until the browser leaves, its login ends or the appliance stops."""
    word = request.query.get("show", "")
    shown = Shown(word) if word in set(Shown) else Shown.active

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        watcher.take_changes()
        rows = alarm_rows(request.app, shown)
        message = render_string(
            request,
            "alarms/_message.html",
            head=head_message(request.app, at_ms=now_ms()),
            rows=rows[:MOST_SHOWN],
            more=max(0, len(rows) - MOST_SHOWN),
            shown=shown,
        )
        await response.send(message)
        await asyncio.sleep(_PAUSE_S)

    return await follow(request, send)
