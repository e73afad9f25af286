"""A data directory with users, channels and a history, to back up."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.backup.keeping import Shelf
from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan
from webmacs_edge.backup.making import Source, make_backup
from webmacs_edge.backup.restoring import stage_backup
from webmacs_edge.config import RESOURCES
from webmacs_edge.model.backups import BackupScope, Wanted
from webmacs_edge.model.times import HOUR_MS
from webmacs_edge.store.datadir import load_secret_key

FULL = Wanted(BackupScope.full)
HOURS = 72
AT_MS = NOON_MS + HOURS * HOUR_MS


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory, empty_config: Path) -> Path:
    """The data directory of a box that has measured for three days."""
    folder = tmp_path_factory.mktemp("measured")
    shutil.copy(empty_config, folder)
    load_secret_key(folder)
    with closing(sqlite3.connect(folder / "config.db")) as config, config:
        config.execute(
            "INSERT INTO site_settings (key, value_json, changed_on_ms) VALUES ('mark', '1', 0)"
        )
    asyncio.run(_measure(folder))
    return folder


async def _measure(folder: Path) -> None:
    async with history_in(folder) as history:
        for hour in range(HOURS):
            for minute in range(0, 60, 10):
                at_ms = NOON_MS + hour * HOUR_MS + minute * 60_000
                history.recorder.take(scan(at_ms, [hour + minute / 60, -hour]))
            await history.recorder.flush()


@pytest.fixture
def filled(tmp_path: Path, measured: Path) -> Path:
    """The same, to do with as one likes."""
    return Path(shutil.copytree(measured, tmp_path / "old"))


def backed_up(folder: Path, wanted: Wanted = FULL, **given: Any) -> bytes:
    """The bytes of a backup."""
    source = Source(data_dir=folder, site_name="Rig 7")
    given.setdefault("at_ms", AT_MS)
    return b"".join(make_backup(source, wanted, **given))


async def staged(folder: Path, content: bytes, **given: Any) -> Any:
    """Made ready for the next start."""
    given = {"passphrase": "", "migrations": RESOURCES / "migrations", "at_ms": AT_MS, **given}
    return await stage_backup(folder, BytesIO(content), **given)


def rows_of(file: Path) -> dict[str, list[Any]]:
    """Every row of every table, in a fixed order."""
    with closing(sqlite3.connect(file)) as database:
        names = [
            row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {name: _rows(database, name) for name in names}


def _rows(database: sqlite3.Connection, name: str) -> list[Any]:
    return sorted(database.execute(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608 our names


@pytest.fixture
async def shelf() -> AsyncIterator[tuple[Shelf, str]]:
    """One, and its address."""
    made = Shelf()
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", made.serve)
    async with TestServer(app) as server:
        yield made, str(server.make_url("/rig")).rstrip("/")
