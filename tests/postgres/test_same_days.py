"""Some tests of summaries of days once more, on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from tests.history import test_days
from tests.history.conftest import OpenHistory
from webmacs_edge.history.history import History
from webmacs_edge.model.times import HOUR_MS

test_every_past_day = test_days.test_every_past_day_is_summed_up_and_the_growing_one_is_not
test_a_late_sample = test_days.test_a_late_sample_is_in_the_trend_at_once_and_in_its_day_again
test_days_go = test_days.test_days_go_with_their_rollups


@pytest.fixture
async def full(open_history: OpenHistory) -> AsyncIterator[History]:
    """As there: five days of two channels."""
    async with open_history() as history:
        await test_days.fill(history)
        yield history


async def test_a_trend_from_days_says_what_one_from_minutes_says(full: History):
    await test_days.test_a_trend_from_days_says_what_one_from_minutes_says(
        full, 2, HOUR_MS // 2, 6, 102
    )
