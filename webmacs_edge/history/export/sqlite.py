"""A SQLite file of plain rows, for people with SQL tools."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import aclosing, closing
from pathlib import Path

from webmacs_edge.history.chunks import Samples
from webmacs_edge.history.export.plan import Export
from webmacs_edge.history.export.rows import merge, read_windows
from webmacs_edge.history.history import History
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.text import text

_TABLES = """
CREATE TABLE channels (
    id INTEGER PRIMARY KEY, public_id TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL
);
CREATE TABLE datapoints (
    channel INTEGER NOT NULL REFERENCES channels (id),
    at INTEGER NOT NULL,  -- UTC, milliseconds since 1970
    value REAL NOT NULL,
    quality TEXT NOT NULL
);
CREATE VIEW readable AS
    SELECT strftime('%Y-%m-%d %H:%M:%f', at / 1000.0, 'unixepoch') AS time,
           name, value, unit, quality
    FROM datapoints JOIN channels ON channels.id = datapoints.channel;
"""
_INDEX = "CREATE INDEX datapoints_by_channel ON datapoints (channel, at)"


async def write_sqlite(history: History, export: Export, file: Path) -> None:
    """Write a new file; StoreError when the disk refuses."""
    try:
        with closing(sqlite3.connect(file, check_same_thread=False)) as connection:
            await asyncio.to_thread(_begin, connection, export)
            async with aclosing(read_windows(history, export)) as windows:
                async for window in windows:
                    await asyncio.to_thread(_insert, connection, export, window.parts)
            await asyncio.to_thread(_finish, connection)
    except sqlite3.Error as error:
        raise StoreError(
            text("{file} cannot be written: {error}.", file=file, error=error)
        ) from error


def _begin(connection: sqlite3.Connection, export: Export) -> None:
    connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES}")
    rows = [(it.key, it.public_id, it.name, it.unit) for it in export.channels]
    connection.executemany("INSERT INTO channels VALUES (?, ?, ?, ?)", rows)
    connection.commit()


def _insert(connection: sqlite3.Connection, export: Export, parts: Sequence[Samples]) -> None:
    rows = merge(parts)
    keys, words = [it.key for it in export.channels], [quality.word for quality in Quality]
    connection.executemany(
        "INSERT INTO datapoints VALUES (?, ?, ?, ?)",
        zip(
            [keys[place] for place in rows.which.tolist()],
            rows.at_ms.tolist(),
            rows.values.tolist(),
            [words[quality] for quality in rows.qualities.tolist()],
            strict=True,
        ),
    )
    connection.commit()


def _finish(connection: sqlite3.Connection) -> None:
    connection.execute(_INDEX)
    connection.commit()
