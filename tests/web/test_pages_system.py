"""The system page: how every part is, and what retention removed."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Client, app_of, channels_of, sign_in_as
from tests.waiting import eventually
from webmacs_edge.acquisition.statistics import ScanStatistics
from webmacs_edge.history.clock import Clock
from webmacs_edge.history.retention import Room
from webmacs_edge.live.hub import MAX_WATCHERS
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.model.wear import DeviceLife, WearReport
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.inspection import Key
from webmacs_edge.store.site_settings import SiteSettings
from webmacs_edge.store.tables import Thinned
from webmacs_edge.store.thinned import add_thinned
from webmacs_edge.web import keys
from webmacs_edge.web.checks import NOT_YET, Check, State
from webmacs_edge.web.plant_checks import acquisition_check, clock_check, streams_check
from webmacs_edge.web.storage_checks import (
    database_check,
    disk_check,
    history_check,
    retention_check,
    soundness_check,
)
from webmacs_edge.web.system_facts import Facts, look
from webmacs_edge.web.wear_checks import wear_check

WEAR = WearReport(
    today_bytes=0,
    mean_bytes_per_day=None,
    device_today_bytes=None,
    device_mean_bytes_per_day=None,
    device_size_bytes=None,
    endurance_bytes=None,
    erase_cycles=3000,
    forecast_years=None,
    lives=(),
    warning="",
)
FACTS = Facts(
    at_ms=1_800_000_000_000, failure="", answer_ms=1.0, site=SiteSettings(), wear=WEAR,
    use=None, oldest=None, room=Room(50, 100), clock=Clock.SYNCHRONISED, memory_bytes=None, bus={},
)  # fmt: skip


def figure(check: Check, label: str) -> str:
    return next(it.value for it in check.figures if it.label == label)


async def page_of(client: Client, path: str = "/system") -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return html.unescape(await answer.text())


def state_of(page: str, check: str) -> str:
    found = re.search(rf'id="check-{check}" data-state="(\w+)"', page)
    assert found, check
    return found[1]


async def test_a_viewer_sees_how_every_part_is(viewer: Client):
    await channels_of(viewer)

    page = await page_of(viewer)

    names = ("device", "acquisition", "history", "retention", "disk", "database", "process")
    assert {state_of(page, name) for name in names} <= {"good", "warning"}
    assert "Being read" in page
    assert "SQLite, a file here" in page
    assert "1 s at most" in page
    assert 'href="/settings"' not in page


async def test_an_admin_finds_the_settings_there(admin: Client):
    assert 'href="/settings"' in await page_of(admin)


async def test_the_poll_brings_the_checks_alone(viewer: Client):
    part = await page_of(viewer, "/system/checks")

    assert 'id="check-history"' in part
    assert "<html" not in part


async def test_the_navigation_leads_there_on_the_desk_and_on_the_phone(viewer: Client):
    page = await page_of(viewer)

    assert page.count('href="/system" aria-current="page"') == 2
    assert "<title>System · WebMACS Edge</title>" in page


async def test_a_plant_that_cannot_be_read_is_said_with_the_way_out(start: Any, own_plant: Any):
    async with start(own_plant) as client:
        await channels_of(client)
        await sign_in_as(client, UserRole.viewer)
        own_plant.image_path.unlink()
        station = app_of(client)[keys.STATION]
        await eventually(lambda: station.problem, what="a device that is gone")

        page = await page_of(client)

    assert state_of(page, "device") == "error"
    assert "Not being read" in page
    assert "<b>Since " in page


async def test_a_disk_that_refuses_is_said_with_its_words_and_since_when(viewer: Client):
    app = app_of(viewer)
    recorder = app[keys.HISTORY].recorder

    recorder.health.bad("The database cannot grow.")
    refused = history_check(app, await look(app))
    recorder.health.good()
    well = history_check(app, await look(app))

    assert (refused.state, refused.word) == (State.error, "Not being written")
    assert refused.way_out.startswith("The database cannot grow.")
    assert refused.since_ms is not None
    assert abs(now_ms() - refused.since_ms) < DAY_MS
    assert (well.state, well.since_ms) == (State.good, None)


async def test_values_that_were_lost_are_said_as_long_as_it_runs(viewer: Client):
    app = app_of(viewer)
    app[keys.HISTORY].recorder.dropped = 1200

    check = history_check(app, FACTS)

    assert (check.state, check.word) == (State.warning, "Values were lost")
    assert figure(check, "Lost since the start") == "1,200 values"


async def test_the_rate_of_recording_is_known_after_a_flush(viewer: Client):
    app = app_of(viewer)
    recorder = app[keys.HISTORY].recorder

    await eventually(lambda: recorder.samples_per_s, what="a rate")

    assert figure(history_check(app, FACTS), "Recorded").endswith(" values/s")


async def test_damage_and_salvage_are_said(viewer: Client):
    app = app_of(viewer)
    upkeep = app[keys.UPKEEP]

    upkeep.salvager.current.is_complete = False
    salvaging = soundness_check(app)
    upkeep.salvager.current.is_complete = True
    upkeep.scrub.damaged = [Key(1, 2)]
    damaged = soundness_check(app)
    upkeep.scrub.damaged = []
    upkeep.scrub.checked = 3
    sound = soundness_check(app)
    upkeep.scrub.health.bad("It is broken.")
    blind = soundness_check(app)

    checks = (salvaging, damaged, sound, blind)
    assert [check.word for check in checks] == [
        "Being salvaged", "Damage found", "No damage found", "Cannot be checked"
    ]  # fmt: skip
    assert sound.state is State.good
    assert "doctor" in damaged.way_out


async def test_a_retention_that_fails_is_said(viewer: Client):
    app = app_of(viewer)
    keeper = app[keys.UPKEEP].retention

    await keeper.run_once(now_ms())
    well = retention_check(app, FACTS)
    keeper.health.bad("It is locked.")
    ill = retention_check(app, FACTS)

    assert (well.state, figure(well, "Removed then")) == (State.good, "0 values")
    assert (ill.state, ill.word) == (State.warning, "Does not work")


@pytest.mark.parametrize(
    ("room", "state"),
    [
        (Room(50, 100), State.good),
        (Room(9, 100), State.warning),
        (Room(1, 100), State.error),
        (None, State.unknown),
    ],
)
def test_a_disk_is_judged_by_the_least_free_space_of_the_site(room: Room | None, state: State):
    assert disk_check(replace(FACTS, room=room)).state is state


def test_wear_says_what_it_does_not_know():
    check = wear_check(FACTS)

    assert (check.state, check.word) == (State.unknown, "Not measured yet")
    assert figure(check, "Written today") == NOT_YET
    assert figure(check, "By everything today") == "this kernel does not count it"
    assert figure(check, "Age of the eMMC") == "this kernel does not show it"


@pytest.mark.parametrize(
    ("wear", "state", "word"),
    [
        ({"mean_bytes_per_day": 10**9}, State.unknown, "No forecast"),
        ({"mean_bytes_per_day": 10**9, "forecast_years": 37.6}, State.good, "Lasts about 38 years"),
        ({"forecast_years": 12_345.0}, State.good, "Lasts about 12,000 years"),
        ({"forecast_years": 0.5}, State.good, "Lasts about 182 d 15 h"),
        ({"forecast_years": 3.0, "warning": "Flush less."}, State.warning, "Needs somebody"),
    ],
)
def test_wear_is_told_in_years(wear: dict[str, Any], state: State, word: str):
    check = wear_check(replace(FACTS, wear=replace(WEAR, **wear)))

    assert (check.state, check.word) == (state, word)


def test_what_the_emmc_says_of_itself_is_shown():
    lives = (DeviceLife("mmcblk0", 20, "normal"), DeviceLife("mmcblk1", None))

    check = wear_check(replace(FACTS, wear=replace(WEAR, lives=lives, endurance_bytes=92 * 10**12)))

    assert figure(check, "Age of mmcblk0") == "20 % used at most, reserve normal"
    assert figure(check, "Age of mmcblk1") == "age not told"
    assert figure(check, "Endurance assumed") == "92 TB (3,000 erase cycles)"


@pytest.mark.parametrize(
    ("clock", "state"),
    [
        (Clock.SYNCHRONISED, State.good),
        (Clock.FREE, State.warning),
        (Clock.UNKNOWN, State.unknown),
    ],
)
def test_a_clock_that_runs_free_needs_a_time_server(clock: Clock, state: State):
    check = clock_check(replace(FACTS, clock=clock))

    assert check.state is state
    assert bool(check.way_out) == (state is not State.good)


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        ({}, "No cycle yet"),
        ({"cycles": 1000, "beats": 1000, "overruns": 5}, "In time"),
        ({"cycles": 1000, "beats": 1000, "overruns": 50}, "Often late"),
        ({"cycles": 1000, "beats": 1000, "dropped": 1}, "Scans were lost"),
    ],
)
@pytest.mark.standing
async def test_the_cycle_is_judged_by_what_was_missed(
    viewer: Client, seen: dict[str, Any], word: str
):
    app = app_of(viewer)
    app[keys.STATION].scanner.statistics = ScanStatistics(**seen)

    assert acquisition_check(app).word == word


async def test_the_cycle_shows_how_late_it_was(viewer: Client):
    app = app_of(viewer)
    seen = app[keys.STATION].scanner.statistics = ScanStatistics(cycles=100, beats=100)
    for _ in range(99):
        seen.lateness.add(0.15)
    seen.lateness.add(7.25)

    late, work = acquisition_check(app).spreads

    assert (late.half, late.most, late.longest) == ("≤ 0.2", "≤ 0.2", "7.2")
    assert work.half == "–"


async def test_a_full_house_is_said(viewer: Client):
    app = app_of(viewer)

    few = streams_check(app)
    app[keys.HUB].watchers = MAX_WATCHERS
    full = streams_check(app)
    app[keys.HUB].watchers = 0

    assert (few.state, full.state) == (State.good, State.warning)


async def test_a_database_that_does_not_answer_is_said(viewer: Client):
    check = database_check(app_of(viewer), replace(FACTS, failure="It is away."))

    assert (check.state, check.way_out) == (State.error, "It is away.")


async def keep(client: Client, rows: Sequence[Thinned]) -> None:
    async def work(session: Any) -> None:
        for row in rows:
            await add_thinned(session, row)

    await app_of(client)[keys.DATABASE].write(work)


def thinned(at_ms: int, **columns: Any) -> Thinned:
    return Thinned(
        **{
            "at_ms": at_ms, "channel": None, "from_ms": at_ms - 9 * DAY_MS,
            "to_ms": at_ms - 8 * DAY_MS, "kind": "raw", "samples": 1234, "bytes": 5_000_000,
            "why": "age", **columns,
        }
    )  # fmt: skip


async def test_without_anything_removed_the_list_says_when_there_will_be(viewer: Client):
    assert "Nothing was removed yet" in await page_of(viewer)


async def test_what_was_thinned_is_listed_with_its_reason(viewer: Client):
    event = (await channels_of(viewer))[0]
    rows = [
        thinned(now_ms(), channel=event.id),
        thinned(now_ms(), kind="rollup", why="budget", channel=99_999),
        thinned(now_ms(), why="space"),
    ]
    await keep(viewer, rows)

    page = await page_of(viewer)

    assert f'<td class="thinned-channel">{event.name}</td>' in page
    assert '<td class="thinned-channel">a former channel</td>' in page
    assert '<td class="thinned-channel">Several channels</td>' in page
    assert "1,234" in page
    assert "5.0 MB" in page
    for words in ("Older than its retention", "Budget of the history reached", "Little free space"):
        assert words in page


async def test_the_list_has_pages(viewer: Client):
    await keep(viewer, [thinned(now_ms() - day * DAY_MS) for day in range(30)])

    first, second = await page_of(viewer), await page_of(viewer, "/system?page=2")
    beyond = await page_of(viewer, "/system?page=99")

    assert "Page 1 of 2" in first
    assert first.count('class="thinned-why') == 25
    assert second.count('class="thinned-why') == 5
    assert "This page is empty" in beyond
