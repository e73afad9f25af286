"""Whether a live page left open for a day grows: `python -m bench.stay [MESSAGES]`.

A page gets two messages a second. Here messages of the real stream are recorded and played back to
it as fast as it takes them; what Chromium holds after a collection is compared.
"""

import asyncio
import sys
from dataclasses import dataclass

import aiohttp
from playwright.async_api import CDPSession, Page, Route

from bench.appliance import serving
from bench.chromium import open_page
from webmacs_edge.web.live_tiles import BEAT_MS

MESSAGES, WARM_UP, RECORDED = 20_000, 500, 20
AT_ONCE = 500  # messages of one connection; then the page comes back for more
PER_DAY = 24 * 3600 * 1000 // BEAT_MS
STREAM = "/streams/live"
LISTEN = """() => {
  window.heard = 0;
  document.addEventListener("htmx:sse:after:message", () => { window.heard += 1; });
}"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a page holds after a collection."""

    heap_bytes: int
    nodes: int
    listeners: int


async def record(page: Page, address: str, count: int = RECORDED) -> bytes:
    """So many messages of the stream, for whoever is signed in on this page."""
    cookies = {it["name"]: it["value"] for it in await page.context.cookies()}
    kept = b""
    async with (
        aiohttp.ClientSession(cookies=cookies) as session,
        session.get(address + STREAM) as answer,
    ):
        async for part in answer.content.iter_any():
            kept += part
            if kept.count(b"\n\n") > count:
                break
    return b"".join(it + b"\n\n" for it in kept.split(b"\n\n")[:count])


async def play(page: Page, recorded: bytes) -> None:
    """From now on the page is sent these, over and over."""
    body = recorded * (AT_ONCE // recorded.count(b"\n\n"))

    async def answer(route: Route) -> None:
        await route.fulfill(body=body, content_type="text/event-stream")

    await page.route(f"**{STREAM}*", answer)
    await page.reload()
    await page.evaluate(LISTEN)


async def held_after(page: Page, session: CDPSession, messages: int) -> Held:
    """What the page holds once it has heard so many messages."""
    await page.wait_for_function(f"() => window.heard >= {messages}", timeout=0, polling=250)
    for _ in range(2):
        await session.send("HeapProfiler.collectGarbage")
    told = (await session.send("Performance.getMetrics"))["metrics"]
    found = {it["name"]: int(it["value"]) for it in told}
    return Held(found["JSHeapUsedSize"], found["Nodes"], found["JSEventListeners"])


async def stay(page: Page, address: str, *, warm_up: int, messages: int) -> tuple[Held, Held]:
    """What it holds after the first messages, and after so many more."""
    await play(page, await record(page, address))
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    before = await held_after(page, session, warm_up)
    return before, await held_after(page, session, warm_up + messages)


async def main() -> None:
    """Print both, and how long a page would have been open."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    async with serving() as (_, address), open_page(address) as page:
        before, after = await stay(page, address, warm_up=WARM_UP, messages=messages)
    grown = after.heap_bytes - before.heap_bytes
    print(
        f"{messages} messages, as in {24 * messages / PER_DAY:.1f} h: heap "
        f"{before.heap_bytes / 1e6:.2f} -> {after.heap_bytes / 1e6:.2f} MB "
        f"({grown / messages:+.2f} bytes a message), nodes {before.nodes} -> {after.nodes}, "
        f"listeners {before.listeners} -> {after.listeners}"
    )


if __name__ == "__main__":
    asyncio.run(main())
