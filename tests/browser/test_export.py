"""The export page in a browser: choose, download, follow, cancel; also without JavaScript."""

import csv
import io
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Open, Theme, width_of
from tests.conftest import Client, app_of, channels_of, make_token
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.model.words import UserRole
from webmacs_edge.web import keys
from webmacs_edge.web.tokens import SESSION_COOKIE

pytestmark = pytest.mark.browser

START_MS = 1_700_000_000_000 // HOUR_MS * HOUR_MS
LINK = f"/export?from={START_MS}&to={START_MS + HOUR_MS}"


async def record(client: Client, count: int) -> str:
    """So many values of one channel, long ago; its public id."""
    event = (await channels_of(client))[0]
    recorder = app_of(client)[keys.HISTORY].recorder
    for index in range(count):
        at_ms = START_MS + index * HOUR_MS // count
        value = float(index % 50)
        recorder.take(Scan(at_ms, at_ms * 10**6, (event.id,), (value,), (Quality.GOOD,), (0,)))
    return event.public_id


async def tick_only(page: Page, public_id: str) -> None:
    await page.locator("#channels-head + .export-tools").get_by_role("button", name="None").click()
    await page.locator(f"[name=channels][value='{public_id}']").check()


async def test_choose_estimate_download(client: Client, visit: Open, tmp_path: Path):
    public_id = await record(client, 3000)
    page = await (await visit(client, role=UserRole.viewer)).open(LINK)

    await tick_only(page, public_id)
    await expect(page.locator("#estimate")).to_contain_text("About 3,000 values")
    await page.get_by_label("Between the columns").select_option("semicolon")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()

    file = tmp_path / "export.csv"
    await (await download.value).save_as(file)
    text = file.read_text(encoding="utf-8")
    assert len(list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))) == 3000
    await expect(page.locator("#progress-words")).to_contain_text("Finished: 3,000 values")
    await expect(page.get_by_role("button", name="Cancel")).to_be_hidden()


async def test_parts_of_the_form_appear_where_they_mean_something(client: Client, visit: Open):
    page = await (await visit(client)).open("/export")

    await expect(page.get_by_label("From", exact=True)).to_be_hidden()
    await page.get_by_label("Which time").select_option("between")
    await expect(page.get_by_label("From", exact=True)).to_be_visible()
    await expect(page.get_by_label("One line per")).to_be_hidden()
    await page.get_by_label("Format").select_option("wide")
    await expect(page.get_by_label("One line per")).to_be_visible()
    await page.get_by_label("Format").select_option("npz")
    await expect(page.get_by_label("Between the columns")).to_be_hidden()


async def test_what_is_wrong_is_said_at_once_and_at_its_field(client: Client, visit: Open):
    visited = await visit(client)
    page = await visited.open(LINK)

    await page.get_by_label("To", exact=True).fill("2001-01-01T00:00")
    await page.get_by_label("To", exact=True).blur()
    await expect(page.locator("#estimate")).to_contain_text("The end must be after the start.")
    await page.get_by_role("button", name="Download").click()

    await expect(page.locator("#end-error")).to_contain_text("The end must be after the start.")
    visited.forgive()  # the answer's status, 422, is noted by the browser


async def test_cancel_ends_the_download(client: Client, visit: Open):
    public_id = await record(client, 300_000)
    visited = await visit(client)
    page = await visited.open(LINK)
    await tick_only(page, public_id)
    context = page.context
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": 500_000, "uploadThroughput": -1},
    )

    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()
    await page.get_by_role("button", name="Cancel").click()

    await expect(page.locator("#progress-words")).to_contain_text("Cancelled")
    assert await (await download.value).failure() is not None
    visited.forgive()


async def test_it_works_without_javascript(client: Client, browser: Browser):
    public_id = await record(client, 100)
    context = await browser.new_context(java_script_enabled=False)
    url = str(client.make_url("/"))
    token = await make_token(client, UserRole.viewer)
    await context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": url}])
    page = await context.new_page()

    await page.goto(url.rstrip("/") + f"{LINK}&channels={public_id}")
    await page.get_by_role("button", name="Estimate").click()
    await expect(page.locator("#estimate")).to_contain_text("About 100 values")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()

    assert (await (await download.value).path()).read_bytes().count(b"\n") == 101


async def test_trends_and_experiments_lead_here_with_what_they_show(client: Client, visit: Open):
    visited = await visit(client)
    page = await visited.open("/trends")
    await expect(page.locator("#chart[data-loaded]")).to_be_visible()
    chosen = await page.locator("#values tr[data-id]").count()

    await page.get_by_text("Take along").click()
    await page.get_by_role("link", name="More formats…").click()

    await expect(page.get_by_role("heading", name="Export", exact=True)).to_be_visible()
    assert await page.locator("[name=channels]:checked").count() == chosen
    assert await page.get_by_label("Which time").input_value() == "between"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_the_page_fits_the_window(
    client: Client, visit: Open, shots: Path, theme: Theme, size: tuple[int, int]
):
    await record(client, 3000)
    page = await (await visit(client, size=size, theme=theme)).open(LINK)
    await page.get_by_label("Format").select_option("wide")
    await expect(page.locator("#estimate")).to_contain_text("About 3,000 values")

    await page.screenshot(path=shots / f"export-{size[0]}-{theme}.png", full_page=True)
    assert await width_of(page) <= size[0]
