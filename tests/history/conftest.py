"""A history in a directory of the test's own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from webmacs_edge.history.history import History
from webmacs_edge.store.database import Database, sqlite_url

OpenHistory = Callable[..., AbstractAsyncContextManager[History]]


@pytest.fixture
def open_history(tmp_path: Path) -> OpenHistory:
    """Opens the history of this test, again and again if need be."""

    @asynccontextmanager
    async def opened(**options) -> AsyncIterator[History]:
        async with history_in(tmp_path, **options) as history:
            yield history

    return opened


@pytest.fixture
async def history(open_history: OpenHistory) -> AsyncIterator[History]:
    """An open history."""
    async with open_history() as history:
        yield history


@asynccontextmanager
async def history_in(directory: Path, **options) -> AsyncIterator[History]:
    """The history in this directory, as the appliance opens it."""
    url = sqlite_url(directory / "history.db")
    database = Database(url, page_size=2048, for_samples=True)
    try:
        history = History(database, **options)
        await history.open()
        yield history
    finally:
        await database.close()
