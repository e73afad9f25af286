"""Weight and speed of the live page in Chromium: `python -m bench.page`.

Cold: an empty cache, signed in already. The first value is there in the first frame that shows a
tile with a number, counted by the page itself from the start of the navigation.
"""

import asyncio

from bench.appliance import serving
from bench.chromium import browser, sign_in
from webmacs_edge.web import keys

RUNS = 5
SEEN = """() => {
  const has = () => [...document.querySelectorAll(".channel .value")]
    .some((it) => /\\d/.test(it.textContent));
  const painted = new MessageChannel();   // its message comes when the frame is painted
  painted.port1.onmessage = () => { window.firstValue = performance.now(); };
  const look = () => { if (has()) painted.port2.postMessage(0); else requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""


async def main() -> None:
    """Print requests, bytes on the wire and milliseconds to the first value."""
    async with serving() as (app, address), browser() as chromium:
        while not app[keys.HUB].all_latest():
            await asyncio.sleep(0.05)
        first = await chromium.new_context()
        page = await first.new_page()
        await sign_in(page, address)
        state = await first.storage_state()
        rows = []
        for _ in range(RUNS):
            context = await chromium.new_context(storage_state=state)
            page = await context.new_page()
            sizes: list[int] = []
            session = await context.new_cdp_session(page)
            await session.send("Network.enable")
            session.on(
                "Network.loadingFinished", lambda e, s=sizes: s.append(e["encodedDataLength"])
            )
            await page.add_init_script(f"({SEEN})()")
            await page.goto("about:blank")  # a browser that runs already
            sizes.clear()
            await page.goto(address, wait_until="load")
            await page.wait_for_function("() => window.firstValue")
            first_ms = float(await page.evaluate("() => window.firstValue"))
            await asyncio.sleep(0.5)
            rows.append((first_ms, sum(sizes), len(sizes)))
            await context.close()
    rows.sort()
    median = rows[len(rows) // 2]
    print(
        f"live page, cold: first value {median[0]:.0f} ms (median of {RUNS}), "
        f"{median[1] / 1e3:.1f} kB in {median[2]} finished requests (and one open stream)"
    )


if __name__ == "__main__":
    asyncio.run(main())
