"""An admin changes how long values are kept, and sees that the appliance follows."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open
from tests.conftest import Client, app_of
from webmacs_edge.web import keys

pytestmark = pytest.mark.browser


async def test_settings_are_reached_mended_saved_and_followed(client: Client, visit: Open):
    visited = await visit(client)
    page = await visited.open("/")

    await page.get_by_role("link", name="System").first.click()
    await expect(page.get_by_role("heading", name="History", exact=True)).to_be_visible()
    before = await page.locator("#checks .panel-head p").inner_text()
    await expect(page.locator("#checks .panel-head p")).not_to_have_text(before, timeout=9000)
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_label("Seconds at risk on power loss").fill("90")
    await page.keyboard.press("Enter")
    await expect(page.locator("#flush_seconds-error")).to_contain_text("1 to 60 seconds")
    visited.forgive()  # Chromium complains about the 422
    await expect(page.get_by_label("Seconds at risk on power loss")).to_have_value("90")
    await page.get_by_label("Seconds at risk on power loss").fill("20")
    await page.get_by_role("button", name="Save settings").click()

    await expect(page.locator(".toast")).to_contain_text("Saved.")
    await expect(page.locator(".facts").first).to_contain_text("20 s set here")
    assert app_of(client)[keys.HISTORY].recorder.flush_interval_s == 20
    await visited.open("/system")
    await expect(page.locator("#check-history")).to_contain_text("20 s at most")


async def test_the_phones_menu_leads_to_the_system(client: Client, visit: Open):
    page = await (await visit(client, size=PHONE)).open("/")

    await page.get_by_text("More").click()
    await page.get_by_role("link", name="System").last.click()

    await expect(page.get_by_role("heading", name="System")).to_be_visible()
