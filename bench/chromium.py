"""The live page open in Chromium, signed in, as an operator would have it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright

from bench.appliance import EMAIL, PASSWORD

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """The distribution's Chromium, headless."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=ARGUMENTS
        )
        try:
            yield chromium
        finally:
            await chromium.close()


async def sign_in(page: Page, address: str) -> None:
    """Sign in and end on the live page."""
    await page.goto(f"{address}/sign-in")
    await page.fill("input[name=email]", EMAIL)
    await page.fill("input[name=password]", PASSWORD)
    await page.click("button[type=submit]")
    await page.wait_for_url(f"{address}/")


@asynccontextmanager
async def open_page(address: str) -> AsyncIterator[Page]:
    """The live page, streaming."""
    async with browser() as chromium:
        page = await chromium.new_page()
        await sign_in(page, address)
        yield page
