"""What holds on every page: paper, no connection, keys, no scripts, hours of being left open."""

import pytest
from playwright.async_api import Page, expect

from bench.stay import LIVE, record, stay
from tests.browser.conftest import Open
from tests.conftest import Client
from tests.web.filled import fill
from tests.web.test_api_outputs import rig  # noqa: F401 a fixture
from webmacs_edge.model.words import UserRole

pytestmark = pytest.mark.browser

PRINTED = ("/log", "/alarms/journal", "/events", "/audit", "/history", "/trends")
_ON_PAPER = """() => {
  const shown = (it) => getComputedStyle(it).display !== "none";
  const all = (it) => [...document.querySelectorAll(it)].some(shown);
  const root = getComputedStyle(document.body);
  return {
    navigation: all(".nav"), buttons: all("main .button"), filters: all("form[role=search]"),
    page: root.backgroundColor, heads: [...document.querySelectorAll("main .table thead")].every(
      it => ["table-header-group", "none"].includes(getComputedStyle(it).display)
        || it.matches(".visually-hidden")),
  };
}"""


async def test_on_paper_there_is_no_navigation_and_the_ground_is_white(
    rig: Client,  # noqa: F811
    visit: Open,
):
    made = await fill(rig)
    here = await visit(rig, role=UserRole.admin, theme="dark")
    await here.page.emulate_media(media="print", color_scheme="dark")
    run = f"/experiments/{made.ids['experiments']}"

    seen = {}
    for path in (*PRINTED, run, f"{run}/report", "/commissioning/certificate"):
        seen[path] = await (await here.open(path)).evaluate(_ON_PAPER)

    white = {"navigation": False, "buttons": False, "filters": False, "heads": True}
    assert seen == dict.fromkeys(seen, white | {"page": "rgb(255, 255, 255)"})


async def test_without_a_connection_a_page_says_so_and_nothing_else_was_kept(
    operator: Client, visit: Open
):
    here = await visit(operator, role=UserRole.operator)
    page = await here.open("/log")
    await page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    for path in ("/", "/events", "/trends"):
        await here.open(path)

    await page.context.set_offline(True)
    await here.open("/log")

    await expect(page.get_by_role("heading")).to_have_text("The appliance cannot be reached")
    await expect(page.get_by_text("operator person")).to_have_count(0)
    kept = await page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async it => "
        "(await (await caches.open(it)).keys()).map(r => new URL(r.url).pathname)))).flat()"
    )
    assert sorted(kept) == ["/offline", "/static/css/base.css"]
    await page.context.set_offline(False)
    await page.get_by_role("link", name="Try again").click()
    await expect(page.get_by_role("heading", name="Log")).to_be_visible()
    here.forgive()  # what could not be fetched meanwhile


_FOCUS = """() => {
  const it = document.activeElement, style = getComputedStyle(it);
  if (!it || it === document.body) return null;
  const ring = style.outlineStyle !== "none" || it.closest(":has(:focus-visible)") !== null
    && [...document.querySelectorAll(":has(:focus-visible)")].some(
      up => up.contains(it) && getComputedStyle(up).outlineStyle !== "none");
  const words = (it.textContent || "").trim().slice(0, 20);
  return [`${it.tagName} ${it.id || it.className} ${words}`, ring];
}"""


_COVERED = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect();
  if (it === document.body) return null;
  const place = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const near = place && (it.contains(place) || it.closest("label, .field")?.contains(place));
  return near ? "" : `${it.tagName} ${it.name || it.textContent}`;
}"""


async def course(page: Page) -> tuple[list[str], list[str]]:
    """Everything that Tab reaches, in order, and what of it shows no ring."""
    seen, dark = [], []
    for _ in range(150):
        await page.keyboard.press("Tab")
        found = await page.evaluate(_FOCUS)
        if found is None:
            break
        seen.append(found[0])
        if not found[1]:
            dark.append(found[0])
    return seen, dark


async def test_tab_goes_through_every_kind_of_page_without_a_trap_and_always_visibly(
    rig: Client,  # noqa: F811
    visit: Open,
):
    made = await fill(rig)
    here = await visit(rig, role=UserRole.operator)
    channel = made.ids["events"]

    for path in ("/", "/alarms", f"/events/{channel}/edit", "/trends", "/log", "/rules/new"):
        page = await here.open(path)
        seen, dark = await course(page)

        assert seen[0].startswith("A skip"), path
        assert len(seen) < 150, f"{path}: no end, or a trap"
        assert dark == [], path


async def test_escape_closes_menu_and_dialog_and_gives_the_focus_back(
    rig: Client,  # noqa: F811
    visit: Open,
):
    page = await (await visit(rig, role=UserRole.operator)).open("/")
    menu, button = page.locator(".header-user summary"), page.get_by_role("link", name="Set Feed")
    await menu.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".header-user .menu-body")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".header-user .menu-body")).to_be_hidden()
    await expect(menu).to_be_focused()

    await button.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Command")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(button).to_be_focused()

    await page.keyboard.press("Enter")
    await dialog.get_by_role("radio", name="Open").check()
    await dialog.get_by_label("Why").fill("from the live page")
    await dialog.get_by_role("button", name="Command").click()
    await expect(dialog).to_be_hidden()
    tile = page.locator(".channel", has=button)
    await expect(tile).to_contain_text("Open", timeout=20_000)
    await expect(tile.locator(".channel-note")).to_contain_text("Confirmed", timeout=20_000)


async def test_a_live_page_that_stays_open_holds_no_more_than_before(operator: Client, visit: Open):
    here = await visit(operator, role=UserRole.operator)
    page = await here.open("/")

    recorded = await record(page, here.origin, LIVE.stream, count=20)
    before, after = [it async for it in stay(page, LIVE, recorded, marks=[60, 180])]

    assert after.nodes <= before.nodes + 200
    assert after.listeners <= before.listeners
    assert after.heap_bytes <= before.heap_bytes + 500_000
    here.forgive()  # a stream that is played back ends now and then


async def test_charts_and_dashboards_ask_for_a_page_its_files_and_no_more(
    client: Client, visit: Open
):
    here = await visit(client, role=UserRole.operator)
    page = await here.open("/dashboards")
    await page.get_by_role("button", name="Make one of all channels").click()
    await expect(page.locator(".widget-chart").first).to_have_attribute("data-loaded", "true")
    board = page.url.removeprefix(here.origin)

    asked = {}
    for path in ("/trends", board):
        here.requests.clear()
        await (await here.open(path)).locator("[data-loaded=true]").first.wait_for()
        asked[path] = len({it for it in here.requests if "/static/" in it or ".css" in it})

    assert asked["/trends"] <= 9
    assert asked[board] <= 11


async def test_the_focus_never_lies_under_what_stays_in_its_place(operator: Client, visit: Open):
    here = await visit(operator, role=UserRole.operator)
    page = await here.open("/rules/new")

    hidden = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        found = await page.evaluate(_COVERED)
        if found is None:
            break
        hidden.append(found)

    assert len(hidden) > 20
    assert [it for it in hidden if it] == []
