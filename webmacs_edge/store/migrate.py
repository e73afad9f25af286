"""Brings `config.db` to the newest schema before anything else opens it."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from webmacs_edge.model.errors import StoreError

KEPT_COPIES = 5


async def migrate(url: str, migrations: Path, backups: Path, *, stamp: str) -> tuple[str, str]:
    """Upgrade the database at `url`; returns the revisions before ("" when new) and after.

    Foreign keys are off meanwhile, all steps share one transaction, and a SQLite file that holds
    something is copied to `backups/config-<revision>-<stamp>.db` first. StoreError on any trouble.
    """
    newest = ScriptDirectory(str(migrations)).get_current_head() or ""

    def upgrade(connection: Connection) -> tuple[str, str]:
        current = MigrationContext.configure(connection).get_current_revision() or ""
        if current == newest:
            return current, newest
        if current and make_url(url).database and url.startswith("sqlite"):
            _copy(Path(str(make_url(url).database)), backups, f"{current}-{stamp}")
        _run_upgrade(connection, migrations)
        return current, newest

    try:
        if url.startswith("sqlite"):
            return await asyncio.to_thread(_on_sqlite, url, upgrade)
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            return await connection.run_sync(upgrade)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise StoreError(f"The database could not be brought up to date: {error}") from error


def _on_sqlite(url: str, upgrade: Callable[[Connection], tuple[str, str]]) -> tuple[str, str]:
    engine = create_engine(f"sqlite:///{make_url(url).database}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=OFF")  # a rebuilt table must not cascade

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        return upgrade(connection)


def _run_upgrade(connection: Connection, migrations: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy(file: Path, backups: Path, name: str) -> None:
    backups.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(file)) as source,
        closing(sqlite3.connect(backups / f"config-{name}.db")) as target,
    ):
        source.backup(target)
    copies = sorted(backups.glob("config-*.db"), key=lambda copy: copy.stat().st_mtime)
    for copy in copies[:-KEPT_COPIES]:
        copy.unlink()
