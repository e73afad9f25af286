"""Pictures of every page of a running demo into `artefacts/`: `python -m bench.screenshots [DIR]`.

Each page at 1280 and 390 px, light and dark, after a few seconds of plant.
"""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, BrowserContext

from bench.appliance import serving
from bench.chromium import browser, sign_in

SETTLE_S = 1.0
WARM_UP_S = 25.0
SIZES = {"1280": (1280, 800), "390": (390, 844)}
PAGES = {
    "live": "/",
    "trends": "/trends?span=5m",
    "channels": "/events",
    "experiments": "/experiments",
    "history": "/history?span=15m",
    "export": "/export",
    "log": "/log",
    "system": "/system",
    "settings": "/settings",
    "outputs": "/outputs",
    "interlocks": "/interlocks",
    "interlock": "/interlocks/new",
    "commissioning": "/commissioning",
    "certificate": "/commissioning/certificate",
    "devices": "/devices",
    "account": "/account",
    "users": "/users",
    "audit": "/audit",
    "backup": "/backup",
    "api": "/docs",
    "missing": "/nothing-here",
}


async def main() -> None:
    """Take them all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "artefacts")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with serving() as (_, address), browser() as chromium:
        await _show_doors(chromium, address, folder)
        context = await chromium.new_context()
        page = await context.new_page()
        await sign_in(page, address)
        await page.goto(f"{address}/experiments")
        await page.fill("input[name=name]", "Sand 0.5 mm, run 7")
        await page.keyboard.press("Enter")
        await asyncio.sleep(WARM_UP_S)
        link = await page.request.get(f"{address}/api/v1/events?page_size=100")
        first = next(e for e in (await link.json())["data"] if e["name"] == "Air flow")
        pages = {**PAGES, "channel": f"/events/{first['public_id']}/edit"}
        state = await context.storage_state()
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                shown = await chromium.new_context(
                    storage_state=state,
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                )
                await _show(shown, address, pages, folder=folder, suffix=f"{size}-{scheme}")
                await shown.close()


async def _show_doors(chromium: Browser, address: str, folder: Path) -> None:
    for size, (width, height) in SIZES.items():
        context = await chromium.new_context(viewport={"width": width, "height": height})
        await _show(
            context, address, {"sign-in": "/sign-in"}, folder=folder, suffix=f"{size}-light"
        )
        await context.close()


async def _show(
    context: BrowserContext, address: str, pages: dict[str, str], *, folder: Path, suffix: str
) -> None:
    page = await context.new_page()
    for name, path in pages.items():
        await page.goto(address + path)
        await asyncio.sleep(SETTLE_S)
        await page.screenshot(path=folder / f"{name}-{suffix}.png", full_page=name != "live")


if __name__ == "__main__":
    asyncio.run(main())
