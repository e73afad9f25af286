"""A wall screen: its link opened in a fresh browser, live, in turn, and out again."""

import re

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.browser.conftest import Open, Visit
from tests.conftest import Client, channels_of
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser

WALL = ViewportSize(width=1920, height=1080)


async def test_a_link_shows_live_dashboards_in_turn_until_it_is_revoked(
    client: Client, visit: Open, browser: Browser
):
    event = next(event for event in await channels_of(client) if event.name == "Air flow")
    visited = await visit(client, role=UserRole.operator)
    page = await visited.open("/dashboards")
    for name in ("Hall", "Column"):
        await _make_board(visited, name, event.public_id)
    await visited.open("/wall-screens")
    await page.get_by_label("Name").fill("Left")
    for number, name in ((1, "Hall"), (2, "Column")):
        await page.get_by_label(f"Dashboard {number}", exact=True).select_option(label=name)
        await page.get_by_label(f"Seconds of dashboard {number}").fill("5")
    await page.get_by_role("button", name="Make the link").click()
    link = await page.get_by_label("Link", exact=True).input_value()

    context = await browser.new_context(viewport=WALL, color_scheme="dark")
    wall, asked = await context.new_page(), list[str]()
    wall.on("request", lambda it: asked.append(it.url))
    await wall.goto(link)
    await expect(wall.get_by_role("heading", name="Hall")).to_be_visible()
    value = wall.locator(".widget-value data").first
    await expect(value).not_to_have_text(await value.inner_text())
    secret = link.partition("#")[2]
    assert not any(secret in url for url in [*asked, wall.url])
    assert await wall.evaluate("document.cookie") == ""
    assert await wall.evaluate("document.documentElement.scrollHeight <= innerHeight")

    await wall.keyboard.press(" ")
    await expect(wall.locator("#turns")).to_have_text("1 / 2 · Paused")
    await wall.keyboard.press(" ")
    await expect(wall.get_by_role("heading", name="Column")).to_be_visible(timeout=15_000)

    elsewhere = await context.request.get(f"{visited.origin}/trends", max_redirects=0)
    assert (elsewhere.status, elsewhere.headers["location"]) == (303, "/sign-in?next=/trends")
    await page.get_by_role("button", name="Revoke Left").click()
    await wall.wait_for_url(re.compile("/wall/open"), timeout=15_000)
    await context.close()


async def _make_board(visited: Visit, name: str, channel: str) -> None:
    origin, api = visited.origin, visited.page.context.request
    headers = {"Origin": origin}
    boards = f"{origin}/api/v1/dashboards"
    made = await api.post(boards, data={"name": name}, headers=headers)
    widget = {"widget_type": "stat_card", "title": "Air", "event_public_id": channel}
    address = f"{boards}/{(await made.json())['public_id']}/widgets"
    await api.post(address, data=widget, headers=headers)
