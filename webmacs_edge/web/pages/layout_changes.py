"""The page of what changed in PiCtory: which channels followed, which are without a place."""

import contextlib

from aiohttp import web

from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.web.keys import RULES, STATION
from webmacs_edge.web.looking import look_at_changes
from webmacs_edge.web.render import render


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
    """Somebody has looked."""
    with contextlib.suppress(NotFoundError):  # two people looked at the same time
        await look_at_changes(request)
    raise web.HTTPSeeOther("/devices/changes")
