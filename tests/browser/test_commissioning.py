"""A check in a browser, on the virtual plant: an input end to end, and on a phone."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open
from tests.conftest import Client
from tests.web.test_api_outputs import rig  # noqa: F401 a fixture
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser


async def test_an_input_waits_by_itself_for_what_the_plant_does_and_is_stored(
    rig: Client,  # noqa: F811
    own_plant: VirtualRevPi,
    visit: Open,
):
    page = await (await visit(rig, role=UserRole.admin)).open("/commissioning")

    await page.get_by_role("link", name="Check Emergency stop ok").click()
    await page.get_by_role("button", name="Begin the check").click()
    await expect(page.locator("[data-step=waits]")).to_contain_text("waiting for it")
    for number, pressed in enumerate((1, 0), start=1):
        own_plant.command(f"estop {pressed}")
        await expect(page.locator("[data-step=passed]")).to_have_count(number, timeout=20_000)
    await page.get_by_label("Note").fill("at the door")
    await page.get_by_role("button", name="Store: passed").click()

    await expect(page.locator(".check-history")).to_contain_text("at the door")
    await expect(page.locator(".check-state")).to_have_text("Checked")
