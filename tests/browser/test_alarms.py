"""Alarms in a browser: raised, counted on every page, acknowledged, gone; shelved on a phone."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.conftest import Client
from tests.web.alarms import make_alarm

pytestmark = pytest.mark.browser


async def test_an_alarm_is_raised_counted_acknowledged_and_cleared(operator: Client, visit: Open):
    alarm = await make_alarm(operator)
    page = await (await visit(operator)).open("/alarms")
    await expect(page.get_by_text("No active alarms").first).to_be_visible()
    for_all = page.get_by_role("button", name="Acknowledge shown")
    await expect(for_all).to_be_hidden()

    await alarm.set(150, active=True)

    await expect(page.locator(".counts [data-priority=high]")).to_have_text("H1")
    await expect(for_all).to_be_visible()
    await page.locator("#alarm-list").get_by_role("button", name="Acknowledge").click()
    await expect(page.locator("#alarm-list .alarm-state")).to_have_text("Acknowledged")
    await expect(for_all).to_be_hidden()
    await alarm.set(20, active=False)
    await expect(page.locator("#alarm-list .alarm")).to_have_count(0)
    await expect(page.locator(".counts [data-priority=high]")).to_have_text("H0")


@pytest.mark.parametrize("path", ["/", "/log"])
async def test_the_head_of_other_pages_keeps_up(operator: Client, visit: Open, *, path: str):
    alarm = await make_alarm(operator)
    page = await (await visit(operator)).open(path)

    await alarm.set(150, active=True)

    await expect(page.locator(".alarm-line b")).to_have_text("Hot", timeout=20_000)
    await expect(page.locator(".counts b")).to_have_text(
        "Active alarms: 0 critical, 1 high, 0 medium, 0 low"
    )
