"""A migrated, empty database of the nouns: a file, or a site on PostgreSQL."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.postgres.fixtures import empty
from webmacs_edge.store.database import Database, sqlite_url


@pytest.fixture
def file_url(tmp_path: Path, empty_config: Path) -> str:
    """The URL of a file of this test's own."""
    return sqlite_url(Path(shutil.copy(empty_config, tmp_path / "config.db")))


@pytest.fixture(params=["file_url", "migrated_site"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of each kind of database in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def file_database(file_url: str) -> AsyncIterator[Database]:
    """A database in a file."""
    database = Database(file_url)
    yield database
    await database.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database of this test's own."""
    database = Database(database_url)
    if not database.is_sqlite:
        await empty(database)
    yield database
    await database.close()
