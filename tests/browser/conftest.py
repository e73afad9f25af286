"""Chromium on the running appliance; a page that complains or calls elsewhere fails its test."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright

from tests.conftest import Client
from tests.waiting import eventually
from tests.web.filled import token_of
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.tokens import SESSION_COOKIE

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    # Each test's appliance is another origin: no process is made ahead for the next page.
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,SpareRendererForSitePerProcess",
)
DESK, PHONE = (1280, 800), (390, 844)
Theme = Literal["light", "dark"]


_HEARD = """() => {
  const heard = window.heardOf = new Set();
  document.addEventListener("load", it => heard.add(it.target.src), true);
}"""
_IS_WHOLE = """() => {
  const later = document.querySelector("script[data-then]")?.dataset.then.split(" ") ?? [];
  return later.every(it => window.heardOf.has(new URL(it, location).href));
}"""


@dataclass
class Visit:
    """One page of a browser and what it complained about."""

    page: Page
    origin: str
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def open(self, path: str = "/", *, whole: bool = True) -> Page:
        """Go there and wait until the page has its files, those after the first paint as well."""
        await self.page.goto(self.origin + path)
        if whole:
            await eventually(lambda: self.page.evaluate(_IS_WHOLE), what="all scripts of the page")
        return self.page

    def forgive(self) -> None:
        """What was complained about so far was meant to be."""
        self.faults.clear()

    def elsewhere(self) -> list[str]:
        """Requests that left the appliance."""
        return [url for url in self.requests if not url.startswith((self.origin, "data:"))]


Open = Callable[..., Awaitable[Visit]]


@pytest.fixture(scope="session", autouse=True)
def _chromium_is_there() -> None:
    assert Path(CHROMIUM).exists(), "Chromium is missing: sudo apt install chromium"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests; each visit is a context of its own, with nothing in it."""
    async with async_playwright() as playwright:
        browser = await _launch(playwright)
        yield browser
        await browser.close()


async def _launch(playwright: Playwright) -> Browser:
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Open]:
    """`await visit(client, role=…, size=…, theme=…)`: a page of its own, signed in as the role."""
    visits: list[Visit] = []

    async def start(
        client: Client,
        *,
        role: UserRole | None = UserRole.admin,
        size: tuple[int, int] = DESK,
        theme: Theme = "light",
        language: str = "en",
    ) -> Visit:
        origin = str(client.make_url("/")).rstrip("/")
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            is_mobile=size == PHONE,
            has_touch=size == PHONE,
            locale=language,
        )
        if role is not None:
            await _sign_in(context, client, role)
        await context.add_init_script(f"({_HEARD})()")
        page = await context.new_page()
        made = Visit(page, origin)
        page.on("console", lambda it: made.faults.append(it.text) if it.type == "error" else None)
        page.on("pageerror", lambda it: made.faults.append(str(it)))
        page.on("request", lambda it: made.requests.append(it.url))
        visits.append(made)
        return made

    yield start
    for made in visits:
        await made.page.context.close()
    for made in visits:
        assert made.faults == []
        assert made.elsewhere() == []


async def _sign_in(context: BrowserContext, client: Client, role: UserRole) -> None:
    token = await token_of(client, role)
    url = str(client.make_url("/"))
    await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures go: the directory in $SCREENSHOTS, or this test's own."""
    directory = Path(os.environ.get("SCREENSHOTS", tmp_path))
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def values_of(page: Page) -> Awaitable[list[str]]:
    """The numbers on the tiles now."""
    return page.locator(".value data").all_text_contents()


def width_of(page: Page) -> Awaitable[int]:
    """How wide the page is; more than the window means scrolling sideways."""
    return page.evaluate("() => document.documentElement.scrollWidth")
