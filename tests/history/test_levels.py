"""Trends of every level against a walk along the samples: rollups, minutes, chunks, RAM."""

import asyncio
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan, take
from webmacs_edge.history.sketch import SPREAD_COLUMNS
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS
from webmacs_edge.store.history_tables import CHUNKS, ROLLUPS

HOURS = 30
STEP_MS = 20_000
LIMIT_MS = 75_000


async def purge(history, *, before_ms, from_ms=0, envelopes=False):
    """Delete chunks, as retention does; with their envelopes if wanted."""

    async def work(session):
        doomed = (CHUNKS.c.t0 >= from_ms, CHUNKS.c.t1 < before_ms)
        await session.execute(delete(CHUNKS).where(*doomed))
        if envelopes:
            old = (ROLLUPS.c.t0 >= from_ms, ROLLUPS.c.t1 < before_ms)
            await session.execute(update(ROLLUPS).where(*old).values(env=None))

    await history._reader._database.write(work)  # noqa: SLF001 there is no door for this


async def trend_of(history, from_ms, to_ms, *, width):
    silence_ms = int(LIMIT_MS / 2.5)
    return (await history.trend([1], from_ms, to_ms, width=width, silence_ms={1: silence_ms}))[1]


def make_rows():
    """30 hours with noise, peaks, a bad hour, a mixed one, and a time without samples."""
    random = np.random.default_rng(3)
    rows = []
    for index in range(HOURS * HOUR_MS // STEP_MS):
        at_ms = NOON_MS + index * STEP_MS + int(random.integers(0, 900))
        hour = index * STEP_MS / HOUR_MS
        if 9.5 <= hour < 12.25:
            continue
        quality = Quality.GOOD
        if 4.3 <= hour < 6.4 or (7 <= hour < 8 and index % 7 == 0):
            quality = Quality.BAD
        value = round(50 + 10 * np.sin(hour) + random.normal(), 2)
        if index in {123, 2400, 4567, HOURS * 180 - 3}:
            value = 1000.0 + index
        rows.append((at_ms, value, quality))
    return rows


ROWS = make_rows()


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    directory = tmp_path_factory.mktemp("levels")

    async def fill():
        async with history_in(directory) as history:
            history.recorder.set_resolution({1: 2})
            for at_ms, value, quality in ROWS:
                history.recorder.take(scan(at_ms, [value], quality=quality))
            await history.recorder.flush()

    asyncio.run(fill())
    return directory


LEVELS = {
    "chunks": {},
    "minutes": {"before_ms": NOON_MS + 2 * DAY_MS},
    "rollups": {"before_ms": NOON_MS + 2 * DAY_MS, "envelopes": True},
    "half": {"before_ms": NOON_MS + 14 * HOUR_MS},
    "middle": {
        "from_ms": NOON_MS + 13 * HOUR_MS, "before_ms": NOON_MS + 20 * HOUR_MS, "envelopes": True
    },
}  # fmt: skip


@settings(deadline=None, max_examples=12)
@given(
    st.integers(0, HOURS * HOUR_MS // 2),
    st.integers(HOUR_MS, HOURS * HOUR_MS),
    st.sampled_from([1, 5, 24, 100, 700, 1500]),
)
@pytest.mark.parametrize("level", LEVELS)
def test_no_peak_is_lost_and_no_sample_is_invented_at_any_level(
    tmp_path_factory, filled, level, start_ms, span_ms, width
):
    from_ms, to_ms = NOON_MS + start_ms, NOON_MS + start_ms + span_ms

    async def read():
        copy = tmp_path_factory.mktemp("copy")
        (copy / "history.db").write_bytes((filled / "history.db").read_bytes())
        async with history_in(copy) as history:
            if LEVELS[level]:
                await purge(history, **LEVELS[level])
            return await trend_of(history, from_ms, to_ms, width=width)

    trend = asyncio.run(read())

    usable = [(at, value) for at, value, quality in ROWS if quality < Quality.BAD]
    inside = [value for at, value in usable if from_ms <= at < to_ms]
    known = (trend.n > 0) & (trend.at_ms >= from_ms)
    if level == "chunks" and inside:  # nothing is missing: the edges are exact at every width
        assert trend.low[known].min() == min(inside)
        assert trend.high[known].max() == max(inside)
        assert trend.n[known].sum() == len(inside)
        total = float((trend.mean[known] * trend.n[known]).sum())
        assert total == pytest.approx(sum(inside), rel=1e-4)
    elif inside:  # whole minutes or hours at the edges
        around = [value for at, value in usable if from_ms - HOUR_MS < at < to_ms + HOUR_MS]
        assert min(around) <= trend.low[known].min() <= min(inside)
        assert max(inside) <= trend.high[known].max() <= max(around)
    assert (trend.low[known] <= trend.mean[known]).all()
    assert (trend.mean[known] <= trend.high[known]).all()
    check_columns(trend, usable, from_ms, to_ms, width)


@pytest.mark.parametrize("width", [40, 5000])
@pytest.mark.parametrize("level", LEVELS)
async def test_a_channel_looks_the_same_alone_and_among_others(filled, tmp_path, level, width):
    (tmp_path / "history.db").write_bytes((filled / "history.db").read_bytes())
    async with history_in(tmp_path) as history:
        if LEVELS[level]:
            await purge(history, **LEVELS[level])
        history.recorder.take(scan(NOON_MS + (HOURS + 1) * HOUR_MS, [1.0, 2.0]))
        to_ms = NOON_MS + (HOURS + 2) * HOUR_MS
        options = {"width": width, "silence_ms": {1: 30_000, 2: 30_000, 3: 10_000}}
        alone = (await history.trend([1], to_ms - DAY_MS, to_ms, **options))[1]
        among = await history.trend([3, 1, 2], to_ms - DAY_MS, to_ms, **options)

    assert list(among) == [3, 1, 2]
    assert among[1].gaps == alone.gaps
    for name in ("at_ms", "low", "high", "mean", "n", "worst"):
        np.testing.assert_array_equal(getattr(among[1], name), getattr(alone, name))
    assert among[2].high.tolist() == [2.0]
    assert len(among[3].at_ms) == 0


def check_columns(trend, usable, from_ms, to_ms, width):
    """Each column says what was measured within its width, or the summary that covers it."""
    at_ms = np.array([at for at, _ in usable])
    values = np.array([value for _, value in usable])
    slack_ms = HOUR_MS if trend.coarse_ms > MINUTE_MS else MINUTE_MS
    slack_ms += (1 + SPREAD_COLUMNS) * (to_ms - from_ms) // width
    for at, low, high, n in zip(trend.at_ms, trend.low, trend.high, trend.n, strict=True):
        if n:
            near = values[(at_ms >= at - slack_ms) & (at_ms <= at + slack_ms)]
            assert near.min() <= low
            assert high <= near.max()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("width", [20, 300, 1500])
async def test_gaps_are_seen_at_every_level(tmp_path, filled, level, width):
    (tmp_path / "history.db").write_bytes((filled / "history.db").read_bytes())
    from_ms, to_ms = NOON_MS, NOON_MS + 20 * HOUR_MS
    async with history_in(tmp_path) as history:
        if LEVELS[level]:
            await purge(history, **LEVELS[level])
        trend = await trend_of(history, from_ms, to_ms, width=width)

    usable = [at for at, _, quality in ROWS if quality < Quality.BAD and from_ms <= at < to_ms]
    wide = [(end - start, start, end) for start, end in pairwise(usable) if end - start > HOUR_MS]
    (_, bad_from, bad_to), (_, silent_from, silent_to) = wide
    tolerance_ms = HOUR_MS if level == "rollups" else 2 * MINUTE_MS
    found = [gap for gap in trend.gaps if gap[1] - gap[0] > HOUR_MS / 2]
    assert len(found) == 2 or level == "rollups"
    assert found[-1] == pytest.approx((silent_from, silent_to), abs=5 * MINUTE_MS)
    if level != "rollups":
        assert found[0] == pytest.approx((bad_from, bad_to), abs=tolerance_ms)


async def test_a_purged_hour_stands_in_all_its_columns_with_no_more_detail_than_it_has(history):
    take(history, [(NOON_MS + second * 1000, float(second % 100)) for second in range(2 * 3600)])
    take(history, [(NOON_MS + 2 * HOUR_MS, 5.0)])
    await history.recorder.flush()
    await purge(history, before_ms=NOON_MS + HOUR_MS, envelopes=True)

    trend = await trend_of(history, NOON_MS, NOON_MS + 2 * HOUR_MS, width=720)

    assert len(trend.at_ms) == 720
    assert set(trend.low[:360].tolist()) == {0.0}
    assert set(trend.high[:360].tolist()) == {99.0}
    assert set(trend.n[:360].tolist()) == {3600}
    assert set(trend.n[360:].tolist()) == {10}
    assert HOUR_MS - 2000 < trend.coarse_ms < HOUR_MS
    assert trend.gaps == []


async def test_old_rows_without_an_envelope_are_read_from_their_chunks(history):
    take(history, [(NOON_MS + second * 1000, second / 10) for second in range(4 * 3600)])
    take(history, [(NOON_MS + 4 * HOUR_MS, 5.0)])
    await history.recorder.flush()
    with_envelopes = await trend_of(history, NOON_MS, NOON_MS + 4 * HOUR_MS, width=100)

    async def forget(session):
        await session.execute(update(ROLLUPS).values(env=None))

    await history._reader._database.write(forget)  # noqa: SLF001
    without = await trend_of(history, NOON_MS, NOON_MS + 4 * HOUR_MS, width=100)

    assert without.low.tolist() == with_envelopes.low.tolist()
    assert without.high.tolist() == with_envelopes.high.tolist()
    assert without.mean == pytest.approx(with_envelopes.mean, abs=0.1)
    assert without.n.tolist() == with_envelopes.n.tolist()


@pytest.mark.parametrize("flip", [3, 20])
async def test_a_damaged_envelope_is_replaced_by_its_rollup(history, flip):
    take(history, [(NOON_MS + second * 1000, float(second)) for second in range(2 * 3600)])
    take(history, [(NOON_MS + 2 * HOUR_MS, 5.0)])
    await history.recorder.flush()

    async def damage(session):
        env = bytearray((await session.execute(ROLLUPS.select())).first().env)
        env[flip] ^= 16
        first = ROLLUPS.c.t0 == NOON_MS
        await session.execute(update(ROLLUPS).where(first).values(env=bytes(env)))

    await history._reader._database.write(damage)  # noqa: SLF001
    await purge(history, before_ms=NOON_MS + 2 * HOUR_MS)
    trend = await trend_of(history, NOON_MS, NOON_MS + 2 * HOUR_MS, width=100)

    assert (trend.low.min(), trend.high.max()) == (0.0, 7199.0)
    assert trend.coarse_ms > MINUTE_MS


@pytest.mark.parametrize("columns", [3, 5, 11])
async def test_columns_that_the_store_merges_say_what_their_rollups_say(tmp_path, filled, columns):
    (tmp_path / "history.db").write_bytes((filled / "history.db").read_bytes())
    from_ms, to_ms = NOON_MS + 700_000, NOON_MS + 29 * HOUR_MS
    async with history_in(tmp_path) as history:
        trend = await trend_of(history, from_ms, to_ms, width=columns)

    inside = [row for row in ROWS if from_ms <= row[0] < to_ms]
    usable = [value for _, value, quality in inside if quality < Quality.BAD]
    known = (trend.n > 0) & (trend.at_ms >= from_ms)
    assert trend.n[known].sum() == len(usable)
    assert (trend.low[known].min(), trend.high[known].max()) == (min(usable), max(usable))
    total = float((trend.mean[known] * trend.n[known]).sum())
    assert total == pytest.approx(sum(usable), rel=1e-6)
    assert trend.worst.max() == Quality.BAD
    shortest_ms = (to_ms - from_ms) // columns
    assert trend.gaps == [] or shortest_ms < 3 * HOUR_MS


async def test_a_bad_week_is_a_gap_in_a_trend_of_a_year(history):
    for hour in range(0, 8760, 2):
        quality = Quality.BAD if 4000 <= hour < 4168 else Quality.GOOD
        at_ms = NOON_MS + hour * HOUR_MS
        history.recorder.take(scan(at_ms, [float(hour)], quality=quality))
    await history.recorder.flush()

    end_ms = NOON_MS + 8760 * HOUR_MS
    trend = (await history.trend([1], NOON_MS, end_ms, width=1000, silence_ms={1: 2 * HOUR_MS}))[1]

    gap = (NOON_MS + 4000 * HOUR_MS, NOON_MS + 4168 * HOUR_MS)
    assert trend.gaps == [pytest.approx(gap, abs=5 * HOUR_MS)]
    assert (np.nanmin(trend.low), np.nanmax(trend.high)) == (0.0, 8758.0)
