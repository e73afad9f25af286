"""Channels by hand: finding one, changing its scaling, adding and removing."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Open, Theme, width_of
from tests.conftest import Client, Start, app_of, channels_of
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys

pytestmark = pytest.mark.browser


async def channel(client: Client) -> Any:
    """A channel on a 4–20 mA input."""
    station: Any = app_of(client)[keys.STATION]
    events = await channels_of(client)
    return next(event for event in events if station.point(event.point_id).low == 4000)


async def test_another_scaling_changes_the_live_value(client: Client, visit: Open):
    event = await channel(client)
    visited = await visit(client, role=UserRole.operator)
    page = await visited.open("/events")
    await page.get_by_role("link", name=f"Edit {event.name}", exact=True).click()

    await page.get_by_label("shows as").first.fill("1000")
    await page.get_by_label("shows as").last.fill("2000")
    await expect(page.locator("#shows-as")).to_have_text(re.compile(r"1[0-9]{3}"))
    await page.get_by_label("To", exact=True).fill("2000")
    await page.get_by_role("button", name="Save channel").click()

    now = page.locator(f"#now-{event.public_id} data")
    await expect(now).to_have_text(re.compile(r"1[0-9]{3}"), timeout=6000)
    await visited.open("/")
    tile = page.locator(f"#tile-{event.public_id} data")
    await expect(tile).to_have_text(re.compile(r"1[0-9]{3}"))


async def test_the_table_keeps_up_with_the_plant(client: Client, visit: Open):
    page = await (await visit(client)).open("/events")
    before = await page.locator(".now").all_inner_texts()

    async def differs() -> bool:
        return await page.locator(".now").all_inner_texts() != before

    await eventually(differs, within_s=8, what="values that change in the table")


async def test_a_stopped_appliance_shows_that_the_table_stands_still(
    start: Start, plant: VirtualRevPi, visit: Open
):
    async with start(plant) as client:
        await channels_of(client)
        visited = await visit(client)
        page = await visited.open("/events")
        await expect(page.locator("#clock")).to_have_attribute("data-connection", "live")
        await client.server.close()

        clock = page.locator("#clock")
        await expect(clock).to_have_attribute("data-connection", "lost", timeout=6000)
        await page.goto("about:blank")
        visited.forgive()


async def test_the_way_of_scaling_is_chosen_by_keyboard(client: Client, visit: Open):
    event = await channel(client)
    page = await (await visit(client)).open(f"/events/{event.public_id}/edit")
    await expect(page.get_by_label("Offset", exact=True)).to_be_hidden()

    await page.get_by_role("radio", name="Two points").focus()
    await page.keyboard.press("ArrowRight")

    await expect(page.get_by_label("Offset", exact=True)).to_be_visible()
    await expect(page.get_by_label("shows as").first).to_be_hidden()


async def test_a_fault_stands_at_its_field_with_what_was_typed(client: Client, visit: Open):
    event = await channel(client)
    visited = await visit(client)
    page = await visited.open(f"/events/{event.public_id}/edit")

    await page.get_by_label("High limit").fill("900000")
    await page.get_by_role("button", name="Save channel").click()

    field = page.get_by_label("High limit")
    await expect(field).to_have_value("900000")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#high_limit-error")).to_contain_text("above the range")
    visited.forgive()


async def test_finding_narrows_the_table(client: Client, visit: Open):
    event = await channel(client)
    page = await (await visit(client)).open("/events")

    await page.get_by_role("searchbox", name="Find a channel").fill(event.name)

    await expect(page.locator(f"#event-{event.public_id}")).to_be_visible()
    shown = await page.locator('tr[id^="event-"]:visible').count()
    assert shown < len(await channels_of(client))


async def test_an_unused_point_becomes_a_channel_and_goes_again(client: Client, visit: Open):
    page = await (await visit(client)).open("/events")

    await page.locator("details.choice summary").first.click()
    await page.get_by_role("button", name=re.compile("^Add a channel on")).first.click()
    await expect(page.get_by_role("button", name="Save channel")).to_be_visible()
    name = await page.get_by_label("Name").input_value()
    await page.get_by_role("link", name="Remove…").click()
    await page.get_by_role("button", name="Remove channel").click()

    await expect(page.get_by_role("heading", name="Channels")).to_be_visible()
    await expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_the_pages_fit_the_window(
    client: Client, visit: Open, shots: Path, theme: Theme, size: tuple[int, int]
):
    event = await channel(client)
    visited = await visit(client, size=size, theme=theme)

    for name, path in (("events", "/events"), ("event", f"/events/{event.public_id}/edit")):
        page = await visited.open(path)
        await page.screenshot(path=shots / f"{name}-{size[0]}-{theme}.png", full_page=True)
        assert await width_of(page) <= size[0]
