"""The icons of the installed web app, drawn from static/favicon.svg by Chromium.

python -m bench.icons
"""

import asyncio

from playwright.async_api import async_playwright

from bench.messages import TOP

CHROMIUM = "/usr/bin/chromium"
ICONS = {"192": (192, 1.0), "512": (512, 1.0), "maskable": (512, 0.72), "touch": (180, 1.0)}
_PAGE = """<style>html, body {{ margin: 0; height: 100%; background: {ground} }}
body {{ display: grid; place-items: center }} svg {{ width: {share}%; height: {share}% }}</style>
{svg}"""


async def main() -> None:
    """Draw each; a maskable one keeps clear of the edge that a phone cuts off."""
    svg = (TOP / "static" / "favicon.svg").read_text(encoding="utf-8")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--headless"]
        )
        for name, (size, share) in ICONS.items():
            page = await browser.new_page(viewport={"width": size, "height": size})
            ground = "#14181b" if name in ("maskable", "touch") else "transparent"
            await page.set_content(_PAGE.format(svg=svg, share=share * 100, ground=ground))
            path = TOP / "static" / "icons" / f"{name}.png"
            await page.screenshot(path=path, omit_background=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
