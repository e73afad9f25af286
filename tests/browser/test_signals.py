"""Derived channels and forced values by hand."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.conftest import Client, channels_of
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser


async def test_a_formula_is_tried_while_it_is_typed_and_becomes_a_tile(client: Client, visit: Open):
    await channels_of(client)
    page = await (await visit(client, role=UserRole.operator)).open("/derived/new")

    await page.get_by_role("textbox", name="Name").fill("Twice the air")
    await page.get_by_role("button", name="Air flow").click()
    await page.get_by_role("textbox", name="Formula").press_sequentially(" * nothing")
    await expect(page.locator("#formula-now")).to_contain_text("At character 14", timeout=8000)
    await page.get_by_role("textbox", name="Formula").fill("[Air flow] * 2")
    await expect(page.locator("#formula-now .facts-large")).to_have_text(re.compile(r"\d"))
    await page.get_by_role("button", name="Save channel").click()
    row = page.locator("tr", has_text="Twice the air")
    await expect(row.locator(".now data")).to_have_text(re.compile(r"\d"), timeout=8000)


async def test_a_forced_value_stands_on_its_tile_and_in_the_header_until_it_is_ended(
    client: Client, visit: Open
):
    event = next(it for it in await channels_of(client) if it.name == "Air flow")
    visited = await visit(client, role=UserRole.operator)
    page = await visited.open(f"/events/{event.public_id}/forced")

    await page.get_by_role("textbox", name="Value").fill("12,5")
    await page.get_by_role("textbox", name="Why").fill("Sensor is being cleaned")
    await page.get_by_role("button", name="Force value").click()
    await expect(page.locator(".header-forced")).to_contain_text("1")
    await visited.open("/")
    tile = page.locator(f"#tile-{event.public_id}")
    await expect(tile).to_contain_text("Sensor is being cleaned", timeout=8000)
    await expect(tile.locator("data")).to_have_text("12.5")
    await page.locator(".header-forced").click()
    await page.get_by_role("button", name="Measure Air flow again").click()

    await expect(page.get_by_text("Every value is measured")).to_be_visible()
    await expect(page.locator(".header-forced")).to_have_count(0)
