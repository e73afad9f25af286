"""Dashboards in a browser: made, filled, arranged by mouse and keys, undone; outputs switched."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open, width_of
from tests.browser.looks import axe, faults_of, misfits_of
from tests.conftest import Client
from tests.waiting import eventually
from tests.web.test_api_outputs import command, rig  # noqa: F401 a fixture
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser


def widget(page: Page, title: str):
    """One widget by its title."""
    return page.locator(".widget", has=page.get_by_role("heading", name=title, exact=True))


async def places_of(page: Page) -> dict[str, list[int]]:
    """Column, row, width and height of each widget, as its number fields say."""
    found: dict[str, list[int]] = await page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".widget")].map(it => [
          it.querySelector("h2").textContent,
          ["column", "row", "width", "height"].map(
            name => Number(it.querySelector(`.widget-place [name=${name}]`).value))]))"""
    )
    return found


async def drag(page: Page, handle, right: int, down: int) -> None:
    box = await handle.bounding_box()
    assert box is not None
    x, y = box["x"] + 9, box["y"] + 9
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + right, y + down, steps=3)
    await page.mouse.up()


async def add(page: Page, kind: str, channel: str, title: str = "") -> None:
    await page.get_by_role("link", name="Add a widget").first.click()
    await page.locator(".kind-card", has=page.get_by_text(kind, exact=True)).click()
    await page.get_by_label(channel.partition("=")[0], exact=True).select_option(
        label=channel.partition("=")[2]
    )
    await page.get_by_label("Title").fill(title)
    await page.get_by_role("button", name="Add it").click()


async def test_a_dashboard_is_made_filled_arranged_and_undone(client: Client, visit: Open):
    page = await (await visit(client, role=UserRole.operator)).open("/dashboards")
    await page.get_by_label("Name").fill("Wall")
    await page.get_by_role("button", name="Make it").click()
    await add(page, "Gauge", "Channel=Air flow (m³/h)", "Flow")
    await add(page, "Value", "Channel=Bed temperature (°C)", "Bed")
    await expect(page.locator("#clock")).to_have_attribute("data-connection", "live")
    assert await places_of(page) == {"Flow": [1, 1, 3, 3], "Bed": [4, 1, 3, 2]}

    await arrange_by_mouse(page)
    await arrange_by_keys(page)
    await undo_all(page)

    await page.get_by_role("link", name="Done").click()
    await expect(page.locator(".board[data-editing]")).to_have_count(0)
    before = await shown_on(page)
    await eventually(lambda: _differs(page, before), within_s=8, what="changing values")


async def arrange_by_mouse(page: Page) -> None:
    """What is dragged stays; what it covers goes down."""
    column = (await page.locator("#board").evaluate("it => it.clientWidth")) / 12
    await drag(page, widget(page, "Flow").locator(".widget-head h2"), round(3 * column), 0)
    await expect(page.locator("#board-said")).to_have_text("Saved")
    assert await places_of(page) == {"Flow": [4, 1, 3, 3], "Bed": [4, 4, 3, 2]}

    corner = widget(page, "Bed").get_by_role("button", name="Resize Bed")
    await drag(page, corner, round(2 * column), 90)
    await expect(widget(page, "Bed").locator("[name=width]")).to_have_value("5")


async def arrange_by_keys(page: Page) -> None:
    """Put down by Enter, taken back by Esc; both are said."""
    said = page.locator("#board-said")
    await widget(page, "Bed").get_by_role("button", name="Move Bed").focus()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowDown")
    await expect(said).to_have_text("Column 3, row 5, 5 wide, 3 high")
    await page.keyboard.press("Enter")
    await expect(widget(page, "Bed").locator("[name=row]")).to_have_value("5")
    await widget(page, "Bed").get_by_role("button", name="Resize Bed").focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Escape")
    await expect(said).to_have_text("Taken back")
    assert (await places_of(page))["Bed"] == [3, 5, 5, 3]


async def undo_all(page: Page) -> None:
    """Steps one by one, and a removal."""
    undo = page.get_by_role("button", name="Undo")
    for width in ("5", "3"):
        await undo.click()
        await expect(widget(page, "Bed").locator("[name=column]")).to_have_value("4")
        await expect(widget(page, "Bed").locator("[name=width]")).to_have_value(width)
    await page.get_by_label("More about Bed").click()
    await widget(page, "Bed").get_by_role("button", name="Remove").click()
    await expect(page.locator(".widget")).to_have_count(1)
    await undo.click()
    await expect(page.locator(".widget")).to_have_count(2)


async def shown_on(page: Page) -> list[str]:
    return await page.locator(".widget-value data, .dial-value").all_text_contents()


async def _differs(page: Page, before: list[str]) -> bool:
    texts = await shown_on(page)
    return texts != before and "– – –" not in texts


async def test_somebody_elses_change_is_told_while_arranging(client: Client, visit: Open):
    here = await visit(client, role=UserRole.operator)
    page = await here.open("/dashboards")
    await page.get_by_role("button", name="Make one of all channels").click()
    path = page.url.removeprefix(here.origin)
    await here.open(f"{path}?edit")
    await expect(page.locator("#clock")).to_have_attribute("data-connection", "live")

    await page.request.put(f"{here.origin}/api/v1{path}", data={"name": "Other"})

    await expect(page.locator("#board-conflict")).to_contain_text("Somebody else has changed")
    await page.get_by_role("link", name="Show it as it is now").click()
    await expect(page.get_by_role("heading", name="Other")).to_be_visible()
    await expect(page.locator("#board-conflict")).to_be_hidden()


async def test_a_change_made_while_the_page_was_not_connected_is_shown(client: Client, visit: Open):
    here = await visit(client, role=UserRole.operator)
    page = await here.open("/dashboards")
    await page.get_by_role("button", name="Make one of all channels").click()
    path = page.url.removeprefix(here.origin)
    await page.route("**/htmx-sse-*.js*", lambda route: route.abort(), times=1)
    await here.open(path, whole=False)

    await page.request.put(f"{here.origin}/api/v1{path}", data={"name": "Other"})

    await expect(page.get_by_role("heading", name="Other")).to_be_visible(timeout=15_000)
    here.forgive()  # the browser itself reports what it could not load


async def test_outputs_are_switched_with_their_question_and_charts_follow(
    rig: Client,  # noqa: F811
    visit: Open,
    shots: Path,
):
    assert (await command(rig, "Blower enable", value=0))[0] == 200
    here = await visit(rig, role=UserRole.admin)
    page = await here.open("/dashboards")
    await page.get_by_role("button", name="Make one of all channels").click()
    await expect(page.locator(".widget-chart").first).to_have_attribute("data-loaded", "true")

    valve, heater = widget(page, "Feed valve"), widget(page, "Heater contactor")
    await valve.get_by_role("button", name="Open").click()
    await expect(valve).to_contain_text("Confirmed")
    await expect(valve.get_by_role("button", name="Open")).to_have_attribute("aria-pressed", "true")

    await heater.get_by_role("button", name="On", exact=True).click()
    await expect(page.get_by_text("Set Heater contactor to On")).to_be_visible()
    await page.get_by_role("button", name="Set it", exact=True).click()
    refusal = page.get_by_role("dialog").locator(".field-error")
    await expect(refusal).to_contain_text("No heater without air flow")
    here.forgive()  # the browser reports the 409
    await page.get_by_role("link", name="Leave it").click()

    for width, height in (DESK, PHONE):
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=shots / f"dashboard-{width}.png", full_page=True)
        assert await width_of(page) == width


async def test_a_dashboard_being_arranged_is_without_fault_in_both_themes(
    client: Client, visit: Open
):
    here = await visit(client, role=UserRole.operator)
    page = await here.open("/dashboards")
    await page.get_by_role("button", name="Make one of all channels").click()
    await page.context.add_init_script(axe())
    await here.open(page.url.removeprefix(here.origin) + "?edit")
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")

    found = await faults_of(page, "main") + await misfits_of(page)
    await page.emulate_media(color_scheme="dark")
    found += await faults_of(page, "main", ["color-contrast"])

    assert found == []
