"""The stream of the live page: what is new, twice a second at most, once a second at least."""

import asyncio

import aiohttp_jinja2
from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.alarm_rows import head_message
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.live_tiles import BEAT_MS, LIVE_TILES, Seen, asked_sort
from webmacs_edge.web.streams.pages import follow


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow the plant until the browser leaves, its login ends or the appliance stops."""
    app, sort, seen, told = request.app, asked_sort(request), Seen(), ""
    template = aiohttp_jinja2.get_env(app).get_template("live/_message.html")

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        nonlocal told
        watcher.take_changes()
        at_ms = now_ms()
        head = head_message(app, at_ms=at_ms)
        news = app[LIVE_TILES].news(app, sort, seen, at_ms=at_ms)
        problem = app[STATION].problem
        message = template.render(news=news, problem=problem)
        await response.send(message if head == told else head + message)
        told = head
        beat = at_ms // BEAT_MS
        await asyncio.sleep(((beat + 1) * BEAT_MS - at_ms) / 1000)  # all watchers in step

    return await follow(request, send)
