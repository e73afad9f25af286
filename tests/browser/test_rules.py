"""Rules in a browser: made on the page and seen to fire; shelved alarms come back; the sound."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.conftest import Client, app_of
from tests.web.alarms import make_alarm
from webmacs_edge.model.alarm_deeds import Deed, DeedKind
from webmacs_edge.model.times import now_ms
from webmacs_edge.web import keys

pytestmark = pytest.mark.browser


async def test_a_rule_is_made_by_the_page_and_seen_to_fire(operator: Client, visit: Open):
    page = await (await visit(operator)).open("/rules")
    await page.get_by_role("link", name="Look at it").first.click()
    await page.get_by_label("Name", exact=True).first.fill("Always")
    await page.get_by_label("Limit", exact=True).fill("-1000")
    await page.get_by_label("Must hold for … seconds").fill("0")
    await page.get_by_role("button", name="Another condition").click()
    await expect(page.locator(".condition")).to_have_count(2)
    await page.locator("[id='conditions.1.watch']").select_option("quality")
    await expect(page.locator("[id='conditions.1.threshold']")).to_be_hidden()
    await expect(page.locator("[id='conditions.1.worst']")).to_be_visible()
    await page.get_by_role("button", name="Remove condition 2").click()
    await expect(page.locator(".condition")).to_have_count(1)

    await page.get_by_role("button", name="Save rule").last.click()

    await expect(page.locator(".rule-steps b").first).to_have_text("Fired", timeout=20_000)
    await expect(page.locator(".alarm-line b")).to_have_text("Always", timeout=20_000)
    await page.get_by_role("link", name="Dry run").click()
    await expect(page.locator(".trial-total b")).to_be_visible()


async def test_a_shelved_alarm_is_silent_and_comes_back_by_itself(operator: Client, visit: Open):
    alarm = await make_alarm(operator)
    await alarm.set(150, active=True)
    page = await (await visit(operator)).open("/alarms")
    await expect(page.locator("#alarm-list .alarm")).to_have_count(1)
    rules, at_ms = app_of(operator)[keys.RULES], now_ms()

    async def stored(_planned: object) -> None:
        return None

    deed = Deed(DeedKind.shelve, at_ms, "cleaning", at_ms + 2500)
    await rules.handle([alarm.rule], deed, stored)
    await expect(page.locator("#alarm-list .alarm")).to_have_count(0)
    await expect(page.locator("#alarm-list .alarm-state")).to_have_text(
        "Not acknowledged", timeout=20_000
    )


async def test_the_sound_is_off_until_turned_on_and_repeats_until_somebody_acknowledges(
    operator: Client, visit: Open
):
    alarm = await make_alarm(operator)
    await alarm.set(150, active=True)
    visited = await visit(operator)
    await visited.page.clock.install()
    page = await visited.open("/alarms")
    button, called = page.locator("#sound"), page.locator("html")
    await expect(button).to_have_text("Sound off")
    assert await called.get_attribute("data-called") is None

    await button.click()

    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(button).to_have_text("Sound on")
    await expect(called).to_have_attribute("data-called", "1")
    for count in ("2", "3"):
        await page.clock.run_for(4000)
        await expect(called).to_have_attribute("data-called", re.compile(f"[{count}-9]"))
    await page.get_by_role("button", name="Acknowledge", exact=True).first.click()
    await page.goto(visited.origin + "/alarms")
    await expect(page.locator("#alarm-counts [data-waiting='0']")).to_have_count(1)
    await page.locator("h1").click()  # a browser lets a page sound only after a touch
    await expect(button).to_have_text("Sound on")
    await page.clock.run_for(9000)
    assert await called.get_attribute("data-called") is None
