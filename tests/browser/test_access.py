"""Everybody can use every page: axe finds no fault, it fits, keys reach all, without scripts."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Open, Visit
from tests.browser.looks import axe, faults_of, misfits_of
from tests.conftest import EMAILS, PASSWORD, Client
from tests.web.filled import fill
from tests.web.test_api_outputs import rig  # noqa: F401 a fixture
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser

REFUSED = "Failed to load resource"  # the browser's word for a page that says 404
TABLET = (768, 1024)
KEPT = "SCREENSHOTS" in os.environ


async def test_every_page_is_without_fault_and_fits_in_german_in_both_themes(
    rig: Client,  # noqa: F811
    visit: Open,
    shots: Path,
):
    """One appliance, one login, one window: what costs is starting them."""
    made = await fill(rig)
    guest = await visit(rig, role=None, language="de")
    admin = await visit(rig, role=UserRole.admin, language="de")
    await admin.page.context.add_init_script(axe())
    seen = {
        "guest": await look_at(guest, "/sign-in", shots, ""),
        "with head and navigation": await look_at(admin, "/log", shots, ""),
    }

    for path in [*made.pages(), "/nothing-here"]:
        if path != "/sign-in":
            seen[path] = await look_at(admin, path, shots)
    wall = f"/dashboards/{made.ids['dashboards']}?kiosk"  # looked at from afar, touched by nobody
    seen[wall] = await faults_of(await admin.open(wall))

    admin.forgive()  # what axe and the changes of size were told
    assert {path: found for path, found in seen.items() if found} == {}


async def look_at(visit: Visit, path: str, shots: Path, part: str = "main") -> list[str]:
    """What is wrong with a page on a desk in light, on a tablet, and on a phone in dark."""
    page, found = visit.page, []
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    await visit.open(path)
    found += [it for it in visit.faults if not it.startswith(REFUSED)]
    visit.forgive()
    found += await faults_of(page, part) + await misfits_of(page)
    await picture(page, path, shots, "1280-light")
    await page.emulate_media(color_scheme="dark")
    for width, height in (TABLET, PHONE):
        await page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} px: {it}" for it in await misfits_of(page)]
    found += await faults_of(page, part, ["color-contrast"])
    await picture(page, path, shots, "390-dark")
    return found


async def picture(page: Page, path: str, shots: Path, suffix: str) -> None:
    """Kept where somebody wants to look at them."""
    if KEPT:
        name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", path).strip("/").replace("/", "-")
        await page.screenshot(path=shots / f"page-{name or 'live'}-{suffix}.png", full_page=True)


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


async def sign_in(page: Page, origin: str) -> None:
    """As people do."""
    await page.goto(origin + "/sign-in")
    await page.fill("[name=email]", EMAILS[UserRole.operator])
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button[type=submit]")


async def test_without_scripts_one_signs_in_saves_a_form_switches_an_output_and_runs_an_experiment(
    rig: Client,  # noqa: F811
    browser: Browser,
):
    made = await fill(rig)
    context = await browser.new_context(java_script_enabled=False, locale="de-DE")
    page, origin = await context.new_page(), str(rig.make_url("/")).rstrip("/")
    await sign_in(page, origin)
    for path in ("/", "/events", "/alarms", "/rules", "/devices", "/system", "/history"):
        await page.goto(origin + path)
        assert await page.locator("main").inner_text(), path

    await page.goto(f"{origin}/events/{made.ids['events']}/edit")
    await page.fill("[name=name]", "Luft")
    await page.get_by_role("button", name="Kanal speichern").click()
    await expect(page.get_by_text("Luft", exact=True)).to_be_visible()

    await page.goto(origin + "/outputs")
    await page.get_by_role("link", name="Heater contactor", exact=True).click()
    await page.get_by_role("radio", name="Aus", exact=True).check()
    await page.get_by_role("button", name="Befehl").click()
    await page.get_by_role("button", name="Stellen").click()
    contactor = page.locator(
        ".output", has=page.get_by_role("link", name="Heater contactor", exact=True)
    )
    await expect(contactor).to_contain_text("operator person")

    await page.goto(origin + "/trends")
    drawn = await page.request.get(origin + str(await page.get_attribute(".trend-picture", "src")))
    assert (drawn.status, drawn.headers["content-type"][:13]) == (200, "image/svg+xml")

    await page.goto(origin + "/experiments")
    await page.click("main a[href$='/stop']")
    await page.click("main button[type=submit]")
    await page.goto(origin + "/experiments")
    await page.fill("form[action='/experiments'] [name=name]", "Sand")
    await page.get_by_role("button", name="Starten").click()
    await expect(page.locator(".header-run")).to_contain_text("Sand")
    await context.close()
