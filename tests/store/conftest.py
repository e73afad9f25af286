"""A migrated, empty `config.db`."""

import pytest

from webmacs_edge.config import RESOURCES
from webmacs_edge.store.database import Database, sqlite_url
from webmacs_edge.store.migrate import migrate


@pytest.fixture
async def database(tmp_path):
    url = sqlite_url(tmp_path / "config.db")
    await migrate(url, RESOURCES / "migrations", tmp_path / "backups", stamp="now")
    database = Database(url)
    yield database
    await database.close()
