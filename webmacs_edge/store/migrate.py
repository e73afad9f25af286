"""Brings the nouns' database to the newest schema before anything else opens it."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import DBAPIError

from webmacs_edge.children import own_python
from webmacs_edge.model.errors import StoreError
from webmacs_edge.store.database import Database

UPGRADE_LIMIT_S = 900.0
_QUESTION = "SELECT version_num FROM alembic_version"


async def migrate(url: str, migrations: Path, backups: Path, *, stamp: str) -> tuple[str, str]:
    """Upgrade the database at `url`; returns the revisions before ("" when new) and after.

    Foreign keys are off meanwhile, all steps share one transaction, and a SQLite file that holds
    something is copied to `backups/config-<revision>-<stamp>.db` first. StoreError on any trouble.
    """
    newest = newest_revision(migrations)
    current = await current_revision(url)
    if current != newest:
        order = {
            "url": url,
            "migrations": str(migrations),
            "backups": str(backups),
            "name": f"{current}-{stamp}" if current else "",
        }
        await _upgrade(json.dumps(order).encode())
    return current, newest


def newest_revision(migrations: Path) -> str:
    """The revision of the newest step: the number its file name begins with."""
    return max(path.name.partition("_")[0] for path in (migrations / "versions").glob("[0-9]*.py"))


async def current_revision(url: str) -> str:
    """The revision of the database; "" when it has no tables yet."""
    try:
        if url.startswith("sqlite"):
            return await asyncio.to_thread(revision_of_file, Path(str(make_url(url).database)))
        database = Database(url)
        try:
            async with database.read() as session:
                return str(await session.scalar(text(_QUESTION)))
        finally:
            await database.close()
    except (DBAPIError, sqlite3.Error) as error:
        if "alembic_version" in str(error):
            return ""
        raise StoreError(f"The database could not be opened: {error}") from error


def revision_of_file(file: Path) -> str:
    """The revision of a SQLite file; "" where there is none."""
    if not file.exists():
        return ""
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute(_QUESTION).fetchone()[0])


async def _upgrade(order: bytes) -> None:
    process = await asyncio.create_subprocess_exec(
        *own_python("webmacs_edge.store.upgrade"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(UPGRADE_LIMIT_S):
        _, said = await process.communicate(order)
    if process.returncode:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise StoreError(f"The database could not be brought up to date: {last}")
