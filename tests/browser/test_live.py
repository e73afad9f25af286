"""From the first visit to live values, and what the page shows when something is lost."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.browser.conftest import DESK, PHONE, Open, Theme, values_of, width_of
from tests.conftest import Client, Start, app_of, channels_of
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import EventType
from webmacs_edge.store.events import create_event
from webmacs_edge.web import keys

pytestmark = pytest.mark.browser

LIVE_MS, LOST_MS = 5_000, 4_500
LEAST_TARGET_PX = 44


async def changes(page: Page) -> bool:
    """True once a number on the page has become another one."""
    before = await values_of(page)

    async def differs() -> bool:
        return await values_of(page) != before

    return await eventually(differs, within_s=5, what="changing values")


async def test_from_the_first_visit_to_changing_values(client: Client, visit: Open):
    visited = await visit(client, role=None)
    page = await visited.open()

    await page.get_by_label("E-mail").fill("anna@plant.lan")
    await page.get_by_label("Name").fill("Anna Berg")
    await page.get_by_label("Password", exact=True).fill("sand falls upward 7")
    await page.get_by_label("Password again").fill("sand falls upward 7")
    await page.get_by_role("button", name="Set up").click()

    await expect(page.locator("article.channel")).to_have_count(len(await channels_of(client)))
    await expect(page.locator("#clock")).to_have_attribute("data-connection", "live")
    assert await changes(page)


async def test_signing_in_by_keyboard_and_out_by_the_menu(client: Client, visit: Open):
    visited = await visit(client)
    page = await visited.open()
    await page.locator(".header-user summary").press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.locator(".header-user[open]")).to_have_count(0)

    await page.locator(".header-user summary").press("Enter")
    await page.get_by_role("button", name="Sign out").click()

    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_label("E-mail")).to_be_focused()


async def test_the_page_follows_however_slowly_its_scripts_arrive(client: Client, visit: Open):
    page = (visited := await visit(client)).page
    asked = 0

    async def one_after_the_other(route: Route) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(asked * 0.2)
        await route.continue_()

    await page.route("**/*.js?*", one_after_the_other)

    await visited.open()

    assert await changes(page)
    assert asked > 1


async def test_a_dead_plant_makes_every_tile_stale_and_a_live_one_heals_them(
    start: Start, own_plant: VirtualRevPi, visit: Open
):
    async with start(own_plant) as client:
        await channels_of(client)
        visited = await visit(client)
        page = await visited.open()
        good = page.locator('article[data-quality="good"]')
        stale = page.locator('article[data-quality="stale"]')
        count = await page.locator("article.channel").count()
        await expect(good).to_have_count(count, timeout=LIVE_MS)
        assert await changes(page)

        own_plant.stop()

        await expect(stale).to_have_count(count, timeout=3_000 + 1_000)
        await expect(page.locator("#problem")).to_contain_text("The device is not being read.")

        own_plant.start()

        await expect(good).to_have_count(count, timeout=15_000)
        await expect(page.locator("#problem")).to_be_empty()
        await page.close()


async def test_a_lost_connection_is_shown_and_heals_by_itself(
    start: Start, plant: VirtualRevPi, visit: Open
):
    async with start(plant) as client:
        await channels_of(client)
        visited = await visit(client)
        page = await visited.open()
        await expect(page.locator("#clock")).to_have_attribute("data-connection", "live")
        hub = app_of(client)[keys.HUB]

        hub.close()  # what a stopping appliance does first

        await expect(page.locator("html[data-lost]")).to_have_count(1, timeout=LOST_MS)
        await expect(page.locator("#clock")).to_contain_text("Connection lost")

        hub.is_closed = False

        await expect(page.locator("html[data-lost]")).to_have_count(0, timeout=8_000)
        assert await changes(page)
        await page.close()


async def test_the_page_of_a_stopped_appliance_says_that_the_connection_is_lost(
    start: Start, plant: VirtualRevPi, visit: Open
):
    async with start(plant) as client:
        await channels_of(client)
        visited = await visit(client)
        page = await visited.open()
        await expect(page.locator("#clock")).to_have_attribute("data-connection", "live")

    await expect(page.locator("html[data-lost]")).to_have_count(1, timeout=LOST_MS)
    await expect(page.locator("#clock")).to_contain_text("Connection lost")
    await page.close()
    visited.forgive()  # the browser itself reports each failed try to connect


@pytest.mark.parametrize("path", ["/", "/alarms"])  # scripts later, and at once
async def test_a_network_that_fails_in_the_first_moment_leaves_no_dead_page(
    client: Client, visit: Open, path: str
):
    visited = await visit(client)
    await visited.page.route("**/htmx-sse-*.js*", lambda route: route.abort(), times=2)

    page = await visited.open(path, whole=False)

    await expect(page.locator("html[data-lost]")).to_have_count(1)
    await expect(page.locator("html[data-lost]")).to_have_count(0, timeout=15_000)
    assert path != "/" or await changes(page)
    visited.forgive()  # the browser itself reports what it could not load


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/log"])
async def test_pages_fit_the_window_in_both_themes(
    client: Client, visit: Open, shots: Path, *, path: str, theme: Theme, size: tuple[int, int]
):
    visited = await visit(client, size=size, theme=theme)
    page = await visited.open(path)
    await page.wait_for_load_state("load")
    await page.screenshot(path=shots / f"{path.strip('/') or 'live'}-{size[0]}-{theme}.png")

    assert await width_of(page) == size[0]


async def test_on_a_phone_everything_is_reached_through_the_menu(client: Client, visit: Open):
    visited = await visit(client, size=PHONE)
    page = await visited.open()
    more = page.locator(".nav-more summary")

    await more.press("Enter")

    menu = page.locator(".nav-more .menu-body")
    await expect(menu.get_by_role("link")).to_have_text(
        [
            "Live", "Trends", "Alarms", "Runs", "Channels", "Log", "System",
            "Dashboards", "Outputs", "Rules", "Commissioning", "History", "Export", "Devices",
            "Webhooks", "Audit trail", "Updates", "Backup", "Users", "My account",
        ]
    )  # fmt: skip
    await expect(menu.get_by_role("button", name="Sign out")).to_be_visible()
    for control in [more, *await menu.locator("a, button").all()]:
        box = await control.bounding_box()
        assert box is not None
        assert box["height"] >= LEAST_TARGET_PX
        assert 0 <= box["y"] <= PHONE[1] + 1 - box["height"], "all of it is within the window"


async def test_many_channels_can_be_narrowed_by_name(client: Client, visit: Open):
    app = app_of(client)
    for n in range(10):
        await app[keys.DATABASE].write(partial(create_event, at_ms=0, **fed_from_outside(n)))
    await app[keys.STATION].reload()
    page = await (await visit(client)).open()

    await page.get_by_label("Find a channel").fill("pressure bed")

    shown = page.locator("article.channel:visible")
    await expect(shown).to_have_count(1)
    assert await changes(page)
    await expect(shown).to_have_count(1)
    await expect(page.locator(".group:visible")).to_have_count(1)


def fed_from_outside(n: int) -> dict[str, Any]:
    """The columns of a channel without an I/O point."""
    return {
        "name": f"Outside {n}",
        "unit": "°C",
        "min_value": 0.0,
        "max_value": 1.0,
        "type": EventType.sensor,
    }


async def test_the_live_page_is_light(client: Client, visit: Open):
    visited = await visit(client)
    finished: list[Request] = []
    visited.page.on("requestfinished", lambda it: finished.append(it))  # noqa: PLW0108 Playwright marks its handlers

    page = await visited.open()

    assert await changes(page)
    await eventually(lambda: len(finished) == len(visited.requests) - 1)  # the stream goes on
    sizes = [(await request.sizes())["responseBodySize"] for request in finished]
    assert len(visited.requests) <= 10
    assert 20_000 < sum(sizes) <= 100_000
