"""Values from outside, through real sockets and the real appliance: `python -m bench.telemetry`.

Starts the demo as a process of its own and measures what programs see of it: how many values a
second the telemetry socket stores and at what cost, how soon 50 watchers see them, how long lists,
series and the newest values take, and whether signing in makes others wait.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse
from pydantic_core import from_json

PORT = 8092
ADDRESS = f"http://127.0.0.1:{PORT}"
EMAIL, PASSWORD = "bench@plant.lan", "fluidised bed 7"
CHANNELS = 500  # of which each takes 1000 values a second at most
BATCH = 500
INGEST_S = 10.0
WATCHERS = 50
WATCHED = 50
ROUNDS = 60
ROUND_S = 0.5
MILLION = 1_000_000
SERIES_DAYS = 10
POINTS = 500
REST_S = 2.0
SUMMED_S = 65.0  # the appliance has looked for days without a summary since
ON_THEIR_WAY = 16  # batches that wait for their acknowledgement
_TICKS = os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def appliance() -> AsyncIterator[tuple[ClientSession, int]]:
    """A session of an admin, and the process id."""
    with tempfile.TemporaryDirectory() as data_dir:
        environment = {
            **os.environ,
            "WEBMACS_DATA_DIR": data_dir,
            "WEBMACS_PORT": str(PORT),
            "WEBMACS_HTTPS_PORT": "0",
            "WEBMACS_INITIAL_ADMIN_EMAIL": EMAIL,
            "WEBMACS_INITIAL_ADMIN_PASSWORD": PASSWORD,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-OO", "-m", "webmacs_edge", "demo",
            env=environment, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with ClientSession(ADDRESS) as session:
                token = await _sign_in(session)
                session.headers["Authorization"] = f"Bearer {token}"
                yield session, process.pid
        finally:
            process.terminate()
            await process.wait()


async def _sign_in(session: ClientSession) -> str:
    body = {"email": EMAIL, "password": PASSWORD}
    while True:
        try:
            async with session.post("/api/v1/auth/login", json=body) as answer:
                if answer.ok:
                    return str((await answer.json())["access_token"])
        except OSError:
            pass
        await asyncio.sleep(0.1)


async def make_channels(session: ClientSession, prefix: str, count: int) -> list[str]:
    """Channels that are fed from outside; their ids."""
    for number in range(count):
        body = {
            "name": f"{prefix} {number}", "min_value": 0, "max_value": 1e9, "unit": "1",
            "type": "sensor",
        }  # fmt: skip
        async with session.post("/api/v1/events", json=body) as answer:
            answer.raise_for_status()
    found: list[str] = []
    page = 1
    while len(found) < count:
        query = {"page": page, "page_size": 100}
        rows = (await (await session.get("/api/v1/events", params=query)).json())["data"]
        found += [row["public_id"] for row in rows if row["name"].startswith(f"{prefix} ")]
        page += 1
    return found


async def _ack(socket: ClientWebSocketResponse, number: int) -> tuple[int, int]:
    """Wait for this acknowledgement; accepted and rejected."""
    while True:
        said = json.loads(await socket.receive_str())
        if said.get("ack") == number:
            return said["accepted"], said["rejected"]


async def ingest(session: ClientSession, pid: int, channels: Sequence[str]) -> None:
    """Send batches as fast as they are taken; the last one is acknowledged."""
    rows = [
        {"value": round(20 + index * 0.1, 1), "event_public_id": channels[index % len(channels)]}
        for index in range(BATCH)
    ]
    frame = json.dumps({"datapoints": rows})
    async with session.ws_connect("/ws/controller/telemetry") as socket:
        await socket.send_json({"ack": 0})
        await _ack(socket, 0)
        before = await _total(session)
        cpu_s, start_s, sent = _cpu_s(pid), time.perf_counter(), 0
        while time.perf_counter() - start_s < INGEST_S:
            await socket.send_str(frame)
            sent += BATCH
        await socket.send_json({"ack": 1})
        await _ack(socket, 1)
        passed_s = time.perf_counter() - start_s
        cpu_s = _cpu_s(pid) - cpu_s
    stored = await _total(session) - before
    print(
        f"ingest, batches of {BATCH}: {stored / passed_s:,.0f} values/s stored of "
        f"{sent / passed_s:,.0f} sent, {1e6 * cpu_s / stored:.2f} ms CPU per 1000"
    )


async def _total(session: ClientSession) -> int:
    """How many values are stored."""
    async with session.get("/api/v1/datapoints", params={"page_size": 1}) as answer:
        return int((await answer.json())["total"])


async def ingest_with_acks(session: ClientSession, channels: Sequence[str]) -> None:
    """The same with every batch acknowledged, some of them on their way."""
    rows = [{"value": 1.5, "event_public_id": channel} for channel in channels[:BATCH]]
    body = json.dumps(rows)
    accepted = rejected = 0
    async with session.ws_connect("/ws/controller/telemetry") as socket:
        start_s, number = time.perf_counter(), 0
        while time.perf_counter() - start_s < INGEST_S / 2:
            await socket.send_str(f'{{"datapoints":{body},"ack":{number}}}')
            number += 1
            if number >= ON_THEIR_WAY:
                taken = await _ack(socket, number - ON_THEIR_WAY)
                accepted, rejected = accepted + taken[0], rejected + taken[1]
        for left in range(max(0, number - ON_THEIR_WAY + 1), number):
            taken = await _ack(socket, left)
            accepted, rejected = accepted + taken[0], rejected + taken[1]
        passed_s = time.perf_counter() - start_s
    print(
        f"the same, every batch acknowledged after its commit: {accepted / passed_s:,.0f} "
        f"values/s ({rejected} rejected)"
    )


class Watchers:
    """Programs that follow the stream, and how late each value came."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.channels = channels
        self.sent_s: dict[int, float] = {}
        self.late_ms: list[float] = []
        self.seen = 0
        self._known = set(channels)

    async def follow(self, session: ClientSession, ready: asyncio.Event) -> None:
        """Follow until cancelled."""
        async with session.ws_connect("/ws/datapoints/stream") as socket:
            await socket.receive_str()
            ready.set()
            while True:
                text = await socket.receive_str()
                at_s = time.perf_counter()
                rows = from_json(text)["datapoints"]
                values = [r["value"] for r in rows if r["event_public_id"] in self._known]
                self.seen += len(values)
                self.late_ms += [(at_s - self.sent_s[int(it)]) * 1000 for it in set(values)]

    async def feed(self, session: ClientSession) -> None:
        """Send a value of every channel again and again."""
        async with session.ws_connect("/ws/controller/telemetry") as socket:
            for number in range(ROUNDS):
                rows = [{"value": number, "event_public_id": it} for it in self.channels]
                self.sent_s[number] = time.perf_counter()
                await socket.send_str(json.dumps({"datapoints": rows}))
                await asyncio.sleep(ROUND_S * (0.9 + 0.2 * (number % 7) / 7))


async def watch(session: ClientSession, pid: int, channels: Sequence[str]) -> None:
    """How long after it was sent each watcher sees a batch, and how many values none saw."""
    watchers = Watchers(channels)
    ready = [asyncio.Event() for _ in range(WATCHERS)]
    tasks = [asyncio.ensure_future(watchers.follow(session, event)) for event in ready]
    for event in ready:
        await event.wait()
    cpu_s, start_s = _cpu_s(pid), time.perf_counter()
    await watchers.feed(session)
    share = 100 * (_cpu_s(pid) - cpu_s) / (time.perf_counter() - start_s)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    lost = ROUNDS * len(channels) * WATCHERS - watchers.seen
    ranked = sorted(watchers.late_ms)
    print(
        f"{WATCHERS} watchers, {len(channels)} channels × 2 Hz in and out: "
        f"p50 {_share(ranked, 0.5):.1f} ms, p99 {_share(ranked, 0.99):.1f} ms, "
        f"worst {ranked[-1]:.1f} ms; {lost} values lost; {share:.0f} % of a core"
    )


async def backfill(session: ClientSession, channel: str) -> None:
    """A million values of ten days, with their stamps."""
    start = datetime.now(UTC) - timedelta(days=SERIES_DAYS)
    step = timedelta(days=SERIES_DAYS) / (MILLION + 1)
    async with session.ws_connect("/ws/controller/telemetry") as socket:
        start_s = time.perf_counter()
        for first in range(0, MILLION, BATCH):
            rows = [
                {
                    "value": float(number % 997),
                    "event_public_id": channel,
                    "timestamp": (start + number * step).isoformat(timespec="milliseconds"),
                }
                for number in range(first, first + BATCH)
            ]
            await socket.send_str(json.dumps({"datapoints": rows}))
        await socket.send_json({"ack": 1})
        await _ack(socket, 1)
    passed_s = time.perf_counter() - start_s
    print(f"a million values with stamps of the last {SERIES_DAYS} days in {passed_s:.1f} s")


async def timed(
    name: str, work: Callable[[], Awaitable[object]], *, pid: int, times: int = 50
) -> None:
    """The median and the worst of a request, and what it costs the appliance."""
    took_ms = []
    cpu_s = _cpu_s(pid)
    for _ in range(times):
        start_s = time.perf_counter()
        await work()
        took_ms.append((time.perf_counter() - start_s) * 1000)
    cpu_ms = (_cpu_s(pid) - cpu_s) * 1000 / times
    print(
        f"{name}: median {statistics.median(took_ms):.1f} ms, best {min(took_ms):.1f}, "
        f"worst {max(took_ms):.1f} ms; {cpu_ms:.1f} ms of CPU"
    )


async def rest(pid: int) -> None:
    """Wait until the appliance has put away and summed up what came."""
    await asyncio.sleep(SUMMED_S)
    busy_s = 1.0
    while busy_s > 0.1 * REST_S:
        before_s = _cpu_s(pid)
        await asyncio.sleep(REST_S)
        busy_s = _cpu_s(pid) - before_s


async def series(session: ClientSession, pid: int, channel: str, *, when: str) -> None:
    """A million datapoints, thinned."""
    body = {"event_public_ids": [channel], "minutes": SERIES_DAYS * 1440, "max_points": POINTS}

    async def ask() -> None:
        async with session.post("/api/v1/datapoints/series", json=body) as answer:
            assert len((await answer.json())[channel]) > POINTS // 2

    await timed(f"series of a million datapoints in {POINTS} points, {when}", ask, pid=pid)


async def pages(session: ClientSession, pid: int) -> None:
    """Lists at any depth."""

    async def page(number: int) -> dict[str, Any]:
        query = {"page": number, "page_size": 100}
        async with session.get("/api/v1/datapoints", params=query) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    last = (await page(1))["total"] // 100
    for number in (1, last // 2, last):
        await timed(f"page {number:,} of {last:,}", partial(page, number), pid=pid, times=20)


async def latest(session: ClientSession, pid: int) -> None:
    """The newest value of every channel."""

    async def ask() -> None:
        async with session.get("/api/v1/datapoints/latest") as answer:
            await answer.read()

    count = len(await (await session.get("/api/v1/datapoints/latest")).json())
    await timed(f"latest of {count} channels", ask, pid=pid, times=200)


async def posts(session: ClientSession, pid: int, channels: Sequence[str]) -> None:
    """Single values, each answered after its commit, one after the other and 20 at once."""

    async def post(channel: str) -> None:
        body = {"value": 1, "event_public_id": channel}
        async with session.post("/api/v1/datapoints", json=body) as answer:
            assert answer.ok, await answer.text()

    await timed("POST of one value, stored", lambda: post(channels[0]), pid=pid, times=50)
    start_s = time.perf_counter()
    for _ in range(20):
        await asyncio.gather(*(post(channel) for channel in channels[:20]))
    print(f"20 at once: {400 / (time.perf_counter() - start_s):.0f} a second")


async def sign_ins(session: ClientSession, pid: int) -> None:
    """How long others wait while somebody signs in again and again."""

    async def health() -> None:
        async with session.get("/health") as answer:
            await answer.read()

    await timed("GET /health", health, pid=pid, times=200)
    done = asyncio.Event()

    async def keep_signing_in() -> None:
        body = {"email": EMAIL, "password": PASSWORD}
        while not done.is_set():
            async with session.post("/api/v1/auth/login", json=body) as answer:
                await answer.read()

    task = asyncio.ensure_future(keep_signing_in())
    await timed("GET /health while somebody signs in", health, pid=pid, times=400)
    done.set()
    await task


def _share(ranked: Sequence[float], part: float) -> float:
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


async def measure() -> None:
    """Print the figures."""
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    async with appliance() as (session, pid):
        await asyncio.sleep(3)
        await latest(session, pid)
        watched = await make_channels(session, "watched", WATCHED)
        await watch(session, pid, watched)
        await posts(session, pid, watched)
        await sign_ins(session, pid)
        [late] = await make_channels(session, "late", 1)
        await backfill(session, late)
        await asyncio.sleep(12)  # until it is sealed
        await series(session, pid, late, when="straight after they came")
        await rest(pid)
        await series(session, pid, late, when="at rest")
        await pages(session, pid)
        fed = await make_channels(session, "fed", CHANNELS)
        await ingest(session, pid, fed)
        await ingest_with_acks(session, fed)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    asyncio.run(measure())
