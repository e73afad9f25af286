"""Alarms in a browser: raised, counted on every page, acknowledged, gone; shelved on a phone."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Open, Theme, width_of
from tests.conftest import Client
from tests.web.alarms import make_alarm

pytestmark = pytest.mark.browser


async def test_an_alarm_is_raised_counted_acknowledged_and_cleared(operator: Client, visit: Open):
    alarm = await make_alarm(operator)
    page = await (await visit(operator)).open("/alarms")
    await expect(page.get_by_text("No active alarms").first).to_be_visible()

    await alarm.set(150, active=True)

    await expect(page.locator(".counts [data-priority=high]")).to_have_text("H1")
    await page.locator("#alarm-list").get_by_role("button", name="Acknowledge").click()
    await expect(page.locator("#alarm-list .alarm-state")).to_have_text("Acknowledged")
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


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_pages_of_alarms_fit_the_window(
    operator: Client, visit: Open, shots: Path, *, theme: Theme, size: tuple[int, int]
):
    texts = {"cause": "Too much heat for the flow.", "response": "Lower the heater to 40 %."}
    first = await make_alarm(operator, "Bed temperature high", group="Bed", **texts)
    other = await make_alarm(operator, "Air flow low", priority="medium")
    for alarm in (first, other):
        await alarm.set(412.6, active=True)
    await other.do("acknowledge", comment="Blower is being cleaned")
    visited = await visit(operator, size=size, theme=theme)
    pages = {"list": "/alarms", "one": f"/alarms/{first.rule}", "journal": "/alarms/journal"}
    for name, path in pages.items():
        page = await visited.open(path)
        await page.wait_for_load_state("load")
        await expect(page.locator(".counts [data-priority=high]")).to_have_text("H1")
        file = shots / f"alarms-{name}-{size[0]}-{theme}.png"
        await page.screenshot(path=file, full_page=name != "list")
        assert await width_of(page) == size[0]
