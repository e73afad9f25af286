"""The settings page: what the site decides, with its consequences."""

import html
import re
from dataclasses import replace

import pytest

from tests.conftest import Client, app_of, sign_in_as
from webmacs_edge.history.retention import Room
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.datapoints import add_sealed
from webmacs_edge.store.history_rows import Chunk, Rollup
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.store.site_settings import (
    SiteSettings,
    read_site_settings,
    write_site_settings,
)
from webmacs_edge.store.upkeep import FileUse, Oldest
from webmacs_edge.web import keys
from webmacs_edge.web.setting_words import Stock, removals

AT_MS = 1_800_000_000_000
GIGABYTE = 10**9


async def settings_of(client: Client) -> SiteSettings:
    async with app_of(client)[keys.DATABASE].read() as session:
        return await read_site_settings(session)


async def log_of(client: Client) -> list[str]:
    async with app_of(client)[keys.DATABASE].read() as session:
        page = await list_log_entries(session, page=1, page_size=50)
    return [entry.content for entry in page.rows]


async def save(client: Client, **typed: str) -> tuple[int, str]:
    """The status, and the page that follows."""
    shown = await (await client.get("/settings")).text()
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    assert seen
    answer = await client.post("/settings", data={"seen": seen[1], **typed}, allow_redirects=False)
    if answer.status == 303:
        return 303, html.unescape(await (await client.get(answer.headers["Location"])).text())
    return answer.status, html.unescape(await answer.text())


async def store_old_values(client: Client, *, days: int) -> None:
    """One chunk of a channel, so many days old, written beside the appliance."""
    t0 = now_ms() - days * DAY_MS
    chunk = Chunk(1, t0, t0 + 1000, 2, b"\x00")
    rollup = Rollup(1, t0, t0 + 1000, 2, 0.0, 1.0, 1.0, 1.0, 0)
    file = app_of(client)[keys.SETTINGS].data_dir / "history.db"
    database = Database(sqlite_url(file), page_size=1024, for_samples=True)
    await database.write(lambda session: add_sealed(session, chunks=[chunk], rollups=[rollup]))
    await database.close()


async def test_the_page_says_what_holds_and_where_it_comes_from(admin: Client):
    shown = await (await admin.get("/settings")).text()

    assert "from WEBMACS_FLUSH_SECONDS or the settings file" in shown
    assert shown.count("by default") == 4
    assert "Older raw values are removed at the next hourly run" in shown


async def test_what_is_saved_holds_at_once_is_told_and_stands_in_the_log(admin: Client):
    status, shown = await save(
        admin, flush_seconds="7,5", retention_days="30", rollup_days="365", budget="2",
        budget_unit="GB", min_free_percent="15",
    )  # fmt: skip

    assert status == 303
    assert "Saved. The settings are followed from now on." in shown
    assert shown.count("by admin person") == 5
    assert await settings_of(admin) == SiteSettings(7.5, 30, 365, 2 * 10**9, 15)
    assert app_of(admin)[keys.HISTORY].recorder.flush_interval_s == 7.5
    assert (
        "Settings were changed by admin person. At risk on power loss: 1 s → 7.5 s; Raw values "
        "are kept: for ever → 30 days; Hourly figures are kept: for ever → 365 days; Budget of "
        "the history: none → 2.0 GB; Least free space: 10 % → 15 %."
    ) in await log_of(admin)


async def test_the_log_stays_english_when_somebody_saves_in_german(admin: Client):
    answer = await admin.post(
        "/settings",
        data={"flush_seconds": "7,5", "retention_days": "30"},
        headers={"Accept-Language": "de"},
        allow_redirects=False,
    )

    assert answer.status == 303
    assert (
        "Settings were changed by admin person. At risk on power loss: 1 s → 7.5 s; Raw values "
        "are kept: for ever → 30 days."
    ) in await log_of(admin)


async def test_empty_fields_are_the_defaults_again(admin: Client):
    await save(admin, flush_seconds="30", retention_days="30")

    status, shown = await save(admin, flush_seconds="", retention_days="")

    assert status == 303
    assert await settings_of(admin) == SiteSettings()
    assert app_of(admin)[keys.HISTORY].recorder.flush_interval_s == 1.0
    assert "set here" not in shown


async def test_saving_what_holds_already_leaves_no_note(admin: Client):
    status, _ = await save(admin)

    assert status == 303
    assert not [text for text in await log_of(admin) if "Settings" in text]


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("flush_seconds", "0", "The flush interval must be 1 to 60 seconds."),
        ("flush_seconds", "61", "The flush interval must be 1 to 60 seconds."),
        ("flush_seconds", "nan", "Please write a finite number"),
        ("flush_seconds", "soon", "Please write a number"),
        ("retention_days", "0", "Keep samples for 1 to 36500 days"),
        ("retention_days", "1.5", "Please write a whole number"),
        ("rollup_days", "99999999999999999999", "Keep summaries for 1 to 36500 days"),
        ("budget", "0.001", "The history needs a budget of at least 16 MiB"),
        ("budget", "−3", "Please use 0"),
        ("budget", "1e300", "Please use 1000000000"),
        ("budget_unit", "TB", "Please choose one of"),
        ("min_free_percent", "51", "The share to keep free must be 0 to 50 percent."),
    ],
)
@pytest.mark.standing
async def test_what_cannot_be_comes_back_as_typed_with_the_reason_at_its_field(
    admin: Client, field: str, text: str, sentence: str
):
    status, shown = await save(admin, **{field: text})

    assert status == 422
    assert sentence in shown
    assert f'id="{field}-error"' in shown
    assert field == "budget_unit" or f'value="{text}"' in shown
    assert await settings_of(admin) == SiteSettings()


async def test_summaries_shorter_than_samples_are_refused(admin: Client):
    status, shown = await save(admin, retention_days="30", rollup_days="7")

    assert status == 422
    assert "Summaries must be kept at least as long as the samples." in shown


async def test_settings_that_somebody_else_changed_meanwhile_are_not_overwritten(admin: Client):
    decided = replace(SiteSettings(), retention_days=90)
    shown = await (await admin.get("/settings")).text()
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    assert seen
    await app_of(admin)[keys.DATABASE].write(
        lambda session: write_site_settings(session, decided, at_ms=1)
    )

    answer = await admin.post("/settings", data={"seen": seen[1], "flush_seconds": "5"})

    assert answer.status == 409
    assert "Somebody else has changed the settings" in await answer.text()
    assert await settings_of(admin) == decided


async def test_before_older_values_go_it_asks_and_goes_back_or_on(admin: Client):
    await store_old_values(admin, days=100)

    status, question = await save(admin, retention_days="30", rollup_days="60")
    back, form = await save(admin, retention_days="30", rollup_days="60", answer="back")
    held = await settings_of(admin)
    gone, _ = await save(admin, retention_days="30", rollup_days="60", answer="remove")

    assert (status, back, gone) == (200, 200, 303)
    assert "Remove older values?" in question
    assert "Raw values from before " in question
    assert "Hourly figures from before " in question
    assert 'name="retention_days" value="30"' in question
    assert 'id="retention_days" name="retention_days" type="text" value="30"' in form
    assert held == SiteSettings()
    assert await settings_of(admin) == SiteSettings(None, 30, 60)


async def test_where_nothing_is_that_old_it_does_not_ask(admin: Client):
    await store_old_values(admin, days=20)

    status, _ = await save(admin, retention_days="30")

    assert status == 303


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ({}, {"retention_days": 30}, ["raw"]),
        ({}, {"retention_days": 300}, []),
        ({"retention_days": 20}, {"retention_days": 30}, []),
        ({"retention_days": 60}, {"retention_days": 30, "rollup_days": 30}, ["raw", "hourly"]),
        ({}, {"history_budget_bytes": GIGABYTE}, ["budget"]),
        ({}, {"history_budget_bytes": 3 * GIGABYTE}, []),
        ({"history_budget_bytes": GIGABYTE // 2}, {"history_budget_bytes": GIGABYTE}, []),
        ({}, {"min_free_percent": 20}, ["space"]),
        ({}, {"min_free_percent": 14}, []),
        ({"min_free_percent": 30}, {"min_free_percent": 20}, []),
        ({"retention_days": 30}, {}, []),
    ],
)
def test_only_what_makes_something_go_that_would_have_stayed_is_asked_about(
    before: dict[str, int], after: dict[str, int], asked: list[str]
):
    stock = Stock(
        use=FileUse(2 * GIGABYTE, 0),
        oldest=Oldest(AT_MS - 100 * DAY_MS, AT_MS - 200 * DAY_MS),
        room=Room(15 * GIGABYTE, 100 * GIGABYTE),
        at_ms=AT_MS,
    )

    found = removals(SiteSettings(**before), SiteSettings(**after), stock)

    assert [removal.what for removal in found] == asked


async def test_nobody_but_admins_may_open_or_save_them(client: Client):
    await sign_in_as(client, UserRole.operator)

    opened = await client.get("/settings")
    saved = await client.post("/settings", data={"flush_seconds": "5"})

    assert (opened.status, saved.status) == (403, 403)
    assert await settings_of(client) == SiteSettings()
