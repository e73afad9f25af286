"""Weight and speed of the live page in Chromium: `python -m bench.page`.

Cold: an empty cache and a new process of the browser, signed in already. The first value is there
when the browser has painted the first tile with a number, as it tells itself (Element Timing),
counted from the start of the navigation. A bare page of one number is opened in the same way in
the same run: what is left of the time is ours.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from playwright.async_api import Browser, Page, StorageState

from bench.appliance import serving
from bench.chromium import browser, sign_in
from bench.witness import Witness, quantile, watching
from webmacs_edge.web import keys

RUNS, TURNS = 5, 5
BARE = """<!doctype html><meta charset="utf-8"><title>Bare</title>
<div class="channel"><div class="value"><p elementtiming="value">21.5</p></div></div>"""
WITNESS_HZ = 200.0
Row = tuple[float, int, int, float]  # ms to the first value, bytes, requests, when it began
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
                async with watching(WITNESS_HZ, work_ms=0.25) as witness:
                    for _ in range(TURNS):  # one after the other: the machine has its moods
                        ours += await visit(chromium, state, address)
                        least += await visit(chromium, state, bare_address)
                print(_row(name, sorted(ours), sorted(least), witness=witness))


def _row(name: str, ours: list[Row], least: list[Row], *, witness: Witness) -> str:
    first_ms, size, requests, _ = ours[len(ours) // 2]
    least_ms = least[len(least) // 2][0]
    calm = [ms for ms, _, _, at_s in ours if witness.was_calm(at_s, at_s + ms / 1000)]
    calm_ms = f"{quantile(calm, 0.5):.0f} ms" if calm else "none"
    return (
        f"live page, {name}: first value {first_ms:.0f} ms (median of {len(ours)}, "
        f"best {ours[0][0]:.0f}), {size / 1e3:.1f} kB in {requests} finished requests "
        f"(and one open stream)\n   the {len(calm)} during which the machine did not stall: "
        f"{calm_ms}\n   a bare page of one number, in the same way: "
        f"{least_ms:.0f} ms (best {least[0][0]:.0f})\n   {witness}"
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
    """Milliseconds to the first value, bytes on the wire, requests, and when it began."""
    sizes: list[int] = []
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.clearBrowserCache")
    session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    await page.add_init_script(f"({SEEN})()")
    began_s = time.monotonic()
    await page.goto(address, wait_until="load")
    await page.wait_for_function("() => window.firstValue")
    first_ms = float(await page.evaluate("() => window.firstValue"))
    await asyncio.sleep(0.5)
    await session.detach()
    return first_ms, sum(sizes), len(sizes), began_s


if __name__ == "__main__":
    asyncio.run(main())
