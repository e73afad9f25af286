"""An engineer finds what was recorded, and goes on to a trend of the same time."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PHONE, Open, width_of
from tests.conftest import Client, channels_of
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser


async def test_values_are_found_looked_through_and_followed_into_the_trends(
    client: Client, visit: Open
):
    event = next(event for event in await channels_of(client) if not event.is_digital)
    visited = await visit(client, role=UserRole.viewer, size=PHONE, theme="dark")
    page = await visited.open("/history")
    await expect(page.locator(".run-line").first).to_be_attached()

    await page.locator(".history-channels > summary").click()
    ticked = page.locator(".history-channels input:checked")
    while await ticked.count():
        await ticked.first.uncheck()
    await page.locator(".history-channels .input").fill(event.name)
    await page.get_by_role("checkbox", name=event.name).first.check()
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator(".history-name").first).to_have_text(event.name)
    newest = await page.locator(".history-at").first.inner_text()
    assert await width_of(page) <= PHONE[0]

    await page.locator(".history-ways a").first.click()

    await expect(page.get_by_role("heading", name="Trends")).to_be_visible()
    assert f"channels={event.public_id}&from=" in page.url
    assert newest.count(":") == 2
