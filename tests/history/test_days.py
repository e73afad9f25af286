"""Summaries of days: what is drawn from them is what was measured, whatever changes afterwards."""

import asyncio

import numpy as np
import pytest
from sqlalchemy import select, update

from tests.history.conftest import history_in
from tests.history.scans import scan
from webmacs_edge.history import long_trends
from webmacs_edge.history.days import DayKeeper
from webmacs_edge.history.history import History
from webmacs_edge.history.integrity import check_everything
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS
from webmacs_edge.store.history_tables import CHUNKS, DAYS, ROLLUPS
from webmacs_edge.store.upkeep import chunks_within, delete_chunks, delete_rollups, rollups_within

START_MS = 20_000 * DAY_MS
STEP_MS = 30_000
HOURS = 5 * 24 + 3
SILENCE_MS = 40_000


def make_rows():
    """Five days with noise, peaks, unusable hours, and times without samples."""
    random = np.random.default_rng(5)
    for index in range(HOURS * HOUR_MS // STEP_MS):
        hour = index * STEP_MS / HOUR_MS
        if 30.5 <= hour < 33.25 or 50.1 <= hour < 50.9:
            continue
        is_bad = 40.3 <= hour < 42.4 or (60 <= hour < 61 and index % 7 == 0)
        value = round(50 + 10 * np.sin(hour) + random.normal(), 2) + 1000 * (index % 977 == 5)
        at_ms = START_MS + index * STEP_MS + int(random.integers(0, 900))
        yield at_ms, value, Quality.BAD if is_bad else Quality.GOOD


async def fill(history: History) -> None:
    """Record them as two channels, of which the second is kept bit by bit."""
    history.recorder.set_resolution({1: 2})
    for at_ms, value, quality in make_rows():
        history.recorder.take(scan(at_ms, [value, value / 3], quality=quality))
    await history.recorder.flush()


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    directory = tmp_path_factory.mktemp("days")

    async def fill_file():
        async with history_in(directory) as history:
            await fill(history)

    asyncio.run(fill_file())
    return directory


@pytest.fixture
async def full(filled, tmp_path):
    for name in ("history.db", "history.db-wal"):
        if (filled / name).exists():
            (tmp_path / name).write_bytes((filled / name).read_bytes())
    async with history_in(tmp_path) as history:
        yield history


def database_of(history: History):
    return history._reader._database  # noqa: SLF001 there is no door for this


async def make_days(history: History) -> int:
    return await DayKeeper(database_of(history)).run_once(pause_s=0)


async def days_of(history: History, key: int = 1) -> dict[int, bytes | None]:
    async with database_of(history).read() as session:
        rows = await session.execute(
            select(DAYS.c.day, DAYS.c.data).where(DAYS.c.channel == key).order_by(DAYS.c.day)
        )
        return {row.day - START_MS // DAY_MS: row.data for row in rows}


async def without_days(history: History) -> None:
    async def forget(session):
        await session.execute(update(DAYS).values(data=None))

    await database_of(history).write(forget)


async def trend_of(history: History, from_ms: int, to_ms: int, *, column_ms: int, key: int = 1):
    width = (to_ms - from_ms) // column_ms
    silences = {1: SILENCE_MS, 2: SILENCE_MS}
    trends = await history.trend([1, 2], from_ms, to_ms, width=width, silence_ms=silences)
    return trends[key]


async def peak_of(history: History) -> float:
    trend = await trend_of(history, START_MS, START_MS + 5 * DAY_MS, column_ms=HOUR_MS)
    return float(np.nanmax(trend.high))


async def test_every_past_day_is_summed_up_and_the_growing_one_is_not(full):
    assert await days_of(full) == dict.fromkeys(range(6))

    assert await make_days(full) == 10

    days = await days_of(full)
    assert days[5] is None
    assert all(days[day] for day in range(5))
    assert await make_days(full) == 0


@pytest.mark.parametrize("key", [1, 2])  # rounded, and bit by bit
@pytest.mark.parametrize("column_ms", [15 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 6 * HOUR_MS])
@pytest.mark.parametrize(
    ("from_hour", "to_hour"), [(0, 120), (0, HOURS), (6, 102), (24, 120), (-48, 144)]
)
async def test_a_trend_from_days_says_what_one_from_minutes_says(
    full, key, column_ms, from_hour, to_hour
):
    from_ms, to_ms = START_MS + from_hour * HOUR_MS, START_MS + to_hour * HOUR_MS
    to_ms -= (to_ms - from_ms) % column_ms
    options = {"column_ms": column_ms, "key": key}
    wanted = await trend_of(full, from_ms, to_ms, **options)
    await make_days(full)
    found = await trend_of(full, from_ms, to_ms, **options)

    assert (found.at_ms // column_ms).tolist() == (wanted.at_ms // column_ms).tolist()
    inside = found.at_ms >= from_ms
    for name in ("n", "worst", "low", "high"):
        np.testing.assert_array_equal(
            getattr(found, name)[inside], getattr(wanted, name)[inside], err_msg=name
        )
    np.testing.assert_allclose(found.mean, wanted.mean, atol=0.01)
    if column_ms < HOUR_MS:  # else the hours know less than the days
        np.testing.assert_allclose(found.gaps, wanted.gaps, rtol=0, atol=MINUTE_MS)
    for gap in wanted.gaps:
        assert any(np.allclose(gap, other, rtol=0, atol=MINUTE_MS) for other in found.gaps)


async def test_years_are_put_together_from_parts(full, monkeypatch):
    await make_days(full)
    span = (START_MS + 6 * HOUR_MS, START_MS + HOURS * HOUR_MS)
    whole = await trend_of(full, *span, column_ms=HOUR_MS)
    monkeypatch.setattr(long_trends, "DAYS_AT_ONCE", 1)
    parts = await trend_of(full, *span, column_ms=HOUR_MS)

    assert parts.gaps == whole.gaps
    for name in ("at_ms", "low", "high", "mean", "n", "worst"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


async def test_a_late_sample_is_in_the_trend_at_once_and_in_its_day_again(full):
    await make_days(full)
    late_ms = START_MS + 28 * HOUR_MS + 12_345
    full.recorder.insert(1, late_ms, 5000.0)
    assert await peak_of(full) == 5000.0

    await full.recorder.flush()
    await full.recorder._sealer.seal_late()  # noqa: SLF001 it would be done minutes later

    assert (await days_of(full))[1] is None
    assert await peak_of(full) == 5000.0
    assert await make_days(full) == 1
    assert await peak_of(full) == 5000.0


async def test_samples_that_retention_removed_stay_in_the_summaries(full):
    await make_days(full)
    before = await days_of(full)
    wanted = await trend_of(full, START_MS, START_MS + 5 * DAY_MS, column_ms=HOUR_MS)
    await remove(full, chunks_within, delete_chunks, days=3)

    assert await days_of(full) == before
    found = await trend_of(full, START_MS, START_MS + 5 * DAY_MS, column_ms=HOUR_MS)
    np.testing.assert_array_equal(found.high, wanted.high)


async def test_days_go_with_their_rollups(full):
    await make_days(full)
    await remove(full, rollups_within, delete_rollups, days=3)

    assert list(await days_of(full)) == [2, 3, 4, 5]  # an hour reaches into the third day


async def test_days_whose_hours_are_known_only_as_a_whole_are_read_hour_by_hour(full):
    wanted = await trend_of(full, START_MS, START_MS + 5 * DAY_MS, column_ms=2 * HOUR_MS)
    database = database_of(full)

    async def forget(session):
        first_day = START_MS + DAY_MS
        await session.execute(CHUNKS.delete().where(CHUNKS.c.t0 < first_day))
        await session.execute(update(ROLLUPS).where(ROLLUPS.c.t0 < first_day).values(env=None))

    await database.write(forget)
    await make_days(full)

    assert (await days_of(full))[0] == b""
    found = await trend_of(full, START_MS, START_MS + 5 * DAY_MS, column_ms=2 * HOUR_MS)
    np.testing.assert_array_equal(found.high, wanted.high)


@pytest.mark.parametrize("bit", [0, 9, 40, 300])
async def test_a_damaged_day_is_made_of_its_hours_instead(full, bit):
    await make_days(full)
    wanted = await trend_of(full, START_MS, START_MS + 5 * DAY_MS, column_ms=HOUR_MS)
    damaged = bytearray((await days_of(full))[2] or b"")
    damaged[bit // 8] ^= 1 << bit % 8

    async def damage(session):
        mine = (DAYS.c.channel == 1, DAYS.c.day == START_MS // DAY_MS + 2)
        await session.execute(update(DAYS).where(*mine).values(data=bytes(damaged)))

    await database_of(full).write(damage)

    found = await trend_of(full, START_MS, START_MS + 5 * DAY_MS, column_ms=HOUR_MS)
    np.testing.assert_array_equal(found.high, wanted.high)
    assert (await check_everything(database_of(full))).wrong_rollups == 1
    keeper = DayKeeper(database_of(full))
    assert [await keeper.verify_some(limit=4) for _ in range(4)] == [1, 0, 0, 0]
    assert await make_days(full) == 1
    assert (await check_everything(database_of(full))).is_good


async def remove(history: History, find, delete, *, days: int) -> None:
    database = database_of(history)
    async with database.read() as session:
        doomed = await find(
            session, [1, 2], from_ms=0, to_ms=START_MS + days * DAY_MS - HOUR_MS, limit=1000
        )
    await database.write(lambda session: delete(session, doomed))
