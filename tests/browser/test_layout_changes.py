"""Another PiCtory configuration in a browser: the notice, what changed, somebody looked."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, PHONE, Open, width_of
from tests.conftest import Start, channels_of
from tests.hardware.samples import rig_moved
from tests.web.test_layout_changes import save_and_reset
from webmacs_edge.hardware.simulator.process import VirtualRevPi

pytestmark = pytest.mark.browser


async def test_what_changed_is_announced_shown_and_confirmed(
    start: Start, own_plant: VirtualRevPi, visit: Open, shots: Path
):
    async with start(own_plant) as client:
        await channels_of(client)
        await save_and_reset(client, own_plant, rig_moved({32: 36}, without=35))
        visited = await visit(client)
        page = await visited.open("/events")
        await page.locator("#layout-changed").get_by_role("link", name="What changed").click()
        row = page.locator("tr", has_text="Air flow")
        await expect(row.locator(".change-kind")).to_have_text("Moved")
        await expect(row.locator(".change-words")).to_have_text("position 32 → 36")
        gone = page.locator("tr", has_text="Heater contactor")
        await expect(gone.locator(".change-kind")).to_have_text("Gone")
        for size in (PHONE, DESK):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            await page.screenshot(path=shots / f"layout-changes-{size[0]}.png", full_page=True)
            assert await width_of(page) == size[0]

        await page.get_by_role("button", name="I have looked at all of it").click()

        await expect(page.get_by_text("looked at by admin person")).to_be_visible()
        await expect(page.locator("#layout-changed")).to_have_count(0)
