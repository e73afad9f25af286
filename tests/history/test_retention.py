"""Retention: what is removed, what is kept, what is told."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update

from tests.history.conftest import history_in
from tests.history.scans import scan
from webmacs_edge.history.history import History
from webmacs_edge.history.retention import RetentionKeeper, Room
from webmacs_edge.model.times import DAY_MS, HOUR_MS
from webmacs_edge.model.words import EventType, LoggingType
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.events import create_event
from webmacs_edge.store.experiments import (
    protect_experiment,
    protected_spans,
    start_experiment,
    stop_experiment,
)
from webmacs_edge.store.log_entries import list_log_entries
from webmacs_edge.store.site_settings import SiteSettings, write_site_settings, write_site_value
from webmacs_edge.store.tables import Event
from webmacs_edge.store.thinned import list_thinned
from webmacs_edge.store.upkeep import measure_use

START_MS = 1_800_000_000_000 // DAY_MS * DAY_MS
DAYS = 10
NOW_MS = START_MS + DAYS * DAY_MS
CHANNELS = 3


@dataclass
class Site:
    """A history of ten days, and what says how long it is kept."""

    history: History
    config: Database
    samples: Database

    def keeper(self, **options) -> RetentionKeeper:
        return RetentionKeeper(self.samples, self.config, **options)

    async def decide(self, **settings) -> None:
        await self.config.write(
            lambda session: write_site_settings(session, SiteSettings(**settings), at_ms=1)
        )

    async def days_of(self, key: int = 1) -> list[int]:
        """Of which days there are samples."""
        found: set[int] = set()
        async for at_ms, _, _ in self.history.raw(key, START_MS - DAY_MS, NOW_MS + DAY_MS):
            found.update(((at_ms - START_MS) // DAY_MS).tolist())
        return sorted(found)

    async def thinned(self):
        async with self.config.read() as session:
            return (await list_thinned(session, page=1, page_size=100)).rows

    async def entries(self):
        async with self.config.read() as session:
            return (await list_log_entries(session, page=1, page_size=100)).rows


@pytest.fixture
async def site(tmp_path: Path, empty_config: Path) -> AsyncIterator[Site]:
    """Three channels, a sample every 30 minutes for ten days, and one more hour that is open."""
    shutil.copy(empty_config, tmp_path / "config.db")
    config = Database(sqlite_url(tmp_path / "config.db"))
    async with history_in(tmp_path) as history:
        for half_hour in range(48 * DAYS + 2):
            at_ms = START_MS + half_hour * HOUR_MS // 2
            history.recorder.take(scan(at_ms, [half_hour / 7] * CHANNELS))
        await history.recorder.flush()
        yield Site(history, config, history.recorder._database)  # noqa: SLF001 the same file
    await config.close()


async def add_channel(config: Database, name: str, **days) -> int:
    event = await config.write(
        lambda session: create_event(
            session, at_ms=1, name=name, min_value=0, max_value=1, unit="V", type=EventType.sensor
        )
    )
    await config.write(
        lambda session: session.execute(
            update(Event).where(Event.public_id == event.public_id).values(**days)
        )
    )
    return event.id


async def add_experiment(config: Database, from_ms: int, to_ms: int | None) -> None:
    made = await config.write(
        lambda session: start_experiment(
            session, name=str(uuid4()), at_ms=from_ms, user_public_id=None
        )
    )
    await config.write(lambda session: protect_experiment(session, made.public_id, protected=True))
    if to_ms is not None:
        await config.write(lambda session: stop_experiment(session, made.public_id, at_ms=to_ms))


async def test_it_knows_where_samples_and_summaries_begin(site):
    keeper = site.keeper()
    whole = await keeper.find_oldest()
    await site.decide(retention_days=5)

    await keeper.run_once(NOW_MS)

    assert whole == (START_MS, START_MS)
    assert await keeper.find_oldest() == (START_MS + 5 * DAY_MS, START_MS)


async def test_nothing_is_removed_unless_somebody_says_so(site):
    removed = await site.keeper(measure_room=lambda: Room(50, 100)).run_once(NOW_MS)

    assert (removed.chunks, removed.rollups) == (0, 0)
    assert await site.days_of() == list(range(DAYS + 1))
    assert await site.thinned() == []


async def test_old_samples_go_first_and_their_summaries_stay_for_the_trend(site):
    await site.decide(retention_days=3)

    removed = await site.keeper().run_once(NOW_MS)

    assert await site.days_of() == [7, 8, 9, 10]
    assert removed.samples == 7 * 48 * CHANNELS
    trend = (await site.history.trend([1], START_MS, NOW_MS, width=10))[1]
    assert trend.n.tolist() == [48] * 10
    assert trend.high.tolist()[0] == pytest.approx(47 / 7)


async def test_summaries_go_when_their_time_has_come_too(site):
    await site.decide(retention_days=3, rollup_days=5)

    removed = await site.keeper().run_once(NOW_MS)

    assert removed.rollups == 5 * 24 * CHANNELS
    trend = (await site.history.trend([1], START_MS, NOW_MS, width=10))[1]
    assert trend.n.tolist() == [48] * 5


async def test_a_channel_may_be_kept_longer_or_shorter_than_the_others(site):
    await site.decide(retention_days=5)
    assert await add_channel(site.config, "short", retention_days=1) == 1
    assert await add_channel(site.config, "long", retention_days=1000) == 2

    await site.keeper().run_once(NOW_MS)

    assert await site.days_of(1) == [9, 10]
    assert await site.days_of(2) == list(range(DAYS + 1))
    assert await site.days_of(3) == [5, 6, 7, 8, 9, 10]


async def test_what_a_protected_experiment_spans_is_kept(site):
    await site.decide(retention_days=1, rollup_days=2, history_budget_bytes=16 * 2**20)
    await add_experiment(site.config, START_MS + 2 * DAY_MS + 1, START_MS + 3 * DAY_MS)
    await add_experiment(site.config, START_MS + 5 * DAY_MS, START_MS + 6 * DAY_MS - 1)

    await site.keeper(measure_room=lambda: Room(1, 100)).run_once(NOW_MS)

    assert await site.days_of() == [2, 3, 5, 9, 10]
    async with site.config.read() as session:
        assert len(await protected_spans(session)) == 2
    parts = [p async for p in site.history.raw(1, START_MS + 2 * DAY_MS, START_MS + 4 * DAY_MS)]
    assert sum(len(part.at_ms) for part in parts) == 48 + 2  # the edge hour is whole


async def test_what_a_running_protected_experiment_has_seen_so_far_is_kept(site):
    await site.decide(retention_days=1)
    await add_experiment(site.config, START_MS + 4 * DAY_MS, None)

    await site.keeper().run_once(NOW_MS)

    assert await site.days_of() == [4, 5, 6, 7, 8, 9, 10]


async def test_a_full_disk_loses_the_oldest_first_and_never_the_newest_day(site):
    frees = iter([5, 5, 5, *[50] * 9])

    removed = await site.keeper(measure_room=lambda: Room(next(frees), 100)).run_once(NOW_MS)

    days = await site.days_of()
    assert days == list(range(DAYS + 1))  # three bites of hours
    assert removed.reasons == {"space"}
    assert 0 < removed.chunks < 24 * CHANNELS
    removed = await site.keeper(measure_room=lambda: Room(0, 100 * 2**30)).run_once(NOW_MS)
    assert await site.days_of() == [9, 10]
    assert (await site.keeper(measure_room=lambda: Room(0, 2**30)).run_once(NOW_MS)).chunks == 0


async def test_a_history_over_its_budget_loses_the_oldest_until_it_fits(site):
    async with site.samples.read() as session:
        used = (await measure_use(session)).used_bytes
    budget = used * 9 // 10  # less than people may say
    await site.config.write(
        lambda session: write_site_value(session, "history.history_budget_bytes", budget, at_ms=1)
    )

    removed = await site.keeper().run_once(NOW_MS)

    assert removed.reasons == {"budget"}
    days = await site.days_of()
    assert days[-3:] == [8, 9, 10]
    assert 0 not in days
    async with site.samples.read() as session:
        assert (await measure_use(session)).used_bytes <= budget


async def test_what_was_removed_is_listed_by_day_and_noted_once_a_day(site):
    await site.decide(retention_days=8)
    keeper = site.keeper()
    for hour in range(30):
        await keeper.run_once(NOW_MS + hour * HOUR_MS)

    second, first = await site.thinned()
    assert (first.kind, first.why, first.channel) == ("raw", "age", None)
    assert (first.from_ms, first.at_ms) == (START_MS, NOW_MS + 23 * HOUR_MS)
    assert first.samples + second.samples == (2 * 48 + 29 * 2) * CHANNELS
    assert first.bytes > 1000
    entries = await site.entries()
    assert len(entries) == 2
    assert {entry.logging_type for entry in entries} == {LoggingType.info}
    assert entries[0].content == (
        "Samples up to 2027-01-17 are being removed, as their retention says. "
        "Their hourly summaries stay."
    )


async def test_new_samples_are_taken_while_old_ones_go(site):
    await site.decide(retention_days=1)
    site.history.recorder.take(scan(NOW_MS + 2 * HOUR_MS, [5.0] * CHANNELS))

    await site.keeper().run_once(NOW_MS)
    await site.history.recorder.flush()

    assert (await site.days_of())[-1] == 10
    assert site.history.recorder.health.is_good
