"""No line is drawn across a time in which the appliance was off."""

import pytest

from tests.history.conftest import OpenHistory
from tests.history.scans import NOON_MS, scan, seconds, stored, take
from tests.waiting import eventually
from webmacs_edge.history.history import History
from webmacs_edge.model.quality import Quality
from webmacs_edge.service import running


async def trend_of(history: History, key: int = 1):
    trends = await history.trend([key], NOON_MS, NOON_MS + 60_000, width=600)
    return trends[key]


async def test_a_kill_and_a_restart_within_seconds_are_a_gap(open_history: OpenHistory):
    async with open_history() as history:
        take(history, seconds(NOON_MS, 10))
        await history.recorder.flush()
    async with open_history() as again:
        take(again, seconds(NOON_MS + 14_000, 46))

        assert (await trend_of(again)).gaps == [(NOON_MS + 9_001, NOON_MS + 14_000)]
        rows = await stored(again)
        assert rows[10] == (NOON_MS + 9_001, 9.0, Quality.STALE)


async def test_a_stop_is_marked_at_its_time_and_not_once_more_at_the_start(
    open_history: OpenHistory,
):
    async with (
        open_history(flush_interval_s=0.02) as history,
        running(history.recorder, pytest.fail),
    ):
        history.recorder.take(scan(NOON_MS, [1.0, 2.0]))
        await eventually(lambda: history.recorder.pending == 0)
        history.recorder.take(scan(NOON_MS + 8_000, [None, None]))  # nothing has moved
    async with open_history() as again:
        again.recorder.take(scan(NOON_MS + 12_000, [3.0, 4.0]))
        await again.recorder.flush()

        assert await stored(again, 2) == [
            (NOON_MS, 2.0, Quality.GOOD),
            (NOON_MS + 8_000, 2.0, Quality.STALE),
            (NOON_MS + 12_000, 4.0, Quality.GOOD),
        ]
        assert (NOON_MS + 8_000, NOON_MS + 12_000) in (await trend_of(again, 2)).gaps


async def test_a_second_restart_marks_nothing_where_nothing_came_between(
    open_history: OpenHistory,
):
    async with open_history() as history:
        take(history, seconds(NOON_MS, 3))
        await history.recorder.flush()
    for _ in range(3):
        async with open_history() as again:
            again.recorder.take(scan(NOON_MS + 5_000, [None]))
            await again.recorder.flush()
            qualities = [quality for _, _, quality in await stored(again)]

    assert qualities == [Quality.GOOD] * 3 + [Quality.STALE]


async def test_values_that_others_send_after_a_restart_end_no_line(open_history: OpenHistory):
    async with open_history() as history:
        assert history.recorder.insert(7, NOON_MS, 1.0)
        await history.recorder.flush()
    async with open_history() as again:
        assert again.recorder.insert(7, NOON_MS + 1000, 2.0)  # they kept it while we were away

        assert [quality for _, _, quality in await stored(again, 7)] == [Quality.GOOD] * 2
