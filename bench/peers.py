"""What the history is measured against: the tables of WebMACS 2.x and of Home Assistant.

Both are asked as kindly as can be: through their bare drivers, without ORM and without HTTP.
"""

import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from webmacs_edge.model.times import from_ms

Point = tuple[int, int, float]  # channel, UTC ms, value

COLUMNS = "(public_id, value, timestamp, event_public_id, experiment_public_id)"
TABLE = """CREATE TABLE datapoints (
 id {id}, public_id VARCHAR(36) NOT NULL, value {float} NOT NULL, timestamp {time} NOT NULL,
 event_public_id VARCHAR(36) NOT NULL, experiment_public_id VARCHAR(36))"""
INDEXES = (
    "CREATE UNIQUE INDEX by_public_id ON datapoints (public_id)",
    "CREATE INDEX by_time ON datapoints (timestamp)",
    "CREATE INDEX by_event ON datapoints (event_public_id)",
    "CREATE INDEX by_experiment ON datapoints (experiment_public_id)",
    "CREATE INDEX by_event_and_time ON datapoints (event_public_id, timestamp)",
)


class Peer(Protocol):
    """Somebody else's tables."""

    name: str

    async def fill(self, points: Sequence[Point]) -> None:
        """In bulk, then the indexes."""

    async def add(self, points: Sequence[Point]) -> None:
        """One commit."""

    async def series(self, channel: int, start_ms: int, end_ms: int) -> list[Any]:
        """Every k-th row of a window, 1500 at most."""

    async def latest(self) -> list[Any]:
        """The newest row of every channel."""

    async def delete_before(self, at_ms: int) -> None:
        """What retention would do."""

    async def size_bytes(self) -> int:
        """All that it takes on the disk."""

    async def close(self) -> None:
        """The end."""


def event_id(channel: int) -> str:
    """The public id of a channel."""
    return str(uuid.UUID(int=channel))


def rows_2x(points: Sequence[Point], *, as_text: bool) -> Iterator[tuple[Any, ...]]:
    """As WebMACS 2.x writes them."""
    for channel, at_ms, value in points:
        moment: Any = from_ms(at_ms)
        if as_text:
            moment = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
        yield str(uuid.uuid4()), value, moment, event_id(channel), None


class Sqlite:
    """A file with the pragmas that are usual: WAL, NORMAL."""

    name = ""
    tables: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()

    def __init__(self, place: Path) -> None:
        self._file = place / f"{type(self).__name__}.db"
        self.connection = sqlite3.connect(self._file, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        for table in self.tables:
            self.connection.execute(table)

    async def fill(self, points: Sequence[Point]) -> None:
        """In bulk, then the indexes."""
        await self.add(points)
        for index in self.indexes:
            self.connection.execute(index)
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def add(self, points: Sequence[Point]) -> None:
        """One commit."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.write(points)
        self.connection.execute("COMMIT")

    def write(self, points: Sequence[Point]) -> None:
        """Within a transaction."""
        raise NotImplementedError

    async def size_bytes(self) -> int:
        """The file, without its log."""
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self._file.stat().st_size

    async def close(self) -> None:
        """The end."""
        self.connection.close()

    def ask(self, question: str, *values: object) -> list[Any]:
        """All rows."""
        with closing(self.connection.execute(question, values)) as cursor:
            return cursor.fetchall()


class Schema2xSqlite(Sqlite):
    """WebMACS 2.x: a row per datapoint, UUIDs as text, six B-trees."""

    name = "2.x on SQLite"
    tables = (TABLE.format(id="INTEGER PRIMARY KEY", float="FLOAT", time="DATETIME"),)
    indexes = INDEXES

    def write(self, points: Sequence[Point]) -> None:
        """Rows with fresh ids."""
        self.connection.executemany(
            f"INSERT INTO datapoints {COLUMNS} VALUES (?, ?, ?, ?, ?)",
            rows_2x(points, as_text=True),
        )

    async def series(self, channel: int, start_ms: int, end_ms: int) -> list[Any]:
        """As `/series` does."""
        rows = self.ask(
            "SELECT id, public_id, value, timestamp, event_public_id, experiment_public_id "
            "FROM datapoints WHERE event_public_id = ? AND timestamp >= ? AND timestamp < ? "
            "ORDER BY timestamp",
            event_id(channel), _text(start_ms), _text(end_ms),
        )  # fmt: skip
        return rows[:: max(1, len(rows) // 1500)]

    async def latest(self) -> list[Any]:
        """As `/latest` does."""
        return self.ask(
            "SELECT d.* FROM datapoints d JOIN (SELECT event_public_id e, max(timestamp) t "
            "FROM datapoints GROUP BY event_public_id) m "
            "ON d.event_public_id = m.e AND d.timestamp = m.t"
        )

    async def delete_before(self, at_ms: int) -> None:
        """By the index of times."""
        self.ask("DELETE FROM datapoints WHERE timestamp < ?", _text(at_ms))


class HomeAssistant(Sqlite):
    """The `states` table of Home Assistant's recorder: only changes are stored."""

    name = "Home Assistant on SQLite"
    tables = (
        """CREATE TABLE states (state_id INTEGER PRIMARY KEY, entity_id CHAR(0), state VARCHAR(255),
        attributes CHAR(0), event_id SMALLINT, last_changed CHAR(0), last_changed_ts FLOAT,
        last_reported_ts FLOAT, last_updated CHAR(0), last_updated_ts FLOAT, old_state_id INTEGER,
        attributes_id INTEGER, context_id CHAR(0), context_user_id CHAR(0),
        context_parent_id CHAR(0), origin_idx SMALLINT, context_id_bin BLOB,
        context_user_id_bin BLOB, context_parent_id_bin BLOB, metadata_id INTEGER)""",
    )
    indexes = (
        "CREATE INDEX by_old ON states (old_state_id)",
        "CREATE INDEX by_attributes ON states (attributes_id)",
        "CREATE INDEX by_time ON states (last_updated_ts)",
        "CREATE INDEX by_context ON states (context_id_bin)",
        "CREATE INDEX by_entity_and_time ON states (metadata_id, last_updated_ts)",
    )

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self._last: dict[int, float] = {}
        self.stored = 0

    def write(self, points: Sequence[Point]) -> None:
        """Rows of values that have changed."""
        changed = []
        for channel, at_ms, value in points:
            if self._last.get(channel) != value:
                self._last[channel] = value
                changed.append((str(value), at_ms / 1000, 1, 0, uuid.uuid4().bytes, channel))
        self.stored += len(changed)
        self.connection.executemany(
            "INSERT INTO states (state, last_updated_ts, attributes_id, origin_idx, "
            "context_id_bin, metadata_id) VALUES (?, ?, ?, ?, ?, ?)",
            changed,
        )

    async def series(self, channel: int, start_ms: int, end_ms: int) -> list[Any]:
        """As its history does."""
        rows = self.ask(
            "SELECT metadata_id, state, last_updated_ts FROM states WHERE metadata_id = ? "
            "AND last_updated_ts >= ? AND last_updated_ts < ? ORDER BY last_updated_ts",
            channel, start_ms / 1000, end_ms / 1000,
        )  # fmt: skip
        return rows[:: max(1, len(rows) // 1500)]

    async def latest(self) -> list[Any]:
        """By the index of entities."""
        return self.ask(
            "SELECT s.state, s.last_updated_ts FROM states s JOIN (SELECT metadata_id m, "
            "max(last_updated_ts) t FROM states GROUP BY metadata_id) n "
            "ON s.metadata_id = n.m AND s.last_updated_ts = n.t"
        )

    async def delete_before(self, at_ms: int) -> None:
        """By the index of times."""
        self.ask("DELETE FROM states WHERE last_updated_ts < ?", at_ms / 1000)


def _text(at_ms: int) -> str:
    return from_ms(at_ms).strftime("%Y-%m-%d %H:%M:%S.%f")
