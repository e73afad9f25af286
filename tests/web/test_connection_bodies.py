"""What stands behind the head of a request is no part of it, however it arrives."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.conftest import make_settings
from tests.waiting import eventually
from webmacs_edge.listening import listen
from webmacs_edge.web import keys
from webmacs_edge.web.bare_answers import MAX_HEAD_BYTES
from webmacs_edge.web.connections import GUARD, ConnectionGuard

MEBIBYTE = 2**20


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """An application that says how long a body was, behind our own connections."""

    async def measure(request: web.Request) -> web.Response:
        await asyncio.sleep(0)
        return web.Response(text=str(len(await request.read())))

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    app = web.Application(client_max_size=MEBIBYTE)
    app.router.add_post("/", measure)
    settings = make_settings(tmp_path, port=free, http="allow", https_port=0)
    app[keys.SETTINGS] = settings
    app[GUARD] = ConnectionGuard(most=50, most_per_address=50)
    runner = web.AppRunner(app)
    await runner.setup()
    await listen(runner, settings)
    yield free
    await runner.cleanup()


async def post(port: int, size: int) -> bytes:
    """The first line of the answer to a body that is sent at once with its head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + b"x" * size)
    line = await reader.readline()
    writer.close()
    return line


@pytest.mark.parametrize("size", [0, MAX_HEAD_BYTES + 1, 300_000, MEBIBYTE])
async def test_a_body_right_behind_its_head_is_taken(port: int, size: int):
    lines = {await post(port, size) for _ in range(5)}

    assert lines == {b"HTTP/1.1 200 OK\r\n"}


async def test_a_body_that_is_too_large_is_said_to_be_that(port: int):
    lines = {await post(port, 3 * MEBIBYTE) for _ in range(3)}

    assert lines == {b"HTTP/1.1 413 Request Entity Too Large\r\n"}


async def test_whoever_leaves_in_the_middle_leaves_no_error_in_the_log(
    port: int, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG, "webmacs_edge.web.connections")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + b"x" * 100)
    await writer.drain()
    await asyncio.sleep(0)
    writer.close()

    await eventually(lambda: "has left before" in caplog.text)

    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
