"""Weight and speed of the live page in Chromium: `python -m bench.page`.

Cold: an empty cache and a new process of the browser, signed in already. The first value is there
when the browser has painted the first tile with a number, as it tells itself (Element Timing),
counted from the start of the navigation. Nothing of the bench is in the page until then. A bare
page of one number is opened in the same way in the same run: what is left of the time is ours.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bench.appliance import serving
from bench.chromium import browser, sign_in
from bench.devtools import DevTools, devtools
from bench.witness import Witness, quantile, watching
from webmacs_edge.web import keys

RUNS, TURNS = 5, 5
BARE = """<!doctype html><meta charset="utf-8"><title>Bare</title>
<p elementtiming="value">21.5</p>"""
WITNESS_HZ = 200.0
BEFORE_S = 1.5  # a window that stands already: making one takes the cores for a second
AGAIN = "again in its tab, cache cleared (its service worker hands the page on unpacked)"
SETTLED_S = 1.0  # after it all the page loads is there; its stream stays open
Row = tuple[float, int, int, float]  # ms to the first value, bytes, requests, when it began
SEEN = """new Promise((done) => new PerformanceObserver((list) => {
  const shown = list.getEntries().filter((it) => /\\d/.test(it.element?.textContent));
  if (!shown.length) return;
  const got = ["navigation", "resource"].flatMap((it) => performance.getEntriesByType(it));
  const bytes = got.reduce((sum, it) => sum + it.transferSize, 0);
  done([Math.min(...shown.map((it) => it.renderTime)), bytes, got.length]);
}).observe({type: "element", buffered: true}))"""


async def main() -> None:
    """Print both."""
    async with serving() as (app, address), bare() as bare_address:
        while not app[keys.HUB].all_latest():
            await asyncio.sleep(0.05)
        cookies = await _signed_in(address)
        async with devtools() as chromium:
            for name, visit in (("cold", _anew), (AGAIN, _again)):
                await visit(chromium, cookies, bare_address)  # what is slow the first time only
                ours, least = [], []
                async with watching(WITNESS_HZ, work_ms=0.25) as witness:
                    for _ in range(TURNS):  # one after the other: the machine has its moods
                        ours += await visit(chromium, cookies, address)
                        least += await visit(chromium, cookies, bare_address)
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


async def _signed_in(address: str) -> list[dict[str, Any]]:
    """The cookies of a browser that has signed in."""
    async with browser() as chromium:
        page = await chromium.new_page()
        await sign_in(page, address)
        return [
            {"name": it["name"], "value": it["value"], "domain": it["domain"], "path": it["path"]}
            for it in await page.context.cookies()
        ]


async def _anew(chromium: DevTools, cookies: list[dict[str, Any]], address: str) -> list[Row]:
    rows = []
    for _ in range(RUNS):
        async with chromium.tab(cookies) as tab:
            await asyncio.sleep(BEFORE_S)
            rows.append(await _measure(chromium, tab, address))
    return rows


async def _again(chromium: DevTools, cookies: list[dict[str, Any]], address: str) -> list[Row]:
    async with chromium.tab(cookies) as tab:
        await chromium.do("Page.navigate", session=tab, url=f"{address}/patterns")
        await asyncio.sleep(SETTLED_S)
        return [await _measure(chromium, tab, address) for _ in range(RUNS)]


async def _measure(chromium: DevTools, tab: str, address: str) -> Row:
    """Milliseconds to the first value, bytes on the wire, requests, and when it began."""
    await chromium.do("Network.clearBrowserCache", session=tab)
    began_s = time.monotonic()
    await chromium.do("Page.navigate", session=tab, url=address)
    await asyncio.sleep(SETTLED_S)
    first_ms, size, requests = await chromium.ask(tab, SEEN)
    return first_ms, size, requests, began_s


if __name__ == "__main__":
    asyncio.run(main())
