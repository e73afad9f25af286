"""Exports on their way: followed, cancelled, given up, few at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from yarl import URL

from tests.conftest import Client, app_of, make_token, sign_in_as
from tests.waiting import eventually
from tests.web.test_pages_export import JOB, a_channel, ask, form, record
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.export_jobs import AT_ONCE, EXPORT_JOBS


async def slow_export(client: Client, job: str = JOB) -> asyncio.StreamReader:
    """Begin a large export by hand, and read nothing of it but the start."""
    event = await a_channel(client)
    url = client.make_url("/export/file")
    assert url.host is not None
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=2**14)
    body = str(URL.build(query=form(event.public_id, job=job)).query_string).encode()
    cookie = "; ".join(
        f"{it.key}={it.value}" for it in client.session.cookie_jar.filter_cookies(url).values()
    )
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nCookie: {cookie}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    _WRITERS.append(writer)
    assert b" 200 " in await reader.readline()
    return reader


_WRITERS: list[asyncio.StreamWriter] = []


@pytest.fixture(autouse=True)
async def _hang_up() -> AsyncIterator[None]:
    yield
    for writer in _WRITERS:
        writer.transport.abort()
    _WRITERS.clear()


async def fill(client: Client, count: int = 100_000) -> None:
    event = await a_channel(client)
    await record(client, event.id, [float(index % 90) for index in range(count)], step_ms=30)


async def course(client: Client, job: str = JOB) -> dict[str, Any]:
    answer = await client.get(f"/export/progress/{job}")
    assert answer.status == 200
    return await answer.json()


async def test_progress_is_told_and_a_slow_reader_holds_the_reading_back(viewer: Client):
    await fill(viewer)
    assert (await course(viewer))["state"] == "unknown"

    await slow_export(viewer)

    async def stands() -> bool:
        before = await course(viewer)
        await asyncio.sleep(0.3)
        return before["bytes"] > 0 and before == await course(viewer)

    await eventually(stands, what="an export that waits for its reader")
    now = await course(viewer)
    assert now["state"] == "running"
    assert 0 < now["share"] < 1
    assert now["bytes"] < 12_000_000


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """What still comes."""
    content = b""
    with suppress(ConnectionResetError):
        while block := await reader.read(65_536):
            content += block
    return content


async def test_cancel_cuts_the_connection_and_frees_the_place(viewer: Client):
    await fill(viewer)
    reader = await slow_export(viewer)

    answer = await viewer.post(f"/export/cancel/{JOB}")

    assert await answer.json() == {"state": "cancelled"}
    assert not (await rest_of(reader)).endswith(b"0\r\n\r\n")
    jobs = app_of(viewer)[EXPORT_JOBS]
    await eventually(lambda: not jobs.running, what="a free place")
    assert (await course(viewer))["state"] == "cancelled"


async def test_an_export_whose_reader_has_left_stops_reading(viewer: Client):
    await fill(viewer)
    await slow_export(viewer)
    jobs = app_of(viewer)[EXPORT_JOBS]
    assert len(jobs.running) == 1

    _WRITERS[0].transport.abort()

    await eventually(lambda: not jobs.running, what="the end of the export")
    ended = await course(viewer)
    assert ended["state"] == "failed"
    assert ended["share"] < 1


async def test_a_finished_export_says_how_much_it_was(viewer: Client):
    event = await a_channel(viewer)
    await record(viewer, event.id, [1.0, 2.0])

    content = await (await ask(viewer, event.public_id, job=JOB)).read()

    assert await course(viewer) == {
        "state": "done", "share": 1.0, "rows": 2, "bytes": len(content),
    }  # fmt: skip


async def test_only_a_few_run_at_the_same_time(viewer: Client):
    await fill(viewer)
    for number in range(AT_ONCE):
        await slow_export(viewer, f"{number:032x}")

    event = await a_channel(viewer)
    refused = await ask(viewer, event.public_id)

    assert refused.status == 503
    assert "4 exports are running already." in await refused.text()
    await viewer.post(f"/export/cancel/{0:032x}")
    jobs = app_of(viewer)[EXPORT_JOBS]
    await eventually(lambda: len(jobs.running) < AT_ONCE, what="a free place")
    assert (await ask(viewer, event.public_id, start="2001-01-01", end="2001-01-02")).status == 200


async def test_nobody_sees_or_cancels_the_export_of_somebody_else(viewer: Client):
    await fill(viewer)
    await slow_export(viewer)
    bearer = {"Authorization": f"Bearer {await make_token(viewer, UserRole.admin)}"}

    seen = await viewer.get(f"/export/progress/{JOB}", headers=bearer)
    cancelled = await viewer.post(f"/export/cancel/{JOB}", headers=bearer)

    assert await seen.json() == {"state": "unknown"}
    assert cancelled.status == 404
    assert (await course(viewer))["state"] == "running"


async def test_the_appliance_stops_while_an_export_runs(start, plant):
    async with start(plant) as client:
        await sign_in_as(client, UserRole.viewer)
        await fill(client)
        await slow_export(client)
        jobs = app_of(client)[EXPORT_JOBS]

    assert not jobs.running
