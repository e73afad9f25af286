"""A migrated, empty `config.db`."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from webmacs_edge.store.database import Database, sqlite_url


@pytest.fixture
async def database(tmp_path: Path, empty_config: Path) -> AsyncIterator[Database]:
    """A database of this test's own."""
    shutil.copy(empty_config, tmp_path / "config.db")
    database = Database(sqlite_url(tmp_path / "config.db"))
    yield database
    await database.close()
