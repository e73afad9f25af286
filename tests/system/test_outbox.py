"""Deliveries that are queued survive a kill: each arrives at least once, in order."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.system.conftest import reading
from tests.waiting import eventually
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.outbox import queue_deliveries
from webmacs_edge.store.webhooks import create_webhook

COUNT = int(os.environ.get("OUTBOX_DELIVERIES", "2000"))  # the promise is 10,000
WEBHOOKS = 4
RAISED = WebhookEventType.alarm_raised
WITHIN_S = 30 + COUNT / 50


@asynccontextmanager
async def _receiver() -> AsyncIterator[tuple[str, dict[str, list[int]]]]:
    """Takes what comes, a few milliseconds each; by webhook the numbers that came."""
    came: dict[str, list[int]] = {}

    async def take(request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        await asyncio.sleep(0.002)
        came.setdefault(request.path, []).append(body["number"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/{name}", take)
    async with TestServer(app, host="127.0.0.1", shutdown_timeout=0.1) as server:
        yield str(server.make_url("/")), came


async def _queue(file: Path, url: str) -> None:
    database = Database(sqlite_url(file))

    async def work(session: Any) -> None:
        for number in range(WEBHOOKS):
            await create_webhook(
                session, at_ms=0, public_id=f"hook-{number}", url=f"{url}{number}",
                events=[RAISED.value],
            )  # fmt: skip
        for number in range(COUNT // WEBHOOKS):
            await queue_deliveries(session, RAISED, at_ms=number, details={"number": number})

    await database.write(work)
    await database.close()


async def test_queued_deliveries_survive_kill_9_and_each_arrives(
    launch: Callable[..., Any], empty_config: Path, tmp_path: Path
):
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(empty_config, data_dir)
    settings = {"WEBMACS_WEBHOOK_ALLOW": '["127.0.0.0/8"]'}
    async with _receiver() as (url, came):
        await _queue(data_dir / "config.db", url)

        def count() -> int:
            return sum(map(len, came.values()))

        async with launch("demo", **settings) as process:
            await eventually(lambda: count() > COUNT // 4, within_s=WITHIN_S, what="a part")
            await process.end(signal.SIGKILL)
        before = count()
        async with launch("demo", **settings) as process:
            await reading(process)
            expected = set(range(COUNT // WEBHOOKS))
            await eventually(
                lambda: len(came) == WEBHOOKS and all(set(it) == expected for it in came.values()),
                within_s=WITHIN_S,
                what="all of them",
            )
            await process.end()

    assert before < COUNT
    assert count() - COUNT <= 20 * WEBHOOKS  # sent but not noted when it was killed
    for numbers in came.values():
        first = list(dict.fromkeys(numbers))
        assert first == sorted(first)
