"""How pages are followed: an SSE answer that ends with the login, and quietly with the browser."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import MAX_WATCHERS, Watcher
from webmacs_edge.web.keys import HUB
from webmacs_edge.web.standing import standing_of

LONGEST_SILENCE_S = 1.0
_SEND_TIMEOUT_S = 10.0
_PING_INTERVAL_S = 10.0


class Holds(Protocol):
    """Whether whoever follows may still do so."""

    async def holds(self) -> bool:
        """Asked with every message."""


Send = Callable[[EventSourceResponse, Watcher], Awaitable[object]]


async def follow(
    request: web.Request, send: Send, *, standing: Holds | None = None
) -> web.StreamResponse:
    """Call `send` for every change, and once a second at least, until one of the two leaves.

    `standing` is for those who follow without a login.
    """
    hub = request.app[HUB]
    if hub.watchers >= MAX_WATCHERS:
        return web.Response(
            status=503,
            headers={"Retry-After": "10"},
            text=f"{MAX_WATCHERS} pages are following the plant already. Close one of them.",
        )
    if request.transport is None:  # the browser left before we answered
        return web.Response(status=204)
    standing = standing or standing_of(request)
    response = EventSourceResponse(
        ping_interval=_PING_INTERVAL_S, send_timeout=_SEND_TIMEOUT_S, sep="\n"
    )
    await response.prepare(request)
    async with response:
        # it left or stalled, and comes back
        with suppress(ConnectionResetError, TimeoutError), hub.watch() as watcher:
            while await watcher.changed(LONGEST_SILENCE_S) and await standing.holds():
                await send(response, watcher)
    return response
