"""Weight and speed of the live page in Chromium: `python -m bench.page`.

Cold: an empty cache and a new process of the browser, signed in already. The first value is there
when the browser has painted the first tile with a number, as it tells itself (Element Timing),
counted from the start of the navigation. A bare page of one number is opened in the same way in
the same run: what is left of the time is ours.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from playwright.async_api import Browser, Page, StorageState

from bench.appliance import serving
from bench.chromium import browser, sign_in
from webmacs_edge.web import keys

RUNS, TURNS = 5, 5
BARE = """<!doctype html><meta charset="utf-8"><title>Bare</title>
<div class="channel"><div class="value"><p elementtiming="value">21.5</p></div></div>"""
Row = tuple[float, int, int]
SEEN = """() => {
  new MutationObserver(() => {
    for (const it of document.querySelectorAll(".channel .value > :not([elementtiming])"))
      if (/\\d/.test(it.textContent)) it.setAttribute("elementtiming", "value");
  }).observe(document, {childList: true, subtree: true, characterData: true});
  new PerformanceObserver((list) => {
    const at = Math.min(...list.getEntries().map((it) => it.renderTime));
    window.firstValue = Math.min(window.firstValue ?? Infinity, at);
  }).observe({type: "element", buffered: true});
}"""


async def main() -> None:
    """Print both."""
    async with serving() as (app, address), browser() as chromium:
        while not app[keys.HUB].all_latest():
            await asyncio.sleep(0.05)
        first = await chromium.new_context()
        page = await first.new_page()
        await sign_in(page, address)
        state = await first.storage_state()
        async with bare() as bare_address:
            for name, visit in (("cold", _anew), ("again in its tab, cache cleared", _again)):
                await visit(chromium, state, bare_address)  # what is slow the first time only
                ours, least = [], []
                for _ in range(TURNS):  # one after the other: the machine has its moods
                    ours += await visit(chromium, state, address)
                    least += await visit(chromium, state, bare_address)
                print(_row(name, sorted(ours), sorted(least)))


def _row(name: str, ours: list[Row], least: list[Row]) -> str:
    (first_ms, size, requests), (least_ms, _, _) = ours[len(ours) // 2], least[len(least) // 2]
    return (
        f"live page, {name}: first value {first_ms:.0f} ms (median of {len(ours)}, "
        f"best {ours[0][0]:.0f}), {size / 1e3:.1f} kB in {requests} finished requests "
        f"(and one open stream)\n   a bare page of one number, in the same way: "
        f"{least_ms:.0f} ms (best {least[0][0]:.0f})"
    )


@asynccontextmanager
async def bare() -> AsyncIterator[str]:
    """A server of nothing but one number: what browser and machine need by themselves."""
    app = web.Application()
    app.router.add_get("/{path:.*}", _answer_bare)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def _answer_bare(_request: web.Request) -> web.Response:
    return web.Response(text=BARE, content_type="text/html")


async def _anew(chromium: Browser, state: StorageState, address: str) -> list[Row]:
    rows = []
    for _ in range(RUNS):
        context = await chromium.new_context(storage_state=state)
        page = await context.new_page()
        await page.goto("about:blank")  # a browser that runs already
        rows.append(await _measure(page, address))
        await context.close()
    return rows


async def _again(chromium: Browser, state: StorageState, address: str) -> list[Row]:
    context = await chromium.new_context(storage_state=state)
    page = await context.new_page()
    await page.goto(f"{address}/patterns")
    rows = [await _measure(page, address) for _ in range(RUNS)]
    await context.close()
    return rows


async def _measure(page: Page, address: str) -> Row:
    """Milliseconds to the first value, bytes on the wire, requests."""
    sizes: list[int] = []
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.clearBrowserCache")
    session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    await page.add_init_script(f"({SEEN})()")
    await page.goto(address, wait_until="load")
    await page.wait_for_function("() => window.firstValue")
    first_ms = float(await page.evaluate("() => window.firstValue"))
    await asyncio.sleep(0.5)
    await session.detach()
    return first_ms, sum(sizes), len(sizes)


if __name__ == "__main__":
    asyncio.run(main())
