"""The stream of the check of a channel: it looks at the value and says which step waits."""

import asyncio

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.alarm_rows import head_message
from webmacs_edge.web.channel_rows import channel_now
from webmacs_edge.web.check_rows import check_row, value_text
from webmacs_edge.web.check_runs import CHECK_RUNS
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.output_rows import output_row
from webmacs_edge.web.render import render_string
from webmacs_edge.web.streams.pages import follow

_PAUSE_S = 0.25


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the check until the browser leaves, its login ends or the appliance stops."""
    app = request.app
    event = app[STATION].event_by_public_id(request.match_info["public_id"])
    row = await check_row(app, event) if event is not None else None
    if event is None or row is None:
        raise NotFoundError(text("There is no such channel, or it has no terminal to check."))

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        watcher.take_changes()
        ongoing = app[CHECK_RUNS].observe(app, event, at_ms=now_ms())
        html = render_string(
            request,
            "commissioning/_progress.html",
            row=row,
            ongoing=ongoing,
            output=output_row(app, event.public_id),
            now=channel_now(app, event),
            value_text=value_text,
        )
        await response.send(head_message(app, at_ms=now_ms()) + html)
        await asyncio.sleep(_PAUSE_S)

    return await follow(request, send)
