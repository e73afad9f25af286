"""Bringing a database to the newest schema."""

import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from webmacs_edge.config import RESOURCES
from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.database import sqlite_url
from webmacs_edge.store.migrate import migrate
from webmacs_edge.store.tables import Base

MIGRATIONS = RESOURCES / "migrations"
TABLES = set(Base.metadata.tables)


async def test_a_new_database_gets_every_table(tmp_path):
    file = tmp_path / "config.db"

    before, after = await migrate(sqlite_url(file), MIGRATIONS, tmp_path / "b", stamp="1")

    with closing(sqlite3.connect(file)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert (before, bool(after)) == ("", True)
    assert {"users", "events", "experiments", "rules", "dashboards"} <= TABLES
    assert names >= TABLES
    assert not (tmp_path / "b").exists()


async def test_a_second_run_changes_nothing(tmp_path):
    url = sqlite_url(tmp_path / "config.db")
    _, newest = await migrate(url, MIGRATIONS, tmp_path / "b", stamp="1")

    assert await migrate(url, MIGRATIONS, tmp_path / "b", stamp="2") == (newest, newest)


@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
async def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path):
    file = tmp_path / "config.db"
    await migrate(sqlite_url(file), MIGRATIONS, tmp_path / "b", stamp="1")
    engine = create_engine(f"sqlite:///{file}")

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()

    assert differences == []


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "config.db"
    file.write_bytes(b"junk" * 1000)

    with pytest.raises(StoreError, match="could not be brought up to date"):
        await migrate(sqlite_url(file), MIGRATIONS, tmp_path / "b", stamp="1")

    assert file.read_bytes() == b"junk" * 1000
