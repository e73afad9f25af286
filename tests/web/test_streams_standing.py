"""Streams of pages end with their login, and quietly with a browser that has left."""

import asyncio
import logging

import pytest

from tests.conftest import Client, app_of, channels_of, make_token
from tests.waiting import eventually
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import standing
from webmacs_edge.web.keys import DATABASE, HUB, SETTINGS
from webmacs_edge.web.standing import Standing

WITHIN_S = 15.0  # on a busy machine; the promise is 5 s


@pytest.mark.parametrize("path", ["/streams/live", "/streams/trend?channels={channel}"])
async def test_a_stream_ends_soon_after_its_login(client: Client, path: str):
    channel = (await channels_of(client))[0].public_id
    bearer = {"Authorization": f"Bearer {await make_token(client, UserRole.viewer)}"}

    async with client.get(path.replace("{channel}", channel), headers=bearer) as stream:
        assert stream.status == 200
        await stream.content.readline()
        await client.post("/api/v1/auth/logout", headers=bearer)
        async with asyncio.timeout(WITHIN_S):
            await stream.content.read()  # to its end

    assert (await client.get(path, headers=bearer)).status == 401


async def test_a_standing_is_looked_up_seldom_and_survives_a_database_that_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    app, token = app_of(client), await make_token(client, UserRole.viewer)
    one = Standing(app, token)
    held = await one.holds()
    await client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})
    still = await one.holds()  # asked again at once

    monkeypatch.setattr(standing, "CHECKED_EVERY_S", 0.0)
    other = Standing(app, await make_token(client, UserRole.operator))
    assert await other.holds()
    await app[DATABASE].close()
    file = app[SETTINGS].data_dir / "config.db"
    file.rename(file.with_name("away.db"))
    file.mkdir()

    assert (held, still) == (True, True)
    assert await other.holds()


async def test_nothing_holds_without_a_token(client: Client):
    app = app_of(client)

    assert not await Standing(app, None).holds()
    assert not await Standing(app, "wm_" + "x" * 64).holds()


async def test_a_browser_that_left_before_the_answer_is_no_fault(
    client: Client, caplog: pytest.LogCaptureFixture
):
    token = await make_token(client, UserRole.viewer)
    server = client.make_url("/")
    head = f"GET /streams/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    with caplog.at_level(logging.ERROR):
        for _ in range(20):
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(head.encode())
            writer.transport.abort()
            del reader
        async with client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}):
            pass

    assert [record.message for record in caplog.records] == []
    await eventually(lambda: app_of(client)[HUB].watchers == 0, what="no watcher left")
