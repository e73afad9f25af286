"""The tests of retention once more, with everything on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.history import test_retention
from tests.history.scans import scan
from tests.history.test_retention import CHANNELS, DAYS, START_MS, Site
from tests.postgres.conftest import remote_history
from tests.postgres.fixtures import empty
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.database import Database

for _name, _test in vars(test_retention).items():
    if _name.startswith("test_"):
        globals()[_name] = _test


@pytest.fixture
async def site(tmp_path: Path, site_url: str, migrated_site: str) -> AsyncIterator[Site]:
    """As there: a sample every 30 minutes for ten days, and one more hour that is open."""
    config = Database(migrated_site)
    await empty(config)
    async with remote_history(tmp_path, site_url) as (history, _):
        for half_hour in range(48 * DAYS + 2):
            at_ms = START_MS + half_hour * HOUR_MS // 2
            history.recorder.take(scan(at_ms, [half_hour / 7] * CHANNELS))
        await history.recorder.flush()
        sealed = history.recorder._sealed  # noqa: SLF001 where its chunks are
        yield Site(history, config, sealed)
    await config.close()
