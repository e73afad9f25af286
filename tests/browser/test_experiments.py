"""An experiment from its start to its file."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Open
from tests.conftest import Client
from tests.waiting import eventually
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser

NAME = "Sand 0.5 mm, run 7"


async def begin(page: Page) -> None:
    await page.get_by_label("Name").fill(NAME)
    await page.get_by_role("button", name="Start").click()
    await expect(page.get_by_role("heading", name="Running now")).to_be_visible()


async def test_start_banner_stop_and_a_file_with_rows(client: Client, visit: Open, tmp_path: Path):
    visited = await visit(client, role=UserRole.operator)
    page = await visited.open("/experiments")
    await begin(page)

    await visited.open("/")
    await expect(page.locator(".header-run")).to_contain_text(NAME)
    before = await page.locator(".header-run time").inner_text()

    async def counts() -> bool:
        return await page.locator(".header-run time").inner_text() != before

    await eventually(counts, within_s=4, what="a duration that counts")
    await visited.open("/experiments")
    await page.get_by_role("link", name="Stop…").click()
    await expect(page.get_by_role("link", name="Keep running")).to_be_focused()
    await page.get_by_role("button", name="Stop experiment").click()
    await expect(page.get_by_role("heading", name="Outcome")).to_be_visible()
    await expect(page.locator(".header-run")).to_have_count(0)
    await visited.open("/experiments")
    await expect(page.get_by_role("button", name="Start")).to_be_visible()

    async with page.expect_download() as download:
        await page.get_by_role("link", name=f"Download {NAME} as CSV").click()
    file = tmp_path / "run.csv"
    await (await download.value).save_as(file)
    lines = file.read_text().splitlines()
    assert lines[0].startswith("timestamp,event_name")
    assert len(lines) > 10
    assert "Sand_0.5_mm,_run_7" in (await download.value).suggested_filename


async def test_the_dialog_lets_the_experiment_run_on(client: Client, visit: Open):
    page = await (await visit(client)).open("/experiments")
    await begin(page)

    await page.get_by_role("link", name="Stop…").click()
    await page.get_by_role("link", name="Keep running").click()

    await expect(page.locator("#stop-dialog")).to_be_hidden()
    await expect(page.locator(".header-run")).to_contain_text(NAME)


async def test_a_stopped_run_is_renamed_looked_at_and_deleted(client: Client, visit: Open):
    page = await (await visit(client)).open("/experiments")
    await begin(page)
    await page.get_by_role("link", name="Stop…").click()
    await page.get_by_role("button", name="Stop experiment").click()

    await page.get_by_label("Name").fill("Sand, good run")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("heading", name="Sand, good run")).to_be_visible()
    await page.get_by_role("link", name="Trend", exact=True).click()
    await expect(page.locator("#chart[data-loaded] canvas")).to_be_visible()
    await page.go_back()
    await page.get_by_role("link", name="Delete…").click()
    await page.get_by_role("button", name="Delete experiment").click()

    await expect(page.get_by_text("No experiments yet")).to_be_visible()


async def test_a_run_is_told_with_its_note_phase_and_outcome_up_to_the_report(
    client: Client, visit: Open
):
    visited = await visit(client, role=UserRole.operator)
    page = await visited.open("/experiments")
    await begin(page)
    await visited.open("/")
    await page.get_by_role("link", name="Note or phase…").click()
    await page.get_by_label("What you saw or did").fill("The bed begins to bubble")
    await page.get_by_role("button", name="Keep note").click()
    await expect(page.locator(".story-note")).to_contain_text("The bed begins to bubble")
    await page.get_by_role("link", name="Note or phase…").first.click()
    await page.get_by_label("Name of the phase").fill("Holding")
    await page.get_by_role("button", name="Begin phase").click()
    await expect(page.locator(".run-phase-list")).to_contain_text("Holding")
    await expect(page.locator(".run-figure").first).to_be_visible()  # follows the plant

    await page.get_by_role("link", name="Stop…").click()
    await page.get_by_label("Outcome").select_option("success")
    await page.get_by_role("button", name="Stop experiment").click()
    await page.get_by_role("link", name="Report").click()

    report = page.locator(".report")
    for words in ("Success", "The bed begins to bubble", "Holding", "simulation"):
        await expect(report).to_contain_text(words)
    assert await report.locator(".run-line").count() > 10
