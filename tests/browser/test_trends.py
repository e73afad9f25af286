"""The strip chart: drawn from the history, moving, held, zoomed, read by keyboard."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open, Theme, width_of
from tests.conftest import Client, Start, app_of, channels_of
from tests.waiting import eventually
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.times import now_ms
from webmacs_edge.web import keys

pytestmark = pytest.mark.browser

DRAWN = "#chart[data-loaded] canvas"
PICTURE = "() => document.querySelector('#chart canvas').toDataURL()"
# How many pixels of the chart have the colour of the first pen.
INKED = """() => {
  const canvas = document.querySelector("#chart canvas");
  const pen = getComputedStyle(document.querySelector("#values .pen-sample")).stroke;
  const [r, g, b] = pen.match(/\\d+/g).map(Number);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const far = (i) => Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200 && far(i) < 40) count++;
  return count;
}"""


async def recorded(client: Client, samples: int = 20) -> None:
    """Wait until the history holds something to draw."""
    app = app_of(client)
    station: Any = app[keys.STATION]
    events = await channels_of(client)
    key = next(event.id for event in events if station.point(event.point_id).low == 4000)

    async def enough() -> bool:
        at_ms = now_ms()
        trend = await app[keys.HISTORY].trend([key], at_ms - 60_000, at_ms, width=1000)
        return len(trend[key].at_ms) >= samples

    await eventually(enough, what="recorded samples")


async def inked(page: Page) -> int:
    count: int = await page.evaluate(INKED)
    return count


async def drawn(page: Page) -> None:
    await expect(page.locator(DRAWN)).to_be_visible()

    async def has_ink() -> bool:
        return await inked(page) > 30

    await eventually(has_ink, what="a drawn line")


async def view_of(page: Page) -> list[str]:
    """The row of the first channel: name, now, min, mean, max."""
    return await page.locator("#values tbody tr").first.locator("td").all_inner_texts()


async def test_the_chart_is_drawn_from_the_history_and_moves(client: Client, visit: Open):
    await recorded(client)
    visited = await visit(client)

    page = await visited.open("/trends?span=5m")

    await drawn(page)
    await expect(page.locator("#clock")).to_have_attribute("data-connection", "live")
    before = await page.evaluate(PICTURE)

    async def moved() -> bool:
        now: Any = await page.evaluate(PICTURE)
        return bool(now != before)

    await eventually(moved, what="a chart that moves")
    row = await view_of(page)
    assert "–" not in row[3:7]


async def test_a_held_chart_stands_still_while_the_values_go_on(client: Client, visit: Open):
    await recorded(client)
    page = await (await visit(client)).open("/trends?span=5m")
    await drawn(page)

    await page.get_by_role("button", name="Hold").click()

    pictures: list[str] = []

    async def stands() -> bool:  # what was to be drawn at the click is drawn
        pictures.append(await page.evaluate(PICTURE))
        await asyncio.sleep(0.3)
        return pictures[-1] == await page.evaluate(PICTURE)

    await eventually(stands, what="a chart that stands still")
    held = pictures[-1]
    seen = set()

    async def differs() -> bool:
        seen.add((await view_of(page))[3])
        return len(seen) > 2

    await eventually(differs, what="values that go on")
    assert held == await page.evaluate(PICTURE)
    await page.get_by_role("button", name="Follow").click()
    await expect(page.get_by_role("button", name="Hold")).to_be_visible()


async def test_the_cursor_is_moved_by_keyboard_and_read_in_the_table(client: Client, visit: Open):
    await recorded(client)
    page = await (await visit(client)).open("/trends?span=5m")
    await drawn(page)

    await page.locator("#chart").focus()
    await page.keyboard.press("ArrowLeft")

    await expect(page.locator("#when")).to_contain_text("At ")
    await expect(page.locator(".trend-flag")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#when")).to_have_text("Now")


async def test_channels_are_found_and_ticked_and_the_rest_of_the_view_stays(
    client: Client, visit: Open
):
    await recorded(client)
    digital = next(event for event in await channels_of(client) if event.is_digital)
    page = await (await visit(client)).open("/trends?span=1h")

    await page.locator(".choice summary").last.click()
    await page.get_by_label("Find a channel").fill(digital.name)
    await expect(page.locator(".choice-groups .tick:visible")).to_have_count(1)
    await page.get_by_label(digital.name, exact=True).check()
    await page.get_by_role("button", name="Show", exact=True).click()

    await expect(page.locator(f'#values tr[data-id="{digital.public_id}"]')).to_be_visible()
    await drawn(page)
    assert digital.public_id in page.url
    assert "span=1h" in page.url


async def test_a_dead_plant_breaks_the_line_and_says_stale(
    start: Start, own_plant: VirtualRevPi, visit: Open
):
    async with start(own_plant) as client:
        await recorded(client)
        page = await (await visit(client)).open("/trends?span=5m")
        await drawn(page)

        own_plant.stop()

        await expect(page.locator('#values [data-cell="now"]').first).to_have_text(
            "Stale", timeout=8000
        )
        await page.close()


async def test_a_stopped_appliance_shows_that_the_connection_is_lost(
    start: Start, plant: VirtualRevPi, visit: Open
):
    async with start(plant) as client:
        await recorded(client)
        visited = await visit(client)
        page = await visited.open("/trends?span=5m")
        await drawn(page)
        await client.server.close()

        await expect(page.locator("#clock")).to_have_attribute(
            "data-connection", "lost", timeout=6000
        )
        await page.close()
        visited.forgive()  # the browser itself reports each failed try to connect


async def test_another_theme_is_drawn_at_once(client: Client, visit: Open):
    await recorded(client)
    page = await (await visit(client, theme="light")).open("/trends?span=5m")
    await drawn(page)

    await page.emulate_media(color_scheme="dark")

    await drawn(page)  # the pen's colour is read anew: white ink on dark


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_the_page_fits_the_window(
    client: Client, visit: Open, shots: Path, theme: Theme, size: tuple[int, int]
):
    await recorded(client)
    page = await (await visit(client, size=size, theme=theme)).open("/trends?span=5m")
    await drawn(page)

    await page.screenshot(path=shots / f"trends-{size[0]}-{theme}.png")

    assert await width_of(page) <= size[0]
