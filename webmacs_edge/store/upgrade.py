"""Runs the migrations in a process of its own: `python -m webmacs_edge.store.upgrade`.

Alembic costs 12 MiB that the appliance would carry for ten years; this process gives them back.
The order comes as JSON on standard input, because a database URL may hold a password.
"""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.url import make_url
from sqlalchemy.pool import NullPool

from webmacs_edge.model.errors import StoreError

KEPT_COPIES = 5
UPGRADE_LIMIT_S = 900.0


def upgrade(url: str, migrations: Path, backups: Path, *, name: str) -> None:
    """Apply every pending step in one transaction, foreign keys off.

    A SQLite file that holds something is copied to `backups/config-<name>.db` first; without a
    name nothing is copied. On PostgreSQL the schema is made where it is missing.
    """
    if not url.startswith("sqlite"):
        asyncio.run(_upgrade_postgres(url, migrations))
        return
    engine = _sqlite_engine(url)
    try:
        if name:
            _copy(Path(str(make_url(url).database)), backups, name)
        with engine.begin() as connection:
            _run(connection, migrations)
    finally:
        engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(f"sqlite:///{make_url(url).database}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA foreign_keys=OFF")  # a rebuilt table must not cascade

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def _upgrade_postgres(url: str, migrations: Path) -> None:
    from webmacs_edge.store import postgres  # noqa: PLC0415 not every site has its driver

    _, schema = postgres.split(url)
    engine = postgres.make_single_engine(url, limit_s=UPGRADE_LIMIT_S)
    try:
        with postgres.store_errors(url):
            async with engine.begin() as connection:
                await postgres.prepare_schema(connection, schema)
                await connection.run_sync(lambda sync: _run(sync, migrations))
    finally:
        await engine.dispose()


def _run(connection: Connection, migrations: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy(file: Path, backups: Path, name: str) -> None:
    backups.mkdir(parents=True, exist_ok=True)
    target = backups / f"config-{name}.db"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    copies = sorted(backups.glob("config-*.db"), key=lambda copy: copy.stat().st_mtime)
    for old in copies[:-KEPT_COPIES]:
        old.unlink()


def main() -> int:
    """Do what standard input says; one line on standard error when it cannot be done."""
    order = json.load(sys.stdin)
    try:
        upgrade(order["url"], Path(order["migrations"]), Path(order["backups"]), name=order["name"])
    except Exception as error:  # noqa: BLE001 the outermost frame of this process
        kind = "" if isinstance(error, StoreError) else f"{type(error).__name__}: "
        sys.stderr.write(f"{kind}{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
