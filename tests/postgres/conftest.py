"""The history of the other tests, with its sealed part on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.history.conftest import OpenHistory
from webmacs_edge.history.courier import Courier
from webmacs_edge.history.history import History
from webmacs_edge.store.database import Database, sqlite_url


@pytest.fixture
def open_history(tmp_path: Path, site_url: str) -> OpenHistory:
    """Opens the history of this test, again and again if need be."""

    @asynccontextmanager
    async def opened(**options) -> AsyncIterator[History]:
        async with remote_history(tmp_path, site_url, **options) as (history, _):
            yield history

    return opened


@pytest.fixture
async def history(open_history: OpenHistory) -> AsyncIterator[History]:
    """An open history."""
    async with open_history() as history:
        yield history


@asynccontextmanager
async def remote_history(
    directory: Path,
    url: str,
    *,
    exclusive: bool = False,
    spool_bytes: int = 0,
    patience_s: float = 60.0,
    interval_s: float = 5.0,
    **options,
) -> AsyncIterator[tuple[History, Courier]]:
    """The history of this site with its spool in this directory, as the appliance opens it."""
    async with AsyncExitStack() as stack:
        spool = Database(
            sqlite_url(directory / "spool.db"),
            page_size=2048,
            for_samples=True,
            max_bytes=spool_bytes,
        )
        stack.push_async_callback(spool.close)
        archive = Database(url, exclusive=exclusive)
        stack.push_async_callback(archive.close)
        courier = Courier(spool, archive, interval_s=interval_s, patience_s=patience_s)
        sealed = Database(url, gate=courier.caught_up)
        stack.push_async_callback(sealed.close)
        history = History(sealed, spool=spool, **options)
        courier.on_continued = history.replay
        await history.open()
        await courier.carry()
        yield history, courier
