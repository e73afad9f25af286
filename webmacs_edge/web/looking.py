"""Somebody has looked at what changed in PiCtory; for the page and for programs."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.layout_changes import mark_seen
from webmacs_edge.web.keys import CONTROL, RULES, STATION, USER
from webmacs_edge.web.writing import write


async def look_at_changes(request: web.Request) -> int:
    """Rules and interlocks work again, with the channels as they are now; how many changes it were.

    NotFoundError: there is none that was not looked at.
    """
    app, user, at_ms = request.app, request[USER], now_ms()
    count = await write(
        request,
        lambda session: mark_seen(
            session, by=user.username, user_public_id=user.public_id, at_ms=at_ms
        ),
    )
    await app[STATION].reload()
    await app[CONTROL].reload()
    await app[RULES].reload()
    return count
