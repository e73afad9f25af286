"""A chart under the hand: zoomed, moved, noted, compared, linked, taken along; also on a phone."""

import asyncio
import json
from functools import partial

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Open, width_of
from tests.conftest import Client, app_of, channels_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.model.times import iso_z, now_ms
from webmacs_edge.model.words import EventType, UserRole
from webmacs_edge.store.events import create_event
from webmacs_edge.web import keys

pytestmark = pytest.mark.browser

HOUR_MS = 3_600_000
PEAK = 99.0
# Where the ink of the pens lies in every tenth column: its mean row; -1 where there is none.
INK = """() => {
  const canvas = document.querySelector("#chart canvas"), { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height), rows = [];
  for (let x = 100; x < width - 140; x += 10) {
    let sum = 0, count = 0;
    for (let y = 60; y < height - 60; y++)
      if (data[(y * width + x) * 4 + 3] > 200) { sum += y; count++; }
    rows.push(count && count < 40 ? sum / count : -1);
  }
  return rows;
}"""
COUNTED = """() => {
  window.moves = 0;
  const real = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    window.moves++;
    return real.apply(this, all);
  };
}"""


class Past:
    """A channel with an hour of values: a slow wave with one peak in its middle, and a gap."""

    def __init__(self, channel: str, from_ms: int) -> None:
        self.channel, self.from_ms, self.to_ms = channel, from_ms, from_ms + HOUR_MS

    @property
    def address(self) -> str:
        """The whole hour."""
        return f"/trends?channels={self.channel}&from={self.from_ms}&to={self.to_ms}"


@pytest.fixture
async def past(client: Client) -> Past:
    """The hour, an hour ago."""
    app = app_of(client)
    await channels_of(client)
    event = await app[keys.DATABASE].write(
        partial(
            create_event, at_ms=0, name="Probe", unit="bar", min_value=0.0, max_value=100.0,
            type=EventType.sensor,
        )
    )  # fmt: skip
    await app[keys.STATION].reload()
    await sign_in_as(client, UserRole.operator)
    made = Past(event.public_id, (now_ms() - 2 * HOUR_MS) // 1000 * 1000)
    rows = [
        {
            "event_public_id": event.public_id,
            "value": PEAK if second == 1801 else 10.0 + second % 600 / 100,
            "timestamp": iso_z(made.from_ms + second * 1000),
        }
        for second in range(1, 3600, 2)
        if not 2400 < second < 2900
    ]
    for first in range(0, len(rows), 500):
        answer = await client.post(
            "/api/v1/datapoints/batch", json={"datapoints": rows[first : first + 500]}
        )
        assert answer.status == 201, await answer.text()
    return made


async def loaded(page: Page) -> Locator:
    """The row of the first channel, once the chart has its values."""
    await expect(page.locator("#chart[data-loaded]")).to_be_visible()
    return page.locator("#values tbody tr").first


async def middle_of(page: Page) -> tuple[float, float]:
    box = await page.locator(".u-over").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def span_of(page: Page) -> tuple[int, int]:
    query = dict(part.split("=") for part in page.url.split("?")[1].split("&"))
    return int(query["from"]), int(query["to"])


async def moved(page: Page, before: str) -> None:
    """Wait for another address that stands still: a slow machine writes some on the way."""
    seen = [before]

    async def stands() -> bool:
        seen.append(page.url)
        await asyncio.sleep(0.4)
        return page.url == seen[-1] != before

    await eventually(stands, what="another address that stands")


async def test_the_wheel_fetches_finer_values_and_the_peak_stays(
    past: Past, client: Client, visit: Open
):
    page = await (await visit(client)).open(past.address)
    row, (x, y) = await loaded(page), await middle_of(page)
    await expect(row.locator("[data-cell=high]")).to_have_text("99.00")
    before = page.url
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url) if "/trends/data" in it.url else None)

    await page.mouse.move(x, y)
    for _ in range(8):
        await page.mouse.wheel(0, -120)

    await moved(page, before)
    await eventually(lambda: asked, what="a question for finer values")
    start, end = span_of(page)
    assert end - start < HOUR_MS / 5
    assert start < past.from_ms + 1801_000 < end
    await expect(row.locator("[data-cell=high]")).to_have_text("99.00")
    await expect(row.locator("[data-cell=sigma]")).not_to_have_text("–")


async def test_pens_that_are_only_moved_lie_where_they_would_be_drawn(
    past: Past, client: Client, visit: Open
):
    page = await (await visit(client)).open(past.address)
    await loaded(page)
    x, y = await middle_of(page)
    await page.evaluate(f"({COUNTED})()")

    await page.mouse.move(x, y)
    await page.mouse.down()
    for step in range(12):
        await page.mouse.move(x + 11 * step, y)
    await page.mouse.up()
    await eventually(lambda: page.evaluate("window.moves > 0"), what="pens that were moved")
    before = await page.evaluate("window.moves")
    moved_rows = await page.evaluate(INK)
    await page.evaluate("document.documentElement.dataset.theme = 'light'")  # all is drawn anew
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    drawn_rows = await page.evaluate(INK)

    assert await page.evaluate("window.moves") == before
    both = [(a, b) for a, b in zip(moved_rows, drawn_rows, strict=True) if a >= 0 and b >= 0]
    assert len(both) > 50
    assert sum(abs(a - b) <= 1.5 for a, b in both) > 0.95 * len(both)


async def test_a_drag_moves_and_the_gap_stays_a_gap(past: Past, client: Client, visit: Open):
    page = await (await visit(client)).open(past.address)
    row, (x, y) = await loaded(page), await middle_of(page)
    before, (from_before, to_before) = page.url, span_of(page)

    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 200, y, steps=5)
    await page.mouse.up()

    await moved(page, before)
    start, end = span_of(page)
    assert start < from_before
    assert end - start == pytest.approx(to_before - from_before, abs=2)
    share = (past.from_ms + 2650_000 - start) / (end - start)
    box = await page.locator(".u-over").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * share, y)
    await expect(row.locator("[data-cell=now]")).to_have_text("–")


async def test_a_note_is_written_by_double_click_changed_and_removed(
    past: Past, client: Client, visit: Open
):
    page = await (await visit(client)).open(past.address)
    await loaded(page)

    await page.mouse.dblclick(*await middle_of(page))
    await page.get_by_label("What happened?").fill("Feed opened")
    await page.get_by_label("Of which channel?").select_option(label="Probe")
    await page.get_by_role("button", name="Save note").click()

    row = page.locator(".trend-marks tr").filter(has_text="Feed opened")
    await expect(row).to_be_visible()
    notes = (await (await client.get("/api/v1/annotations")).json())["data"]
    assert notes[0]["event_public_id"] == past.channel
    await row.get_by_role("button", name="Edit").click()
    await page.get_by_label("What happened?").fill("Feed closed")
    await page.get_by_role("button", name="Save note").click()
    await expect(page.locator(".trend-marks")).to_contain_text("Feed closed")
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_role("button", name="Remove note").click()
    await expect(page.locator("#marks")).to_be_hidden()


async def test_two_experiments_are_laid_over_one_another_from_their_start(
    past: Past, client: Client, visit: Open
):
    for name in ("Run 1", "Run 2"):
        await client.post("/api/v1/experiments", json={"name": name})
        rows = (await (await client.get("/api/v1/experiments")).json())["data"]
        await client.put(f"/api/v1/experiments/{rows[0]['public_id']}/stop")
    page = await (await visit(client)).open(past.address)
    await loaded(page)

    await page.locator("#view-more summary").click()
    await page.get_by_role("button", name="Compare", exact=True).click()

    await expect(page.locator("#chart[data-compared]")).to_be_visible()
    await expect(page.locator("#view-more summary")).to_contain_text("Compared with Run 1")
    await page.locator("#chart").press("Home")
    await expect(page.locator("#when")).to_have_text("At 0:00:00")
    await expect(page.locator("#values th").nth(4)).to_have_text("Compared")


async def test_a_link_shows_the_same_view_again(past: Past, client: Client, visit: Open):
    first = await (await visit(client)).open(past.address)
    await loaded(first)
    before = first.url
    await first.locator("#view-more summary").click()
    await first.get_by_label("bar", exact=True).check()
    await first.get_by_label("Threshold of Probe").fill("15.5")
    await first.locator("#chart").press("+")
    for _ in range(3):
        await first.locator("#chart").press("ArrowLeft")
    await moved(first, before)
    when = await first.locator("#when").text_content()
    above = first.locator("[data-cell=above]")
    await expect(above).to_contain_text("min")

    again = await (await visit(client, role=UserRole.viewer)).open(
        first.url.removeprefix(str(client.make_url("/")).rstrip("/"))
    )

    await loaded(again)
    await expect(again.locator("#when")).to_have_text(when or "")
    await expect(again.locator("[data-cell=above]")).to_have_text(await above.text_content() or "")
    await again.locator("#view-more summary").click()
    await expect(again.get_by_label("bar", exact=True)).to_be_checked()
    assert span_of(again) == span_of(first)


async def test_picture_and_file_of_what_is_seen(past: Past, client: Client, visit: Open):
    page = await (await visit(client)).open(past.address)
    await loaded(page)
    await page.locator(".trend-menu summary").click()

    async with page.expect_download() as picture:
        await page.get_by_role("button", name="Picture (PNG)").click()
    async with page.expect_download() as file:
        await page.get_by_role("link", name="Values (CSV)").click()

    drawn = (await (await picture.value).path()).read_bytes()
    written = (await (await file.value).path()).read_text()
    assert drawn.startswith(b"\x89PNG")
    assert len(drawn) > 5000
    assert len(written.splitlines()) == 1551
    assert ",99" in written


async def test_on_a_phone_two_fingers_zoom_and_one_moves(past: Past, client: Client, visit: Open):
    page = await (await visit(client, size=PHONE)).open(past.address)
    await loaded(page)
    before, (from_before, to_before) = page.url, span_of(page)

    await touch(page, [[(0.4, 0.6), (0.2, 0.8)]])

    await moved(page, before)
    start, end = span_of(page)
    assert end - start == pytest.approx((to_before - from_before) / 3, rel=0.05)
    zoomed = page.url
    await touch(page, [[(0.4,), (0.7,)]])
    await moved(page, zoomed)
    assert span_of(page)[0] < start
    assert await width_of(page) == PHONE[0]


async def touch(page: Page, strokes: list[list[tuple[float, ...]]]) -> None:
    """Fingers go down at the first places (shares of the width), move to the next, and go up."""
    await page.locator(".u-over").scroll_into_view_if_needed()
    box = await page.locator(".u-over").bounding_box()
    assert box is not None
    session = await page.context.new_cdp_session(page)
    for stroke in strokes:
        for kind, shares in zip(
            ("touchStart", "touchMove", "touchEnd"), [*stroke, ()], strict=True
        ):
            points = [
                {"x": box["x"] + box["width"] * share, "y": box["y"] + 60.0, "id": number}
                for number, share in enumerate(shares)
            ]
            await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    await session.detach()


async def test_a_viewer_sees_notes_and_writes_none(past: Past, client: Client, visit: Open):
    at = iso_z(past.from_ms + 60_000)
    await client.post("/api/v1/annotations", data=json.dumps({"at": at, "text": "Checked"}))
    page = await (await visit(client, role=UserRole.viewer)).open(past.address)

    await loaded(page)

    await expect(page.locator(".trend-marks")).to_contain_text("Checked")
    await expect(page.get_by_role("button", name="Note", exact=True)).to_have_count(0)
    await expect(page.get_by_role("button", name="Edit")).to_have_count(0)
