"""The live page open in Chromium, signed in, as an operator would have it."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bench.appliance import EMAIL, PASSWORD

LEAST_PRIORITY = 19
CHROMIUM = "/usr/bin/chromium"
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
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
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
    """The live page, streaming; the browser takes what the appliance leaves of the cores.

    At a plant it runs on another computer.
    """
    async with browser() as chromium:
        page = await chromium.new_page()
        await sign_in(page, address)
        for task in _tasks_of_children(os.getpid()):
            with contextlib.suppress(OSError):  # it ended meanwhile
                os.setpriority(os.PRIO_PROCESS, task, LEAST_PRIORITY)
        yield page


def _tasks_of_children(parent: int) -> Iterator[int]:
    """Every thread of the browser's processes, the children of a process and their children."""
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in children.read_text().split():
            tasks = Path(f"/proc/{child}/task")
            if "chrom" in (tasks.parent / "comm").read_text():
                yield from (int(task.name) for task in tasks.iterdir())
            yield from _tasks_of_children(int(child))
