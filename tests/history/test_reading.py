import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan, seconds, stored, take
from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import DAY_MS, HOUR_MS

GOOD, UNCERTAIN, BAD, STALE = Quality


def record(history, rows):
    for at_ms, value, quality in rows:
        history.recorder.take(scan(at_ms, [value], quality=Quality(quality)))


async def trend_of(history, from_ms, to_ms, *, width, silence_ms=10_000):
    return (await history.trend([1], from_ms, to_ms, width=width, silence_ms={1: silence_ms}))[1]


def naive_columns(rows, from_ms, to_ms, width):
    """Low, high, sum, count and worst quality per column, sample by sample."""
    columns: dict[int, list[tuple[float, int]]] = {}
    edges = [from_ms + (to_ms - from_ms) * i // width for i in range(width + 1)]
    for at_ms, value, quality in rows:
        for index in range(width):
            if edges[index] <= at_ms < edges[index + 1]:
                columns.setdefault(index, []).append((value, quality))
    found = []
    for index in sorted(columns):
        usable = [value for value, quality in columns[index] if quality < BAD]
        worst = max(quality for _, quality in columns[index])
        low, high = (min(usable), max(usable)) if usable else (None, None)
        found.append((low, high, sum(usable), len(usable), worst))
    return found


def naive_gaps(rows, from_ms, to_ms, limit_ms):
    """Gaps, found by walking along the samples; the edges of the range count as good."""
    gaps, good_ms, bad_ms = [], from_ms, None
    for at_ms, _, quality in [*rows, (to_ms, 0.0, GOOD)]:
        if quality >= BAD:
            bad_ms = at_ms if bad_ms is None else bad_ms
            continue
        if bad_ms is not None:
            gaps.append((bad_ms if bad_ms - good_ms <= limit_ms else good_ms, at_ms))
        elif at_ms - good_ms > limit_ms:
            gaps.append((good_ms, at_ms))
        good_ms, bad_ms = at_ms, None
    return [(start, end) for start, end in gaps if end > start]


samples = st.lists(
    st.tuples(
        st.integers(1, 40_000),
        st.integers(-1000, 1000).map(float),
        st.sampled_from([0, 0, 0, 0, 1, 2, 3]),
    ),
    min_size=1,
    max_size=80,
)


@settings(deadline=None, max_examples=60)
@given(samples, st.integers(1, 30), st.sampled_from([0, 0, 3_300_000]), st.booleans())
def test_a_trend_is_what_a_walk_along_the_samples_finds(
    tmp_path_factory, steps, width, start_ms, seals
):
    rows, at_ms = [], NOON_MS + start_ms
    for step_ms, value, quality in steps:
        at_ms += step_ms
        rows.append((at_ms, value, quality))

    async def read():
        async with history_in(tmp_path_factory.mktemp("trend")) as history:
            record(history, rows)
            if seals:  # what began before the full hour
                await history.recorder.flush()
            return await trend_of(history, NOON_MS, at_ms + 5, width=width)

    trend = asyncio.run(read())

    if len(rows) <= width:
        assert trend.at_ms.tolist() == [at for at, _, _ in rows]
        assert trend.worst.tolist() == [quality for _, _, quality in rows]
        assert trend.gaps == naive_gaps(rows, NOON_MS, at_ms + 5, 25_000)
    else:
        columns = naive_columns(rows, NOON_MS, at_ms + 5, width)
        found = zip(trend.low, trend.high, trend.mean, trend.n, trend.worst, strict=True)
        for ours, (low, high, total, n, worst) in zip(found, columns, strict=True):
            assert ours[3:] == (n, worst)
            assert not n or ours[:3] == pytest.approx((low, high, total / n))
            assert n or np.isnan(ours[:3]).all()
        shortest_ms = (at_ms + 5 - NOON_MS) // width
        gaps = naive_gaps(rows, NOON_MS, at_ms + 5, 25_000)
        assert trend.gaps == [gap for gap in gaps if gap[1] - gap[0] >= shortest_ms]


async def test_a_peak_of_one_sample_is_seen_in_any_width(history):
    rows = seconds(NOON_MS, 5400)
    rows[1234] = (rows[1234][0], 1e6)
    rows[4321] = (rows[4321][0], -1e6)
    take(history, rows)
    await history.recorder.flush()

    for width in (1, 2, 7, 100, 1500):
        trend = await trend_of(history, NOON_MS, NOON_MS + 2 * HOUR_MS, width=width)
        assert (trend.low.min(), trend.high.max()) == (-1e6, 1e6)
        assert len(trend.at_ms) <= width


async def test_wide_columns_are_made_of_rollups_and_what_is_not_sealed_yet(history):
    take(history, seconds(NOON_MS, 60 * 24, step_ms=60_000))
    await history.recorder.flush()
    before = await trend_of(history, NOON_MS, NOON_MS + DAY_MS, width=24, silence_ms=60_000)

    async def empty_the_chunks(session):
        await session.execute(text("DELETE FROM datapoints"))

    await history.recorder._database.write(empty_the_chunks)  # noqa: SLF001 shows that they are not read
    trend = await trend_of(history, NOON_MS, NOON_MS + DAY_MS, width=24, silence_ms=60_000)

    assert trend.low.tolist() == [hour * 60.0 for hour in range(24)]
    assert trend.high.tolist() == [hour * 60.0 + 59 for hour in range(24)]
    assert trend.mean.tolist() == [hour * 60.0 + 29.5 for hour in range(24)]
    assert trend.n.tolist() == [60] * 24
    assert trend.gaps == []
    assert before.mean.tolist() == trend.mean.tolist()


async def test_gaps_and_bad_values_are_seen_in_rollups_too(history):
    record(history, [(NOON_MS + i * 1000, 1.0, GOOD) for i in range(3600)])
    record(history, [(NOON_MS + HOUR_MS + i * 1000, 1.0, BAD) for i in range(3600)])
    record(history, [(NOON_MS + 4 * HOUR_MS + i * 1000, 1.0, UNCERTAIN) for i in range(3600)])
    await history.recorder.flush()

    trend = await trend_of(history, NOON_MS, NOON_MS + 5 * HOUR_MS, width=5)

    assert trend.n.tolist() == [3600, 0, 3600]
    assert trend.worst.tolist() == [GOOD, BAD, UNCERTAIN]
    assert np.isnan(trend.mean[1])
    assert trend.gaps == [(NOON_MS + HOUR_MS, NOON_MS + 4 * HOUR_MS)]


async def test_the_line_comes_in_from_the_last_sample_before_the_range(history):
    take(history, [(NOON_MS - 20_000, 1.0), (NOON_MS - 10_000, 2.0), (NOON_MS + 5000, 3.0)])

    near = await trend_of(history, NOON_MS, NOON_MS + 10_000, width=100)
    far = await trend_of(history, NOON_MS + 31_000, NOON_MS + 60_000, width=100)

    assert near.at_ms.tolist() == [NOON_MS - 10_000, NOON_MS + 5000]
    assert near.gaps == []
    assert far.at_ms.tolist() == []
    assert far.gaps == [(NOON_MS + 31_000, NOON_MS + 60_000)]


async def test_a_range_without_samples_is_one_gap(history):
    trend = (await history.trend([5], NOON_MS, NOON_MS + HOUR_MS, width=100))[5]

    assert len(trend.at_ms) == 0
    assert trend.gaps == [(NOON_MS, NOON_MS + HOUR_MS)]


async def test_a_range_that_ends_before_it_begins_is_refused(history):
    with pytest.raises(InvalidError):
        await history.trend([1], NOON_MS, NOON_MS, width=100)


async def test_raw_gives_every_sample_of_the_range_once_while_the_hour_is_being_sealed(history):
    take(history, seconds(NOON_MS, 3600))
    take(history, seconds(NOON_MS + HOUR_MS, 10))
    found = []

    async def read():
        async for at_ms, _, _ in history.raw(1, NOON_MS, NOON_MS + HOUR_MS):
            found.extend(at_ms.tolist())

    for turns in range(12):
        found.clear()
        flush = asyncio.ensure_future(history.recorder.flush())
        for _ in range(turns * 3):
            await asyncio.sleep(0)
        await asyncio.gather(read(), flush)
        assert found == [NOON_MS + 1000 * second for second in range(3600)]
        take(history, [(NOON_MS + (turns + 2) * HOUR_MS, 0.0)])


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(-100, 100).map(float), min_size=1, max_size=300),
    st.integers(4, 60),
    st.booleans(),
)
def test_a_series_keeps_the_first_the_last_and_both_extremes(
    tmp_path_factory, values, max_points, seals
):
    async def read():
        async with history_in(tmp_path_factory.mktemp("series")) as history:
            rows = [(NOON_MS + i * 30_000, value) for i, value in enumerate(values)]
            take(history, rows)
            if seals:
                await history.recorder.flush()
            series = await history.series([1], NOON_MS, NOON_MS + DAY_MS, max_points=max_points)
            return rows, series[1]

    rows, series = asyncio.run(read())

    assert len(series) <= max_points
    assert set(series) <= set(rows)
    assert series == sorted(series)
    assert (series[0], series[-1]) == (rows[0], rows[-1])
    assert {min(values), max(values)} <= {value for _, value in series}
    assert len(rows) > max_points or series == rows


async def test_a_series_leaves_out_what_is_bad_or_stale(history):
    record(history, [(NOON_MS, 1.0, GOOD), (NOON_MS + 1, 9.0, BAD), (NOON_MS + 2, 2.0, UNCERTAIN)])

    series = await history.series([1], NOON_MS, NOON_MS + 1000, max_points=10)

    assert series[1] == [(NOON_MS, 1.0), (NOON_MS + 2, 2.0)]


async def test_the_last_sample_before_a_moment_is_found_in_chunks_and_in_ram(history):
    take(history, [*seconds(NOON_MS, 10), (NOON_MS + HOUR_MS, 77.0)])
    await history.recorder.flush()

    assert await history.last_before(1, NOON_MS) is None
    assert await history.last_before(1, NOON_MS + 5000) == (NOON_MS + 4000, 4.0, GOOD)
    assert await history.last_before(1, NOON_MS + HOUR_MS) == (NOON_MS + 9000, 9.0, GOOD)
    assert await history.last_before(1, NOON_MS + DAY_MS) == (NOON_MS + HOUR_MS, 77.0, GOOD)
    assert await history.last_before(2, NOON_MS + DAY_MS) is None


async def test_the_latest_values_are_known_after_a_restart_even_when_all_is_sealed(
    history, open_history
):
    history.recorder.take(scan(NOON_MS, [1.0, 2.0, 3.0]))
    history.recorder.take(scan(NOON_MS + HOUR_MS, [4.0]))
    await history.recorder.flush()

    async with open_history() as again:
        assert again.latest_stored() == {
            1: (NOON_MS + HOUR_MS, 4.0, GOOD),
            2: (NOON_MS, 2.0, GOOD),
            3: (NOON_MS, 3.0, GOOD),
        }


async def test_many_chunks_are_read_page_by_page(history):
    take(history, [(NOON_MS + hour * HOUR_MS, float(hour)) for hour in range(200)])
    await history.recorder.flush()

    assert [value for _, value, _ in await stored(history)] == [float(hour) for hour in range(200)]
    trend = await trend_of(history, NOON_MS, NOON_MS + 200 * HOUR_MS, width=10_000)
    assert trend.n.sum() == 200
