"""The rows of `history.db` in pieces: read from one moment of a file that goes on being written.

A piece is a JSON head, which names table, columns and rows, and behind it the blobs of the rows.
Schema and rows are copied as they are, so that a later release brings an older file up to date in
its ordinary way.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import DAY_MS

ROWS_AT_ONCE = 256
PIECE_BYTES = 1024 * 1024
MAX_PIECE_BYTES = 64 * 2**20
MAX_TABLES = 50
_BUSY_S = 5.0
_SIZE_BYTES = 4
_BOUNDED = {  # what "the last days" leaves out of it
    "datapoints": "t1 >= :from_ms",
    "datapoints_rollup": "t1 >= :from_ms",
    "datapoints_day": "day >= :from_day",
}


@dataclass(frozen=True, slots=True)
class Schema:
    """How the tables were made."""

    version: int
    page_size: int
    tables: dict[str, str]  # name -> statement
    after: Sequence[str]  # indexes and triggers, made when the rows are there


class HistorySnapshot:
    """One moment of the file: what is written afterwards is not seen, and not held up."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(
            f"file:{file}?mode=rw", uri=True, timeout=_BUSY_S, check_same_thread=False,
            isolation_level=None,
        )  # fmt: skip
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.execute("PRAGMA wal_autocheckpoint=0")
        self._connection.execute("BEGIN")
        self.schema = self._read_schema()  # the first read: the moment is now

    def close(self) -> None:
        """Let go of the moment."""
        self._connection.close()

    def pieces(self, from_ms: int | None = None) -> Iterator[tuple[str, int, bytes]]:
        """Table, number of rows and content of each piece."""
        for table in self.schema.tables:
            yield from self._pieces_of(table, from_ms)

    def _read_schema(self) -> Schema:
        rows = self._connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE "
            "'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
        ).fetchall()
        ask = self._connection.execute
        return Schema(
            version=ask("PRAGMA user_version").fetchone()[0],
            page_size=ask("PRAGMA page_size").fetchone()[0],
            tables={name: sql for kind, name, sql in rows if kind == "table"},
            after=[sql for kind, _, sql in rows if kind != "table"],
        )

    def _pieces_of(self, table: str, from_ms: int | None) -> Iterator[tuple[str, int, bytes]]:
        bound = "" if from_ms is None else _BOUNDED.get(table, "")
        where = f" WHERE {bound}" if bound else ""
        first_day = 0 if from_ms is None else from_ms // DAY_MS
        cursor = self._connection.execute(
            f'SELECT * FROM "{table}"{where}',  # noqa: S608 a name out of the schema
            {"from_ms": from_ms, "from_day": first_day} if where else {},
        )
        columns = [column[0] for column in cursor.description]
        is_cut = bool(bound) and table == "datapoints_day"
        rows: list[Sequence[Any]] = []
        size = 0
        while found := cursor.fetchmany(ROWS_AT_ONCE):
            for row in found:
                # The first day lacks what is left out: it is to be made anew.
                kept = (*row[:2], None) if is_cut and row[1] == first_day else row
                rows.append(kept)
                size += sum(len(value) for value in kept if isinstance(value, bytes)) + 40
            if size >= PIECE_BYTES:
                yield table, len(rows), _packed(table, columns, rows)
                rows, size = [], 0
        if rows:
            yield table, len(rows), _packed(table, columns, rows)


def _packed(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    blobs: list[bytes] = []

    def shown(value: Any) -> Any:
        if not isinstance(value, bytes):
            return value
        blobs.append(value)
        return [len(value)]

    table_rows = [[shown(value) for value in row] for row in rows]
    head = json.dumps(
        {"table": table, "columns": columns, "rows": table_rows}, separators=(",", ":")
    ).encode()
    return b"".join((len(head).to_bytes(_SIZE_BYTES, "big"), head, *blobs))


class HistoryBuilder:
    """Makes a file of the pieces; nothing is there until `finish`."""

    def __init__(self, file: Path, schema: Schema) -> None:
        self._schema, self._file = schema, file
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        try:
            self._begin()
        except BaseException:
            self._connection.close()
            raise

    def _begin(self) -> None:
        page_size = int(self._schema.page_size)
        for pragma in (f"page_size={page_size}", "journal_mode=OFF", "synchronous=OFF",
                       "trusted_schema=OFF"):  # fmt: skip
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        for statement in self._schema.tables.values():
            self._make(statement, "CREATE TABLE")

    def add(self, piece: bytes) -> tuple[str, int]:
        """Insert the rows of a piece; its table and how many. StoreError when it does not fit."""
        try:
            table, columns, rows = _unpacked(piece)
            if table not in self._schema.tables:
                raise StoreError(f"The backup has rows of an unknown table, {table[:50]}.")
            marks, names = ",".join("?" * len(columns)), ",".join(f'"{it}"' for it in columns)
            self._connection.executemany(
                f'INSERT INTO "{table}" ({names}) VALUES ({marks})',  # noqa: S608 of the schema
                rows,
            )
        except (ValueError, KeyError, TypeError, sqlite3.Error) as error:
            raise _trouble(error) from error
        return table, len(rows)

    def finish(self) -> None:
        """Indexes, triggers, a look at the whole, and to the disk."""
        try:
            for statement in self._schema.after:
                self._make(statement, "CREATE INDEX", "CREATE UNIQUE INDEX", "CREATE TRIGGER")
            self._connection.execute(f"PRAGMA user_version={int(self._schema.version)}")
            self._connection.execute("COMMIT")
            found = self._connection.execute("PRAGMA quick_check").fetchone()[0]
        except sqlite3.Error as error:
            raise _trouble(error) from error
        if found != "ok":
            raise StoreError(f"What was made of the backup is not sound: {found}.")
        self.close()
        with self._file.open("rb") as made:
            os.fsync(made.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _make(self, statement: str, *kinds: str) -> None:
        words = " ".join(statement.split()[:4]).upper()
        if not words.startswith(kinds):
            raise StoreError("The schema of the history in this backup is not one of ours.")
        self._connection.execute(statement)


def _unpacked(piece: bytes) -> tuple[str, list[str], list[tuple[Any, ...]]]:
    start = _SIZE_BYTES + int.from_bytes(piece[:_SIZE_BYTES], "big")
    head = json.loads(piece[_SIZE_BYTES:start])
    table, columns, rows = str(head["table"]), [str(it) for it in head["columns"]], []
    if any('"' in name for name in (table, *columns)):
        raise ValueError(table)
    for row in head["rows"]:
        values = []
        for value in row:
            if isinstance(value, list):
                values.append(piece[start : start + value[0]])
                start += value[0]
            else:
                values.append(value)
        rows.append(tuple(values))
    if start != len(piece):
        raise ValueError(table)
    return table, columns, rows


def _trouble(error: Exception) -> StoreError:
    if "full" in str(error):
        return StoreError("There is not enough room on the disk. Free some, then try again.")
    return StoreError(f"The history in this backup cannot be used: {error}.")


def history_version_of(file: Path) -> int:
    """Which step of its schema a history file has taken last; 0 when there is no file."""
    if not file.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=_BUSY_S)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
