"""An operator hangs a drawing onto a dashboard; it follows the plant."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Open, Visit
from tests.conftest import Client, channels_of
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser

DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">'
    b'<script>document.title="taken over"</script>'
    b'<rect id="tank" width="40" height="50" onclick="document.title=1"/>'
    b'<text id="board" x="50" y="20" style="font-size:8px">?</text></svg>'
)


async def with_a_picture(visited: Visit) -> tuple[str, str]:
    """The ids of a new dashboard and of a picture widget on it."""
    boards, api = f"{visited.origin}/api/v1/dashboards", visited.page.context.request
    origin = {"Origin": visited.origin}
    made = await api.post(boards, data={"name": "Hall"}, headers=origin)
    board = str((await made.json())["public_id"])
    widget = {"widget_type": "picture", "title": "Plant"}
    made = await api.post(f"{boards}/{board}/widgets", data=widget, headers=origin)
    return board, str((await made.json())["public_id"])


async def test_a_drawing_shows_a_level_and_a_value_that_move(client: Client, visit: Open):
    event = next(event for event in await channels_of(client) if event.name == "Air flow")
    visited = await visit(client, role=UserRole.operator)
    page = await visited.open("/pictures")
    await page.get_by_label("File").set_input_files(
        {"name": "Plant.svg", "mimeType": "image/svg+xml", "buffer": DRAWING}
    )
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_text("script (1), onclick (1)")).to_be_visible()
    board, widget = await with_a_picture(visited)

    await visited.open(f"/dashboards/{board}/widgets/{widget}/picture")
    await page.get_by_label("Picture", exact=True).select_option(label="Plant")
    await page.get_by_role("button", name="Show this picture").click()
    for part, shows in (("tank", "Fill level"), ("board", "Value in words")):
        await page.get_by_label(f"Channel of {part}").fill(event.name)
        await page.get_by_label(f"What {part} shows").select_option(label=shows)
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**?edit")
    visited.forgive()
    await visited.open(f"/dashboards/{board}")

    value = page.locator(".picture text")
    await expect(value).to_contain_text(event.unit)
    first = await value.text_content()
    await expect(value).not_to_have_text(first or "")
    height = await page.locator(".picture .picture-full").get_attribute("offset")
    assert height is not None
    assert 0 < float(height.rstrip("%")) <= 100
    assert "taken over" not in await page.title()
