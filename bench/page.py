"""Weight and speed of the live page in Chromium: `python -m bench.page`.

Cold: an empty cache and a new process of the browser, signed in already. The first value is there
when the browser has painted the first tile with a number, as it tells itself (Element Timing),
counted from the start of the navigation.
"""

import asyncio
from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page, StorageState

from bench.appliance import serving
from bench.chromium import browser, sign_in
from webmacs_edge.web import keys

RUNS = 15
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
        for name, visit in (("cold", _anew), ("again in its tab, cache cleared", _again)):
            rows = sorted([row async for row in visit(chromium, state, address)])
            first_ms, size, requests = rows[len(rows) // 2]
            print(
                f"live page, {name}: first value {first_ms:.0f} ms (median of {RUNS}, "
                f"best {rows[0][0]:.0f}), {size / 1e3:.1f} kB in {requests} finished requests "
                "(and one open stream)"
            )


async def _anew(chromium: Browser, state: StorageState, address: str) -> AsyncIterator[Row]:
    for _ in range(RUNS):
        context = await chromium.new_context(storage_state=state)
        page = await context.new_page()
        await page.goto("about:blank")  # a browser that runs already
        yield await _measure(page, address)
        await context.close()


async def _again(chromium: Browser, state: StorageState, address: str) -> AsyncIterator[Row]:
    context = await chromium.new_context(storage_state=state)
    page = await context.new_page()
    await page.goto(f"{address}/patterns")
    for _ in range(RUNS):
        yield await _measure(page, address)
    await context.close()


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
