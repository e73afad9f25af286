"""The socket on which programs follow every channel: `/ws/datapoints/stream`."""

import asyncio

from aiohttp import web

from webmacs_edge.model.words import UserRole
from webmacs_edge.service import running
from webmacs_edge.web.scopes import READING
from webmacs_edge.web.streams.publisher import PUBLISHER, Follower
from webmacs_edge.web.streams.sockets import Connection, Message, listen, serve

MAX_FRAME_BYTES = 64 * 1024


async def stream(request: web.Request) -> web.StreamResponse:
    """Send what changes until the program leaves, its login ends, or the appliance stops."""
    return await serve(
        request, _follow, role=UserRole.viewer, scopes=READING, max_frame_bytes=MAX_FRAME_BYTES
    )


async def _follow(connection: Connection) -> None:
    async def take(said: Message) -> str:
        if said.get("type") == "ping":
            await connection.send({"type": "pong"})
        return ""

    await connection.send({"type": "connected", "message": "Following all channels."})
    with connection.app[PUBLISHER].follow() as follower:
        feed = _Feed(connection, follower)
        async with running(feed, on_death=lambda _name: connection.drop()):
            await listen(connection, take)


class _Feed:
    """Sends on one socket; a slow program gets fewer messages, never old values."""

    name = "datapoint stream"

    def __init__(self, connection: Connection, follower: Follower) -> None:
        self._connection = connection
        self._follower = follower

    async def run(self) -> None:
        """Send until the socket ends; drop it when the other side takes nothing for long."""
        try:
            while not self._connection.socket.closed:
                await self._connection.send_text(await self._follower.next())
        except (ConnectionResetError, TimeoutError):
            self._connection.drop()
        await asyncio.Event().wait()
