"""Outputs in a browser, on the demo rig: switched, asked back, refused, all safe and released."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.conftest import Client
from tests.web.test_api_outputs import command, rig  # noqa: F401 a fixture
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser


def tile(page: Page, name: str):
    """The tile of one output."""
    return page.locator(".output", has=page.get_by_role("heading", name=name, exact=True))


async def open_dialog(page: Page, name: str) -> None:
    await tile(page, name).get_by_role("link", name=f"Set {name}").click()
    await expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_a_valve_is_switched_and_the_heater_refused_by_name(
    rig: Client,  # noqa: F811
    visit: Open,
    *,
    size: tuple[int, int],
):
    assert (await command(rig, "Blower enable", value=0))[0] == 200
    visited = await visit(rig, role=UserRole.admin, size=size)
    page = await visited.open("/outputs")

    await open_dialog(page, "Feed valve")
    await page.get_by_role("radio", name="Open").check()
    await page.get_by_label("Why").fill("to see it move")
    await page.get_by_role("button", name="Command").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(tile(page, "Feed valve").locator(".output-state")).to_have_text("Confirmed")
    await expect(tile(page, "Feed valve")).to_contain_text("to see it move")

    held = tile(page, "Heater contactor").get_by_text("Held by")
    await expect(held).to_contain_text("No heater without air flow", timeout=20_000)
    await open_dialog(page, "Heater contactor")
    await page.get_by_role("radio", name="On", exact=True).check()
    await page.get_by_role("button", name="Command").click()
    await expect(page.get_by_text("Set Heater contactor to On")).to_be_visible()
    await page.get_by_role("button", name="Set it").click()
    refusal = page.get_by_role("dialog").locator(".field-error")
    await expect(refusal).to_contain_text("No heater without air flow")
    visited.forgive()  # the browser reports the 409


async def test_all_safe_is_one_press_on_every_page_and_released_after_a_question(
    rig: Client,  # noqa: F811
    visit: Open,
):
    page = await (await visit(rig, role=UserRole.admin)).open("/log")

    await page.get_by_role("button", name="All outputs safe").click()
    lock = page.locator(".outputs-lock")
    await expect(lock).to_contain_text("All outputs were made safe by admin person")
    await expect(tile(page, "Blower speed").locator(".output-state")).to_have_text("Forced safe")

    await lock.get_by_role("link", name="Release").click()
    await page.get_by_role("dialog").get_by_role("button", name="Release the outputs").click()
    await expect(page.locator(".outputs-lock")).to_have_count(0)


async def test_an_interlock_shows_by_itself_that_it_tripped_and_on_what(
    rig: Client,  # noqa: F811
    visit: Open,
):
    page = await (await visit(rig, role=UserRole.admin)).open("/interlocks")

    await page.get_by_role("link", name="No heater without air flow").click()
    state = page.locator(".interlock-state")
    await expect(state).to_have_text("Not tripped", timeout=20_000)
    assert (await command(rig, "Blower enable", value=0))[0] == 200

    await expect(state).to_have_text("Tripped", timeout=20_000)
    await expect(page.locator("[data-trips]")).to_contain_text("trips below 20")
