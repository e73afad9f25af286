"""Whether pages left open for a day grow: `python -m bench.stay [HOURS] [PAGE ...]`.

Messages of the real stream are recorded, while an alarm comes and goes, and played back to the page
as fast as it takes them, each at a later time than the one before; the clocks of the page move on
with them, so that what it does every half minute it does as often as in that time. What Chromium
holds after a collection is told at several moments.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from playwright.async_api import CDPSession, Page, Route

from bench.appliance import serving
from bench.chromium import open_page
from webmacs_edge.model.times import now_ms
from webmacs_edge.web.boards import BEAT_MS as BOARD_BEAT_MS
from webmacs_edge.web.live_tiles import BEAT_MS

HOUR_MS, HOURS = 3_600_000, 24.0
RECORDED, AT_ONCE, LOOKS = 60, 500, 8
TREND_BEAT_MS, WARM_UP_MS = 200, 600_000
SAMPLES = re.compile(rb"event: samples\ndata: (.*)")
CLOCK = """beat => {
  const date = Date.now.bind(Date), ran = performance.now.bind(performance);
  window.heard = 0;
  Date.now = () => date() + window.heard * beat;
  performance.now = () => ran() + window.heard * beat;
  document.addEventListener("htmx:sse:after:message", () => { window.heard += 1; });
}"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a page holds after a collection, and how much it has heard until then."""

    heard: int
    heap_bytes: int
    nodes: int
    listeners: int


@dataclass(frozen=True, slots=True)
class Open:
    """A page, its stream, and how much time each message stands for."""

    path: str
    stream: str
    beat_ms: float


LIVE = Open("/", "/streams/live", BEAT_MS)


class Tape:
    """What a stream said, and says again, later and later."""

    def __init__(self, recorded: list[bytes], *, beat_ms: float) -> None:
        self._recorded = recorded
        self._beat_ms = beat_ms
        self._played = 0
        self._began_ms = now_ms()

    def more(self, count: int) -> bytes:
        """The next so many messages."""
        return b"".join(self._next() for _ in range(count))

    def _next(self) -> bytes:
        message = self._recorded[self._played % len(self._recorded)]
        self._played += 1
        at_ms = self._began_ms + round(self._played * self._beat_ms)
        return SAMPLES.sub(lambda found: _later(found[1], at_ms), message) + b"\n\n"


def _later(samples: bytes, at_ms: int) -> bytes:
    said = json.loads(samples)
    for value in said["values"]:
        value[1] += at_ms - said["at"]
    said["at"] = at_ms
    return b"event: samples\ndata: " + json.dumps(said).encode()


async def record(page: Page, address: str, stream: str, *, count: int = RECORDED) -> list[bytes]:
    """So many messages of the stream, for whoever is signed in on this page."""
    cookies = {it["name"]: it["value"] for it in await page.context.cookies()}
    kept = b""
    async with (
        aiohttp.ClientSession(cookies=cookies) as session,
        session.get(address + stream) as answer,
    ):
        async for part in answer.content.iter_any():
            kept += part
            if kept.count(b"\n\n") > count:
                break
    return kept.split(b"\n\n")[:count]


async def play(page: Page, opened: Open, recorded: list[bytes], *, at_once: int = AT_ONCE) -> None:
    """From now on the page is sent these, over and over; each connection brings so many."""
    tape = Tape(recorded, beat_ms=opened.beat_ms)

    async def answer(route: Route) -> None:
        await route.fulfill(body=tape.more(at_once), content_type="text/event-stream")

    await page.route(f"**{opened.stream.partition('?')[0]}*", answer)
    await page.route("**/trends/data?*", _give_values)
    await page.add_init_script(f"({CLOCK})({opened.beat_ms})")
    await page.reload()


async def _give_values(route: Route) -> None:
    """As many values as the history would have: of the time that is asked for, which is to come."""
    asked = {name: it[0] for name, it in parse_qs(urlsplit(route.request.url).query).items()}
    since, until, points = int(asked["from"]), int(asked["to"]), int(asked["width"])
    at = [since + (until - since) * index // points for index in range(points)]
    values = [50 + index % 7 for index in range(points)]
    course = {"at": at, "low": values, "mean": values, "high": values, "gaps": [], "doubts": []}
    channels = [{"id": it, **course} for it in asked["channels"].split(",")]
    await route.fulfill(json={"channels": channels, "until": until, "from": since, "to": until})


async def held_after(page: Page, session: CDPSession, messages: int) -> Held:
    """What the page holds once it has heard so many messages."""
    await page.wait_for_function(f"() => window.heard >= {messages}", timeout=0, polling=250)
    for _ in range(2):
        await session.send("HeapProfiler.collectGarbage")
    told = (await session.send("Performance.getMetrics"))["metrics"]
    found = {it["name"]: int(it["value"]) for it in told}
    heard = int(await page.evaluate("() => window.heard"))
    return Held(heard, found["JSHeapUsedSize"], found["Nodes"], found["JSEventListeners"])


async def stay(
    page: Page, opened: Open, recorded: list[bytes], *, marks: list[int]
) -> AsyncIterator[Held]:
    """What it holds after these numbers of messages."""
    await play(page, opened, recorded, at_once=min(AT_ONCE, marks[0]))  # it takes them in one go
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    for mark in marks:
        yield await held_after(page, session, mark)


async def main() -> None:
    """Print it for each page."""
    asked = sys.argv[1:]
    hours = float(asked[0]) if asked else HOURS
    for name in asked[1:] or ("live", "trends", "dashboard"):
        async with serving() as (_, address), open_page(address) as page:
            opened = await _open(page, address, name)
            recorded = await _record_with_an_alarm(page, address, opened.stream)
            first, last = WARM_UP_MS / opened.beat_ms, hours * HOUR_MS / opened.beat_ms
            marks = [round(first + (last - first) * it / (LOOKS - 1)) for it in range(LOOKS)]
            looks = []
            async for held in stay(page, opened, recorded, marks=marks):
                looks.append(held)
                print(_told(name, held, opened.beat_ms), flush=True)
            print(f"{name}: {_growth(looks[1], looks[-1]):+.2f} bytes a message since the second")


def _told(name: str, it: Held, beat_ms: float) -> str:
    return (
        f"{name}, {it.heard} messages as in {it.heard * beat_ms / HOUR_MS:.1f} h: heap "
        f"{it.heap_bytes / 1e6:.2f} MB, nodes {it.nodes}, listeners {it.listeners}"
    )


def _growth(before: Held, after: Held) -> float:
    return (after.heap_bytes - before.heap_bytes) / max(1, after.heard - before.heard)


async def _open(page: Page, address: str, name: str) -> Open:
    """Go there; the dashboard is made of all channels."""
    if name == "live":
        return LIVE
    if name == "trends":
        await page.goto(f"{address}/trends")
        stream = await page.get_attribute("#trend", "hx-sse:connect")
        return Open("/trends", stream or "", TREND_BEAT_MS)
    await page.goto(f"{address}/dashboards")
    await page.get_by_role("button", name="Make one of all channels").click()
    await page.wait_for_selector("#board")
    stream = await page.get_attribute("#board", "hx-sse:connect")
    return Open(urlsplit(page.url).path, stream or "", BOARD_BEAT_MS / 2)  # samples, and looks


async def _record_with_an_alarm(page: Page, address: str, stream: str) -> list[bytes]:
    api = f"{address}/api/v1"
    channel = {"name": "Typed in", "min_value": 0, "max_value": 100, "unit": "%", "type": "sensor"}
    await page.request.post(f"{api}/events", data=channel)
    listed = await (await page.request.get(f"{api}/events?page_size=100")).json()
    event = next(it["public_id"] for it in listed["data"] if it["name"] == channel["name"])
    rule = {"name": "Too much", "event_public_id": event, "operator": "gt", "threshold": 50,
            "action_type": "log", "enabled": True, "cooldown_seconds": 0}  # fmt: skip
    await page.request.post(f"{api}/rules", data={**rule, "alarm": {"priority": "high"}})
    flipping = asyncio.create_task(_flip(page, api, event))
    try:
        return await record(page, address, stream)
    finally:
        flipping.cancel()


async def _flip(page: Page, api: str, event: str) -> Any:
    while True:
        for value in (80, 20):
            body = {"datapoints": [{"value": value, "event_public_id": event}]}
            await page.request.post(f"{api}/datapoints/batch", data=body)
            await asyncio.sleep(3)


if __name__ == "__main__":
    asyncio.run(main())
