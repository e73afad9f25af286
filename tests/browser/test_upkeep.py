"""In a browser: claiming a fresh box, backups, and updates from GitHub's stand-in to their end."""

import os
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.conftest import Client, Start, app_of
from tests.firmware.bundles import Forge
from tests.web.test_updates import Helper
from webmacs_edge.firmware.installer import architecture
from webmacs_edge.store.setup_code import keep_setup_code
from webmacs_edge.web import keys

pytestmark = pytest.mark.browser

WORDS = "correct horse battery"
LOOKS = (("light", DESK), ("dark", DESK), ("light", PHONE), ("dark", PHONE))


async def picture(page: Page, shots: Path, name: str) -> None:
    """The page as it is now, in both themes, at a desk and on a phone."""
    if "SCREENSHOTS" not in os.environ:
        return
    for theme, (width, height) in LOOKS:
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type] # of its words
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=shots / f"{name}-{theme}-{width}.png", full_page=True)
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


async def test_a_fresh_box_is_claimed_with_the_code_of_its_console(
    start: Start, plant, visit: Open, shots: Path
):
    async with start(plant, host="::") as client:
        code = keep_setup_code(app_of(client)[keys.SETTINGS].data_dir)
        visited = await visit(client, role=None)
        page = await visited.open("/")
        await picture(page, shots, "setup")
        await page.get_by_label("Code of this box").fill("2222-2222-2222")
        await page.get_by_label("E-mail").fill("anna@plant.lan")
        await page.locator("[name=username]").fill("Anna Berg")
        for field in await page.locator("input[type=password]").all():
            await field.fill("sand falls upward 7")
        await page.locator("form button[type=submit]").first.click()

        await expect(page.get_by_text("This is not the code of this box.")).to_be_visible()
        visited.forgive()
        await page.get_by_label("Code of this box").fill(code)
        for field in await page.locator("input[type=password]").all():
            await field.fill("sand falls upward 7")
        await page.locator("form button[type=submit]").first.click()

        await expect(page.locator("#clock")).to_be_visible()
        await page.goto("about:blank")  # before the appliance ends


async def test_a_backup_is_planned_made_downloaded_and_made_ready_to_come_back(
    admin: Client, visit: Open, shots: Path, tmp_path: Path
):
    stick = tmp_path / "stick"
    stick.mkdir()
    page = await (await visit(admin)).open("/backup")
    await page.get_by_role("link", name="Set up…").click()
    await page.get_by_label("Place").fill(str(stick))
    await page.get_by_label("At this time of the day").fill("02:30")
    await page.get_by_text("Configuration: channels").click()
    await page.get_by_label("Passphrase").fill(WORDS)
    await picture(page, shots, "backup-plan")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Make one now").click()

    await expect(page.get_by_text("The backup was made and read back.")).to_be_visible()
    await expect(page.get_by_text("24 h, at 02:30")).to_be_visible()
    assert [it.suffix for it in stick.iterdir()] == [".sealed"]
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Make and download").click()
    file = tmp_path / (await download.value).suggested_filename
    await (await download.value).save_as(file)
    await page.get_by_label("File").set_input_files(file)
    await page.get_by_role("button", name="Upload and check").click()
    await expect(page.get_by_text("A backup is ready to be put in place")).to_be_visible()
    await picture(page, shots, "backup-ready")
    await page.get_by_role("button", name="Think better of it").click()
    await expect(page.get_by_role("button", name="Upload and check")).to_be_enabled()


async def test_an_update_is_found_read_about_asked_for_and_its_failure_explained(
    start: Start, plant, visit: Open, shots: Path, tmp_path: Path
):
    told: dict[str, bytes] = {}
    async with (
        TestServer(_github(told)) as github,
        start(
            plant, update_repository="plant/edge", update_api_url=str(github.make_url("/"))
        ) as it,
    ):
        folder = tmp_path / "forge"
        folder.mkdir()
        helper = Helper(it, Forge(folder))
        told["bundle"] = helper.bundle(changelog="Trends answer faster.")
        page = await (await visit(it)).open("/updates")
        await page.get_by_role("button", name="Check now").click()
        await expect(page.get_by_text("Version 1.2.0 is available")).to_be_visible()
        await expect(page.get_by_text("Trends answer faster.")).to_be_visible()
        await page.get_by_text("Access to a private repository").click()
        await picture(page, shots, "updates-available")
        await page.get_by_role("button", name="Install…").click()
        await expect(page.get_by_text("What happens")).to_be_visible()
        await picture(page, shots, "updates-confirm")
        await page.get_by_role("button", name="Install now").click()

        request = await helper.asked()
        await expect(page.get_by_text("Installing: version 1.2.0")).to_be_visible()
        await picture(page, shots, "updates-under-way")
        await helper.tell(request, "undone", "Version 1.2.0 does not answer.")

        row = page.get_by_role("row").filter(has_text="Taken back")
        await expect(row).to_contain_text("Version 1.2.0 does not answer.")
        await expect(row.get_by_role("link", name="Try again…")).to_be_visible()
        await picture(page, shots, "updates-taken-back")
        await page.goto("about:blank")


def _github(told: dict[str, bytes]) -> web.Application:
    async def latest(request: web.Request) -> web.Response:
        name = f"webmacs-update-1.2.0-{architecture()}.tar"
        url = str(request.url.with_path("/file.tar"))
        asset = {"name": name, "browser_download_url": url, "size": len(told["bundle"])}
        body = {
            "tag_name": "v1.2.0", "html_url": str(request.url), "body": "Trends answer faster.",
            "assets": [asset], "draft": False, "prerelease": False,
        }  # fmt: skip
        return web.json_response(body, headers={"ETag": '"1"'})

    async def file(_: web.Request) -> web.Response:
        return web.Response(body=told["bundle"])

    app = web.Application()
    app.router.add_get("/repos/plant/edge/releases/latest", latest)
    app.router.add_get("/file.tar", file)
    return app
