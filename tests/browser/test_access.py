"""Everybody can use every page: axe finds no fault, keys reach all, nothing needs scripts."""

from functools import cache
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import DESK, Open
from tests.conftest import EMAILS, PASSWORD, Client, channels_of, make_token
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.page_routes import page_routes

pytestmark = pytest.mark.browser

NO_PAGES = {"/streams", "/export/", ".csv", "/alarms/head", "/docs", "/redoc"}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async ([tags, only]) => {
  const found = await axe.run(document, only.length ? {runOnly: only} : {runOnly: tags});
  const places = it => it.nodes.slice(0, 3).map(node => node.html).join(" | ");
  return found.violations.map(it => `${it.id}: ${places(it)}`);
}"""


@cache
def axe() -> str:
    """The library, run in the page by the browser's own hand: the page allows no foreign script."""
    directory = Path(__file__).parent / "vendor"
    return next(directory.glob("axe-*.min.js")).read_text(encoding="utf-8")


async def faults_of(page: Page, *rules: str) -> list[str]:
    await page.evaluate(axe())
    await page.emulate_media(reduced_motion="reduce")  # colours do not fade from one to another
    found: list[str] = await page.evaluate(_RUN, [LEVELS, list(rules)])
    return found


async def paths_of(client: Client) -> list[str]:
    channel = (await channels_of(client))[0].public_id
    own = {f"/events/{channel}/edit", f"/events/{channel}/remove"}
    plain = {it.path for it in page_routes() if it.method == "GET" and "{" not in it.path}
    return sorted(own | {it for it in plain if not any(no in it for no in NO_PAGES)})


async def test_axe_finds_no_fault_on_any_page_in_either_theme(client: Client, visit: Open):
    guest = await visit(client, role=None)
    seen = {"sign-in": await faults_of(await guest.open("/sign-in"))}
    admin = await visit(client, role=UserRole.admin, size=DESK)

    for path in await paths_of(client):
        answer = await admin.page.goto(admin.origin + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if not await admin.page.title():
            continue  # a part of a page
        await admin.page.emulate_media(color_scheme="light")
        seen[path] = await faults_of(admin.page)
        await admin.page.emulate_media(color_scheme="dark")
        seen[path + " (dark)"] = await faults_of(admin.page, "color-contrast")

    admin.forgive()  # a page that says 404 is one of those that are looked at
    assert {path: found for path, found in seen.items() if found} == {}


async def test_the_keyboard_reaches_the_content_and_sees_where_it_is(client: Client, visit: Open):
    here = await visit(client, role=UserRole.operator)
    page = await here.open("/events")

    await page.keyboard.press("Tab")
    skip = await page.evaluate("() => document.activeElement.getAttribute('href')")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    inside = await page.evaluate(
        "() => document.querySelector('main').contains(document.activeElement)"
    )
    ring = await page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")

    assert (skip, inside) == ("#main", True)
    assert ring != "none"


async def test_without_scripts_one_signs_in_starts_a_run_and_confirms_its_end(
    client: Client, browser: Browser
):
    await make_token(client, UserRole.operator)
    context = await browser.new_context(java_script_enabled=False, locale="de-DE")
    page, origin = await context.new_page(), str(client.make_url("/")).rstrip("/")

    await page.goto(origin + "/sign-in")
    await page.fill("[name=email]", EMAILS[UserRole.operator])
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button[type=submit]")
    await page.goto(origin + "/experiments")
    await page.fill("[name=name]", "Sand")
    await page.click("main button[type=submit]")
    await page.goto(origin + "/experiments")
    await page.click("main a[href$='/stop']")
    await page.click("main button[type=submit]")
    await page.goto(origin + "/experiments")

    words = await page.locator("main").inner_text()
    await context.close()
    assert "Sand" in words
    assert "Läuft" not in words
