"""Rules in a browser: made on the page and seen to fire; shelved alarms come back; the sound."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Open, Theme, width_of
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


async def test_the_sound_is_off_until_somebody_turns_it_on(operator: Client, visit: Open):
    alarm = await make_alarm(operator)
    await alarm.set(150, active=True)
    page = await (await visit(operator)).open("/alarms")
    button = page.locator("#sound")
    await expect(button).to_have_text("Sound off")
    assert await page.locator("html").get_attribute("data-called") is None

    await button.click()

    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(button).to_have_text("Sound on")
    called = page.locator("html")
    await expect(called).to_have_attribute("data-called", re.compile("[2-9]"), timeout=20_000)
    await button.click()
    await expect(button).to_have_text("Sound off")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_pages_of_rules_fit_the_window(
    operator: Client, visit: Open, shots: Path, *, size: tuple[int, int]
):
    theme: Theme = "light" if size == DESK else "dark"
    alarm = await make_alarm(operator, "Bed temperature high", cause="Too much heat")
    await alarm.set(412.6, active=True)
    visited = await visit(operator, size=size, theme=theme)
    pages = {
        "list": "/rules", "one": f"/rules/{alarm.rule}", "edit": f"/rules/{alarm.rule}/edit",
        "trial": f"/rules/{alarm.rule}/dry-run", "figures": "/alarms/figures", "log": "/log",
        "mail": "/settings/mail", "watching": "/settings/alarms",
    }  # fmt: skip
    for name, path in pages.items():
        page = await visited.open(path)
        await page.wait_for_load_state("load")
        await page.screenshot(path=shots / f"rules-{name}-{size[0]}.png", full_page=True)
        assert await width_of(page) == size[0], name
