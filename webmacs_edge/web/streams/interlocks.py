"""The stream of the pages of interlocks: how all stand, or one, and the head, once a second."""

import asyncio

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.alarm_rows import head_message
from webmacs_edge.web.interlock_rows import all_rows, rows_now
from webmacs_edge.web.keys import CONTROL
from webmacs_edge.web.render import render_string
from webmacs_edge.web.streams.pages import follow

_PAUSE_S = 1.0


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the interlocks until the browser leaves, its login ends or the appliance stops."""
    app = request.app
    rows, revision = await all_rows(app), app[CONTROL].revision
    one = request.query.get("one", "")

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        nonlocal rows, revision
        watcher.take_changes()
        if app[CONTROL].revision != revision:
            revision, rows = app[CONTROL].revision, await all_rows(app)
        now = rows_now(app, [row for row in rows if one in ("", row.public_id)])
        if one and now:
            html = render_string(request, "interlocks/_one.html", row=now[0])
        else:
            html = render_string(request, "interlocks/_list.html", rows=now)
        await response.send(head_message(app, at_ms=now_ms()) + html)
        await asyncio.sleep(_PAUSE_S)

    return await follow(request, send)
