"""The page of what changed in PiCtory: which channels followed, which are without a place."""

import contextlib

from aiohttp import web

from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.layout_changes import mark_seen
from webmacs_edge.web.keys import CONTROL, RULES, STATION, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.writing import write


async def index(request: web.Request) -> web.Response:
    """The last changes, the newest first."""
    station = request.app[STATION]
    events = {event.public_id: event for event in station.events}
    resting = [it.name for it in request.app[RULES].needs_look]
    return render(
        request,
        "devices/changes.html",
        changes=station.changes,
        unseen=station.unseen_changes,
        events=events,
        resting=resting,
        layout=station.layout,
        device_notice=station.notice,
    )


async def mark(request: web.Request) -> web.Response:
    """Somebody has looked: rules and interlocks work again, with the channels as they are now."""
    app, user, at_ms = request.app, request[USER], now_ms()
    with contextlib.suppress(NotFoundError):  # two people looked at the same time
        await write(
            request,
            lambda session: mark_seen(
                session, by=user.username, user_public_id=user.public_id, at_ms=at_ms
            ),
        )
    await app[STATION].reload()
    await app[CONTROL].reload()
    await app[RULES].reload()
    raise web.HTTPSeeOther("/devices/changes")
