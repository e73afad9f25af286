"""Values from outside in the history: taken at once, committed together, found and removed."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from tests.history.scans import NOON_MS, seconds, stored, take
from webmacs_edge.history import sealer
from webmacs_edge.history.chunks import RAW
from webmacs_edge.history.history import History
from webmacs_edge.model.errors import NotFoundError, StoreError
from webmacs_edge.model.samples import Arrivals
from webmacs_edge.model.times import HOUR_MS, MINUTE_MS


def arrivals(*rows: tuple[int, int, float], at_ms: int = NOON_MS) -> Arrivals:
    """Channel, stamp, value."""
    keys, stamps, values = zip(*rows, strict=True)
    return Arrivals(at_ms, at_ms * 1_000_000, keys, stamps, values)


def rows_in_journal(path) -> int:
    with closing(sqlite3.connect(path / "history.db")) as file:
        return file.execute("SELECT count(*) FROM datapoints_journal").fetchone()[0]


async def test_values_of_several_channels_and_times_are_kept(history: History):
    kept = history.recorder.take_arrivals(
        arrivals((1, NOON_MS, 1.5), (2, NOON_MS, 7.0), (1, NOON_MS - HOUR_MS, 0.5))
    )

    assert kept == 3
    assert await stored(history, 1) == [(NOON_MS - HOUR_MS, 0.5, 0), (NOON_MS, 1.5, 0)]
    assert await stored(history, 2) == [(NOON_MS, 7.0, 0)]


async def test_a_stamp_that_is_taken_is_not_taken_twice(history: History):
    kept = history.recorder.take_arrivals(arrivals((1, NOON_MS, 1.0), (1, NOON_MS, 2.0)))

    assert kept == 1
    assert history.recorder.rejected == 1
    assert await stored(history) == [(NOON_MS, 1.0, 0)]


async def test_values_from_outside_keep_every_bit(open_history):
    async with open_history() as history:
        history.recorder.take_arrivals(arrivals((1, NOON_MS, 1e-07), (1, NOON_MS + 1, 0.1 + 0.2)))
        assert history.recorder.head(1).decimals == RAW
        await history.recorder.seal_channel(1)

        assert [value for _, value, _ in await stored(history)] == [1e-07, 0.1 + 0.2]


async def test_what_was_settled_is_there_after_a_crash(open_history):
    async with open_history() as history:
        history.recorder.take_arrivals(arrivals((1, NOON_MS, 1.0), (1, NOON_MS - 5000, 2.0)))
        assert await history.recorder.settle()

    async with open_history() as again:
        assert (await stored(again))[:2] == [(NOON_MS - 5000, 2.0, 0), (NOON_MS, 1.0, 0)]


async def test_those_who_wait_at_the_same_time_share_one_commit(history: History, tmp_path):
    before = rows_in_journal(tmp_path)

    async def post(number: int) -> bool:
        history.recorder.take_arrivals(arrivals((1, NOON_MS + number, 1.0)))
        return await history.recorder.settle()

    assert all(await asyncio.gather(*(post(number) for number in range(50))))
    assert history.recorder.pending == 0
    assert rows_in_journal(tmp_path) - before <= 2


async def test_a_caller_that_is_cancelled_does_not_stop_the_commit(history: History):
    history.recorder.take_arrivals(arrivals((1, NOON_MS, 1.0)))
    task = asyncio.ensure_future(history.recorder.settle())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task

    assert history.recorder.pending == 0


async def test_a_disk_that_refuses_is_told(history: History, monkeypatch: pytest.MonkeyPatch):
    history.recorder.take_arrivals(arrivals((1, NOON_MS, 1.0)))

    async def refuse(_work: object) -> int:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(history._spool, "write", refuse)  # noqa: SLF001 stands for a full disk
    assert not await history.recorder.settle()
    assert history.recorder.health.failure == "The disk is full."

    monkeypatch.undo()
    assert await history.recorder.settle()


async def test_a_long_journal_is_sealed(history: History, tmp_path, monkeypatch):
    monkeypatch.setattr(sealer, "MAX_JOURNAL_ROWS", 20)
    for number in range(30):
        history.recorder.take_arrivals(
            arrivals((1, NOON_MS + number, 1.0), (2, NOON_MS - number, 1.0))
        )
        await history.recorder.settle()

    await history.recorder.flush()

    assert rows_in_journal(tmp_path) < 5
    assert len(await stored(history, 1)) == len(await stored(history, 2)) == 30


@pytest.mark.parametrize("sealed", [False, True])
async def test_one_sample_is_found_and_removed_for_good(open_history, sealed: bool):
    async with open_history() as history:
        take(history, seconds(NOON_MS, 10))
        history.recorder.take_arrivals(arrivals((1, NOON_MS - 500, 5.0)))
        if sealed:
            await history.recorder.seal_channel(1)

        assert await history.find(1, NOON_MS + 3000) == (NOON_MS + 3000, 3.0, 0)
        await history.remove(1, NOON_MS + 3000)
        await history.remove(1, NOON_MS - 500)

        assert await history.find(1, NOON_MS + 3000) is None
        assert (await history.page([1], page_size=50)).total == 9
        with pytest.raises(NotFoundError):
            await history.remove(1, NOON_MS + 3000)

    async with open_history() as again:
        rows = await stored(again)
        assert [value for _, value, _ in rows][:9] == [0.0, 1.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]


async def test_summaries_forget_a_sample_that_was_removed(history: History):
    take(history, [(NOON_MS + n * MINUTE_MS, 99.0 if n == 7 else 1.0) for n in range(60)])
    await history.recorder.seal_channel(1)

    await history.remove(1, NOON_MS + 7 * MINUTE_MS)

    trends = await history.trend([1], NOON_MS - HOUR_MS, NOON_MS + 2 * HOUR_MS, width=2)
    assert max(trends[1].high) == 1.0


async def test_the_newest_sample_may_be_removed_and_so_may_the_only_one(history: History):
    take(history, seconds(NOON_MS, 2))

    await history.remove(1, NOON_MS + 1000)
    assert history.latest_stored()[1][:2] == (NOON_MS, 0.0)
    await history.remove(1, NOON_MS)

    assert await stored(history) == []
    assert 1 not in history.latest_stored()
    take(history, [(NOON_MS + 2000, 8.0)])
    assert await stored(history) == [(NOON_MS + 2000, 8.0, 0)]


@pytest.mark.parametrize("sealed", [False, True])
async def test_pages_of_a_time_hold_what_lies_in_it(history: History, sealed: bool):
    step_ms = 10 * MINUTE_MS
    take(history, seconds(NOON_MS, 100, step_ms=step_ms))
    if sealed:
        await history.recorder.flush()
        await history.recorder.seal_channel(1)
    span = NOON_MS + 5 * step_ms, NOON_MS + 65 * step_ms

    pages = [await history.page([1], page=page, page_size=25, span=span) for page in (1, 2, 3, 4)]

    assert [page.total for page in pages] == [60] * 4
    values = [row.value for page in pages for row in page.rows]
    assert values == [float(number) for number in range(64, 4, -1)]


async def test_series_of_very_many_samples_lose_no_peak(history: History):
    count, step_ms = 40_000, 9000
    values = [500.0 if number == 12_345 else float(number % 7) for number in range(count)]
    stamps = [NOON_MS + number * step_ms for number in range(count)]
    for first in range(0, count, 5000):
        part = slice(first, first + 5000)
        rows = zip([1] * 5000, stamps[part], values[part], strict=True)
        history.recorder.take_arrivals(arrivals(*rows))
    await history.recorder.flush()
    end_ms = NOON_MS + count * step_ms

    series = (await history.series([1], NOON_MS, end_ms, max_points=500))[1]

    assert 300 < len(series) <= 500
    assert max(value for _, value in series) == 500.0
    assert min(value for _, value in series) == 0.0
    assert series == sorted(series)
    assert len({at_ms for at_ms, _ in series}) == len(series)
    assert series[-1] == (stamps[-1], values[-1])
