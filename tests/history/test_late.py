"""Samples that come late, out of order, or while the clock is set."""

import asyncio
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan, seconds, stored, take
from webmacs_edge.history.chunks import decode_chunk
from webmacs_edge.history.clearing import free_stamps
from webmacs_edge.history.clock import Clock
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import DAY_MS, HOUR_MS
from webmacs_edge.store.datapoints import read_chunks

GOOD, UNCERTAIN, BAD, STALE = Quality
Y2038_MS = 2**31 * 1000
SUMMER_TIME_ENDS_MS = 1_792_890_000_000  # 25 October 2026, 01:00 UTC


def send(history, rows, *, key=1):
    return [history.recorder.insert(key, at_ms, value) for at_ms, value in rows]


async def chunks_of(history, key=1):
    async with history.recorder._database.read() as session:  # noqa: SLF001 looks under the cover
        return await read_chunks(session, key, from_ms=0, to_ms=2**47, limit=1000)


def anchor_of(chunk):
    return decode_chunk(chunk.data, channel=chunk.channel, t0=chunk.t0, n=chunk.n)[1]


async def seal_all(history):
    """Seal everything that was taken so far."""
    await history.recorder.flush()
    await history.recorder._sealer.seal_late()  # noqa: SLF001 no need to wait ten minutes


async def test_late_samples_of_any_age_and_order_are_there_at_once_and_after_a_restart(
    history, open_history
):
    rows = [(NOON_MS - age_s * 1000, float(age_s)) for age_s in range(0, 400_000, 997)]
    random.Random(1).shuffle(rows)  # noqa: S311 an order of no importance
    expected = sorted((at_ms, value, GOOD) for at_ms, value in rows)

    assert all(send(history, rows))
    assert await stored(history) == expected
    await history.recorder.flush()
    assert await stored(history) == expected
    async with open_history() as again:
        assert await stored(again) == expected
        await seal_all(again)
        assert await stored(again) == expected
        assert max(chunk.t1 - chunk.t0 for chunk in await chunks_of(again)) < HOUR_MS
        async with open_history() as third:
            assert await stored(third) == expected


async def test_late_samples_become_few_chunks_and_leave_the_journal(history):
    take(history, seconds(NOON_MS, 5))
    for minute in range(50, 0, -1):
        send(history, [(NOON_MS - minute * 60_000, float(minute))])
        await history.recorder.flush()

    await seal_all(history)

    assert [chunk.n for chunk in await chunks_of(history)] == [50]
    assert history.recorder.pending == 0
    assert history.recorder.heads[1].late.runs == []
    assert len(await stored(history)) == 55
    assert history.latest_stored()[1] == (NOON_MS + 4000, 4.0, GOOD)


async def test_a_stamp_that_is_taken_keeps_its_first_sample(history):
    send(history, [(NOON_MS, 1.0), (NOON_MS + 1000, 2.0), (NOON_MS + 500, 3.0)])

    assert send(history, [(NOON_MS, 9.0), (NOON_MS + 500, 9.0)]) == [False, False]
    await history.recorder.flush()
    assert send(history, [(NOON_MS + 500, 9.0)]) == [False]

    assert [value for _, value, _ in await stored(history)] == [1.0, 3.0, 2.0]
    assert history.recorder.rejected == 3


async def test_a_stamp_that_a_chunk_has_is_rejected_when_the_store_is_asked(history):
    send(history, [(NOON_MS, 1.0), (NOON_MS + HOUR_MS, 2.0)])
    history.recorder.take(scan(NOON_MS + 2 * HOUR_MS, [3.0]))
    await history.recorder.flush()

    assert send(history, [(NOON_MS, 9.0), (NOON_MS + 1, 4.0)]) == [True, True]
    assert len(await stored(history)) == 4
    await history.recorder.flush()

    assert [value for _, value, _ in await stored(history)] == [1.0, 4.0, 2.0, 3.0]
    assert (history.recorder.rejected, history.recorder.pending) == (1, 0)


async def test_a_late_sample_is_rounded_and_keeps_its_quality(history):
    history.recorder.set_resolution({1: 1})
    send(history, [(NOON_MS, 1.0)])

    assert history.recorder.insert(1, NOON_MS - 5, 20.04, quality=UNCERTAIN)
    assert not history.recorder.insert(1, NOON_MS - 6, float("nan"))
    assert not history.recorder.insert(1, -1, 1.0)
    assert not history.recorder.insert(1, 2**60, 1.0)
    await seal_all(history)

    assert (await stored(history))[0] == (NOON_MS - 5, 20.0, UNCERTAIN)
    (chunk,) = await chunks_of(history)
    assert chunk.data[0] == 1
    assert anchor_of(chunk).clock == Clock.GIVEN


async def test_late_samples_count_in_trends_and_series_wherever_they_are(history):
    take(history, seconds(NOON_MS, 3600))
    take(history, seconds(NOON_MS + 3 * HOUR_MS, 10))
    await history.recorder.flush()

    for seals in (False, True):
        send(history, [(NOON_MS + HOUR_MS + 1000 + seals, 5000.0 + seals)])
        if seals:
            await seal_all(history)
        trend = (await history.trend([1], NOON_MS, NOON_MS + 4 * HOUR_MS, width=4))[1]
        assert trend.high.max() == 5000.0 + seals
        (series,) = (
            await history.series([1], NOON_MS, NOON_MS + 4 * HOUR_MS, max_points=50)
        ).values()
        assert max(value for _, value in series) == 5000.0 + seals
        assert series == sorted(series)


async def test_the_newest_sample_is_known_although_a_late_chunk_begins_later(open_history):
    async with open_history() as history:
        take(history, seconds(NOON_MS, 3600))
        take(history, seconds(NOON_MS + HOUR_MS, 1))
        await history.recorder.flush()
        send(history, [(NOON_MS + 1_800_500, 7.0)])
        await seal_all(history)
        await history.recorder._database.write(_drop_journal)  # noqa: SLF001 what is sealed stays

    async with open_history() as again:
        last_ms = NOON_MS + 3_599_000
        assert again.latest_stored()[1] == (last_ms, 3599.0, GOOD)
        assert await again.last_before(1, NOON_MS + DAY_MS) == (last_ms, 3599.0, GOOD)


async def _drop_journal(session):
    await session.execute(text("DELETE FROM datapoints_journal"))


async def test_samples_of_a_clock_that_was_set_back_have_stamps_of_their_own(open_history):
    rng = random.Random(2)  # noqa: S311 steps of no importance
    count = 0
    async with open_history() as history:
        at_ms = NOON_MS
        for step in range(12):
            for _ in range(200):
                take(history, [(at_ms, float(count))])
                at_ms += rng.choice([1, 2, 3, 10])
                count += 1
            at_ms -= rng.choice([1500, 2500, 3_600_000])
            if step % 3 == 2:
                await seal_all(history)
            else:
                await history.recorder.flush()
        before = await stored(history)

    async with open_history() as again:
        rows = await stored(again)
        assert rows == before
        stamps = [at_ms for at_ms, _, _ in rows]
        assert stamps == sorted(set(stamps))
        assert sorted(value for _, value, _ in rows) == [float(i) for i in range(count)]


async def test_a_clock_that_is_set_ends_the_chunks_so_that_each_has_a_true_anchor(history):
    second_ns = 1_000_000_000
    for second in range(5):
        history.recorder.take(
            scan(NOON_MS + second * 1000, [1.0], mono_ns=(second + 1) * second_ns)
        )
    for second in range(5, 10):  # ten minutes forward, as a time server says
        at_ms = NOON_MS + second * 1000 + 600_000
        history.recorder.take(scan(at_ms, [2.0], mono_ns=(second + 1) * second_ns))
    history.recorder.take(scan(NOON_MS + HOUR_MS, [3.0], mono_ns=3600 * second_ns))
    await history.recorder.flush()

    chunks = await chunks_of(history)
    assert [chunk.n for chunk in chunks] == [5, 5]
    assert [anchor_of(chunk).mono_ns for chunk in chunks] == [second_ns, 6 * second_ns]
    assert all(anchor_of(chunk).clock != Clock.GIVEN for chunk in chunks)


@pytest.mark.parametrize("at_ms", [0, Y2038_MS, SUMMER_TIME_ENDS_MS])
async def test_no_moment_of_the_calendar_is_special(open_history, at_ms):
    start_ms = max(0, at_ms - 5000)
    async with open_history() as history:
        take(history, seconds(start_ms, 10))
        await seal_all(history)
        take(history, seconds(start_ms + 2 * HOUR_MS, 1))
        await history.recorder.flush()

    async with open_history() as again:
        parts = [part.at_ms async for part in again.raw(1, start_ms, start_ms + 60_000)]
        stamps = np.concatenate(parts).tolist()
        assert stamps == [start_ms + second * 1000 for second in range(10)]


async def test_a_box_without_a_clock_of_its_own_starts_in_1970_and_loses_nothing(open_history):
    async with open_history() as history:
        take(history, seconds(NOON_MS, 10))
        await history.recorder.flush()
    async with open_history() as rebooted:
        take(rebooted, seconds(30_000, 10))
        await rebooted.recorder.flush()
        take(rebooted, seconds(NOON_MS + DAY_MS, 10))
        await rebooted.recorder.flush()
        rows = await stored(rebooted)

    assert [at_ms for at_ms, _, _ in rows[:10]] == [30_000 + second * 1000 for second in range(10)]
    assert len([quality for _, _, quality in rows if quality == Quality.GOOD]) == 30


def test_free_stamps_increase_and_meet_nobody():
    assert free_stamps([1, 2, 3, 9], {1, 2, 4}) == [3, 5, 6, 9]
    assert free_stamps([], {1}) == []


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 9)), max_size=40))
def test_whatever_comes_in_whatever_order_each_stamp_holds_its_first_value(tmp_path_factory, steps):
    async def record():
        async with history_in(tmp_path_factory.mktemp("late")) as history:
            first: dict[int, float] = {}
            for index, (slot, is_far, action) in enumerate(steps):
                at_ms = NOON_MS + slot + HOUR_MS * is_far
                send(history, [(at_ms, float(index))])
                first.setdefault(at_ms, float(index))
                if action == 0:
                    await history.recorder.flush()
                if action == 1:
                    await seal_all(history)
            await history.recorder.flush()
            return first, await stored(history), history.recorder.rejected

    first, rows, rejected = asyncio.run(record())

    assert [(at_ms, value) for at_ms, value, _ in rows] == sorted(first.items())
    assert rejected == len(steps) - len(first)
