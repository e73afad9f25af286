"""The rounds of an administrator: from an untouched box to people, receivers, devices, a backup."""

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.conftest import PASSWORD, Client
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser

BOSS, VIEWER = "boss@plant.lan", "v.looks@plant.lan"


async def sign_in(page: Page, email: str) -> None:
    """By the form, as it stands before who is not signed in."""
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#values")).to_be_visible(timeout=20_000)


async def leave(page: Page) -> None:
    """Through the menu of the person."""
    await page.get_by_label("User menu").click()
    await page.get_by_role("button", name="Sign out").last.click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_new_box_is_set_up_lets_a_viewer_in_and_looks_as_they_like_it(
    client: Client, visit: Open
):
    page = await (await visit(client, role=None)).open("/")
    await page.get_by_label("E-mail").fill(BOSS)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Set up").click()
    await expect(page.locator("#values")).to_be_visible(timeout=20_000)

    await page.goto(page.url + "users")
    await page.get_by_label("Name", exact=True).fill("V. Looks")
    await page.get_by_label("E-mail").fill(VIEWER)
    await page.get_by_label("First password").fill(PASSWORD)
    await page.get_by_role("button", name="Add user").click()
    await expect(page.get_by_role("cell", name="V. Looks", exact=True)).to_be_visible(
        timeout=20_000
    )
    await leave(page)

    await sign_in(page, VIEWER)
    await expect(page.get_by_role("button", name="All outputs safe")).to_have_count(0)
    await page.get_by_label("User menu").click()
    await page.get_by_role("link", name="My account").last.click()
    await page.get_by_label("Colours").select_option("contrast")
    await page.get_by_label("Language").select_option("de")
    await page.locator("form[action='/account/look'] button").click()
    await expect(page.locator("html[lang=de][data-theme=contrast]")).to_have_count(1)
    await page.get_by_label("Name des neuen Tokens").fill("Logger")
    await page.locator("form[action='/account/tokens'] button").click()
    await expect(page.locator("#fresh-token")).to_be_focused()


async def test_an_administrator_adds_a_receiver_and_a_device_on_a_phone_and_takes_a_backup(
    client: Client, visit: Open, tmp_path: Path
):
    visited = await visit(client, role=UserRole.admin, size=PHONE)
    page = await visited.open("/webhooks")
    await page.get_by_role("link", name="Add webhook").first.click()
    await page.get_by_label("URL").fill("http://127.0.0.1:9/in")
    await page.get_by_label("An alarm is raised").check()
    await page.get_by_role("button", name="Add webhook").click()
    await expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()

    await visited.open("/devices")
    await page.get_by_label("Name", exact=True).fill("Rig")
    await page.get_by_label("Kind").fill("simulated")
    await page.get_by_role("button", name="Add device").click()
    await expect(page.get_by_role("heading", name="Rig", exact=True)).to_be_visible()

    await visited.open("/log")
    await expect(page.locator("[data-unread]").first).to_contain_text("Rig")
    await page.get_by_role("button", name="Mark").first.click()
    await expect(page.locator("[data-unread]")).to_have_count(0)

    await visited.open("/backup")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Make and download").click()
    file = tmp_path / "kept"
    await (await download.value).save_as(file)
    assert file.stat().st_size > 1000
    assert zipfile.is_zipfile(file) or file.read_bytes()[:2] != b"<!"
