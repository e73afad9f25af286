"""Bringing a database to the newest schema."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from webmacs_edge.config import RESOURCES
from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.database import sqlite_url
from webmacs_edge.store.migrate import current_revision, migrate, newest_revision
from webmacs_edge.store.tables import Base

MIGRATIONS = RESOURCES / "migrations"
NEWEST = newest_revision(MIGRATIONS)
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

    with pytest.raises(StoreError, match="could not be opened"):
        await migrate(sqlite_url(file), MIGRATIONS, tmp_path / "b", stamp="1")

    assert file.read_bytes() == b"junk" * 1000


async def test_an_older_database_is_copied_before_it_is_touched(tmp_path):
    file, steps = tmp_path / "config.db", tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, steps)
    url = sqlite_url(file)
    await migrate(url, steps, tmp_path / "b", stamp="1")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "INSERT INTO log_entries VALUES (1, 'a', 'old', 'info', 'read', 1, NULL, NULL)"
        )
    (steps / "versions" / "9999_next.py").write_text(
        f'from alembic import op\nrevision = "9999"\ndown_revision = "{NEWEST}"\n'  # noqa: S608 no SQL
        'def upgrade():\n    op.execute("DELETE FROM log_entries")\n'
    )

    assert await migrate(url, steps, tmp_path / "b", stamp="2") == (NEWEST, "9999")

    with closing(sqlite3.connect(tmp_path / "b" / f"config-{NEWEST}-2.db")) as copy:
        assert copy.execute("SELECT content FROM log_entries").fetchall() == [("old",)]


async def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path):
    file, steps = tmp_path / "config.db", tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, steps)
    url = sqlite_url(file)
    await migrate(url, steps, tmp_path / "b", stamp="1")
    (steps / "versions" / "9999_next.py").write_text(
        f'from alembic import op\nrevision = "9999"\ndown_revision = "{NEWEST}"\n'
        'def upgrade():\n    op.execute("DROP TABLE rules")\n    op.execute("NONSENSE")\n'
    )

    with pytest.raises(StoreError, match="could not be brought up to date"):
        await migrate(url, steps, tmp_path / "b", stamp="2")

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM rules").fetchone() == (0,)
    assert await current_revision(url) == NEWEST


async def test_a_filled_database_of_the_first_release_keeps_all_it_holds(tmp_path):
    file, steps = tmp_path / "config.db", tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, steps)
    for step in (steps / "versions").glob("[0-9]*.py"):
        if not step.name.startswith("0001"):
            step.unlink()
    url = sqlite_url(file)
    await migrate(url, steps, tmp_path / "b", stamp="1")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "INSERT INTO users VALUES (1, 'u', 'a@b.c', 'a', 'x', 'admin', 1, 0, NULL, NULL)"
        )
        connection.execute("INSERT INTO experiments VALUES (1, 'x', 'Run 1', 10, 20, 'u')")
        connection.execute(
            "INSERT INTO log_entries VALUES (1, 'l', 'signed in', 'info', 'read', 1, 'u')"
        )

    assert await migrate(url, MIGRATIONS, tmp_path / "b", stamp="2") == ("0001", NEWEST)

    with closing(sqlite3.connect(file)) as connection:
        kept = "SELECT name, started_on_ms, user_public_id, protected FROM experiments"
        assert connection.execute(kept).fetchall() == [("Run 1", 10, "u", 0)]
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)
        told = "SELECT content, content_json FROM log_entries"  # shown as it was written
        assert connection.execute(told).fetchall() == [("signed in", None)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
