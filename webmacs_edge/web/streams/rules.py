"""The streams of the pages of rules: how a page of them stands, or one at work, and the head."""

import asyncio
from functools import partial

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.errors import NotFoundError, StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.remembered import Remembered
from webmacs_edge.store.rules import get_rule, list_rules
from webmacs_edge.web.alarm_rows import head_message
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render_string
from webmacs_edge.web.rule_now import rule_now
from webmacs_edge.web.rule_rows import PAGE_SIZE, rule_row
from webmacs_edge.web.streams.pages import follow

_PAUSE_S, _PAUSE_OF_ONE_S = 1.0, 0.5


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the list until the browser leaves, its login ends or the appliance stops."""
    app, number = request.app, page_asked(request)
    stored = Remembered(app[DATABASE], partial(list_rules, page=number, page_size=PAGE_SIZE))

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        watcher.take_changes()
        try:
            rows = [rule_row(app, it) for it in (await stored.get()).rows]
        except StoreError:  # the database is away: the page shows that it hears nothing
            return
        html = render_string(request, "rules/_rows.html", rows=rows)
        await response.send(head_message(app, at_ms=now_ms()) + html)
        await asyncio.sleep(_PAUSE_S)

    return await follow(request, send)


async def stream_one(request: web.Request) -> web.StreamResponse:
    """Follow one rule at work."""
    app, public_id = request.app, request.match_info["public_id"]
    stored = Remembered(app[DATABASE], partial(get_rule, public_id=public_id))
    await stored.get()

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        watcher.take_changes()
        try:
            rule = await stored.get()
        except (NotFoundError, StoreError):  # removed meanwhile, or the database is away
            return
        html = render_string(request, "rules/_trace.html", **rule_now(app, rule))
        await response.send(head_message(app, at_ms=now_ms()) + html)
        await asyncio.sleep(_PAUSE_OF_ONE_S)

    return await follow(request, send)
