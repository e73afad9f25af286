"""The tests of summaries of days once more, on PostgreSQL."""

import inspect
from collections.abc import AsyncIterator

import pytest

from tests.history import test_days
from tests.history.conftest import OpenHistory
from webmacs_edge.history.history import History

for _name, _test in vars(test_days).items():
    if _name.startswith("test_") and inspect.isfunction(_test):
        globals()[_name] = _test


@pytest.fixture
async def full(open_history: OpenHistory) -> AsyncIterator[History]:
    """As there: five days of two channels."""
    async with open_history() as history:
        await test_days.fill(history)
        yield history
