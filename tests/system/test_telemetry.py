"""What was acknowledged is there after the power went."""

import asyncio
import contextlib
import json
import signal
from typing import Any

import aiohttp

from tests.system.conftest import Process, reading

BATCH = 20


async def _channel(process: Process) -> str:
    body = {"name": "Outside", "min_value": 0, "max_value": 1, "unit": "1", "type": "sensor"}
    await process.post("/api/v1/events", body)
    rows = (await process.get("/api/v1/events?page_size=100"))["data"]
    return next(row["public_id"] for row in rows if row["name"] == "Outside")


async def _send_until_killed(process: Process, event_id: str, *, acks: int) -> int:
    """Send numbered values without pause, kill after so many acks; how many values were acked."""
    acked = 0
    url = f"{process.url}/ws/controller/telemetry"
    async with process.session.ws_connect(url, headers=process.headers) as socket:

        async def send() -> None:
            number = 0
            while True:
                values = range(number * BATCH, (number + 1) * BATCH)
                datapoints = [{"value": value, "event_public_id": event_id} for value in values]
                await socket.send_json({"datapoints": datapoints, "ack": number})
                number += 1
                await asyncio.sleep(BATCH / 800)  # a channel takes 1000 values a second

        sender = asyncio.ensure_future(send())
        while acked < acks:
            said = json.loads(await socket.receive_str(timeout=10))
            assert (said["type"], said["accepted"], said["rejected"]) == ("ack", BATCH, 0)
            acked = said["ack"] + 1
        process.process.send_signal(signal.SIGKILL)
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError):
            await sender
    return acked * BATCH


async def _values(process: Process, event_id: str) -> list[float]:
    """All stored values, oldest first."""
    rows: list[dict[str, Any]] = []
    while True:
        page = len(rows) // 100 + 1
        path = f"/api/v1/datapoints?event_public_id={event_id}&page_size=100&page={page}"
        found = (await process.get(path))["data"]
        rows += found
        if len(found) < 100:
            return [row["value"] for row in reversed(rows) if row["quality"] == "good"]


async def test_acknowledged_values_survive_kill_9(launch):
    async with launch("demo", WEBMACS_FLUSH_SECONDS="60") as process:
        await reading(process)
        await process.sign_in()
        event_id = await _channel(process)
        acked = await _send_until_killed(process, event_id, acks=25)
        await process.process.wait()

    async with launch("demo") as process:
        await reading(process)
        await process.sign_in()
        values = await _values(process, event_id)

    assert acked >= 25 * BATCH
    assert len(values) >= acked
    assert values == [float(number) for number in range(len(values))]
