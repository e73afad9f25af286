"""An administrator finds out who changed what."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.conftest import Client

pytestmark = pytest.mark.browser


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
