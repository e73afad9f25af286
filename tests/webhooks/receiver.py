"""A receiver of webhooks that behaves as badly as it is told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """What came in, and how it answers from now on."""

    answer: Answer
    address: str = ""
    bodies: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Note the request, then answer it."""
        self.bodies.append(await request.text())
        self.headers.append(dict(request.headers))
        return await self.answer(request)


@asynccontextmanager
async def receiving(answer: Answer) -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver(answer)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.take)
    server = TestServer(app, host="127.0.0.1", shutdown_timeout=0.1)
    await server.start_server()
    receiver.address = str(server.make_url("/hook"))
    try:
        yield receiver
    finally:
        await server.close()


async def ok(_: web.Request) -> web.StreamResponse:
    """As it should be."""
    return web.json_response({"ok": True})


def status(code: int, **headers: str) -> Answer:
    """A receiver that answers with this status."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers=headers)

    return answer


async def hang(_: web.Request) -> web.StreamResponse:
    """Never answers."""
    await asyncio.sleep(60)
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    """Drops the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def flood(request: web.Request) -> web.StreamResponse:
    """Answers with 200 and megabytes."""
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionResetError):
        for _ in range(256):
            await response.write(b"x" * 65536)
    return response


async def drip(request: web.Request) -> web.StreamResponse:
    """Answers with 200 and then one byte after the other, for as long as one listens."""
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionResetError):
        while request.transport is not None:
            await response.write(b"x")
            await asyncio.sleep(0.05)
    return response
