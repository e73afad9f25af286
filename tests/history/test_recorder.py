import asyncio

import pytest
from sqlalchemy import text

from tests.history.scans import NOON_MS, scan, seconds, stored, take
from tests.waiting import eventually
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.service import running
from webmacs_edge.store.datapoints import read_chunks, read_journal
from webmacs_edge.store.rollups import read_rollups

GOOD, UNCERTAIN, BAD, STALE = Quality


async def chunks_of(history, key=1):
    async with history.recorder._sealed.read() as session:  # noqa: SLF001 looks under the cover
        return await read_chunks(session, key, from_ms=0, to_ms=2 * NOON_MS, limit=1000)


async def refuse(history, *, refuses):
    """Let the disk be full, or have room again."""

    async def limit(session):
        pages = 1 if refuses else 1_000_000
        await session.execute(text(f"PRAGMA max_page_count={pages}"))

    await history.recorder._database.write(limit)  # noqa: SLF001 the disk is not part of our API


async def fill_page(history):
    """Use up the free pages, so that the next write needs a new one."""
    history.recorder.insert(99, NOON_MS, 1.0)
    for second in range(1, 50):
        history.recorder.insert(99, NOON_MS + second, 1.0 / second)
        if not await history.recorder.flush():
            return
    raise AssertionError("The disk never became full.")


async def test_what_is_taken_is_there_at_once_and_rounded_to_the_resolution(history):
    history.recorder.set_resolution({1: 1})

    history.recorder.take(scan(NOON_MS, [20.04, 20.04]))

    assert await stored(history, 1) == [(NOON_MS, 20.0, GOOD)]
    assert await stored(history, 2) == [(NOON_MS, 20.04, GOOD)]
    assert history.latest_stored() == {1: (NOON_MS, 20.0, GOOD), 2: (NOON_MS, 20.04, GOOD)}


async def test_what_is_no_number_is_not_recorded(history):
    nan, inf = float("nan"), float("inf")

    take(history, [(NOON_MS, nan), (NOON_MS + 1, None), (NOON_MS + 2, inf), (NOON_MS + 3, 1.0)])

    assert await stored(history) == [(NOON_MS + 3, 1.0, GOOD)]
    assert history.recorder.insert(1, NOON_MS + 4, nan) is False
    assert history.recorder.pending == 1


async def test_a_value_that_is_not_good_keeps_its_quality(history, open_history):
    for index, quality in enumerate(Quality):
        history.recorder.take(scan(NOON_MS + index, [7.0], quality=quality))
    await history.recorder.flush()

    expected = [(NOON_MS + index, 7.0, quality) for index, quality in enumerate(Quality)]
    assert await stored(history) == expected
    async with open_history() as again:
        assert await stored(again) == expected
        assert again.latest_stored()[1] == (NOON_MS + 3, 7.0, STALE)


async def test_equal_and_slightly_earlier_stamps_move_one_millisecond_on(history):
    take(history, [(NOON_MS + 500, 1.0), (NOON_MS + 500, 2.0), (NOON_MS + 400, 3.0)])

    assert [at - NOON_MS for at, _, _ in await stored(history)] == [500, 501, 502]


async def test_a_clock_that_goes_back_begins_a_new_chunk_and_loses_nothing(history, open_history):
    take(history, seconds(NOON_MS + 60_000, 10))
    take(history, seconds(NOON_MS, 10))  # a minute back
    await history.recorder.flush()

    assert len(await chunks_of(history)) == 1
    assert len(await stored(history)) == 20
    async with open_history() as again:
        assert len(await stored(again)) == 20
        take(again, seconds(NOON_MS + HOUR_MS, 1))
        await again.recorder.flush()
        assert [chunk.n for chunk in await chunks_of(again)] == [10 + 1, 10]  # and the mark
        assert len(await stored(again)) == 22


async def test_a_clock_that_goes_back_onto_a_stored_chunk_overwrites_nothing(history):
    for _ in range(3):
        take(history, seconds(NOON_MS, 5))
        take(history, seconds(NOON_MS + HOUR_MS, 1))
        await history.recorder.flush()
    take(history, seconds(NOON_MS, 1))
    await history.recorder.flush()

    chunks = [chunk for chunk in await chunks_of(history) if chunk.n == 5]
    assert sorted(chunk.t0 - NOON_MS for chunk in chunks) == [0, 1, 2]
    stamps = [at_ms for at_ms, _, _ in await stored(history)]
    assert len(stamps) == len(set(stamps)) == 19
    assert stamps[:4] == [NOON_MS, NOON_MS + 1, NOON_MS + 2, NOON_MS + 3]


async def test_the_hour_seals_one_chunk_with_its_rollup_and_empties_the_journal(history):
    history.recorder.set_resolution({1: 1})
    take(history, seconds(NOON_MS + HOUR_MS - 10_000, 20))

    await history.recorder.flush()

    (chunk,) = await chunks_of(history)
    assert (chunk.t0, chunk.t1, chunk.n) == (
        NOON_MS + HOUR_MS - 10_000,
        NOON_MS + HOUR_MS - 1000,
        10,
    )
    async with history.recorder._database.read() as session:  # noqa: SLF001 looks under the cover
        rollups = await read_rollups(session, 1, from_ms=0, to_ms=2 * NOON_MS)
        journal = await read_journal(session)
    assert rollups == [(1, chunk.t0, chunk.t1, 10, 0.0, 9.0, 45.0, 9.0, 0, None)]
    assert len(journal) == history.recorder.journal_rows == 2  # the open hour and the mark
    assert len(await stored(history)) == 20


async def test_a_channel_that_fell_silent_is_sealed_with_the_others(history):
    history.recorder.take(scan(NOON_MS, [1.0, 2.0]))
    history.recorder.take(scan(NOON_MS + HOUR_MS, [1.0]))

    await history.recorder.flush()

    assert [chunk.n for chunk in await chunks_of(history, 2)] == [1]
    assert history.latest_stored()[2] == (NOON_MS, 2.0, GOOD)


async def test_a_long_run_is_sealed_before_the_hour_is_over(history):
    history.recorder._sealer.max_run = 100  # noqa: SLF001 no need for 65,536 of them

    take(history, seconds(NOON_MS, 120, step_ms=10))
    await history.recorder.flush()

    assert [chunk.n for chunk in await chunks_of(history)] == [120]


async def test_another_resolution_holds_for_new_samples_only(history):
    history.recorder.set_resolution({1: 0})
    take(history, [(NOON_MS, 1.26)])
    history.recorder.set_resolution({1: 1})
    take(history, [(NOON_MS + 1, 1.26), (NOON_MS + HOUR_MS, 0.0)])
    await history.recorder.flush()

    assert [value for _, value, _ in await stored(history)] == [1.0, 1.3, 0.0]
    assert [chunk.data[0] for chunk in await chunks_of(history)] == [0, 1]


async def test_a_restart_with_the_same_resolution_begins_no_new_chunk(history, open_history):
    history.recorder.set_resolution({1: 2})
    take(history, seconds(NOON_MS, 3))
    await history.recorder.flush()
    async with open_history() as again:
        again.recorder.set_resolution({1: 2})
        take(again, seconds(NOON_MS + 3000, 3))
        take(again, seconds(NOON_MS + HOUR_MS, 1))
        await again.recorder.flush()

        assert [chunk.n for chunk in await chunks_of(again)] == [6 + 1]  # and the mark between


async def test_a_flush_that_was_answered_survives_and_the_rest_is_at_risk(history, open_history):
    take(history, seconds(NOON_MS, 5))
    assert history.recorder.at_risk_s > 0

    assert await history.recorder.flush() is True
    assert history.recorder.at_risk_s == 0
    take(history, seconds(NOON_MS + 5000, 1))

    async with open_history() as again:
        assert len(await stored(again)) == 5
        assert again.recorder.pending == 0


async def test_a_full_disk_is_reported_and_nothing_is_lost_once_it_has_room(history, open_history):
    await refuse(history, refuses=True)
    await fill_page(history)

    take(history, seconds(NOON_MS, 30))

    assert await history.recorder.flush() is False
    assert not history.recorder.health.is_good
    assert history.recorder.pending >= 30
    await refuse(history, refuses=False)
    assert await history.recorder.flush() is True
    assert history.recorder.health.is_good
    assert history.recorder.pending == 0
    async with open_history() as again:
        assert await stored(again) == await stored(history)
        assert await stored(again, 99) == await stored(history, 99)


async def test_a_seal_that_fails_is_tried_again_without_loss_or_doubling(history, open_history):
    take(history, seconds(NOON_MS + HOUR_MS - 30_000, 60))

    async def spoil(session):
        await session.execute(text("ALTER TABLE datapoints_rollup RENAME TO hidden"))

    async def mend(session):
        await session.execute(text("ALTER TABLE hidden RENAME TO datapoints_rollup"))

    await history.recorder._database.write(spoil)  # noqa: SLF001 the disk is not part of our API
    assert await history.recorder.flush() is True  # what counts is in the journal
    assert not history.recorder.health.is_good
    assert len(await stored(history)) == 60
    await history.recorder._database.write(mend)  # noqa: SLF001
    take(history, seconds(NOON_MS + HOUR_MS + 30_000, 30))
    await history.recorder.flush()

    assert history.recorder.health.is_good
    assert [chunk.n for chunk in await chunks_of(history)] == [30]
    assert len(await stored(history)) == 90
    async with open_history() as again:
        assert await stored(again) == await stored(history)


async def test_what_does_not_fit_while_the_disk_refuses_is_counted_and_leaves_a_gap(open_history):
    async with open_history(max_pending=10) as history:
        take(history, seconds(NOON_MS, 15))
        assert (history.recorder.pending, history.recorder.dropped) == (10, 5)

        await history.recorder.flush()
        take(history, [(NOON_MS + 15_000, 15.0)])

        last_stamp = NOON_MS + 9000
        assert (await stored(history))[-2:] == [
            (last_stamp + 1, 9.0, STALE),
            (NOON_MS + 15_000, 15.0, GOOD),
        ]
        trend = (await history.trend([1], NOON_MS, NOON_MS + 20_000, width=100))[1]
        assert trend.gaps == [(last_stamp + 1, NOON_MS + 15_000)]


async def test_a_disk_that_turns_read_only_costs_what_does_not_fit_and_heals_by_itself(
    open_history,
):
    async with open_history(max_pending=10) as history:
        take(history, seconds(NOON_MS, 5))
        await history.recorder.flush()
        await make_read_only(history, is_read_only=True)
        take(history, seconds(NOON_MS + 5000, 20))

        assert await history.recorder.flush() is False
        assert "cannot be written" in history.recorder.health.failure
        assert (history.recorder.pending, history.recorder.dropped) == (10, 10)
        await make_read_only(history, is_read_only=False)
        assert await history.recorder.flush() is True
        assert history.recorder.health.is_good
        take(history, seconds(NOON_MS + 30_000, 5))
        await history.recorder.flush()

    async with open_history() as again:
        trend = (await again.trend([1], NOON_MS, NOON_MS + 35_000, width=1000))[1]
        assert trend.gaps == [(NOON_MS + 14_001, NOON_MS + 30_000)]
        assert len(await stored(again)) == 5 + 10 + 1 + 5


async def make_read_only(history, *, is_read_only):
    """As the kernel does with a disk that has too many errors."""
    async with history.recorder._database._writer.connect() as connection:  # noqa: SLF001 no API
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute(f"PRAGMA query_only={'ON' if is_read_only else 'OFF'}")


async def test_the_flush_interval_can_be_changed_while_it_runs(open_history):
    async with (
        open_history(flush_interval_s=3600) as history,
        running(history.recorder, pytest.fail),
    ):
        take(history, seconds(NOON_MS, 5))
        history.recorder.set_flush_interval(0.02)
        await eventually(lambda: history.recorder.pending == 0)
        assert history.recorder.flush_interval_s == 0.02
        take(history, seconds(NOON_MS + 5000, 5))
        await eventually(lambda: history.recorder.pending == 0)


async def test_the_service_flushes_on_its_beat_and_once_more_when_it_is_stopped(open_history):
    async with (
        open_history(flush_interval_s=0.02) as history,
        running(history.recorder, pytest.fail),
    ):
        take(history, seconds(NOON_MS, 5))
        await eventually(lambda: history.recorder.pending == 0)
        take(history, seconds(NOON_MS + 5000, 5))

    async with open_history() as again:
        assert len(await stored(again)) == 10 + 1  # and the mark that it stopped


async def test_a_flush_that_is_cancelled_half_way_still_ends_and_doubles_nothing(open_history):
    async with open_history() as history:
        for attempt in range(20):
            take(history, seconds(NOON_MS + attempt * HOUR_MS, 50))
            task = asyncio.ensure_future(history.recorder.flush())
            for _ in range(attempt):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await history.recorder.flush()
        assert history.recorder.pending == 0
        expected = await stored(history)

    assert len(expected) == 1000
    async with open_history() as again:
        assert await stored(again) == expected


async def test_samples_taken_while_a_flush_is_under_way_are_neither_lost_nor_doubled(
    open_history,
):
    async with open_history() as history:
        taken = 0
        for hour in range(10):
            task = asyncio.ensure_future(history.recorder.flush())
            while not task.done():
                take(history, [(NOON_MS + hour * HOUR_MS // 2 + taken, 1.0)])
                taken += 1
                await asyncio.sleep(0)
        await history.recorder.flush()
        assert len(await stored(history)) == taken

    async with open_history() as again:
        assert len(await stored(again)) == taken


async def test_a_damaged_row_of_the_journal_loses_only_itself(history, open_history):
    take(history, seconds(NOON_MS, 5))
    await history.recorder.flush()
    take(history, seconds(NOON_MS + 5000, 5))
    await history.recorder.flush()

    async def flip(session):
        await session.execute(text("UPDATE datapoints_journal SET data=x'0102030405' WHERE id=1"))

    await history.recorder._database.write(flip)  # noqa: SLF001 bit rot is not part of our API

    async with open_history() as again:
        assert [value for _, value, _ in await stored(again)] == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert again.latest_stored()[1][0] == NOON_MS + 9000


async def test_a_damaged_chunk_is_left_out_counted_and_shown_as_a_gap(history):
    take(history, seconds(NOON_MS, 3600) + seconds(NOON_MS + HOUR_MS, 1))
    await history.recorder.flush()

    async def flip(session):
        await session.execute(text("UPDATE datapoints SET n = n - 1"))

    await history.recorder._database.write(flip)  # noqa: SLF001 bit rot is not part of our API

    assert len(await stored(history)) == 1
    assert history.damaged_chunks == 1
    trend = (await history.trend([1], NOON_MS, NOON_MS + HOUR_MS + 1000, width=100))[1]
    assert trend.gaps == [(NOON_MS, NOON_MS + HOUR_MS)]
