"""An administrator finds out who changed what; no page breaks the content security policy."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Open, Theme, width_of
from tests.conftest import Client
from webmacs_edge.web.page_routes import page_routes

pytestmark = pytest.mark.browser

_NOT_LOOKED_AT = ("/streams/", "/static/", "/sso/", ".csv", "/data", "{")
_STATUS = "Failed to load resource"  # a page that is for nobody here: tested elsewhere


async def test_a_change_is_found_with_its_old_and_new_value(client: Client, visit: Open):
    visited = await visit(client)
    page = await visited.open("/events")
    await page.locator("a[href$='/edit']").first.click()
    await page.get_by_label("Name", exact=True).fill("Freeboard top")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Channels", exact=True)).to_be_visible()

    await page.get_by_label("User menu").click()
    await page.get_by_role("link", name="Audit trail").last.click()
    await page.get_by_label("To what").select_option(label="Channel")
    await page.get_by_label("Containing").fill("freeboard")
    await page.get_by_role("button", name="Find").click()

    row = page.locator(".audit tbody tr").first
    await expect(row.locator("del").first).to_be_visible()
    await expect(row.locator("ins").first).to_have_text("Freeboard top")


@pytest.mark.parametrize(("size", "theme"), [(DESK, "light"), (PHONE, "dark")])
async def test_the_page_fits_the_window(
    client: Client, visit: Open, size: tuple[int, int], theme: Theme
):
    page = await (await visit(client, size=size, theme=theme)).open("/audit")

    assert await width_of(page) <= size[0]


async def test_no_page_breaks_the_policy_or_calls_elsewhere(client: Client, visit: Open):
    visited = await visit(client)
    paths = {
        route.path
        for route in page_routes()
        if route.method == "GET" and not any(word in route.path for word in _NOT_LOOKED_AT)
    }

    broken: dict[str, list[str]] = {}
    for path in sorted(paths):
        await visited.open(path)
        said = [text for text in visited.faults if not text.startswith(_STATUS)]
        broken |= {path: said} if said else {}
        visited.forgive()

    assert len(paths) > 10
    assert broken == {}
